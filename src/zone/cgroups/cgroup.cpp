#include "zone/cgroups/cgroup.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <chrono>
#include <functional>
#include <memory>
#include <sstream>
#include <thread>

#include "zone/cgroups/limits.h"

namespace veneer::zone {
namespace {

using std::chrono::milliseconds;

bool not_permitted(int error) {
  return error == EACCES || error == EPERM || error == EROFS || error == ENOENT;
}

int write_control(const std::string& path, std::string_view text) {
  const Fd fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!fd) return errno;
  return ::write(fd.get(), text.data(), text.size()) < 0 ? errno : 0;
}

std::vector<std::string> subdirectories(const std::string& path) {
  std::vector<std::string> out;
  const std::unique_ptr<DIR, int (*)(DIR*)> dir(::opendir(path.c_str()), ::closedir);
  if (!dir) return out;
  while (const dirent* entry = ::readdir(dir.get())) {
    if (entry->d_type == DT_DIR && entry->d_name[0] != '.') out.push_back(path + "/" + entry->d_name);
  }
  return out;
}

void collect(const std::string& path, std::vector<pid_t>& out) {
  std::istringstream pids(read_file((path + "/cgroup.procs").c_str()).value_or(""));
  for (pid_t pid = 0; pids >> pid;) out.push_back(pid);
  for (const std::string& sub : subdirectories(path)) collect(sub, out);
}

// A new cpuset of version 1 is empty until it is told what its parent has.
void inherit_cpuset(const std::string& path) {
  const std::string parent = path.substr(0, path.rfind('/'));
  for (const char* file : {"/cpuset.cpus", "/cpuset.mems"}) {
    std::optional<std::string> own = read_file((path + file).c_str());
    if (!own || own->size() > 1) continue;
    if (std::optional<std::string> text = read_file((parent + file).c_str())) write_control(path + file, *text);
  }
}

int make_directories(const Hierarchy& h, const std::string& path) {
  if (path.size() <= h.mount_point.size()) return 0;
  const bool cpuset =
      !h.v2 && std::find(h.controllers.begin(), h.controllers.end(), "cpuset") != h.controllers.end();
  if (::mkdir(path.c_str(), 0755) != 0) {
    if (errno == EEXIST) return 0;
    if (errno != ENOENT) return errno;
    if (const int error = make_directories(h, path.substr(0, path.rfind('/')))) return error;
    if (::mkdir(path.c_str(), 0755) != 0 && errno != EEXIST) return errno;
  }
  if (cpuset) inherit_cpuset(path);
  return 0;
}

// Version 2's controllers are handed down level by level.
void enable_controllers(const Hierarchy& h, const std::string& path) {
  for (usize slash = h.mount_point.size(); slash != path.npos && slash < path.size();
       slash = path.find('/', slash + 1)) {
    const std::string level = path.substr(0, slash);
    std::istringstream names(read_file((level + "/cgroup.controllers").c_str()).value_or(""));
    std::string all;
    std::vector<std::string> each;
    for (std::string name; names >> name; each.push_back("+" + name)) all += " +" + name;
    if (all.empty()) continue;
    const std::string control = level + "/cgroup.subtree_control";
    if (write_control(control, all) == 0) continue;
    for (const std::string& one : each) write_control(control, one);
  }
}

int remove_tree(const std::string& path) {
  if (::rmdir(path.c_str()) == 0 || errno == ENOENT) return 0;
  if (errno != EBUSY && errno != ENOTEMPTY) return errno;
  for (const std::string& sub : subdirectories(path)) remove_tree(sub);
  return ::rmdir(path.c_str()) == 0 || errno == ENOENT ? 0 : errno;
}

// Asks again, less and less often.
bool wait_until(milliseconds limit, const std::function<bool()>& done) {
  const auto end = std::chrono::steady_clock::now() + limit;
  for (auto pause = std::chrono::microseconds(100);;
       pause = std::min<std::chrono::microseconds>(pause * 2, milliseconds(20))) {
    if (done()) return true;
    if (std::chrono::steady_clock::now() >= end) return false;
    std::this_thread::sleep_for(pause);
  }
}

bool wants(const Resources& r, const Hierarchy& h) {
  for (const Knob& k : h.v2 ? v2_knobs(r) : v1_knobs(r)) {
    if (!k.optional &&
        std::find(h.controllers.begin(), h.controllers.end(), k.controller) != h.controllers.end())
      return true;
  }
  return false;
}

// "a|b": the first of the files that is there.
std::string choose_file(const std::string& directory, const std::string& names) {
  std::istringstream in(names);
  std::string name, last;
  while (std::getline(in, name, '|')) {
    last = directory + "/" + name;
    if (::access(last.c_str(), F_OK) == 0) return last;
  }
  return last;
}

Failure write_knob(const std::string& directory, const Knob& knob) {
  const std::string path = choose_file(directory, knob.file);
  const int error = write_control(path, knob.value);
  if (error == 0 || knob.optional) return std::nullopt;
  if (error == EBUSY && knob.file.starts_with("memory.limit"))
    return Error{exit_status::kVeneer,
                 format("cannot lower %s to %s: more is in use", knob.file.c_str(), knob.value.c_str())};
  return failed(error, "write '%s' to '%s'", knob.value.c_str(), path.c_str());
}

}  // namespace

Cgroup Cgroup::at(const CgroupLayout& layout, const std::string& path, bool rootless) {
  Cgroup out;
  for (const Hierarchy& h : layout.hierarchies) {
    const bool below_own = rootless && !path.starts_with('/');
    out.directories_.push_back({h.key(), h.directory(below_own ? h.own + "/" + path : path)});
  }
  return out;
}

Cgroup Cgroup::of_process(const CgroupLayout& layout, pid_t pid) {
  Cgroup out;
  const std::string text = read_file(format("/proc/%d/cgroup", pid).c_str()).value_or("");
  for (const Hierarchy& h : layout.hierarchies)
    out.directories_.push_back({h.key(), h.directory(cgroup_in(text, h))});
  return out;
}

Cgroup Cgroup::beside(const CgroupLayout& layout, const std::vector<Directory>& made, pid_t pid) {
  Cgroup out;
  if (made.empty()) return out;
  const Hierarchy* first = layout.by_key(made[0].key);
  if (!first) return out;
  const std::string path = cgroup_in(read_file(format("/proc/%d/cgroup", pid).c_str()).value_or(""), *first);
  for (const Hierarchy& h : layout.hierarchies) {
    const bool has =
        std::any_of(made.begin(), made.end(), [&](const Directory& d) { return d.key == h.key(); });
    if (!h.v2 && !has) out.directories_.push_back({h.key(), h.directory(path)});
  }
  return out;
}

Failure Cgroup::create(const CgroupLayout& layout, const Resources* resources) {
  std::vector<Directory> made;
  for (Directory& d : directories_) {
    const Hierarchy* h = layout.by_key(d.key);
    if (!h) continue;
    const int error = make_directories(*h, d.path);
    if (error == 0) {
      if (h->v2) enable_controllers(*h, d.path);
      made.push_back(std::move(d));
      continue;
    }
    if (!not_permitted(error) || (resources && wants(*resources, *h)))
      return failed(error, "make the cgroup '%s', which linux.resources needs", d.path.c_str());
  }
  directories_ = std::move(made);
  return std::nullopt;
}

Failure Cgroup::apply(const CgroupLayout& layout, const Resources& r, bool new_group) const {
  std::vector<Knob> v1 = v1_knobs(r), v2 = v2_knobs(r);
  auto write = [&](const Knob& knob, bool is_two) -> Failure {
    const Hierarchy* h = layout.of(knob.controller);
    // Version 1's name of version 2's io.
    if (!h && knob.controller == "io") h = layout.of("blkio");
    // "cgroup.freeze" and the like are every cgroup's of version 2.
    if (knob.controller == "cgroup") h = layout.v2();
    if (!h) {
      if (knob.optional || !is_two) return std::nullopt;
      return Error{exit_status::kVeneer,
                   format("this host has no cgroup controller '%s', which linux.resources needs for %s",
                          knob.controller.c_str(), knob.file.c_str())};
    }
    if (h->v2 != is_two) {
      if (!is_two || h->v2) return std::nullopt;
      // linux.resources.unified names files of version 2; the controller is with version 1 here.
      for (const auto& [file, value] : r.unified) {
        if (file == knob.file)
          return Error{exit_status::kVeneer,
                       format("linux.resources.unified: '%s' is of cgroup v2, and this host has the "
                              "controller '%s' with v1",
                              file.c_str(), knob.controller.c_str())};
      }
      return std::nullopt;
    }
    for (const Directory& d : directories_) {
      if (d.key == h->key()) return write_knob(d.path, knob);
    }
    if (knob.optional) return std::nullopt;
    return Error{exit_status::kVeneer,
                 format("no cgroup for the controller '%s' may be made here, and linux.resources needs %s",
                        knob.controller.c_str(), knob.file.c_str())};
  };
  for (const Knob& knob : v1) {
    const bool one_only = knob.controller == "net_cls" || knob.controller == "net_prio";
    if (one_only && !layout.of(knob.controller))
      return Error{exit_status::kVeneer, "linux.resources.network needs the controller '" + knob.controller +
                                             "' of cgroup v1, which this host does not have"};
    if (Failure e = write(knob, false)) return e;
  }
  for (const Knob& knob : v2) {
    if (Failure e = write(knob, true)) return e;
  }
  if (r.devices.empty()) return std::nullopt;
  const std::vector<DeviceRule> rules = new_group ? with_default_rules(r.devices) : r.devices;
  const Hierarchy* h = layout.of("devices");
  for (const Directory& d : directories_) {
    if (h && d.key == h->key()) {
      for (const auto& [file, line] : v1_device_lines(rules)) {
        const int error = write_control(d.path + "/" + file, line);
        // In a user namespace the host's rules hold anyway.
        if (error != 0 && error != EPERM)
          return failed(error, "write '%s' to '%s/%s'", line.c_str(), d.path.c_str(), file.c_str());
      }
    } else if (!h && d.key.empty()) {
      const Fd fd(::open(d.path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
      if (Failure e = attach_device_program(fd.get(), rules)) {
        if (::geteuid() == 0) return e;
      }
    }
  }
  return std::nullopt;
}

Failure Cgroup::add(pid_t pid, bool skip_v2) const {
  for (const Directory& d : directories_) {
    if (d.key.empty() && skip_v2) continue;
    const int error = write_control(d.path + "/cgroup.procs", std::to_string(pid));
    // Of one that could not be made (Cgroup::create) there is no directory.
    if (error == 0 || (error == ENOENT && ::access(d.path.c_str(), F_OK) != 0)) continue;
    if (error == EBUSY && d.key.empty())
      return Error{exit_status::kVeneer,
                   "cannot enter the cgroup '" + d.path +
                       "': it has children with controllers, so that only they may hold processes"};
    return failed(error, "enter the cgroup '%s'", d.path.c_str());
  }
  return std::nullopt;
}

Fd Cgroup::open_v2() const {
  for (const Directory& d : directories_) {
    if (d.key.empty()) return Fd(::open(d.path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  }
  return Fd();
}

std::optional<std::string> Cgroup::directory_of(std::string_view controller) const {
  for (const Directory& d : directories_) {
    std::istringstream names(d.key);
    for (std::string name; std::getline(names, name, ',');) {
      if (name == controller) return d.path;
    }
  }
  for (const Directory& d : directories_) {
    if (!d.key.empty()) continue;
    std::istringstream names(read_file((d.path + "/cgroup.controllers").c_str()).value_or(""));
    for (std::string name; names >> name;) {
      if (name == controller) return d.path;
    }
  }
  return std::nullopt;
}

bool Cgroup::is_v2(std::string_view controller) const {
  for (const Directory& d : directories_) {
    std::istringstream names(d.key);
    for (std::string name; std::getline(names, name, ',');) {
      if (name == controller) return false;
    }
  }
  return true;
}

std::optional<std::string> Cgroup::read(std::string_view controller, const std::string& file) const {
  std::optional<std::string> directory = directory_of(controller);
  if (!directory) return std::nullopt;
  return read_file((*directory + "/" + file).c_str());
}

Failure Cgroup::freeze(bool frozen) const {
  // Version 1's freezer is preferred where it is: version 2's has no say over it.
  for (const bool legacy : {true, false}) {
    for (const Directory& d : directories_) {
      if (legacy ? d.key != "freezer" : !d.key.empty()) continue;
      const std::string file = d.path + (legacy ? "/freezer.state" : "/cgroup.freeze");
      const char* text = legacy ? (frozen ? "FROZEN" : "THAWED") : (frozen ? "1" : "0");
      if (const int error = write_control(file, text))
        return failed(error, "write '%s' to '%s'", text, file.c_str());
      const bool done = wait_until(milliseconds(10000), [&] {
        if (legacy && frozen) write_control(file, text);
        return this->frozen() == frozen;
      });
      if (!done)
        return Error{exit_status::kVeneer,
                     "the cgroup '" + d.path + "' does not become " + (frozen ? "frozen" : "thawed")};
      return std::nullopt;
    }
  }
  return Error{exit_status::kVeneer, "cannot pause: the container has no cgroup with a freezer"};
}

bool Cgroup::frozen() const {
  for (const Directory& d : directories_) {
    if (d.key == "freezer")
      return read_file((d.path + "/freezer.state").c_str()).value_or("").starts_with("FROZEN");
  }
  for (const Directory& d : directories_) {
    if (d.key.empty())
      return read_file((d.path + "/cgroup.events").c_str()).value_or("").find("frozen 1") != std::string::npos;
  }
  return false;
}

std::vector<pid_t> Cgroup::processes() const {
  std::vector<pid_t> out;
  // The process may have left some, by its own doing: all are asked.
  for (const Directory& d : directories_) collect(d.path, out);
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

void Cgroup::kill_all() const {
  for (const Directory& d : directories_) {
    if (d.key.empty()) write_control(d.path + "/cgroup.kill", "1");
  }
  // What forks meanwhile is found in the next round.
  wait_until(milliseconds(5000), [&] {
    const std::vector<pid_t> all = processes();
    for (pid_t pid : all) {
      if (pid > 1 && pid != ::getpid()) ::kill(pid, SIGKILL);
    }
    for (const Directory& d : directories_) {
      if (d.key == "freezer") write_control(d.path + "/freezer.state", "THAWED");
    }
    return all.empty();
  });
}

bool Cgroup::exists() const {
  return std::any_of(directories_.begin(), directories_.end(),
                     [](const Directory& d) { return ::access(d.path.c_str(), F_OK) == 0; });
}

Failure Cgroup::remove() const {
  for (const Directory& d : directories_) {
    int error = 0;
    wait_until(milliseconds(5000), [&] {
      error = remove_tree(d.path);
      return error != EBUSY;
    });
    if (error != 0 && !not_permitted(error)) return failed(error, "remove the cgroup '%s'", d.path.c_str());
  }
  return std::nullopt;
}

std::vector<CgroupView> Cgroup::views(const CgroupLayout& layout) const {
  std::vector<CgroupView> out;
  for (const Directory& d : directories_) {
    const Hierarchy* h = layout.by_key(d.key);
    if (!h) continue;
    CgroupView view;
    view.controllers = d.key;
    view.path = d.path;
    if (!layout.pure_v2()) view.name = h->mount_point.substr(h->mount_point.rfind('/') + 1);
    out.push_back(std::move(view));
  }
  return out;
}

}  // namespace veneer::zone
