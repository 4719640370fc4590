#include "zone/cgroups/systemd.h"

#include <unistd.h>

#include "base/files.h"
#include "zone/subprocess.h"

namespace veneer::zone {
namespace {

std::vector<std::string> busctl(bool rootless, const char* method) {
  std::vector<std::string> args = {"busctl", "call"};
  if (rootless) args.insert(args.begin() + 1, "--user");
  args.insert(args.end(), {"org.freedesktop.systemd1", "/org/freedesktop/systemd1",
                           "org.freedesktop.systemd1.Manager", method});
  return args;
}

Result<Finished> call(const std::vector<std::string>& args) {
  SubprocessOptions options;
  options.timeout = std::chrono::seconds(30);
  return run_to_end(args, options);
}

struct Property {
  std::string name, signature, value;
};

std::vector<Property> limits(const Resources& r) {
  std::vector<Property> out;
  if (r.memory_limit && *r.memory_limit > 0) out.push_back({"MemoryMax", "t", std::to_string(*r.memory_limit)});
  if (r.pids_limit && *r.pids_limit > 0) out.push_back({"TasksMax", "t", std::to_string(*r.pids_limit)});
  if (r.cpu_quota && *r.cpu_quota > 0) {
    const u64 period = r.cpu_period.value_or(100000);
    out.push_back({"CPUQuotaPerSecUSec", "t",
                   std::to_string(static_cast<u64>(*r.cpu_quota) * 1000000 / (period ? period : 1))});
  }
  return out;
}

}  // namespace

Result<SystemdUnit> parse_systemd_path(const std::string& path, const std::string& id, bool rootless) {
  SystemdUnit unit;
  unit.slice = rootless ? "user.slice" : "system.slice";
  if (path.empty()) {
    unit.name = "veneer-" + id + ".scope";
    return unit;
  }
  const usize first = path.find(':');
  const usize second = first == path.npos ? path.npos : path.find(':', first + 1);
  if (second == path.npos || path.find(':', second + 1) != path.npos)
    return Error{exit_status::kVeneer,
                 "linux.cgroupsPath '" + path + "' must be SLICE:PREFIX:NAME with --systemd-cgroup"};
  if (first > 0) unit.slice = path.substr(0, first);
  const std::string prefix = path.substr(first + 1, second - first - 1), name = path.substr(second + 1);
  unit.name = name.ends_with(".slice") ? name : (prefix.empty() ? name : prefix + "-" + name) + ".scope";
  return unit;
}

Failure start_scope(const SystemdUnit& unit, pid_t pid, const Resources* resources, bool rootless) {
  std::vector<Property> properties = {{"Description", "s", "veneer container " + unit.name},
                                      {"Slice", "s", unit.slice},
                                      {"Delegate", "b", "true"},
                                      {"PIDs", "au", "1 " + std::to_string(pid)},
                                      {"DefaultDependencies", "b", "false"},
                                      {"MemoryAccounting", "b", "true"},
                                      {"CPUAccounting", "b", "true"},
                                      {"TasksAccounting", "b", "true"}};
  if (resources) {
    for (Property& p : limits(*resources)) properties.push_back(std::move(p));
  }
  std::vector<std::string> args = busctl(rootless, "StartTransientUnit");
  args.insert(args.end(), {"ssa(sv)a(sa(sv))", unit.name, "replace", std::to_string(properties.size())});
  for (const Property& p : properties) {
    args.insert(args.end(), {p.name, p.signature});
    if (p.signature == "au") {
      args.insert(args.end(), {"1", std::to_string(pid)});
    } else {
      args.push_back(p.value);
    }
  }
  args.emplace_back("0");
  Result<Finished> done = call(args);
  if (!done) {
    done.error().message += "; --systemd-cgroup needs systemd and busctl (leave the option away for cgroupfs)";
    return done.error();
  }
  if (done->status != 0)
    return Error{exit_status::kVeneer, "systemd did not start the scope '" + unit.name + "': " + done->output};
  // The job is done once the process is in the scope's cgroup.
  const std::string file = "/proc/" + std::to_string(pid) + "/cgroup";
  for (int tries = 0; tries < 2000; tries++) {
    if (read_file(file.c_str()).value_or("").find("/" + unit.name) != std::string::npos) return std::nullopt;
    ::usleep(5000);
  }
  return Error{exit_status::kVeneer, "systemd does not put the process into the scope '" + unit.name + "'"};
}

void stop_scope(const std::string& name, bool rootless) {
  for (const char* method : {"StopUnit", "ResetFailedUnit"}) {
    std::vector<std::string> args = busctl(rootless, method);
    if (std::string_view(method) == "StopUnit") {
      args.insert(args.end(), {"ss", name, "replace"});
    } else {
      args.insert(args.end(), {"s", name});
    }
    (void)call(args);
  }
}

}  // namespace veneer::zone
