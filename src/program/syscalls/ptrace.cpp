// ptrace(2) and waiting, which is where a tracer learns of its tracees.
#include <linux/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <limits>

#include "base/errors.h"
#include "base/files.h"

#include "program/guest_memory.h"
#include "program/syscalls/table.h"
#include "program/trace/host.h"
#include "program/wait.h"

namespace veneer {

namespace {

constexpr int kWait4Options =
    WNOHANG | WUNTRACED | WCONTINUED | __WNOTHREAD | static_cast<int>(__WCLONE) | __WALL;

// A stop that the host reports may be one of a tracee, also where the guest has not asked for stops.
bool is_tracees(s64 pid, int status) {
  return pid > 0 && WIFSTOPPED(status) && host::registers(static_cast<pid_t>(pid)).has_value();
}

// wait4(2), of children that are not tracees.
s64 wait_for_process(Thread& thread, pid_t pid, int& status, int options, rusage& usage) {
  if (options & ~kWait4Options) return -EINVAL;
  if (pid == std::numeric_limits<pid_t>::min()) return -ESRCH;
  siginfo_t info{};
  const u64 type = pid == -1 ? P_ALL : pid > 0 ? P_PID : P_PGID;
  const s64 id = pid == -1 ? 0 : std::abs(pid);
  const s64 result = wait_for_child(&thread, type, id, info, options | WEXITED, &usage);
  if (result < 0 || info.si_pid == 0) return result;
  status = wait_status(info);
  return info.si_pid;
}

// Code that a debugger writes by way of /proc/PID/mem, up to `end`.
void note_memory_write(Thread& thread, int fd, u64 end, u64 size) {
  const std::optional<std::string> path = read_link(format("/proc/self/fd/%d", fd).c_str());
  int pid = 0;
  if (path && path->ends_with("/mem") &&
      std::sscanf(path->c_str(), "/proc/%d/", &pid) == 1)  // NOLINT: a number
    thread.process.tracer.wrote(pid, end - size, end);
}

}  // namespace

s64 sys_write(Thread& thread, const SyscallArgs& a) {
  const s64 result = safe_syscall(thread, SYS_write, a[0], a[1], a[2]);
  if (thread.process.tracer.active() && result > 0) {
    const int fd = static_cast<int>(a[0]);
    const s64 end = host_syscall(SYS_lseek, a[0], 0, SEEK_CUR);
    if (end > 0) note_memory_write(thread, fd, static_cast<u64>(end), static_cast<u64>(result));
  }
  return result;
}

s64 sys_pwrite64(Thread& thread, const SyscallArgs& a) {
  const s64 result = safe_syscall(thread, SYS_pwrite64, a[0], a[1], a[2], a[3]);
  if (thread.process.tracer.active() && result > 0)
    note_memory_write(thread, static_cast<int>(a[0]), a[3] + static_cast<u64>(result),
                      static_cast<u64>(result));
  return result;
}

s64 sys_ptrace(Thread& thread, const SyscallArgs& a) {
  if (a[0] == PTRACE_TRACEME) {
    const s64 result = host_syscall(SYS_ptrace, PTRACE_TRACEME);
    if (result == 0) thread.trace.control = {.traced = 1};
    return result;
  }
  return thread.process.tracer.request(a[0], static_cast<pid_t>(a[1]), a[2], a[3]);
}

s64 sys_wait4(Thread& thread, const SyscallArgs& a) {
  Tracer& tracer = thread.process.tracer;
  const auto pid = static_cast<pid_t>(a[0]);
  const int options = static_cast<int>(a[2]);
  int status = 0;
  rusage usage{};
  s64 result;
  if (tracer.active()) {
    result = tracer.wait4(&thread, pid, &status, options, &usage);
  } else {
    result = wait_for_process(thread, pid, status, options, usage);
    if (is_tracees(result, status)) {
      tracer.take(static_cast<pid_t>(result), status);
      result = tracer.wait4(&thread, pid, &status, options, &usage);
      // What has been taken is kept; the call can be made again.
    }
  }
  if (result <= 0) return result;
  if (a[1] && !write_guest(a[1], status)) return -EFAULT;
  if (a[3] && !write_guest(a[3], usage)) return -EFAULT;
  return result;
}

s64 sys_waitid(Thread& thread, const SyscallArgs& a) {
  Tracer& tracer = thread.process.tracer;
  const int options = static_cast<int>(a[3]);
  siginfo_t info{};
  rusage usage{};
  s64 result;
  if (tracer.active()) {
    constexpr int kKnown =
        WNOHANG | WNOWAIT | WEXITED | WSTOPPED | WCONTINUED | __WNOTHREAD | static_cast<int>(__WCLONE) | __WALL;
    if (options & ~kKnown || !(options & (WEXITED | WSTOPPED | WCONTINUED))) return -EINVAL;
    result = tracer.waitid(&thread, a[0], static_cast<pid_t>(a[1]), &info, options, &usage);
  } else {
    result = wait_for_child(&thread, a[0], static_cast<s64>(a[1]), info, options, &usage);
    if (result == 0 && info.si_pid != 0 && is_tracees(info.si_pid, 0x7f | info.si_status << 8) &&
        (info.si_code == CLD_TRAPPED || info.si_code == CLD_STOPPED)) {
      if (options & WNOWAIT)
        host_syscall(SYS_waitid, P_PID, static_cast<u64>(info.si_pid), 0, WSTOPPED | WNOHANG | __WALL, 0);
      tracer.take(info.si_pid, 0x7f | info.si_status << 8);
      result = tracer.waitid(&thread, a[0], static_cast<pid_t>(a[1]), &info, options, &usage);
    }
  }
  if (result < 0) return result;
  if (a[2]) {
    // Where there is nothing to tell, the kernel writes some of it.
    if (info.si_pid == 0) info.si_signo = 0;
    if (!write_guest(a[2], info)) return -EFAULT;
  }
  if (a[4] && info.si_pid != 0 && !write_guest(a[4], usage)) return -EFAULT;
  return result;
}

}  // namespace veneer
