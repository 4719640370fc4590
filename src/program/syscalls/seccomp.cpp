// seccomp(2), and what a filter's answer does to a call.
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/ptrace.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cerrno>
#include <csignal>

#include "program/guest_memory.h"
#include "program/seccomp_listener.h"
#include "program/signals.h"
#include "program/syscalls/seccomp.h"
#include "program/trace/tracee.h"

namespace veneer {

namespace {

// The kernel's struct sock_fprog.
struct Program {
  u16 count;
  u16 padding[3];
  GuestAddr instructions;
};

bool has_admin_capability() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2]{};
  if (::syscall(SYS_capget, &header, data) != 0) return false;
  return data[CAP_SYS_ADMIN / 32].effective >> (CAP_SYS_ADMIN % 32) & 1;
}

s64 set_strict(Thread& thread) {
  if (thread.seccomp.mode == SECCOMP_MODE_FILTER) return -EINVAL;
  thread.seccomp.mode = SECCOMP_MODE_STRICT;
  return 0;
}

s64 set_filter(Thread& thread, u64 flags, GuestAddr at) {
  constexpr u64 kKnown = SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_LOG | SECCOMP_FILTER_FLAG_SPEC_ALLOW |
                         SECCOMP_FILTER_FLAG_TSYNC_ESRCH | SECCOMP_FILTER_FLAG_NEW_LISTENER;
  if (flags & ~kKnown) return -EINVAL;
  const bool all = flags & SECCOMP_FILTER_FLAG_TSYNC, names_none = flags & SECCOMP_FILTER_FLAG_TSYNC_ESRCH;
  const bool listens = flags & SECCOMP_FILTER_FLAG_NEW_LISTENER;
  // What is returned can be a thread or a descriptor, not either.
  if (all && listens && !names_none) return -EINVAL;
  if (thread.seccomp.mode == SECCOMP_MODE_STRICT) return -EINVAL;
  Program program;
  if (!read_guest(at, program)) return -EFAULT;
  if (program.count == 0 || program.count > BPF_MAXINSNS) return -EINVAL;
  if (::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1 && !has_admin_capability()) return -EACCES;
  std::vector<sock_filter> instructions(program.count);
  if (!copy_from_guest(instructions.data(), program.instructions, program.count * sizeof(sock_filter)))
    return -EFAULT;
  if (!is_valid_filter(instructions)) return -EINVAL;
  s64 listener = 0;
  if (listens) {
    listener = install_listener(flags & ~u64{SECCOMP_FILTER_FLAG_LOG});
    if (listener < 0) return listener;
    thread.process.seccomp_threads.listen(thread);
  }
  SeccompThreads& threads = thread.process.seccomp_threads;
  s64 result =
      all ? threads.add_to_all(thread, std::move(instructions)) : threads.add(thread, std::move(instructions));
  if (result > 0 && names_none) result = -ESRCH;
  return result == 0 ? listener : result;
}

s64 action_available(GuestAddr at) {
  u32 action;
  if (!read_guest(at, action)) return -EFAULT;
  switch (action) {
    case SECCOMP_RET_KILL_PROCESS:
    case SECCOMP_RET_KILL_THREAD:
    case SECCOMP_RET_TRAP:
    case SECCOMP_RET_ERRNO:
    case SECCOMP_RET_TRACE:
    case SECCOMP_RET_USER_NOTIF:
    case SECCOMP_RET_LOG:
    case SECCOMP_RET_ALLOW: return 0;
    default: return -EOPNOTSUPP;
  }
}

siginfo_t sigsys_info(const Thread& thread, int number, u32 data) {
  siginfo_t info{};
  info.si_signo = SIGSYS;
  info.si_code = 1;  // SYS_SECCOMP of asm-generic/siginfo.h
  info.si_errno = static_cast<int>(data);
  info.si_call_addr = reinterpret_cast<void*>(thread.cpu.pc);  // NOLINT: an address to report
  info.si_syscall = number;
  info.si_arch = thread.process.platform.abi->audit_arch;
  return info;
}

void raise_sigsys(Thread& thread, int number, u32 data) {
  force_signal(thread, sigsys_info(thread, number, data));
}

[[noreturn]] void die_by_sigsys(Thread& thread, int number, u32 data) {
  die_by_signal(thread, sigsys_info(thread, number, data));
}

// The tracer may change the call, which is then filtered again, or keep it from being made.
std::optional<s64> ask_tracer(Thread& thread, u32 value, u64& number, SyscallArgs& a) {
  const s64 now = trace_seccomp(thread, value);
  if (now < 0) return kNoResult;
  const bool changed = static_cast<u64>(now) != number;
  number = static_cast<u64>(now);
  for (usize i = 0; i < a.size(); ++i) a[i] = thread.cpu.x[i];
  if (changed)
    if (const auto verdict = seccomp_verdict(thread, number, a)) return verdict;
  return std::nullopt;
}

}  // namespace

s64 sys_seccomp(Thread& thread, const SyscallArgs& a) {
  switch (a[0] & 0xffffffff) {
    case SECCOMP_SET_MODE_STRICT: return a[1] || a[2] ? -EINVAL : set_strict(thread);
    case SECCOMP_SET_MODE_FILTER: return set_filter(thread, a[1] & 0xffffffff, a[2]);
    case SECCOMP_GET_NOTIF_SIZES: return host_syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, a[1], a[2]);
    case SECCOMP_GET_ACTION_AVAIL: return a[1] ? -EINVAL : action_available(a[2]);
    default: return -EINVAL;
  }
}

s64 prctl_set_seccomp(Thread& thread, u64 mode, GuestAddr program) {
  switch (mode) {
    case SECCOMP_MODE_STRICT: return set_strict(thread);
    case SECCOMP_MODE_FILTER: return set_filter(thread, 0, program);
    default: return -EINVAL;
  }
}

s64 sys_ioctl(Thread& thread, const SyscallArgs& a) {
  const s64 result = safe_syscall(thread, SYS_ioctl, a[0], a[1], a[2]);
  if ((a[1] & 0xffffffff) == SECCOMP_IOCTL_NOTIF_RECV && result == 0 && !show_notification(a[2]))
    return -EFAULT;
  return result;
}

std::optional<s64> seccomp_verdict(Thread& thread, u64& number, SyscallArgs& a) {
  if (thread.seccomp.mode == SECCOMP_MODE_STRICT) {
    constexpr u64 kRead = 63, kWrite = 64, kExit = 93, kSigreturn = 139;
    if (number == kRead || number == kWrite || number == kExit || number == kSigreturn) return std::nullopt;
    die_by_signal(SIGKILL);
  }
  seccomp_data data{};
  data.nr = static_cast<int>(number);
  data.arch = thread.process.platform.abi->audit_arch;
  data.instruction_pointer = thread.cpu.pc;
  for (usize i = 0; i < a.size(); ++i) data.args[i] = a[i];
  const u32 answer = thread.seccomp.evaluate(data);
  const u32 value = answer & SECCOMP_RET_DATA;
  switch (answer & SECCOMP_RET_ACTION_FULL) {
    case SECCOMP_RET_ALLOW:
    case SECCOMP_RET_LOG: return std::nullopt;
    case SECCOMP_RET_ERRNO: {
      constexpr u32 kMaxErrno = 4095;
      return -static_cast<s64>(std::min(value, kMaxErrno));
    }
    case SECCOMP_RET_TRACE:
      if (!traces_event(thread, PTRACE_EVENT_SECCOMP)) return -ENOSYS;
      return ask_tracer(thread, value, number, a);
    case SECCOMP_RET_USER_NOTIF:
      if (!thread.seccomp.listened) return -ENOSYS;
      return ask_listener(thread, data);
    case SECCOMP_RET_TRAP: raise_sigsys(thread, data.nr, value); return kNoResult;
    case SECCOMP_RET_KILL_THREAD:
      if (guest_thread_count() > 1) {
        thread.exiting = true;
        thread.exit_status = SIGSYS;
        return kNoResult;
      }
      die_by_sigsys(thread, data.nr, value);
    default: die_by_sigsys(thread, data.nr, value);
  }
}

}  // namespace veneer
