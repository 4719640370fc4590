#include "program/signals.h"

#include <atomic>
#include <cerrno>
#include <optional>

#include <sys/syscall.h>
#include <unistd.h>

#include "program/guest_memory.h"
#include "program/host_signals.h"
#include "program/signal_actions.h"
#include "program/signal_frame.h"
#include "program/trace/tracee.h"

namespace veneer {
namespace {

// What is to be delivered next; synchronous signals come first (kernel/signal.c, next_signal).
std::optional<siginfo_t> next_signal(SignalState& s) {
  SignalSet blocked = s.has_temporary ? s.temporary : s.blocked;
  for (int signal : {SIGILL, SIGTRAP, SIGBUS, SIGFPE, SIGSEGV}) {
    if (!(s.sent & ~blocked & signal_bit(signal))) continue;
    siginfo_t info = s.sent_info[synchronous_index(signal)];
    // The host's handler may add to the set at any time, on this thread.
    std::atomic_ref(s.sent).fetch_and(~signal_bit(signal), std::memory_order_relaxed);
    return info;
  }
  if (s.taken.si_signo == 0) return std::nullopt;
  siginfo_t info = s.taken;
  s.taken.si_signo = 0;
  return info;
}

void do_default(Thread& thread, const siginfo_t& info) {
  switch (info.si_signo) {
    case SIGCHLD:
    case SIGCONT:
    case SIGURG:
    case SIGWINCH: return;
    case SIGTSTP:
    case SIGTTIN:
    case SIGTTOU: host_syscall(SYS_kill, static_cast<u64>(::getpid()), SIGSTOP); return;
    default: die_by_signal(thread, info);
  }
}

void deliver(Thread& thread, const siginfo_t& info) {
  SignalState& s = thread.signals;
  int signal = info.si_signo;
  SignalAction action = thread.actions->take(signal);
  if (action.handler == SignalAction::kIgnore) return;
  if (action.handler == SignalAction::kDefault) {
    do_default(thread, info);
    return;
  }
  thread.cpu.monitor.size = 0;  // as any exception return does (Arm ARM B2.12)
  if (!build_signal_frame(thread, info, action, s.blocked)) {
    force_segv(thread, signal, thread.cpu.x[31]);
    return;
  }
  SignalSet during = (s.has_temporary ? s.temporary : s.blocked) | action.mask;
  s.has_temporary = false;
  if (!(action.flags & SA_NODEFER)) during |= signal_bit(signal);
  s.blocked = during & ~kUnblockable;
  if (thread.trace.slow) trace_handler_entry(thread);
}

}  // namespace

void deliver_signals(Thread& thread) {
  SignalState& s = thread.signals;
  do {
    thread.cpu.pending = 0;
    std::atomic_signal_fence(std::memory_order_seq_cst);
    if (thread.process.core_meeting.is_open()) thread.process.core_meeting.join(thread);
    if (thread.trace.nudged) {
      if (const siginfo_t info = trace_nudged(thread); info.si_signo != 0) deliver(thread, info);
    }
    while (std::optional<siginfo_t> info = next_signal(s)) deliver(thread, *info);
    s.has_temporary = false;
  } while (set_host_mask(thread) == kRestartSyscall || thread.cpu.pending);
}

void force_signal(Thread& thread, const siginfo_t& forced) {
  SignalState& s = thread.signals;
  siginfo_t info = forced;
  if (thread.trace.control.traced) {
    trace_signal(thread, info);
    if (info.si_signo == 0) return;
    if (info.si_signo != forced.si_signo) {
      deliver(thread, info);
      set_host_mask(thread);
      return;
    }
  }
  int signal = info.si_signo;
  SignalAction action = thread.actions->take(signal);
  if (!action.has_handler() || (s.blocked & signal_bit(signal))) die_by_signal(thread, info);
  thread.cpu.monitor.size = 0;
  if (!build_signal_frame(thread, info, action, s.blocked)) {
    force_segv(thread, signal, thread.cpu.x[31]);
    return;
  }
  s.blocked |= action.mask & ~kUnblockable;
  if (!(action.flags & SA_NODEFER)) s.blocked |= signal_bit(signal);
  // When a signal waits, its delivery sets the mask.
  set_host_mask(thread);
}

void force_segv(Thread& thread, int failed_signal, GuestAddr addr) {
  siginfo_t info{};
  info.si_signo = SIGSEGV;
  info.si_code = thread.process.maps.find(addr) ? SEGV_ACCERR : SEGV_MAPERR;
  info.si_addr = reinterpret_cast<void*>(addr);
  if (failed_signal == SIGSEGV) die_by_signal(thread, info);
  force_signal(thread, info);
}

s64 change_blocked(Thread& thread, SignalSet blocked) {
  SignalState& s = thread.signals;
  blocked &= ~kUnblockable;
  if (((blocked ^ s.blocked) & ~kSynchronous) != 0) {
    SignalSet host = blocked & ~kSynchronous;
    s64 result =
        safe_syscall(thread, SYS_rt_sigprocmask, SIG_SETMASK, reinterpret_cast<u64>(&host), 0, sizeof host);
    if (result != 0) return result;
  } else if (thread.cpu.pending) {
    return kRestartSyscall;
  }
  s.blocked = blocked;
  if (s.sent & ~blocked) thread.cpu.pending = 1;
  return 0;
}

s64 use_temporary_mask(Thread& thread, GuestAddr mask, u64 size) {
  if (mask == 0) return 0;
  if (size != sizeof(SignalSet)) return -EINVAL;
  SignalState& s = thread.signals;
  if (!read_guest(mask, s.temporary)) return -EFAULT;
  s.temporary &= ~kUnblockable;
  s.has_temporary = true;
  return 0;
}

void send_to_self(Thread& thread, const siginfo_t& info) {
  SignalState& s = thread.signals;
  SignalSet bit = signal_bit(info.si_signo);
  if (!(s.sent & bit)) s.sent_info[synchronous_index(info.si_signo)] = info;
  std::atomic_ref(s.sent).fetch_or(bit, std::memory_order_relaxed);
  if (!(s.blocked & bit)) thread.cpu.pending = 1;
}

}  // namespace veneer
