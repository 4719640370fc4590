#include "zone/oci/spec_reader.h"

#include <climits>
#include <utility>

#include "zone/capabilities.h"
#include "zone/namespaces.h"
#include "zone/oci/json_fields.h"

namespace veneer::zone::oci {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

void read_pairs(JsonFields& f, const char* key, Pairs& out) {
  f.members(key, [&](const std::string& name, const nlohmann::json& v) {
    const std::string where = std::string(key) + "." + name;
    if (!v.is_string()) return f.fail(where.c_str(), "a string");
    std::string text = v.get<std::string>();
    if ((name + text).find('\0') != std::string::npos) return f.fail(where.c_str(), "a string without NUL");
    out.emplace_back(name, std::move(text));
  });
}

void read_id_mappings(JsonFields& f, const char* key, std::vector<IdMapping>& out) {
  f.objects(key, [&](JsonFields& m) {
    IdMapping mapping;
    m.require("containerID", mapping.container);
    m.require("hostID", mapping.host);
    m.require("size", mapping.size);
    out.push_back(mapping);
  });
}

void read_hooks(JsonFields& f, const char* key, std::vector<Hook>& out) {
  f.objects(key, [&](JsonFields& h) {
    Hook hook;
    h.require("path", hook.path);
    h.read("args", hook.args);
    h.read("env", hook.env);
    h.read("timeout", hook.timeout);
    if (!hook.path.starts_with('/')) h.fail("path", "an absolute path");
    if (hook.timeout && *hook.timeout <= 0) h.fail("timeout", "greater than zero");
    out.push_back(std::move(hook));
  });
}

void read_capability_set(JsonFields& f, const char* key, u64& out) {
  std::vector<std::string> names;
  f.read(key, names);
  const unsigned last = last_capability();
  for (const std::string& name : names) {
    // Names that this kernel does not know are left out, as the specification asks.
    if (std::optional<unsigned> n = capability_number(name); n && *n <= last) out |= u64{1} << *n;
  }
}

void read_process_fields(JsonFields& f, Process& p) {
  f.read("terminal", p.terminal);
  f.object("consoleSize", [&](JsonFields& s) {
    s.require("height", p.console_rows);
    s.require("width", p.console_columns);
  });
  f.require("cwd", p.cwd);
  if (!p.cwd.starts_with('/')) f.fail("cwd", "an absolute path");
  f.read("env", p.env);
  f.read("args", p.args);
  f.objects("rlimits", [&](JsonFields& r) {
    Rlimit limit;
    r.require("type", limit.type);
    r.require("soft", limit.soft);
    r.require("hard", limit.hard);
    for (const Rlimit& other : p.rlimits) {
      if (other.type == limit.type) r.fail("type", "given once");
    }
    p.rlimits.push_back(std::move(limit));
  });
  f.object("capabilities", [&](JsonFields& c) {
    Capabilities caps;
    read_capability_set(c, "bounding", caps.bounding);
    read_capability_set(c, "effective", caps.effective);
    read_capability_set(c, "inheritable", caps.inheritable);
    read_capability_set(c, "permitted", caps.permitted);
    read_capability_set(c, "ambient", caps.ambient);
    p.capabilities = caps;
  });
  f.read("noNewPrivileges", p.no_new_privileges);
  f.read("apparmorProfile", p.apparmor_profile);
  f.read("selinuxLabel", p.selinux_label);
  f.read("oomScoreAdj", p.oom_score_adj);
  if (p.oom_score_adj && (*p.oom_score_adj < -1000 || *p.oom_score_adj > 1000))
    f.fail("oomScoreAdj", "between -1000 and 1000");
  f.object("user", [&](JsonFields& u) {
    u.read("uid", p.user.uid);
    u.read("gid", p.user.gid);
    u.read("umask", p.user.umask);
    u.read("additionalGids", p.user.additional_gids);
  });
  f.object("scheduler", [&](JsonFields& s) {
    Scheduler scheduler;
    s.require("policy", scheduler.policy);
    s.read("nice", scheduler.nice);
    s.read("priority", scheduler.priority);
    s.read("flags", scheduler.flags);
    s.read("runtime", scheduler.runtime);
    s.read("deadline", scheduler.deadline);
    s.read("period", scheduler.period);
    p.scheduler = std::move(scheduler);
  });
  f.object("ioPriority", [&](JsonFields& s) {
    IoPriority priority;
    s.require("class", priority.io_class);
    s.read("priority", priority.priority);
    p.io_priority = std::move(priority);
  });
  f.object("execCPUAffinity", [&](JsonFields& a) {
    a.read("initial", p.cpu_affinity_initial);
    a.read("final", p.cpu_affinity_final);
  });
}

void read_device(JsonFields& f, Device& d) {
  std::string type;
  f.require("type", type);
  f.require("path", d.path);
  if (type == "u") type = "c";
  if (type != "c" && type != "b" && type != "p") return f.fail("type", "c, b, u or p");
  if (!d.path.starts_with('/')) return f.fail("path", "an absolute path");
  d.type = type[0];
  s64 major = 0, minor = 0;
  f.read("major", major);
  f.read("minor", minor);
  if (d.type != 'p') {
    if (!f.has("major") || major < 0 || major > INT_MAX) return f.fail("major", "a device number");
    if (!f.has("minor") || minor < 0 || minor > INT_MAX) return f.fail("minor", "a device number");
  }
  d.major = static_cast<u32>(major);
  d.minor = static_cast<u32>(minor);
  f.read("fileMode", d.mode);
  d.mode &= 07777;
  f.read("uid", d.uid);
  f.read("gid", d.gid);
}

std::optional<u32> device_part(JsonFields& f, const char* key) {
  std::optional<s64> n;
  f.read(key, n);
  if (!n || *n < 0) return std::nullopt;  // -1 and nothing stand for all
  if (*n > INT_MAX) f.fail(key, "a device number");
  return static_cast<u32>(*n);
}

void read_device_rule(JsonFields& f, DeviceRule& rule) {
  f.require("allow", rule.allow);
  std::string type;
  f.read("type", type);
  if (type.empty()) type = "a";
  if (type != "a" && type != "b" && type != "c" && type != "u" && type != "p")
    return f.fail("type", "a, b, c, u or p");
  rule.type = type == "u" ? 'c' : type[0];
  rule.major = device_part(f, "major");
  rule.minor = device_part(f, "minor");
  std::string access;
  f.read("access", access);
  if (!access.empty()) rule.access = access;
  if (rule.access.find_first_not_of("rwm") != rule.access.npos) f.fail("access", "some of r, w and m");
}

void read_rates(JsonFields& f, const char* key, std::vector<DeviceRate>& out) {
  f.objects(key, [&](JsonFields& r) {
    DeviceRate rate;
    r.require("major", rate.major);
    r.require("minor", rate.minor);
    r.require("rate", rate.rate);
    out.push_back(rate);
  });
}

void read_memory(JsonFields& m, Resources& r) {
  m.read("limit", r.memory_limit);
  m.read("reservation", r.memory_reservation);
  m.read("swap", r.memory_swap);
  m.read("kernel", r.memory_kernel);
  m.read("kernelTCP", r.memory_kernel_tcp);
  m.read("swappiness", r.memory_swappiness);
  m.read("disableOOMKiller", r.disable_oom_killer);
  m.read("checkBeforeUpdate", r.check_before_update);
}

void read_cpu(JsonFields& c, Resources& r) {
  c.read("shares", r.cpu_shares);
  c.read("quota", r.cpu_quota);
  c.read("burst", r.cpu_burst);
  c.read("period", r.cpu_period);
  c.read("realtimeRuntime", r.cpu_realtime_runtime);
  c.read("realtimePeriod", r.cpu_realtime_period);
  c.read("cpus", r.cpus);
  c.read("mems", r.mems);
  c.read("idle", r.cpu_idle);
}

void read_block_io(JsonFields& b, Resources& r) {
  b.read("weight", r.io_weight);
  b.read("leafWeight", r.io_leaf_weight);
  b.objects("weightDevice", [&](JsonFields& w) {
    DeviceWeight weight;
    w.require("major", weight.major);
    w.require("minor", weight.minor);
    w.read("weight", weight.weight);
    w.read("leafWeight", weight.leaf_weight);
    r.io_weight_devices.push_back(weight);
  });
  read_rates(b, "throttleReadBpsDevice", r.io_read_bps);
  read_rates(b, "throttleWriteBpsDevice", r.io_write_bps);
  read_rates(b, "throttleReadIOPSDevice", r.io_read_iops);
  read_rates(b, "throttleWriteIOPSDevice", r.io_write_iops);
}

void read_network(JsonFields& n, Resources& r) {
  n.read("classID", r.network_class);
  n.objects("priorities", [&](JsonFields& p) {
    std::string name;
    u32 priority = 0;
    p.require("name", name);
    p.require("priority", priority);
    r.network_priorities.emplace_back(std::move(name), priority);
  });
}

void read_resources_fields(JsonFields& f, Resources& r) {
  f.objects("devices", [&](JsonFields& d) {
    DeviceRule rule;
    read_device_rule(d, rule);
    r.devices.push_back(std::move(rule));
  });
  f.object("memory", [&](JsonFields& m) { read_memory(m, r); });
  f.object("cpu", [&](JsonFields& c) { read_cpu(c, r); });
  f.object("pids", [&](JsonFields& p) { p.read("limit", r.pids_limit); });
  f.object("blockIO", [&](JsonFields& b) { read_block_io(b, r); });
  f.objects("hugepageLimits", [&](JsonFields& h) {
    std::string size;
    u64 limit = 0;
    h.require("pageSize", size);
    h.require("limit", limit);
    if (size.find_first_not_of("0123456789KMGB") != size.npos) h.fail("pageSize", "a size such as 2MB");
    r.hugepage_limits.emplace_back(std::move(size), limit);
  });
  f.object("network", [&](JsonFields& n) { read_network(n, r); });
  f.members("rdma", [&](const std::string& device, const nlohmann::json& v) {
    std::optional<Error> inner;
    JsonFields d(v, f.path() + ".rdma." + device, inner);
    Resources::Rdma limits{device, std::nullopt, std::nullopt};
    d.read("hcaHandles", limits.handles);
    d.read("hcaObjects", limits.objects);
    if (inner) return f.fail("rdma", "limits by device");
    r.rdma.push_back(std::move(limits));
  });
  read_pairs(f, "unified", r.unified);
  for (const auto& [key, value] : r.unified) {
    if (key.empty() || key.find('/') != key.npos || key.find('.') == key.npos || key.starts_with('.'))
      f.fail("unified", "names of files of cgroup v2");
  }
}

void read_seccomp(JsonFields& f, Seccomp& s) {
  f.require("defaultAction", s.default_action);
  f.read("defaultErrnoRet", s.default_errno);
  f.read("architectures", s.architectures);
  f.read("flags", s.flags);
  f.read("listenerPath", s.listener_path);
  f.read("listenerMetadata", s.listener_metadata);
  f.objects("syscalls", [&](JsonFields& c) {
    SeccompCall call;
    c.require("names", call.names);
    if (call.names.empty()) c.fail("names", "at least one name");
    c.require("action", call.action);
    c.read("errnoRet", call.errno_return);
    c.objects("args", [&](JsonFields& a) {
      SeccompArgument argument;
      a.require("index", argument.index);
      a.require("value", argument.value);
      a.read("valueTwo", argument.value_two);
      a.require("op", argument.op);
      if (argument.index > 5) a.fail("index", "between 0 and 5");
      call.args.push_back(std::move(argument));
    });
    s.calls.push_back(std::move(call));
  });
}

void read_time_offset(JsonFields& f, const char* clock, std::optional<TimeOffset>& out) {
  f.object(clock, [&](JsonFields& o) {
    TimeOffset offset;
    o.read("secs", offset.seconds);
    o.read("nanosecs", offset.nanoseconds);
    if (offset.nanoseconds > 999'999'999) o.fail("nanosecs", "less than a second");
    out = offset;
  });
}

void read_namespaces(JsonFields& f, Spec& spec) {
  f.objects("namespaces", [&](JsonFields& n) {
    std::string type;
    Namespace space;
    n.require("type", type);
    n.read("path", space.path);
    std::optional<NamespaceKind> kind = namespace_kind(type);
    if (!kind) return n.fail("type", "a kind of namespace");
    space.kind = *kind;
    if (spec.find(*kind)) return n.fail("type", "given once");
    if (!space.path.empty() && !space.path.starts_with('/')) return n.fail("path", "an absolute path");
    spec.namespaces.push_back(std::move(space));
  });
}

void read_linux(JsonFields& f, Spec& spec) {
  read_id_mappings(f, "uidMappings", spec.uid_mappings);
  read_id_mappings(f, "gidMappings", spec.gid_mappings);
  read_namespaces(f, spec);
  f.objects("devices", [&](JsonFields& d) {
    Device device;
    read_device(d, device);
    spec.devices.push_back(std::move(device));
  });
  f.read("cgroupsPath", spec.cgroups_path);
  f.object("resources", [&](JsonFields& r) {
    spec.resources.emplace();
    read_resources_fields(r, *spec.resources);
  });
  read_pairs(f, "sysctl", spec.sysctl);
  f.object("seccomp", [&](JsonFields& s) {
    spec.seccomp.emplace();
    read_seccomp(s, *spec.seccomp);
  });
  f.read("rootfsPropagation", spec.rootfs_propagation);
  f.read("maskedPaths", spec.masked_paths);
  f.read("readonlyPaths", spec.readonly_paths);
  f.read("mountLabel", spec.mount_label);
  f.object("personality", [&](JsonFields& p) {
    p.require("domain", spec.personality);
    std::vector<std::string> flags;
    p.read("flags", flags);
    if (!flags.empty()) p.fail("flags", "empty: none is defined");
    if (spec.personality != "LINUX" && spec.personality != "LINUX32") p.fail("domain", "LINUX or LINUX32");
  });
  f.object("timeOffsets", [&](JsonFields& t) {
    read_time_offset(t, "monotonic", spec.monotonic_offset);
    read_time_offset(t, "boottime", spec.boottime_offset);
  });
  if (f.has("intelRdt"))
    f.fail("intelRdt",
           "absent: veneer does not set up Intel RDT (resctrl); have the host's administrator do it");
}

// Only version 1 of the specification is known; what a later minor version adds is optional by its rules.
bool version_known(const std::string& version) {
  const usize dot = version.find('.');
  if (dot == version.npos || version.substr(0, dot) != "1") return false;
  return version.find_first_not_of("0123456789.-+abcdefghijklmnopqrstuvwxyz") == version.npos &&
         version.find('.', dot + 1) != version.npos;
}

void read_spec_fields(JsonFields& f, Spec& spec) {
  f.require("ociVersion", spec.version);
  if (!version_known(spec.version)) return f.fail("ociVersion", "a version 1.x.y of the runtime specification");
  f.read("hostname", spec.hostname);
  f.read("domainname", spec.domainname);
  if (!f.has("root")) return f.fail("root", nullptr);
  f.object("root", [&](JsonFields& r) {
    r.require("path", spec.root_path);
    r.read("readonly", spec.root_readonly);
    if (spec.root_path.empty()) r.fail("path", "a directory");
  });
  f.object("process", [&](JsonFields& p) {
    spec.process.emplace();
    read_process_fields(p, *spec.process);
  });
  f.objects("mounts", [&](JsonFields& m) {
    Mount mount;
    m.require("destination", mount.destination);
    m.read("type", mount.type);
    m.read("source", mount.source);
    m.read("options", mount.options);
    read_id_mappings(m, "uidMappings", mount.uid_mappings);
    read_id_mappings(m, "gidMappings", mount.gid_mappings);
    if (mount.destination.empty()) m.fail("destination", "a path");
    spec.mounts.push_back(std::move(mount));
  });
  f.object("hooks", [&](JsonFields& h) {
    read_hooks(h, "prestart", spec.hooks.prestart);
    read_hooks(h, "createRuntime", spec.hooks.create_runtime);
    read_hooks(h, "createContainer", spec.hooks.create_container);
    read_hooks(h, "startContainer", spec.hooks.start_container);
    read_hooks(h, "poststart", spec.hooks.poststart);
    read_hooks(h, "poststop", spec.hooks.poststop);
  });
  read_pairs(f, "annotations", spec.annotations);
  for (const auto& [key, value] : spec.annotations) {
    if (key.empty()) f.fail("annotations", "of names that are not empty");
  }
  f.object("linux", [&](JsonFields& l) { read_linux(l, spec); });
}

template <typename T>
Result<T> read_document(std::string_view text, void (*read)(JsonFields&, T&)) {
  const nlohmann::json document = nlohmann::json::parse(text, nullptr, false);
  if (document.is_discarded()) return Error{exit_status::kVeneer, "it is not JSON"};
  std::optional<Error> error;
  T out;
  JsonFields fields(document, "", error);
  if (!error) read(fields, out);
  if (error) return std::move(*error);
  return out;
}

}  // namespace

Result<Spec> read_spec(std::string_view json) {
  return read_document<Spec>(json, read_spec_fields);
}

Result<Process> read_process(std::string_view json) {
  return read_document<Process>(json, read_process_fields);
}

Result<Resources> read_resources(std::string_view json) {
  return read_document<Resources>(json, read_resources_fields);
}

}  // namespace veneer::zone::oci
