// Processes that join a container which is there: `exec`.
#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cerrno>
#include <memory>

#include "zone/console.h"
#include "zone/id_map.h"
#include "zone/launch.h"
#include "zone/namespaces.h"
#include "zone/process_attributes.h"
#include "zone/process_start.h"

namespace veneer::zone {
namespace {

class Joining {
 public:
  Joining(const ExecOptions& options, Channel channel, Fd set_id)
      : o_(options), channel_(std::move(channel)), set_id_(std::move(set_id)) {}

  // The process between: it enters the namespaces, of which the pid namespace is only its children's.
  [[noreturn]] void run_stage(int pidfd, u64 namespaces, int cgroup) {
    // Nothing in the container may look into a process that still has the host's descriptors.
    ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    if (o_.process.oom_score_adj) (void)set_oom_score(*o_.process.oom_score_adj);
    if (!o_.process.cpu_affinity_initial.empty()) check(set_cpu_affinity(o_.process.cpu_affinity_initial));
    user_namespace_ = (namespaces & CLONE_NEWUSER) || !in_initial_user_namespace();
    if (::setns(pidfd, static_cast<int>(namespaces)) != 0)
      fail(failed(errno, "join the container's namespaces"));
    bool in_cgroup = false;
    const pid_t pid = clone_process(CLONE_PARENT, cgroup, in_cgroup);
    if (pid < 0) fail(failed(errno, "start a process in the container"));
    if (pid > 0) {
      channel_.send(Word::Process, format("%d %d", pid, in_cgroup ? 1 : 0));
      ::_exit(0);
    }
    run_process();
  }

 private:
  [[noreturn]] void fail(const Error& error) {
    channel_.send(error);
    ::_exit(error.status);
  }
  void check(const Failure& failure) {
    if (failure) fail(*failure);
  }
  [[noreturn]] void run_process() {
    if (channel_.receive().ended) ::_exit(exit_status::kVeneer);
    (void)::setsid();
    if (user_namespace_) become_mapped_root();
    const Process& p = o_.process;
    if (p.terminal) {
      const Fd root(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
      Result<Pty> pty = open_pty(root.get(), p.console_rows, p.console_columns);
      if (!pty) fail(pty.error());
      (void)::fchown(pty->slave.get(), p.user.uid, static_cast<gid_t>(-1));
      if (!channel_.send(Word::Terminal, {}, pty->master.get())) ::_exit(exit_status::kVeneer);
      check(take_terminal(pty->slave.get()));
    }
    const ProcessStart start{p,        o_.filter,    user_namespace_, o_.new_keyring, o_.preserved_fds,
                             o_.brand, set_id_.get()};
    const Fd proc(::open("/proc", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    std::string program;
    check(prepare_process(start, proc.get(), program));
    close_all_but(3 + o_.preserved_fds,
                  {channel_.fd(), o_.brand ? o_.brand->translator.get() : -1,
                   o_.brand ? o_.brand->translations.get() : -1, start.set_id_translator});
    check(drop_privileges(start));
    if (!channel_.send(Word::Ready) || channel_.receive().ended) ::_exit(exit_status::kVeneer);
    fail(execute(start, program, channel_));
  }

  const ExecOptions& o_;
  Channel channel_;
  Fd set_id_;
  bool user_namespace_ = false;
};

// The set-user-ID translator as the first process has it: on a mount of the container's.
Fd set_id_translator_of(pid_t init, const Brand* brand) {
  struct stat wanted{};
  if (!brand || brand->set_id_path.empty() || ::stat(brand->set_id_path.c_str(), &wanted) != 0) return Fd();
  const std::string path = format("/proc/%d/fd", init);
  const std::unique_ptr<DIR, int (*)(DIR*)> dir(::opendir(path.c_str()), ::closedir);
  while (const dirent* entry = dir ? ::readdir(dir.get()) : nullptr) {
    if (entry->d_name[0] == '.') continue;
    Fd fd(::openat(::dirfd(dir.get()), entry->d_name, O_PATH | O_CLOEXEC));
    struct stat info{};
    if (fd && ::fstat(fd.get(), &info) == 0 && info.st_dev == wanted.st_dev && info.st_ino == wanted.st_ino)
      return fd;
  }
  return Fd();
}

u64 foreign_namespaces(pid_t init) {
  u64 flags = 0;
  for (const NamespaceName& n : namespace_names()) {
    if (!shares_namespace(init, n.kind)) flags |= n.flag;
  }
  return flags;
}

}  // namespace

Result<Launched> launch_into(const ExecOptions& o) {
  const Fd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, o.init, 0)));
  if (!pidfd) return failed(errno, "reach the container's first process");
  const u64 namespaces = foreign_namespaces(o.init);
  Result<ChannelPair> pair = make_channel();
  if (!pair) return pair.error();
  const Fd cgroup = o.cgroup.open_v2();
  Launched out;
  const pid_t stage = ::fork();
  if (stage < 0) return failed(errno, "start a process");
  if (stage == 0) {
    pair->runtime.close();
    Joining(o, std::move(pair->container), set_id_translator_of(o.init, o.brand))
        .run_stage(pidfd.get(), namespaces, cgroup.get());
  }
  const Fd stage_pidfd(static_cast<int>(::syscall(SYS_pidfd_open, stage, 0)));
  out.channel = std::move(pair->runtime);
  pair->container.close();
  Failure error;
  bool ready = false;
  while (!error && !ready) {
    Channel::Message m = out.pid < 0 ? out.channel.receive_from(stage_pidfd.get()) : out.channel.receive();
    if (m.ended) {
      error = Error{exit_status::kVeneer, "the process in the container died before its program was executed"};
    } else if (m.word == Word::Failed) {
      error = m.error();
    } else if (m.word == Word::Process) {
      int in_cgroup = 0;
      (void)std::sscanf(m.text.c_str(), "%d %d", &out.pid, &in_cgroup);
      error = o.cgroup.add(out.pid, in_cgroup != 0);
      if (!error) out.channel.send(Word::GoOn);
    } else if (m.word == Word::Terminal) {
      out.terminal = std::move(m.fd);
    } else if (m.word == Word::Ready) {
      ready = true;
    }
  }
  while (::waitpid(stage, nullptr, 0) < 0 && errno == EINTR) {
  }
  if (!error) return out;
  abandon(out);
  return std::move(*error);
}

}  // namespace veneer::zone
