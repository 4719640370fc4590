#include "zone/launch.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cerrno>

#include "base/json.h"
#include "zone/hooks.h"
#include "zone/id_map.h"
#include "zone/init.h"
#include "zone/mount_api.h"
#include "zone/unix_socket.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

namespace veneer::zone {
namespace {

void reap(pid_t pid) {
  while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
}

u64 new_namespaces(const Spec& spec) {
  u64 flags = 0;
  for (const Namespace& n : spec.namespaces) {
    // The cgroup namespace starts at the cgroup where its maker is: the process makes it once it is there.
    if (n.path.empty() && n.kind != NamespaceKind::Cgroup) flags |= name_of(n.kind).flag;
  }
  return flags;
}

Result<std::vector<JoinedNamespace>> open_joins(const Spec& spec) {
  std::vector<JoinedNamespace> out;
  for (const Namespace& n : spec.namespaces) {
    if (n.path.empty()) continue;
    Result<Fd> fd = open_namespace(n.kind, n.path);
    if (!fd) return fd.error();
    out.push_back({n.kind, std::move(*fd), false});
  }
  return out;
}

Failure write_time_offsets(const Spec& spec) {
  std::string text;
  if (spec.monotonic_offset)
    text += format("monotonic %lld %u\n", static_cast<long long>(spec.monotonic_offset->seconds),
                   spec.monotonic_offset->nanoseconds);
  if (spec.boottime_offset)
    text += format("boottime %lld %u\n", static_cast<long long>(spec.boottime_offset->seconds),
                   spec.boottime_offset->nanoseconds);
  if (text.empty()) return std::nullopt;
  const Fd fd(::open("/proc/self/timens_offsets", O_WRONLY | O_CLOEXEC));
  if (!fd || ::write(fd.get(), text.data(), text.size()) < 0) return failed(errno, "set linux.timeOffsets");
  return std::nullopt;
}

// What cannot be done by clone3(2) alone is done by a process between: namespaces that are joined and must be
// so before the first process is born (pid, time, and user, which the others may belong to).
class Stage {
 public:
  Stage(const Spec& spec, std::vector<JoinedNamespace>& joins, const Channel& channel)
      : spec_(spec), joins_(joins), channel_(channel) {}

  // In the stage's own process; in the first process it returns.
  void run(int cgroup) {
    check(join_before());
    u64 flags = new_namespaces(spec_);
    if (spec_.creates(NamespaceKind::User)) check(make_user_namespace());
    flags &= ~static_cast<u64>(CLONE_NEWUSER);
    if (flags & CLONE_NEWTIME) {
      if (::unshare(CLONE_NEWTIME) != 0) fail(failed(errno, "make a time namespace"));
      check(write_time_offsets(spec_));
      flags &= ~static_cast<u64>(CLONE_NEWTIME);
    }
    bool in_cgroup = false;
    const pid_t pid = clone_process(flags | CLONE_PARENT, cgroup, in_cgroup);
    if (pid == 0) return;
    if (pid < 0) fail(failed(errno, "make the namespaces"));
    channel_.send(Word::Process, format("%d %d", pid, in_cgroup));
    ::_exit(0);
  }

 private:
  [[noreturn]] void fail(const Error& error) {
    channel_.send(error);
    ::_exit(1);
  }
  void check(const Failure& failure) {
    if (failure) fail(*failure);
  }
  // As the caller first: a namespace may belong to the caller's user namespace and not to the one to be joined.
  // What that refuses comes after.
  Failure join_before() {
    const bool user = spec_.find(NamespaceKind::User) != nullptr;
    for (JoinedNamespace& join : joins_) {
      if (join.kind == NamespaceKind::User || join.kind == NamespaceKind::Mount) continue;
      if (join_one(join)) continue;
      if (errno != EPERM || !user) return error(join);
    }
    for (JoinedNamespace& join : joins_) {
      if (join.kind != NamespaceKind::User) continue;
      if (!join_one(join)) return error(join);
    }
    for (JoinedNamespace& join : joins_) {
      const bool needed_now = join.kind == NamespaceKind::Pid || join.kind == NamespaceKind::Time;
      if (!join.done && needed_now && !join_one(join)) return error(join);
    }
    return std::nullopt;
  }
  bool join_one(JoinedNamespace& join) {
    join.done = ::setns(join.fd.get(), static_cast<int>(name_of(join.kind).flag)) == 0;
    return join.done;
  }
  Error error(const JoinedNamespace& join) {
    return failed(errno, "join the %s namespace '%s'", name_of(join.kind).oci,
                  spec_.find(join.kind)->path.c_str());
  }
  Failure make_user_namespace() {
    if (::unshare(CLONE_NEWUSER) != 0) return failed(errno, "make a user namespace");
    if (!channel_.send(Word::MapIds) || channel_.receive().ended) ::_exit(1);
    return std::nullopt;
  }

  const Spec& spec_;
  std::vector<JoinedNamespace>& joins_;
  const Channel& channel_;
};

class Launcher {
 public:
  explicit Launcher(LaunchOptions& options) : o_(options), spec_(options.spec) {}

  Result<Launched> run() {
    if (Failure e = prepare()) return std::move(*e);
    Failure e = birth();
    if (!e) e = converse();
    if (!e) return std::move(out_);
    abandon(out_);
    return std::move(*e);
  }

 private:
  Failure prepare() {
    Result<std::vector<JoinedNamespace>> joins = open_joins(spec_);
    if (!joins) return joins.error();
    joins_ = std::move(*joins);
    // The mapped ids may not reach what the caller does; without privilege nothing is mountable before, but
    // then the caller is the one who is mapped.
    const bool privileged_map =
        spec_.find(NamespaceKind::User) && ::geteuid() == 0 && in_initial_user_namespace();
    Result<std::vector<Fd>> sources = open_mount_sources(spec_, o_.bundle, privileged_map);
    if (!sources) return sources.error();
    sources_ = std::move(*sources);
    if (privileged_map && !o_.overlay) {
      Result<Fd> tree = clone_tree(AT_FDCWD, o_.rootfs, true);
      if (!tree) return tree.error();
      root_tree_ = std::move(*tree);
    }
    Result<ChannelPair> pair = make_channel();
    if (!pair) return pair.error();
    out_.channel = std::move(pair->runtime);
    container_ = std::move(pair->container);
    cgroup_ = o_.cgroup.open_v2();
    return std::nullopt;
  }

  Failure birth() {
    const bool staged = !joins_.empty() || spec_.boottime_offset || spec_.monotonic_offset;
    if (!staged) {
      const pid_t pid = clone_process(new_namespaces(spec_), cgroup_.get(), in_cgroup_);
      if (pid == 0) become_init();
      if (pid < 0) return birth_error();
      out_.pid = pid;
      container_.close();
      if (!spec_.creates(NamespaceKind::User)) return std::nullopt;
      return write_id_mappings(pid, spec_.uid_mappings, spec_.gid_mappings);
    }
    const pid_t stage = ::fork();
    if (stage < 0) return failed(errno, "start a process");
    if (stage == 0) {
      Stage(spec_, joins_, container_).run(cgroup_.get());
      become_init();
    }
    // Of the two ends the container's is ours too; should the stage die silently, nobody would end the
    // connection.
    container_.close();
    const Failure e = follow_stage(stage);
    reap(stage);
    return e;
  }

  Failure follow_stage(pid_t stage) {
    const Fd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, stage, 0)));
    for (;;) {
      const Channel::Message m = out_.channel.receive_from(pidfd.get());
      if (m.ended) return Error{exit_status::kVeneer, "the process that makes the namespaces died"};
      if (m.word == Word::Failed) return m.error();
      if (m.word == Word::MapIds) {
        if (Failure e = write_id_mappings(stage, spec_.uid_mappings, spec_.gid_mappings)) {
          ::kill(stage, SIGKILL);
          return e;
        }
        out_.channel.send(Word::GoOn);
      }
      if (m.word == Word::Process) {
        int in_cgroup = 0;
        if (std::sscanf(m.text.c_str(), "%d %d", &out_.pid, &in_cgroup) != 2)
          return Error{exit_status::kVeneer, "no process was made"};
        in_cgroup_ = in_cgroup != 0;
        return std::nullopt;
      }
    }
  }

  Error birth_error() {
    Error error = failed(errno, "make the namespaces");
    if (errno == EPERM && !spec_.find(NamespaceKind::User) && ::geteuid() != 0)
      error.message += "; without root a user namespace is needed: see `veneer oci spec --rootless`";
    else if (errno == ENOSPC)
      error.message += "; see /proc/sys/user/max_*_namespaces";
    else if (errno == EPERM || errno == EACCES)
      error.message +=
          "; is /proc/sys/kernel/unprivileged_userns_clone 1, and does no sandbox or AppArmor forbid user "
          "namespaces?";
    return error;
  }

  [[noreturn]] void become_init() {
    out_.channel.close();
    ProcessStart start{spec_.process.value_or(Process{}),
                       o_.filter,
                       spec_.find(NamespaceKind::User) || !in_initial_user_namespace(),
                       o_.new_keyring,
                       o_.preserved_fds,
                       o_.brand};
    if (!spec_.process) start.process.cwd.push_back('/');
    ContainerInit init{spec_,
                       o_.bundle,
                       o_.rootfs,
                       std::move(root_tree_),
                       std::move(sources_),
                       o_.cgroup.views(o_.layout),
                       joins_,
                       o_.overlay,
                       o_.no_pivot,
                       std::move(o_.start_socket),
                       std::move(start),
                       std::move(container_)};
    run_init(init);
  }

  // Answers the first process until it is ready.
  Failure converse() {
    if (o_.born) {
      if (Failure e = o_.born(out_.pid)) return e;
    }
    if (Failure e = o_.cgroup.add(out_.pid, in_cgroup_)) return e;
    if (!out_.channel.send(Word::GoOn)) return died();
    for (;;) {
      Channel::Message m = out_.channel.receive();
      if (m.ended) return died();
      switch (m.word) {
        case Word::Failed: return m.error();
        case Word::Ready: return std::nullopt;
        case Word::Terminal: out_.terminal = std::move(m.fd); break;
        case Word::RunHooks: {
          const std::string state = o_.state("creating", out_.pid);
          if (Failure e = run_hooks(spec_.hooks.prestart, "prestart", state)) return e;
          if (Failure e = run_hooks(spec_.hooks.create_runtime, "createRuntime", state)) return e;
          if (!out_.channel.send(Word::GoOn, state)) return died();
          break;
        }
        default: return Error{exit_status::kVeneer, "the container's first process spoke out of turn"};
      }
    }
  }
  Error died() {
    int status = 0;
    if (::waitpid(out_.pid, &status, WNOHANG) == out_.pid) {
      out_.pid = -1;
      if (WIFSIGNALED(status))
        return Error{exit_status::kVeneer,
                     format("the container's first process was killed by signal %d%s", WTERMSIG(status),
                            WTERMSIG(status) == SIGKILL ? " (is its memory limit too low?)" : "")};
    }
    return Error{exit_status::kVeneer, "the container's first process died"};
  }

  LaunchOptions& o_;
  const Spec& spec_;
  std::vector<JoinedNamespace> joins_;
  std::vector<Fd> sources_;
  Fd root_tree_, cgroup_;
  Channel container_;
  Launched out_;
  bool in_cgroup_ = false;
};

}  // namespace

Result<Launched> launch(LaunchOptions& options) {
  return Launcher(options).run();
}

void abandon(Launched& launched) {
  launched.channel.close();
  if (launched.pid <= 0) return;
  ::kill(launched.pid, SIGKILL);
  reap(launched.pid);
  launched.pid = -1;
}

Failure go_on(const Channel& channel, const std::string& state, const std::function<Failure(Fd)>& listener) {
  if (!channel.send(Word::GoOn, state))
    return Error{exit_status::kVeneer, "the container's first process is gone"};
  for (;;) {
    Channel::Message m = channel.receive();
    if (m.ended) return std::nullopt;  // closed by exec
    if (m.word == Word::Failed) return m.error();
    if (m.word == Word::Listener) {
      if (Failure e = listener(std::move(m.fd))) return e;
    }
  }
}

Failure send_listener(const Seccomp& seccomp, const std::string& state, pid_t pid, Fd listener) {
  Result<Fd> socket = connect_unix(seccomp.listener_path, false);
  if (!socket) return socket.error();
  const std::string text =
      format("{\"ociVersion\":\"1.2.0\",\"fds\":[\"seccompFd\"],\"pid\":%d,\"metadata\":%s,\"state\":%s}", pid,
             json_string(seccomp.listener_metadata).c_str(), state.c_str());
  if (!send_with_fd(socket->get(), text, listener.get()))
    return failed(errno, "send seccomp's listener to '%s'", seccomp.listener_path.c_str());
  return std::nullopt;
}

}  // namespace veneer::zone
