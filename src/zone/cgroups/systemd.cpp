#include "zone/cgroups/systemd.h"

#include <unistd.h>

#include "base/files.h"
#include "zone/cgroups/limits.h"
#include "zone/cgroups/systemd_properties.h"
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

void append(std::vector<std::string>& args, const std::vector<UnitProperty>& properties) {
  args.push_back(std::to_string(properties.size()));
  for (const UnitProperty& p : properties) {
    args.insert(args.end(), {p.name, p.signature});
    args.insert(args.end(), p.values.begin(), p.values.end());
  }
}

std::vector<UnitProperty> properties_of(const Resources& resources, bool v2) {
  std::vector<UnitProperty> out = limit_properties(resources, v2);
  if (resources.devices.empty()) return out;
  const std::string devices = read_file("/proc/devices").value_or("");
  for (UnitProperty& p : device_properties(with_default_rules(resources.devices), devices))
    out.push_back(std::move(p));
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

Failure start_scope(const SystemdUnit& unit, pid_t pid, const Resources& resources, bool v2, bool rootless) {
  std::vector<UnitProperty> properties = {{"Description", "s", {"veneer container " + unit.name}},
                                          {"Slice", "s", {unit.slice}},
                                          {"Delegate", "b", {"true"}},
                                          {"PIDs", "au", {"1", std::to_string(pid)}},
                                          {"DefaultDependencies", "b", {"false"}},
                                          {"MemoryAccounting", "b", {"true"}},
                                          {"CPUAccounting", "b", {"true"}},
                                          {v2 ? "IOAccounting" : "BlockIOAccounting", "b", {"true"}},
                                          {"TasksAccounting", "b", {"true"}}};
  // systemd's own limit is not the container's.
  if (!resources.pids_limit) properties.push_back({"TasksMax", "t", {std::to_string(UINT64_MAX)}});
  for (UnitProperty& p : properties_of(resources, v2)) properties.push_back(std::move(p));
  std::vector<std::string> args = busctl(rootless, "StartTransientUnit");
  args.insert(args.end(), {"ssa(sv)a(sa(sv))", unit.name, "replace"});
  append(args, properties);
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

Failure change_scope(const std::string& name, const Resources& resources, bool v2, bool rootless) {
  const std::vector<UnitProperty> properties = properties_of(resources, v2);
  if (properties.empty()) return std::nullopt;
  std::vector<std::string> args = busctl(rootless, "SetUnitProperties");
  args.insert(args.end(), {"sba(sv)", name, "true"});  // until the machine is booted again
  append(args, properties);
  Result<Finished> done = call(args);
  if (!done) return done.error();
  if (done->status == 0) return std::nullopt;
  return Error{exit_status::kVeneer, "systemd did not change the scope '" + name + "': " + done->output};
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
