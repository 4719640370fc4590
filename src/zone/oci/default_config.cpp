// spec: a config.json to start from.
#include <fcntl.h>
#include <unistd.h>
#include <cerrno>
#include <nlohmann/json.hpp>

#include "zone/oci/runtime.h"

namespace veneer::zone::oci {
namespace {

using Json = nlohmann::ordered_json;

Json mount(const char* destination, const char* type, const char* source, std::vector<std::string> options) {
  return {{"destination", destination}, {"type", type}, {"source", source}, {"options", std::move(options)}};
}

}  // namespace

std::string default_config(bool rootless) {
  const std::vector<std::string> capabilities = {"CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"};
  Json j;
  j["ociVersion"] = "1.2.0";
  j["process"] = {
      {"terminal", true},
      {"user", {{"uid", 0}, {"gid", 0}}},
      {"args", {"sh"}},
      {"env", {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm"}},
      {"cwd", "/"},
      {"capabilities", {{"bounding", capabilities}, {"effective", capabilities}, {"permitted", capabilities}}},
      {"rlimits", {{{"type", "RLIMIT_NOFILE"}, {"hard", 1024}, {"soft", 1024}}}},
      {"noNewPrivileges", true}};
  j["root"] = {{"path", "rootfs"}, {"readonly", true}};
  j["hostname"] = "veneer";
  std::vector<std::string> pts = {"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"};
  if (!rootless) pts.emplace_back("gid=5");
  j["mounts"] = {mount("/proc", "proc", "proc", {"nosuid", "noexec", "nodev"}),
                 mount("/dev", "tmpfs", "tmpfs", {"nosuid", "strictatime", "mode=755", "size=65536k"}),
                 mount("/dev/pts", "devpts", "devpts", pts),
                 mount("/dev/shm", "tmpfs", "shm", {"nosuid", "noexec", "nodev", "mode=1777", "size=65536k"}),
                 mount("/dev/mqueue", "mqueue", "mqueue", {"nosuid", "noexec", "nodev"}),
                 rootless ? mount("/sys", "none", "/sys", {"rbind", "nosuid", "noexec", "nodev", "ro"})
                          : mount("/sys", "sysfs", "sysfs", {"nosuid", "noexec", "nodev", "ro"}),
                 mount("/sys/fs/cgroup", "cgroup", "cgroup", {"nosuid", "noexec", "nodev", "relatime", "ro"})};
  Json& l = j["linux"];
  if (rootless) {
    l["uidMappings"] = {{{"containerID", 0}, {"hostID", ::geteuid()}, {"size", 1}}};
    l["gidMappings"] = {{{"containerID", 0}, {"hostID", ::getegid()}, {"size", 1}}};
  } else {
    l["resources"] = {{"devices", {{{"allow", false}, {"access", "rwm"}}}}};
  }
  for (const char* kind : {"pid", "network", "ipc", "uts", "mount", "cgroup"}) {
    if (rootless && std::string_view(kind) == "network") continue;
    l["namespaces"].push_back({{"type", kind}});
  }
  if (rootless) l["namespaces"].push_back({{"type", "user"}});
  l["maskedPaths"] = {"/proc/acpi",          "/proc/asound",     "/proc/kcore",       "/proc/keys",
                      "/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug",
                      "/sys/firmware",       "/proc/scsi"};
  l["readonlyPaths"] = {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"};
  return j.dump(2) + "\n";
}

Failure write_default_config(const std::string& bundle, bool rootless) {
  const std::string path = bundle + "/config.json";
  const Fd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  if (!fd && errno == EEXIST)
    return Error{exit_status::kVeneer, "'" + path + "' is there already: move or remove it first"};
  if (!fd || !write_all(fd.get(), default_config(rootless))) return failed(errno, "write '%s'", path.c_str());
  return std::nullopt;
}

}  // namespace veneer::zone::oci
