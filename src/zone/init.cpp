#include "zone/init.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>

#include "image/rooted_path.h"
#include "zone/console.h"
#include "zone/hooks.h"
#include "zone/mount_api.h"
#include "zone/own_init.h"
#include "zone/process_attributes.h"
#include "zone/rootfs.h"

namespace veneer::zone {
namespace {

class Init {
 public:
  explicit Init(ContainerInit& init) : init_(init), spec_(init.spec) {}

  [[noreturn]] void run() {
    wait_for_runtime();
    check(enter_namespaces());
    const bool own_mounts = spec_.creates(NamespaceKind::Mount);
    if (own_mounts) {
      check(build_root());
      check(run_create_hooks());
      check(open_terminal());
      check(enter_root(root_.get(), init_.no_pivot));
    } else {
      check(run_create_hooks());
      check(enter_plain_root());
      check(open_terminal());
    }
    check(set_names());
    check(open_proc());
    check(set_sysctls());
    if (own_mounts) check(finish_root(spec_));
    if (!spec_.personality.empty()) check(set_personality(spec_.personality));
    if (slave_) check(take_terminal(slave_.get()));
    std::string program;
    check(prepare_process(init_.start, proc_.get(), program));
    proc_.reset();
    root_.reset();
    slave_.reset();
    // A created container may wait for long, and holds nothing of the runtime's meanwhile.
    close_all_but(
        3 + init_.start.preserved_fds,
        {init_.channel.fd(), init_.start_socket.get(),
         init_.start.brand ? init_.start.brand->translator.get() : -1,
         init_.start.brand ? init_.start.brand->translations.get() : -1, init_.start.set_id_translator});
    check(drop_privileges(init_.start));
    const std::string state = wait_for_start();
    check(run_hooks(spec_.hooks.start_container, "startContainer", state));
    if (init_.start.process.args.empty()) run_own_init(init_.channel);
    fail(execute(init_.start, program, init_.channel));
  }

 private:
  [[noreturn]] void fail(const Error& error) {
    init_.channel.send(error);
    ::_exit(error.status);
  }
  void check(const Failure& failure) {
    if (failure) fail(*failure);
  }
  std::string wait_for_runtime() {
    Channel::Message m = init_.channel.receive();
    // Nobody is left who would want the container.
    if (m.ended) ::_exit(exit_status::kVeneer);
    return m.text;
  }

  Failure enter_namespaces() {
    for (JoinedNamespace& join : init_.joins) {
      if (join.done || join.kind == NamespaceKind::Pid || join.kind == NamespaceKind::User) continue;
      if (::setns(join.fd.get(), static_cast<int>(name_of(join.kind).flag)) != 0)
        return failed(errno, "join the %s namespace '%s'", name_of(join.kind).oci,
                      spec_.find(join.kind)->path.c_str());
    }
    if (spec_.creates(NamespaceKind::Cgroup) && ::unshare(CLONE_NEWCGROUP) != 0)
      return failed(errno, "make a cgroup namespace");
    if (spec_.find(NamespaceKind::User)) become_mapped_root();
    (void)::setsid();
    if (init_.start.process.oom_score_adj) {
      Failure e = set_oom_score(*init_.start.process.oom_score_adj);
      // Lowering it is a privilege of the host's, which a user namespace never has.
      if (e && !init_.start.user_namespace) return e;
    }
    return std::nullopt;
  }

  Failure build_root() {
    if (Failure e = detach_from_host(spec_.rootfs_propagation)) return e;
    if (init_.overlay) {
      Result<Fd> tree = overlay_root();
      if (!tree) return tree.error();
      init_.root_tree = std::move(*tree);
    }
    if (!init_.root_tree) {
      Result<Fd> tree = clone_tree(AT_FDCWD, init_.rootfs, true);
      if (!tree) return tree.error();
      init_.root_tree = std::move(*tree);
    }
    root_ = std::move(init_.root_tree);
    // The host's own mounts are not to see what is mounted in the root.
    if (Failure e = set_attributes(root_.get(), 0, 0,
                                   spec_.rootfs_propagation.ends_with("shared") ? 0 : MS_PRIVATE, true))
      return e;
    if (Failure e = attach_root(root_.get())) return e;
    if (Failure e = place_set_id_translator()) return e;
    const MountSetup setup{spec_,
                           init_.bundle,
                           init_.sources,
                           init_.cgroups,
                           init_.start.user_namespace,
                           spec_.creates(NamespaceKind::Cgroup)};
    if (Failure e = mount_all(root_.get(), setup)) return e;
    if (Failure e = make_devices(root_.get(), spec_, init_.start.user_namespace)) return e;
    // Where it is missing, as engines rely on it.
    (void)make_directory_in_root(root_.get(), init_.start.process.cwd);
    return protect_paths(root_.get(), spec_);
  }

  // The set-user-ID copy of the translator, on a mount of this namespace that no path leads to: beneath what is
  // mounted over /proc or /dev afterwards. Where neither is, there is none.
  Failure place_set_id_translator() {
    const Brand* brand = init_.start.brand;
    if (!brand || brand->set_id_path.empty()) return std::nullopt;
    const Mount* cover = nullptr;
    for (const Mount& m : spec_.mounts) {
      if (!cover &&
          ((m.destination == "/proc" && m.type == "proc") || (m.destination == "/dev" && m.type == "tmpfs")))
        cover = &m;
    }
    Result<Fd> copy = clone_tree(AT_FDCWD, brand->set_id_path, false);
    if (!cover || !copy || set_attributes(copy->get(), MOUNT_ATTR_RDONLY | MOUNT_ATTR_NODEV, 0, 0, false))
      return std::nullopt;
    Result<Fd> hidden = new_filesystem("tmpfs", "tmpfs", {"size=4k", "nr_inodes=3", "mode=511"});
    if (!hidden) return hidden.error();
    Result<Fd> at = make_directory_in_root(root_.get(), cover->destination);
    if (!at) return at.error();
    if (Failure e = attach_tree(hidden->get(), at->get(), cover->destination)) return e;
    const Fd file(::openat(hidden->get(), "translator", O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0400));
    const Fd place(::openat(hidden->get(), "translator", O_PATH | O_CLOEXEC));
    if (!place) return failed(errno, "place the translator");
    if (Failure e = attach_tree(copy->get(), place.get(), "the translator")) return e;
    set_id_ = Fd(::openat(hidden->get(), "translator", O_PATH | O_CLOEXEC));
    if (set_id_) init_.start.set_id_translator = set_id_.get();
    return std::nullopt;
  }

  Result<Fd> overlay_root() {
    const OverlayRoot& o = *init_.overlay;
    std::string upper = o.upper, work = o.work;
    if (upper.empty()) {
      // Not attached anywhere: only its descriptor knows it, and the overlay keeps it.
      Result<Fd> memory = new_filesystem("tmpfs", "tmpfs", {"mode=755"});
      if (!memory) return memory;
      if (::mkdirat(memory->get(), "upper", 0755) != 0 || ::mkdirat(memory->get(), "work", 0755) != 0)
        return failed(errno, "make a root in memory");
      upper = descriptor_path(memory->get()) + "/upper";
      work = descriptor_path(memory->get()) + "/work";
      memory_ = std::move(*memory);
    }
    // By descriptors: options are divided by commas and colons, which names may hold.
    std::string lower;
    std::vector<Fd> held;
    for (auto layer = o.layers.rbegin(); layer != o.layers.rend(); ++layer) {
      held.emplace_back(::open(layer->c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
      if (!held.back()) return failed(errno, "open the layer '%s'", layer->c_str());
      lower += (lower.empty() ? "" : ":") + descriptor_path(held.back().get());
    }
    std::vector<std::string> data = {"lowerdir=" + lower, "upperdir=" + upper, "workdir=" + work};
    if (init_.start.user_namespace) data.emplace_back("userxattr");
    return new_filesystem("overlay", "overlay", data);
  }

  Failure run_create_hooks() {
    if (!init_.channel.send(Word::RunHooks)) ::_exit(exit_status::kVeneer);
    const std::string state = wait_for_runtime();
    return run_hooks(spec_.hooks.create_container, "createContainer", state);
  }

  Failure open_terminal() {
    if (!init_.start.process.terminal) return std::nullopt;
    const Process& p = init_.start.process;
    const Fd here(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
    const int root = root_ ? root_.get() : here.get();
    Result<Pty> pty = open_pty(root, p.console_rows, p.console_columns);
    if (!pty) return pty.error();
    (void)::fchown(pty->slave.get(), p.user.uid, static_cast<gid_t>(-1));
    if (root_) {
      if (Failure e = bind_console(root, pty->slave.get())) return e;
    }
    if (!init_.channel.send(Word::Terminal, {}, pty->master.get())) ::_exit(exit_status::kVeneer);
    slave_ = std::move(pty->slave);
    return std::nullopt;
  }

  // No mount namespace of its own: nothing is mounted, and the root directory is changed at most.
  Failure enter_plain_root() {
    if (spec_.find(NamespaceKind::Mount)) return std::nullopt;
    if (::chdir(init_.rootfs.c_str()) != 0 || ::chroot(".") != 0)
      return failed(errno, "change the root directory to '%s'", init_.rootfs.c_str());
    return std::nullopt;
  }

  Failure set_names() {
    if (!spec_.hostname.empty() && ::sethostname(spec_.hostname.c_str(), spec_.hostname.size()) != 0)
      return failed(errno, "set the host name '%s'", spec_.hostname.c_str());
    if (!spec_.domainname.empty() && ::setdomainname(spec_.domainname.c_str(), spec_.domainname.size()) != 0)
      return failed(errno, "set the domain name '%s'", spec_.domainname.c_str());
    return std::nullopt;
  }

  // A procfs of our own, in no directory: what the image has made of /proc is not asked. Where none may be
  // made, the container's, if that is one.
  Failure open_proc() {
    const Process& p = init_.start.process;
    if (spec_.sysctl.empty() && p.apparmor_profile.empty() && p.selinux_label.empty()) return std::nullopt;
    Result<Fd> own = new_filesystem("proc", "proc", {});
    if (own) {
      proc_ = std::move(*own);
      return std::nullopt;
    }
    proc_ = Fd(::open("/proc", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    struct statfs info{};
    if (!proc_ || ::fstatfs(proc_.get(), &info) != 0 || info.f_type != PROC_SUPER_MAGIC)
      return Error{exit_status::kVeneer, "/proc of the container is no procfs, which sysctls and labels need"};
    return std::nullopt;
  }

  Failure set_sysctls() {
    for (const auto& [name, value] : spec_.sysctl) {
      std::string path = name;
      // "net.ipv4.ip_forward"; with slashes the dots are part of the names.
      if (path.find('/') == path.npos) std::replace(path.begin(), path.end(), '.', '/');
      if (Failure e = check_sysctl(path, name)) return e;
      if (Failure e = write_beneath(proc_.get(), "sys/" + path, value, PROC_SUPER_MAGIC)) {
        e->message += " (linux.sysctl '" + name + "')";
        return e;
      }
    }
    return std::nullopt;
  }
  // Only what belongs to a namespace of the container's may be set by it.
  Failure check_sysctl(const std::string& path, const std::string& name) {
    static constexpr std::string_view kIpc[] = {"kernel/msgmax", "kernel/msgmnb",         "kernel/msgmni",
                                                "kernel/sem",    "kernel/shmall",         "kernel/shmmax",
                                                "kernel/shmmni", "kernel/shm_rmid_forced"};
    NamespaceKind needed{};
    if (std::find(std::begin(kIpc), std::end(kIpc), path) != std::end(kIpc) || path.starts_with("fs/mqueue/")) {
      needed = NamespaceKind::Ipc;
    } else if (path.starts_with("net/")) {
      needed = NamespaceKind::Network;
    } else if (path == "kernel/domainname" || path == "kernel/hostname") {
      needed = NamespaceKind::Uts;
    } else if (path.starts_with("user/")) {
      needed = NamespaceKind::User;
    } else {
      return Error{exit_status::kVeneer,
                   "linux.sysctl: '" + name + "' is not of a namespace, but of the whole host"};
    }
    if (!spec_.find(needed))
      return Error{exit_status::kVeneer,
                   format("linux.sysctl: '%s' needs a %s namespace", name.c_str(), name_of(needed).oci)};
    return std::nullopt;
  }

  // Gives the state for hooks.
  std::string wait_for_start() {
    if (!init_.channel.send(Word::Ready)) ::_exit(exit_status::kVeneer);
    std::string state = wait_for_runtime();
    if (!init_.start_socket) return state;
    init_.channel.close();
    for (;;) {
      const int fd = ::accept4(init_.start_socket.get(), nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) continue;
      init_.channel = Channel(Fd(fd));
      Channel::Message m = init_.channel.receive();
      if (m.ended || m.word != Word::GoOn) continue;
      init_.start_socket.reset();
      return m.text;
    }
  }

  ContainerInit& init_;
  const Spec& spec_;
  Fd root_, slave_, proc_, memory_, set_id_;
};

}  // namespace

void run_init(ContainerInit& init) {
  Init(init).run();
}

}  // namespace veneer::zone
