// Signals: masks, dispositions, sending.
#include "program/signals.h"

#include <sys/syscall.h>
#include <unistd.h>
#include <cerrno>

#include "program/guest_memory.h"
#include "program/host_signals.h"
#include "program/signal_actions.h"
#include "program/signal_frame.h"
#include "program/syscalls/table.h"

namespace veneer {

namespace {

constexpr u64 kSetSize = sizeof(SignalSet);

// struct sigaction of an ABI without sa_restorer.
struct ShortAction {
  u64 handler, flags;
  SignalSet mask;
};

bool read_action(const Thread& thread, GuestAddr at, SignalAction& action) {
  if (thread.process.platform.abi->has_restorer) return read_guest(at, action);
  ShortAction given;
  if (!read_guest(at, given)) return false;
  action = {.handler = given.handler, .flags = given.flags, .mask = given.mask};
  return true;
}
bool write_action(const Thread& thread, GuestAddr at, const SignalAction& action) {
  if (thread.process.platform.abi->has_restorer) return write_guest(at, action);
  return write_guest(at, ShortAction{action.handler, action.flags, action.mask});
}

bool to_self_as_fault(const Thread& thread, s64 tid, u64 signal) {
  // The tracer is to see it, so the host's kernel must.
  return !thread.trace.control.traced && tid == thread.tid && signal >= 1 && signal <= 64 &&
         (signal_bit(static_cast<int>(signal)) & kSynchronous);
}

s64 send_own(Thread& thread, u64 signal, int code) {
  siginfo_t info{};
  info.si_signo = static_cast<int>(signal);
  info.si_code = code;
  info.si_pid = ::getpid();
  info.si_uid = ::getuid();
  send_to_self(thread, info);
  return 0;
}

}  // namespace

s64 sys_rt_sigaction(Thread& thread, const SyscallArgs& a) {
  const int signal = static_cast<int>(a[0]);
  if (a[3] != kSetSize || signal < 1 || signal > kSignalCount) return -EINVAL;
  if (a[1] && (signal_bit(signal) & kUnblockable)) return -EINVAL;
  SignalAction action;
  if (a[1]) {
    if (!read_action(thread, a[1], action)) return -EFAULT;
    action.mask &= ~kUnblockable;
  }
  const SignalAction old = thread.actions->get(signal);
  if (a[1]) {
    // Other handlers are not given the frame.
    const bool sees_faults = signal_bit(signal) & kSynchronous && action.flags & SA_SIGINFO;
    if (action.has_handler() && sees_faults) thread.process.translator->keep_flags_for_faults();
    thread.actions->set(signal, action);
  }
  if (a[2] && !write_action(thread, a[2], old)) return -EFAULT;
  return 0;
}

s64 sys_rt_sigprocmask(Thread& thread, const SyscallArgs& a) {
  if (a[3] != kSetSize) return -EINVAL;
  const SignalSet old = thread.signals.blocked;
  if (a[1]) {
    SignalSet set;
    if (!read_guest(a[1], set)) return -EFAULT;
    switch (static_cast<int>(a[0])) {
      case SIG_BLOCK: set |= old; break;
      case SIG_UNBLOCK: set = old & ~set; break;
      case SIG_SETMASK: break;
      default: return -EINVAL;
    }
    if (s64 result = change_blocked(thread, set & ~kUnblockable); result < 0) return result;
  }
  if (a[2] && !write_guest(a[2], old)) return -EFAULT;
  return 0;
}

s64 sys_rt_sigpending(Thread& thread, const SyscallArgs& a) {
  if (a[1] > kSetSize) return -EINVAL;
  SignalSet set = 0;
  host_syscall(SYS_rt_sigpending, reinterpret_cast<u64>(&set), kSetSize);  // NOLINT: a system call's argument
  set |= thread.signals.sent & thread.signals.blocked;
  if (thread.signals.taken.si_signo) set |= signal_bit(thread.signals.taken.si_signo) & thread.signals.blocked;
  return copy_to_guest(a[0], &set, a[1]) ? 0 : -EFAULT;
}

s64 sys_rt_sigsuspend(Thread& thread, const SyscallArgs& a) {
  if (a[1] != kSetSize) return -EINVAL;
  if (s64 error = use_temporary_mask(thread, a[0], a[1]); error < 0) return error;
  return safe_syscall(thread, SYS_rt_sigsuspend, a[0], a[1]);
}

s64 sys_rt_sigreturn(Thread& thread, const SyscallArgs&) {
  SignalSet blocked;
  if (!restore_signal_frame(thread, blocked)) {
    force_segv(thread, 0, thread.cpu.x[31]);
    return kNoResult;
  }
  thread.signals.blocked = blocked & ~kUnblockable;
  // A signal that waits is delivered at once, and sets the mask then.
  set_host_mask(thread);
  return kNoResult;
}

s64 sys_sigaltstack(Thread& thread, const SyscallArgs& a) {
  SignalState& s = thread.signals;
  const GuestStack old{s.alt_stack, s.alt_flags | alt_stack_state(s, thread.cpu.x[31]), 0, s.alt_size};
  if (a[0]) {
    GuestStack wanted;
    if (!read_guest(a[0], wanted)) return -EFAULT;
    if (s64 error = set_alt_stack(s, thread.cpu.x[31], wanted.sp, wanted.flags, wanted.size,
                                  thread.process.platform.abi->min_alt_stack);
        error < 0)
      return error;
  }
  if (a[1] && !write_guest(a[1], old)) return -EFAULT;
  return 0;
}

s64 sys_kill(Thread& thread, const SyscallArgs& a) {
  if (static_cast<s32>(a[0]) == ::getpid() && to_self_as_fault(thread, thread.tid, a[1]))
    return send_own(thread, a[1], SI_USER);
  return safe_syscall(thread, SYS_kill, a[0], a[1]);
}
s64 sys_tkill(Thread& thread, const SyscallArgs& a) {
  if (to_self_as_fault(thread, static_cast<s32>(a[0]), a[1])) return send_own(thread, a[1], SI_TKILL);
  return safe_syscall(thread, SYS_tkill, a[0], a[1]);
}
s64 sys_tgkill(Thread& thread, const SyscallArgs& a) {
  if (static_cast<s32>(a[0]) == ::getpid() && to_self_as_fault(thread, static_cast<s32>(a[1]), a[2]))
    return send_own(thread, a[2], SI_TKILL);
  return safe_syscall(thread, SYS_tgkill, a[0], a[1], a[2]);
}

}  // namespace veneer
