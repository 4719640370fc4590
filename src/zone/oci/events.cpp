// events: what a container uses, in the form that runc's events have.
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cerrno>
#include <nlohmann/json.hpp>
#include <sstream>

#include "zone/cgroups/usage.h"
#include "zone/oci/runtime.h"

namespace veneer::zone::oci {
namespace {

using Json = nlohmann::ordered_json;

Json entry(u64 usage, u64 limit, u64 max, u64 failures) {
  return {{"limit", limit}, {"usage", usage}, {"max", max}, {"failcnt", failures}};
}

void cpu(const Cgroup& group, Json& data) {
  Json usage, throttling = Json::object();
  const UsagePairs stat(group.read("cpu", "cpu.stat"));
  if (group.is_v2("cpuacct") && !group.directory_of("cpuacct")) {
    std::optional<std::string> text = group.read("cpu", "cpu.stat");
    // Version 2 has it in every cgroup, with the controller or without.
    if (!text || UsagePairs(text).of("usage_usec") == 0) {
      for (const Cgroup::Directory& d : group.directories()) {
        if (d.key.empty()) text = read_file((d.path + "/cpu.stat").c_str());
      }
    }
    const UsagePairs all(text);
    usage = {{"total", all.of("usage_usec") * 1000},
             {"kernel", all.of("system_usec") * 1000},
             {"user", all.of("user_usec") * 1000}};
  } else {
    const u64 tick = 1'000'000'000 / static_cast<u64>(::sysconf(_SC_CLK_TCK));
    const UsagePairs split(group.read("cpuacct", "cpuacct.stat"));
    usage["total"] = usage_number(group.read("cpuacct", "cpuacct.usage"));
    Json each = Json::array();
    std::istringstream in(group.read("cpuacct", "cpuacct.usage_percpu").value_or(""));
    for (u64 n = 0; in >> n;) each.push_back(n);
    usage["percpu"] = each;
    usage["kernel"] = split.of("system") * tick;
    usage["user"] = split.of("user") * tick;
  }
  throttling = {{"periods", stat.of("nr_periods")},
                {"throttledPeriods", stat.of("nr_throttled")},
                {"throttledTime", stat.of("throttled_time") + stat.of("throttled_usec") * 1000}};
  data["cpu"] = {{"usage", usage}, {"throttling", throttling}};
}

void memory(const Cgroup& group, Json& data) {
  Json m, raw = Json::object();
  const UsagePairs stat(group.read("memory", "memory.stat"));
  for (const auto& [key, value] : stat.all()) raw[key] = value;
  if (group.is_v2("memory")) {
    const UsagePairs events(group.read("memory", "memory.events"));
    m["cache"] = raw.value("file", u64{0});
    m["usage"] = entry(usage_number(group.read("memory", "memory.current")),
                       usage_number(group.read("memory", "memory.max")),
                       usage_number(group.read("memory", "memory.peak")), events.of("max"));
    m["swap"] = entry(usage_number(group.read("memory", "memory.swap.current")),
                      usage_number(group.read("memory", "memory.swap.max")), 0, 0);
  } else {
    auto counter = [&](const std::string& name) {
      return entry(usage_number(group.read("memory", name + ".usage_in_bytes")),
                   usage_number(group.read("memory", name + ".limit_in_bytes")),
                   usage_number(group.read("memory", name + ".max_usage_in_bytes")),
                   usage_number(group.read("memory", name + ".failcnt")));
    };
    m["cache"] = raw.value("cache", u64{0});
    m["usage"] = counter("memory");
    m["swap"] = counter("memory.memsw");
    m["kernel"] = counter("memory.kmem");
    m["kernelTCP"] = counter("memory.kmem.tcp");
  }
  m["raw"] = raw;
  data["memory"] = m;
}

void block_io(const Cgroup& group, Json& data) {
  Json bytes = Json::array(), operations = Json::array();
  auto add = [](Json& list, u64 major, u64 minor, const std::string& op, u64 value) {
    list.push_back({{"major", major}, {"minor", minor}, {"op", op}, {"value", value}});
  };
  unsigned major = 0, minor = 0;
  char colon = 0;
  if (std::optional<std::string> text = group.read("io", "io.stat")) {
    std::istringstream lines(*text);
    for (std::string line; std::getline(lines, line);) {
      std::istringstream words(line);
      if (!(words >> major >> colon >> minor)) continue;
      for (std::string word; words >> word;) {
        const usize equals = word.find('=');
        if (equals == word.npos) continue;
        const u64 value = std::strtoull(word.c_str() + equals + 1, nullptr, 10);
        if (word.starts_with("rbytes")) add(bytes, major, minor, "Read", value);
        if (word.starts_with("wbytes")) add(bytes, major, minor, "Write", value);
        if (word.starts_with("rios")) add(operations, major, minor, "Read", value);
        if (word.starts_with("wios")) add(operations, major, minor, "Write", value);
      }
    }
  } else {
    for (auto [file, list] : {std::pair{"blkio.throttle.io_service_bytes_recursive", &bytes},
                              std::pair{"blkio.throttle.io_serviced_recursive", &operations}}) {
      std::istringstream lines(group.read("blkio", file).value_or(""));
      for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string op;
        u64 value = 0;
        if (words >> major >> colon >> minor >> op >> value) add(*list, major, minor, op, value);
      }
    }
  }
  data["blkio"] = {{"ioServiceBytesRecursive", bytes}, {"ioServicedRecursive", operations}};
}

}  // namespace

Result<std::string> statistics(const Runtime& runtime, const std::string& id) {
  Result<ContainerState> state = runtime.store.read(id);
  if (!state) return state.error();
  const Status status = runtime.store.status(*state);
  if (status == Status::Stopped || status == Status::Creating)
    return Error{exit_status::kVeneer,
                 format("container '%s' is %s: it uses nothing", id.c_str(), name_of(status))};
  const Cgroup group(state->cgroups);
  Json data;
  cpu(group, data);
  memory(group, data);
  const u64 limit = usage_number(group.read("pids", "pids.max"));
  data["pids"] = {
      {"current", group.read("pids", "pids.current") ? usage_number(group.read("pids", "pids.current"))
                                                     : group.processes().size()},
      {"limit", limit == UINT64_MAX ? 0 : limit}};
  block_io(group, data);
  return Json{{"type", "stats"}, {"id", id}, {"data", data}}.dump() + "\n";
}

Failure events(const Runtime& runtime, const std::string& id, unsigned interval) {
  Result<ContainerState> state = runtime.store.read(id);
  if (!state) return state.error();
  const Fd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, state->pid, 0)));
  if (!pidfd || start_time_of(state->pid) != state->start_time)
    return Error{exit_status::kVeneer, "container '" + id + "' is stopped"};
  auto out_of_memory = [&] {
    const Cgroup group(state->cgroups);
    return UsagePairs(group.read("memory", group.is_v2("memory") ? "memory.events" : "memory.oom_control"))
        .of("oom_kill");
  };
  u64 kills = out_of_memory();
  for (unsigned waited = 0;;) {
    pollfd fd{pidfd.get(), POLLIN, 0};
    const int n = ::poll(&fd, 1, 1000);
    if (const u64 now = out_of_memory(); now > kills) {
      kills = now;
      if (!write_all(1, Json{{"type", "oom"}, {"id", id}}.dump() + "\n")) return std::nullopt;
    }
    if (n > 0) return std::nullopt;
    if (n == 0 && ++waited % interval == 0) {
      Result<std::string> line = statistics(runtime, id);
      if (line && !write_all(1, *line)) return std::nullopt;
    }
  }
}

}  // namespace veneer::zone::oci
