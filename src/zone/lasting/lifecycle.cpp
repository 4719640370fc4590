// Zones that come up and go down.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "image/rooted_path.h"
#include "zone/lasting/network.h"
#include "zone/lasting/visible.h"
#include "zone/lasting/visible_server.h"
#include "zone/lasting/zones.h"

namespace veneer::zone {
namespace {

// Standard output and error go to a file while this lives, and so do those of processes that are started
// meanwhile.
class Redirected {
 public:
  explicit Redirected(const std::string& path) {
    const Fd log(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
    const Fd none(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    for (int fd = 0; fd < 3; fd++) saved_[fd] = Fd(::fcntl(fd, F_DUPFD_CLOEXEC, 3));
    if (none) ::dup2(none.get(), 0);
    if (log) {
      ::dup2(log.get(), 1);
      ::dup2(log.get(), 2);
    }
  }
  ~Redirected() {
    for (int fd = 0; fd < 3; fd++) {
      if (saved_[fd]) ::dup2(saved_[fd].get(), fd);
    }
  }
  Redirected(const Redirected&) = delete;
  Redirected& operator=(const Redirected&) = delete;

 private:
  Fd saved_[3];
};

// What the zone's first process is, without a command of its own: the image's init, if it has one.
bool has_init(const Zone& zone) {
  for (auto layer = zone.layers.rbegin(); layer != zone.layers.rend(); ++layer) {
    const Fd root(::open(layer->c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!root) continue;
    const int fd = openat2_in_root(root.get(), "/sbin/init", 0);
    if (fd < 0) continue;
    ::close(fd);
    return true;
  }
  return false;
}

}  // namespace

Failure Zones::make_ready(const Zone& z) const {
  Zone zone = z;
  const std::string path = directory(zone.name);
  if (zone.state == ZoneState::Down) {
    if (Failure e = oci::remove(runtime_, zone.name, true)) return e;
  }
  for (const std::string& layer : zone.layers) {
    if (::access(layer.c_str(), F_OK) != 0)
      return Error{exit_status::kVeneer, "zone '" + zone.name + "' needs '" + layer + "', which is gone"};
  }
  if (zone.config.command.empty() && has_init(zone)) zone.config.command = {"/sbin/init"};
  const Architecture architecture = architecture_of(zone.architecture);
  if (Failure e = write_visible(zone.config, path, architecture == Architecture::Native)) return e;
  const std::string config = path + "/config.json";
  {
    const Fd fd(::open(config.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (!fd || !write_all(fd.get(), zone_bundle(zone, path)))
      return failed(errno, "write '%s'", config.c_str());
  }
  OverlayRoot overlay{zone.layers, zone.config.ephemeral ? "" : path + "/upper",
                      zone.config.ephemeral ? "" : path + "/work"};
  oci::CreateOptions options;
  options.id = zone.name;
  options.bundle = path;
  options.overlay = &overlay;
  options.architecture = architecture;
  const Redirected output(path + "/log");
  if (Failure e = oci::create(runtime_, options)) return e;
  Result<oci::ContainerState> state = runtime_.store.read(zone.name);
  if (!state) return state.error();
  if (Failure e = connect_network(zone.name, zone.config, state->pid)) {
    (void)oci::remove(runtime_, zone.name, true);
    return e;
  }
  if (Failure e = serve_visible({.name = zone.name,
                                 .cpu_online = path + "/cpu-online",
                                 .init = state->pid,
                                 .cgroup = Cgroup(state->cgroups)}))
    note(zone.name, "/proc/meminfo, stat and loadavg stay as they were at boot: " + e->message);
  return std::nullopt;
}

Failure Zones::ready(const std::string& name) const {
  Result<Fd> held = lock(name);
  if (!held) return held.error();
  Result<Zone> zone = in_state(name, "make ready", {ZoneState::Installed, ZoneState::Down});
  if (!zone) return zone.error();
  if (Failure e = make_ready(*zone)) return e;
  note(name, "ready");
  return std::nullopt;
}

Failure Zones::boot(const std::string& name) const {
  std::vector<std::string> path;
  return boot_with(name, path);
}

Failure Zones::boot_with(const std::string& name, std::vector<std::string>& path) const {
  if (std::find(path.begin(), path.end(), name) != path.end())
    return Error{exit_status::kVeneer, "zone '" + name + "' depends on itself, through '" + path.back() + "'"};
  path.push_back(name);
  Result<Zone> first = find(name);
  if (!first) return first.error();
  for (const std::string& needed : first->config.depends) {
    Result<Zone> other = find(needed);
    if (!other)
      return Error{other.error().status,
                   "zone '" + name + "' depends on '" + needed + "': " + other.error().message};
    if (other->state == ZoneState::Running) continue;
    if (Failure e = boot_with(needed, path)) return e;
  }
  path.pop_back();
  Result<Fd> held = lock(name);
  if (!held) return held.error();
  Result<Zone> zone = in_state(name, "boot", {ZoneState::Installed, ZoneState::Ready, ZoneState::Down});
  if (!zone) return zone.error();
  if (zone->state != ZoneState::Ready) {
    if (Failure e = make_ready(*zone)) return e;
  }
  if (Failure e = oci::start(runtime_, name, true)) {
    (void)oci::remove(runtime_, name, true);
    return e;
  }
  note(name, "booted");
  return std::nullopt;
}

Failure Zones::autoboot() const {
  Failure first;
  for (const Zone& zone : list()) {
    if (!zone.config.autoboot || zone.state == ZoneState::Running) continue;
    // One may have been booted for another that depends on it.
    if (Result<Zone> again = find(zone.name); again && again->state == ZoneState::Running) continue;
    if (Failure e = boot(zone.name)) {
      report(e->message);
      if (!first) first = e;
    }
  }
  if (first) return Error{exit_status::kVeneer, "not all zones were booted"};
  return std::nullopt;
}

Failure Zones::halt(const std::string& name) const {
  Result<Fd> held = lock(name);
  if (!held) return held.error();
  Result<Zone> zone = in_state(name, "halt", {ZoneState::Ready, ZoneState::Running, ZoneState::Down});
  if (!zone) return zone.error();
  if (Failure e = oci::remove(runtime_, name, true)) return e;
  disconnect_network(name, zone->config);
  note(name, "halted");
  return std::nullopt;
}

Failure Zones::shutdown(const std::string& name, unsigned seconds) const {
  {
    Result<Fd> held = lock(name);
    if (!held) return held.error();
    Result<Zone> zone = in_state(name, "shut down", {ZoneState::Running});
    if (!zone) return zone.error();
    Result<oci::ContainerState> state = runtime_.store.read(name);
    if (!state) return state.error();
    const Fd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, state->pid, 0)));
    (void)oci::kill(runtime_, name, "TERM", false);
    pollfd fd{pidfd.get(), POLLIN, 0};
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
    for (;;) {
      const auto left =
          std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now()).count();
      if (left <= 0 || ::poll(&fd, 1, static_cast<int>(left)) > 0) break;
    }
    note(name, "shut down");
  }
  return halt(name);
}

Result<int> Zones::exec(const std::string& name, const std::vector<std::string>& args, bool terminal,
                        const std::string& user) const {
  Result<Zone> zone = in_state(name, "execute in", {ZoneState::Running, ZoneState::Ready});
  if (!zone) return zone.error();
  oci::ExecCommand c;
  c.id = name;
  c.args = args;
  c.terminal = terminal;
  c.user = user;
  if (terminal) c.env.emplace_back("TERM=" + std::string(std::getenv("TERM") ? std::getenv("TERM") : "xterm"));
  return oci::exec(runtime_, c);
}

Result<std::string> Zones::top(bool json) const {
  using Json = nlohmann::json;
  struct Sample {
    std::string name;
    u64 cpu = 0, memory = 0, limit = 0, processes = 0;
    std::chrono::steady_clock::time_point when;
  };
  auto sample = [&] {
    std::vector<Sample> out;
    for (const Zone& zone : list()) {
      if (zone.state != ZoneState::Running) continue;
      Result<std::string> text = oci::statistics(runtime_, zone.name);
      if (!text) continue;
      const Json data = Json::parse(*text, nullptr, false).value("data", Json::object());
      out.push_back({zone.name, data["cpu"]["usage"].value("total", u64{0}),
                     data["memory"]["usage"].value("usage", u64{0}),
                     data["memory"]["usage"].value("limit", u64{0}), data["pids"].value("current", u64{0}),
                     std::chrono::steady_clock::now()});
    }
    return out;
  };
  const std::vector<Sample> before = sample();
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  Json all = Json::array();
  std::string out = format("%-20s %7s %12s %12s %6s\n", "ZONE", "CPU%", "MEMORY", "LIMIT", "PROCS");
  for (const Sample& now : sample()) {
    double percent = 0;
    for (const Sample& b : before) {
      if (b.name == now.name && now.cpu >= b.cpu)
        percent = 100.0 * static_cast<double>(now.cpu - b.cpu) /
                  static_cast<double>(std::chrono::nanoseconds(now.when - b.when).count());
    }
    const bool limited = now.limit < (u64{1} << 50);
    all.push_back({{"zone", now.name},
                   {"cpu", percent},
                   {"memory", now.memory},
                   {"limit", limited ? Json(now.limit) : Json()},
                   {"processes", now.processes}});
    out += format("%-20s %7.1f %10lluK %12s %6llu\n", now.name.c_str(), percent,
                  static_cast<unsigned long long>(now.memory / 1024),
                  limited ? format("%lluK", static_cast<unsigned long long>(now.limit / 1024)).c_str() : "-",
                  static_cast<unsigned long long>(now.processes));
  }
  return json ? all.dump() + "\n" : out;
}

}  // namespace veneer::zone
