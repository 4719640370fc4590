// A zone's configuration as that of a container.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include <cmath>
#include <nlohmann/json.hpp>

#include "zone/id_map.h"
#include "zone/lasting/zones.h"

namespace veneer::zone {
namespace {

using Json = nlohmann::ordered_json;

// What a zone's root user may do: enough for a distribution's own services, nothing of the host's hardware or
// kernel.
const std::vector<std::string>& usual_privileges() {
  static const std::vector<std::string> kNames = {
      "CAP_CHOWN",      "CAP_DAC_OVERRIDE", "CAP_FSETID",           "CAP_FOWNER",
      "CAP_MKNOD",      "CAP_NET_RAW",      "CAP_SETGID",           "CAP_SETUID",
      "CAP_SETFCAP",    "CAP_SETPCAP",      "CAP_NET_BIND_SERVICE", "CAP_NET_ADMIN",
      "CAP_SYS_CHROOT", "CAP_KILL",         "CAP_AUDIT_WRITE",      "CAP_IPC_LOCK",
      "CAP_IPC_OWNER"};
  return kNames;
}

Json mount(const std::string& destination, const std::string& type, const std::string& source,
           std::vector<std::string> options) {
  return {{"destination", destination}, {"type", type}, {"source", source}, {"options", std::move(options)}};
}

Json mounts(const Zone& zone, const std::string& directory, bool rootless) {
  Json out = Json::array();
  std::vector<std::string> pts = {"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"};
  if (!rootless) pts.emplace_back("gid=5");
  const bool own_network = zone.config.network != ZoneNetwork::Shared;
  out.push_back(mount("/proc", "proc", "proc", {"nosuid", "noexec", "nodev"}));
  out.push_back(mount("/dev", "tmpfs", "tmpfs", {"nosuid", "strictatime", "mode=755", "size=65536k"}));
  out.push_back(mount("/dev/pts", "devpts", "devpts", pts));
  out.push_back(mount("/dev/shm", "tmpfs", "shm", {"nosuid", "nodev", "mode=1777"}));
  out.push_back(mount("/dev/mqueue", "mqueue", "mqueue", {"nosuid", "noexec", "nodev"}));
  out.push_back(own_network ? mount("/sys", "sysfs", "sysfs", {"nosuid", "noexec", "nodev", "ro"})
                            : mount("/sys", "bind", "/sys", {"rbind", "nosuid", "noexec", "nodev", "rro"}));
  out.push_back(mount("/sys/fs/cgroup", "cgroup", "cgroup", {"nosuid", "noexec", "nodev", "ro"}));
  out.push_back(mount("/run", "tmpfs", "tmpfs", {"nosuid", "nodev", "mode=755"}));
  if (zone.config.network == ZoneNetwork::Shared)
    out.push_back(mount("/etc/resolv.conf", "bind", "/etc/resolv.conf", {"bind", "ro"}));
  for (const char* name : {"cpuinfo", "meminfo", "stat", "loadavg"}) {
    const std::string file = directory + "/proc-" + name;
    if (::access(file.c_str(), F_OK) == 0)
      out.push_back(
          mount(std::string("/proc/") + name, "bind", file, {"bind", "ro", "nosuid", "noexec", "nodev"}));
  }
  if (const std::string file = directory + "/cpu-online"; ::access(file.c_str(), F_OK) == 0)
    out.push_back(
        mount("/sys/devices/system/cpu/online", "bind", file, {"bind", "ro", "nosuid", "noexec", "nodev"}));
  if (zone.config.hostid) out.push_back(mount("/etc/hostid", "bind", directory + "/hostid", {"bind", "ro"}));
  for (const ZoneFilesystem& f : zone.config.filesystems) {
    std::vector<std::string> options = {"nodev"};
    if (f.type == "bind") options.emplace_back("rbind");
    if (f.read_only) options.emplace_back(f.type == "bind" ? "rro" : "ro");
    if (f.type == "tmpfs" && !f.size.empty())
      options.push_back("size=" + std::to_string(parse_size(f.size).value_or(0)));
    if (f.type == "overlay") options.push_back("lowerdir=" + f.source);
    out.push_back(mount(f.target, f.type, f.type == "overlay" ? "overlay" : f.source, options));
  }
  return out;
}

}  // namespace

Resources zone_resources(const ZoneConfig& c) {
  Resources r;
  if (!c.memory_capped.empty()) r.memory_limit = static_cast<s64>(parse_size(c.memory_capped).value_or(0));
  if (!c.swap_capped.empty() && r.memory_limit)
    r.memory_swap = *r.memory_limit + static_cast<s64>(parse_size(c.swap_capped).value_or(0));
  if (c.cpu_capped > 0) {
    r.cpu_period = 100000;
    r.cpu_quota = std::max<s64>(1000, std::llround(c.cpu_capped * 100000));
  }
  r.cpus = c.cpu_dedicated;
  r.cpu_shares = c.cpu_shares;
  if (c.max_processes) r.pids_limit = static_cast<s64>(*c.max_processes);
  if (c.io_weight) r.io_weight = static_cast<u16>(*c.io_weight);
  return r;
}

std::string zone_bundle(const Zone& zone, const std::string& directory, const UserIds& user, bool terminal) {
  const ZoneConfig& c = zone.config;
  const bool rootless = ::geteuid() != 0 || !in_initial_user_namespace();
  const Resources r = zone_resources(c);
  const std::vector<std::string>& privileges = c.privileges.empty() ? usual_privileges() : c.privileges;
  std::vector<std::string> env = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                                  "container=veneer"};
  env.insert(env.end(), zone.environment.begin(), zone.environment.end());
  env.insert(env.end(), c.environment.begin(), c.environment.end());
  Json j;
  j["ociVersion"] = "1.2.0";
  j["process"] = {
      {"terminal", terminal},
      {"user", {{"uid", user.uid}, {"gid", user.gid}}},
      {"args", c.command},
      {"env", env},
      {"cwd", zone.working_directory.empty() ? "/" : zone.working_directory},
      {"capabilities", {{"bounding", privileges}, {"effective", privileges}, {"permitted", privileges}}}};
  j["root"] = {{"path", directory + "/root"}};
  j["hostname"] = c.hostname.empty() ? zone.name : c.hostname;
  j["mounts"] = mounts(zone, directory, rootless);
  j["annotations"] = {{"veneer.zone", zone.name}};
  if (!c.cpu_model.empty()) j["annotations"][kCpuAnnotation] = c.cpu_model;
  Json& l = j["linux"];
  for (const char* kind : {"pid", "ipc", "uts", "mount", "cgroup", "time"})
    l["namespaces"].push_back({{"type", kind}});
  if (c.network != ZoneNetwork::Shared) l["namespaces"].push_back({{"type", "network"}});
  if (rootless) {
    l["namespaces"].push_back({{"type", "user"}});
    const UserMappings ids = mappings_of_user();
    auto map = [](const std::vector<IdMapping>& from) {
      Json out = Json::array();
      for (const IdMapping& m : from)
        out.push_back({{"containerID", m.container}, {"hostID", m.host}, {"size", m.size}});
      return out;
    };
    l["uidMappings"] = map(ids.uids);
    l["gidMappings"] = map(ids.gids);
  }
  // The zone's clocks start when it does.
  timespec up{};
  ::clock_gettime(CLOCK_BOOTTIME, &up);
  l["timeOffsets"] = {{"boottime", {{"secs", -up.tv_sec + c.time_offset}}}};
  l["cgroupsPath"] = rootless ? "veneer-" + zone.name : "/veneer/" + zone.name;
  Json& res = l["resources"];
  res["devices"] = Json::array({{{"allow", false}, {"access", "rwm"}}});
  if (r.memory_limit) res["memory"]["limit"] = *r.memory_limit;
  if (r.memory_swap) res["memory"]["swap"] = *r.memory_swap;
  if (r.cpu_quota) res["cpu"] = {{"quota", *r.cpu_quota}, {"period", *r.cpu_period}};
  if (!r.cpus.empty()) res["cpu"]["cpus"] = r.cpus;
  if (r.cpu_shares) res["cpu"]["shares"] = *r.cpu_shares;
  if (r.pids_limit) res["pids"]["limit"] = *r.pids_limit;
  if (r.io_weight) res["blockIO"]["weight"] = *r.io_weight;
  for (const std::string& path : c.devices) {
    struct stat info{};
    if (::stat(path.c_str(), &info) != 0 || !(S_ISCHR(info.st_mode) || S_ISBLK(info.st_mode))) continue;
    const char* type = S_ISBLK(info.st_mode) ? "b" : "c";
    l["devices"].push_back({{"path", path},
                            {"type", type},
                            {"major", major(info.st_rdev)},
                            {"minor", minor(info.st_rdev)},
                            {"fileMode", info.st_mode & 0777},
                            {"uid", 0},
                            {"gid", 0}});
    res["devices"].push_back({{"allow", true},
                              {"type", type},
                              {"major", major(info.st_rdev)},
                              {"minor", minor(info.st_rdev)},
                              {"access", "rwm"}});
  }
  l["maskedPaths"] = {"/proc/acpi",       "/proc/kcore",       "/proc/keys",    "/proc/latency_stats",
                      "/proc/timer_list", "/proc/sched_debug", "/sys/firmware", "/proc/scsi"};
  l["readonlyPaths"] = {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sysrq-trigger"};
  return j.dump(2) + "\n";
}

}  // namespace veneer::zone
