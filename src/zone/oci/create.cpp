// create and run: a container from a bundle.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <ctime>

#include "image/rooted_path.h"
#include "zone/cgroups/systemd.h"
#include "zone/console.h"
#include "zone/hooks.h"
#include "zone/id_map.h"
#include "zone/launch.h"
#include "zone/oci/foreground.h"
#include "zone/oci/runtime.h"
#include "zone/oci/spec_reader.h"
#include "zone/translations.h"
#include "zone/unix_socket.h"

namespace veneer::zone::oci {
namespace {

std::string now() {
  timespec t{};
  ::clock_gettime(CLOCK_REALTIME, &t);
  tm parts{};
  ::gmtime_r(&t.tv_sec, &parts);
  char text[64];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
  return format("%s.%09ldZ", text, t.tv_nsec);
}

Result<std::string> real_path(const std::string& path, const char* what) {
  char text[PATH_MAX];
  if (!::realpath(path.c_str(), text)) return failed(errno, "find the %s '%s'", what, path.c_str());
  return std::string(text);
}

// What a container without an annotation about it is: judged by the program, and by the usual ones.
Architecture detect_architecture(const Spec& spec, const std::string& rootfs) {
  const Fd root(::open(rootfs.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!root) return Architecture::Native;
  if (spec.process && !spec.process->args.empty() && spec.process->args[0].starts_with('/')) {
    const int found = openat2_in_root(root.get(), spec.process->args[0].c_str(), 0);
    const Fd at(found);
    struct stat info{};
    if (found >= 0 && ::fstat(found, &info) == 0 && S_ISREG(info.st_mode)) {
      const Fd file(::open(descriptor_path(found).c_str(), O_RDONLY | O_CLOEXEC));
      if (std::optional<ElfMachine> machine = elf_machine(file.get())) return machine->architecture;
    }
  }
  // Without any program that is known to us, as in an image of one program: it is found when it is executed.
  return architecture_of_root(root.get()).value_or(Architecture::Native);
}

// From an empty directory of the store to a first process that waits. What fails undoes all.
class Creation {
 public:
  Creation(const Runtime& runtime, const CreateOptions& options) : runtime_(runtime), options_(options) {}

  Failure prepare() {
    if (Failure e = read_bundle()) return e;
    Result<Fd> lock = runtime_.store.create(options_.id);
    if (!lock) return lock.error();
    lock_ = std::move(*lock);
    return std::nullopt;
  }

  // `with_socket`: the first process waits for `start` by itself.
  Failure launch(bool with_socket) {
    if (Failure e = launch_steps(with_socket)) return undo(std::move(*e));
    return std::nullopt;
  }

  Failure hand_over() {
    if (options_.console_socket.empty() || !launched_.terminal) return std::nullopt;
    if (Failure e = send_console(options_.console_socket, launched_.terminal.get())) return undo(std::move(*e));
    launched_.terminal.reset();
    return std::nullopt;
  }

  Failure record() {
    state_.start_time = start_time_of(launched_.pid);
    if (Failure e = runtime_.store.write_pid(state_)) return undo(std::move(*e));
    if (options_.pid_file.empty()) return std::nullopt;
    if (Failure e = write_pid_file()) return undo(std::move(*e));
    return std::nullopt;
  }

  Error undo(Error error) {
    abandon(launched_);
    const Cgroup group(state_.cgroups);
    if (!state_.cgroups.empty()) {
      if (!group.processes().empty() && own_cgroup_) group.kill_all();
      if (own_cgroup_) (void)group.remove();
    }
    if (!state_.systemd_unit.empty()) stop_scope(state_.systemd_unit, state_.rootless);
    if (lock_) runtime_.store.remove(options_.id);
    return error;
  }

  std::string state_as(const char* status) const { return state_json(state_, status, false); }
  const Spec& spec() const { return spec_; }
  Launched& launched() { return launched_; }
  void unlock() { lock_.reset(); }

 private:
  Failure read_bundle() {
    Result<std::string> bundle = real_path(options_.bundle, "bundle");
    if (!bundle) return bundle.error();
    const std::string path = options_.config.empty() ? *bundle + "/config.json" : options_.config;
    std::optional<std::string> text = read_file(path.c_str());
    if (!text) return failed(errno, "read '%s'", path.c_str());
    // Read once: whatever becomes of the file, this is the configuration.
    text_ = std::move(*text);
    Result<Spec> spec = read_spec(text_);
    if (!spec) return Error{exit_status::kVeneer, path + ": " + spec.error().message};
    spec_ = std::move(*spec);
    Result<std::string> rootfs =
        real_path(spec_.root_path.starts_with('/') ? spec_.root_path : *bundle + "/" + spec_.root_path, "root");
    if (!rootfs) return rootfs.error();
    struct stat info{};
    if (::stat(rootfs->c_str(), &info) != 0 || !S_ISDIR(info.st_mode))
      return Error{exit_status::kVeneer, "the root '" + *rootfs + "' is no directory"};
    state_.id = options_.id;
    state_.bundle = *bundle;
    state_.rootfs = *rootfs;
    state_.created = now();
    state_.version = spec_.version;
    state_.owner = std::to_string(::geteuid());
    state_.rootless = ::geteuid() != 0 || !in_initial_user_namespace();
    state_.own_pid_namespace = spec_.find(NamespaceKind::Pid) != nullptr;
    state_.annotations = spec_.annotations;
    return check();
  }

  Failure check() {
    const bool terminal = spec_.process && spec_.process->terminal;
    if (terminal && options_.console_socket.empty() && (options_.detach || !foreground_))
      return Error{exit_status::kVeneer,
                   "process.terminal is true, so that --console-socket must say where the terminal goes to"};
    if (!terminal && !options_.console_socket.empty())
      return Error{exit_status::kVeneer, "--console-socket is given, but process.terminal is not true"};
    if ((!spec_.hostname.empty() || !spec_.domainname.empty()) && !spec_.find(NamespaceKind::Uts))
      return Error{exit_status::kVeneer, "hostname and domainname need a uts namespace"};
    if ((spec_.boottime_offset || spec_.monotonic_offset) && !spec_.creates(NamespaceKind::Time))
      return Error{exit_status::kVeneer, "linux.timeOffsets needs a new time namespace"};
    if (spec_.process && !spec_.process->args.empty() && spec_.process->args[0].empty())
      return Error{exit_status::kVeneer, "process.args[0] is empty"};
    return std::nullopt;
  }

  Failure launch_steps(bool with_socket) {
    layout_ = detect_cgroups();
    if (Failure e = prepare_cgroup()) return e;
    state_.architecture =
        options_.architecture ? *options_.architecture : detect_architecture(spec_, state_.rootfs);
    Result<Brand> brand = make_brand(state_.architecture, state_.annotations);
    if (!brand) return brand.error();
    // Written before anything of the container exists, so that `delete` finds all that there may be.
    if (Failure e = runtime_.store.write(state_, text_)) return e;
    if (!runtime_.systemd_cgroup) {
      if (Failure e = group_.create(layout_, resources())) return e;
      state_.cgroups = group_.directories();
      if (Failure e = apply_limits()) return e;
    }
    std::optional<SeccompFilter> filter;
    if (spec_.seccomp) {
      ::mkdir(runtime_.store.seccomp_cache().c_str(), 0700);
      Result<SeccompFilter> made = make_seccomp_filter(*spec_.seccomp, runtime_.store.seccomp_cache());
      if (!made) return made.error();
      filter = std::move(*made);
    }
    Fd socket;
    if (with_socket) {
      Result<Fd> made = listen_unix(runtime_.store.start_socket(options_.id), true);
      if (!made) return made.error();
      socket = std::move(*made);
    }
    LaunchOptions launch_options{spec_,
                                 state_.bundle,
                                 state_.rootfs,
                                 layout_,
                                 group_,
                                 options_.overlay,
                                 &*brand,
                                 filter ? &*filter : nullptr,
                                 std::move(socket),
                                 options_.no_pivot,
                                 !options_.no_new_keyring,
                                 options_.preserve_fds,
                                 {},
                                 {}};
    launch_options.born = [this](pid_t pid) { return born(pid); };
    launch_options.state = [this](const char* status, pid_t pid) {
      state_.pid = pid;
      return state_as(status);
    };
    Result<Launched> launched = zone::launch(launch_options);
    if (!launched) return launched.error();
    launched_ = std::move(*launched);
    if (!brand->native() && spec_.process)
      request_translations(options_.overlay ? options_.overlay->layers : std::vector{state_.rootfs},
                           *spec_.process);
    state_.pid = launched_.pid;
    return std::nullopt;
  }

  const Resources* resources() const { return spec_.resources ? &*spec_.resources : nullptr; }

  Failure prepare_cgroup() {
    if (runtime_.no_cgroup) return std::nullopt;
    if (runtime_.systemd_cgroup) {
      Result<SystemdUnit> unit = parse_systemd_path(spec_.cgroups_path, options_.id, state_.rootless);
      if (!unit) return unit.error();
      unit_ = std::move(*unit);
      state_.systemd_unit = unit_.name;
      return std::nullopt;
    }
    const std::string path = spec_.cgroups_path.empty() ? options_.id : spec_.cgroups_path;
    if (path.find("..") != path.npos)
      return Error{exit_status::kVeneer, "linux.cgroupsPath '" + path + "' must not hold '..'"};
    group_ = Cgroup::at(layout_, path, state_.rootless);
    state_.cgroups = group_.directories();
    own_cgroup_ = true;
    for (const Cgroup::Directory& d : state_.cgroups) {
      if (!Cgroup({d}).processes().empty())
        return own_cgroup_ = false, state_.cgroups.clear(),
               Error{exit_status::kVeneer, "the cgroup '" + d.path + "' has processes already"};
    }
    return std::nullopt;
  }

  Failure apply_limits() {
    if (!spec_.resources || runtime_.no_cgroup) return std::nullopt;
    Failure e = group_.apply(layout_, *spec_.resources, true);
    if (e && state_.rootless) e->message += "; without root only what is delegated to the user can be limited";
    return e;
  }

  // By systemd the cgroup is made for a process that there is.
  Failure born(pid_t pid) {
    state_.pid = pid;
    if (!runtime_.systemd_cgroup) return std::nullopt;
    if (Failure e =
            start_scope(unit_, pid, spec_.resources.value_or(Resources{}), layout_.pure_v2(), state_.rootless))
      return e;
    group_ = Cgroup::of_process(layout_, pid);
    std::vector<Cgroup::Directory> systemds;
    for (const Cgroup::Directory& d : group_.directories()) {
      if (d.path.find(unit_.name) != d.path.npos) systemds.push_back(d);
    }
    // Controllers of version 1 that systemd does not use are ours to make groups in.
    Cgroup rest = Cgroup::beside(layout_, systemds, pid);
    state_.cgroups = systemds;
    state_.cgroups.insert(state_.cgroups.end(), rest.directories().begin(), rest.directories().end());
    own_cgroup_ = true;
    if (Failure e = runtime_.store.write(state_, text_)) return e;
    if (Failure e = rest.create(layout_, resources())) return e;
    if (Failure e = rest.add(pid, true)) return e;
    systemds.insert(systemds.end(), rest.directories().begin(), rest.directories().end());
    group_ = Cgroup(std::move(systemds));
    return apply_limits();
  }

  Failure write_pid_file() {
    if (!replace_file(options_.pid_file, std::to_string(launched_.pid), 0644))
      return failed(errno, "write the pid file '%s'", options_.pid_file.c_str());
    return std::nullopt;
  }

  const Runtime& runtime_;
  const CreateOptions& options_;
  std::string text_;
  Spec spec_;
  ContainerState state_;
  CgroupLayout layout_;
  Cgroup group_;
  SystemdUnit unit_;
  bool own_cgroup_ = false;
  Launched launched_;
  Fd lock_;

 public:
  bool foreground_ = false;
};

Failure make(Creation& creation, bool with_socket) {
  if (Failure e = creation.prepare()) return e;
  if (Failure e = creation.launch(with_socket)) return e;
  if (Failure e = creation.record()) return e;
  return creation.hand_over();
}

}  // namespace

Failure create(const Runtime& runtime, const CreateOptions& options) {
  Creation creation(runtime, options);
  if (Failure e = make(creation, true)) return e;
  // From here on it waits for `start`, whatever becomes of this process.
  if (!creation.launched().channel.send(Word::GoOn))
    return creation.undo(Error{exit_status::kVeneer, "the container's first process is gone"});
  return std::nullopt;
}

Result<int> run(const Runtime& runtime, const CreateOptions& options) {
  Creation creation(runtime, options);
  creation.foreground_ = !options.detach;
  if (Failure e = make(creation, false)) return std::move(*e);
  if (!creation.spec().process || creation.spec().process->args.empty())
    return creation.undo(Error{exit_status::kVeneer, "the configuration has no process.args to start"});
  const std::string state = creation.state_as("created");
  Launched& launched = creation.launched();
  Failure e = go_on(launched.channel, state, [&](Fd listener) {
    return send_listener(*creation.spec().seccomp, state, launched.pid, std::move(listener));
  });
  if (!e) e = run_hooks(creation.spec().hooks.poststart, "poststart", creation.state_as("running"));
  if (e) return creation.undo(std::move(*e));
  creation.unlock();
  if (options.detach) return 0;
  const int status = wait_in_foreground(launched.pid, std::move(launched.terminal));
  if (!options.keep) {
    if (Failure failure = remove(runtime, options.id, true)) return std::move(*failure);
  }
  return status;
}

}  // namespace veneer::zone::oci
