// Waiting for tracees and for other children.
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>

#include "program/thread.h"
#include "program/trace/host.h"
#include "program/trace/tracer.h"
#include "program/wait.h"

namespace veneer {
namespace {

u64 address(const void* p) {
  return reinterpret_cast<u64>(p);  // NOLINT: a system call's argument
}

s64 call(Thread* thread, long number, u64 a0 = 0, u64 a1 = 0, u64 a2 = 0, u64 a3 = 0, u64 a4 = 0) {
  return thread ? safe_syscall(*thread, number, a0, a1, a2, a3, a4) : host_syscall(number, a0, a1, a2, a3, a4);
}

bool is_stop(int status) {
  return (status & 0xff) == 0x7f;
}

}  // namespace

// Takes what stops have come of tracees, whoever is being waited for: one that is held up in the middle of
// something may be in the way of another.
void Tracer::pump() {
  std::vector<pid_t> running;
  for (const auto& [tid, t] : tracees_)
    if (t.where == Where::Running) running.push_back(tid);
  for (const pid_t tid : running) {
    siginfo_t info{};
    const s64 result =
        host_syscall(SYS_waitid, P_PID, static_cast<u64>(tid), address(&info), WSTOPPED | WNOHANG | __WALL, 0);
    if (result == -ECHILD) tracees_.erase(tid);  // reaped by another thread, or not ours any more
    if (result == 0 && info.si_pid != 0) (void)take_stop(tid, wait_status(info));
  }
}

Tracer::Tracee* Tracer::unreported(u64 type, pid_t id) {
  for (auto& [tid, t] : tracees_) {
    if (!t.unreported) continue;
    if (type == P_ALL || (type == P_PID && id == tid) || (type == P_PGID && ::getpgid(tid) == id)) return &t;
  }
  return nullptr;
}

// Until any child or tracee has something to tell, which is left to be told. `idle`: the last time nobody
// wanted it.
s64 Tracer::block_until_something(Thread* thread, bool& idle) {
  constexpr timespec kNap{0, 2'000'000};
  if (idle) {
    const s64 result = call(thread, SYS_nanosleep, address(&kNap), 0);
    return result == -EINTR ? -EINTR : result == kRestartSyscall ? result : 0;
  }
  idle = true;
  siginfo_t info{};
  const s64 result =
      call(thread, SYS_waitid, P_ALL, 0, address(&info), WEXITED | WSTOPPED | WCONTINUED | WNOWAIT | __WALL, 0);
  return result == -ECHILD ? 0 : result;
}

s64 Tracer::waitid(Thread* thread, u64 type, pid_t id, siginfo_t* info, int options, rusage* usage) {
  if (type == P_PGID && id == 0) id = ::getpgrp();
  bool idle = false;
  for (;;) {
    bool others = false;  // tracees that a wait for `id` alone would not see
    {
      const std::lock_guard lock(mutex_);
      if (Tracee* t = unreported(type, id)) {
        t->unreported = options & WNOWAIT;
        *info = {};
        info->si_signo = SIGCHLD;
        info->si_code = CLD_TRAPPED;
        info->si_pid = t->tid;
        info->si_status = t->status >> 8;
        return 0;
      }
      others = type != P_ALL && tracees_.size() > 1;
      if (others) {
        pump();
        if (unreported(type, id)) continue;
      }
    }
    // Of tracees, the host tells every stop, wanted or not; what stays to be told is left.
    siginfo_t seen{};
    int host_options = options;
    if (others) host_options |= WNOHANG;
    const s64 result = wait_for_child(thread, type, id, seen, host_options, usage);
    if (result < 0) return result;
    if (seen.si_pid == 0) {
      if (options & WNOHANG) {
        *info = {};
        return 0;
      }
      if (const s64 error = block_until_something(thread, idle)) return error;
      continue;
    }
    const int status = wait_status(seen);
    const std::lock_guard lock(mutex_);
    if (is_stop(status) && host::registers(seen.si_pid)) {
      idle = false;
      if (options & WNOWAIT) {
        siginfo_t taken{};
        host_syscall(SYS_waitid, P_PID, static_cast<u64>(seen.si_pid), address(&taken),
                     WSTOPPED | WNOHANG | __WALL, 0);
      }
      (void)take_stop(seen.si_pid, status);
      continue;
    }
    if (!is_stop(status) && seen.si_code != CLD_CONTINUED && !(options & WNOWAIT)) {
      tracees_.erase(seen.si_pid);
      if (tracees_.empty()) active_.store(false, std::memory_order_relaxed);
    }
    *info = seen;
    return 0;
  }
}

s64 Tracer::wait4(Thread* thread, pid_t pid, int* status, int options, rusage* usage) {
  constexpr int kKnown = WNOHANG | WUNTRACED | WCONTINUED | __WNOTHREAD | static_cast<int>(__WCLONE) | __WALL;
  if (options & ~kKnown) return -EINVAL;
  u64 type = P_PID;
  pid_t id = pid;
  if (pid == -1) {
    type = P_ALL;
  } else if (pid <= 0) {
    type = P_PGID;
    id = -pid;
  }
  siginfo_t info{};
  const s64 result = waitid(thread, type, id, &info, options | WEXITED, usage);
  if (result < 0 || info.si_pid == 0) return result;
  *status = wait_status(info);
  return info.si_pid;
}

}  // namespace veneer
