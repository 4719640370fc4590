#include "program/signal_frame.h"

#include <cerrno>

#include "program/abi.h"

namespace veneer {
namespace {

constexpr int kAutoDisarm = static_cast<int>(1u << 31);  // SS_AUTODISARM

bool on_alt_stack(const SignalState& s, GuestAddr sp) {
  if (s.alt_flags & kAutoDisarm) return false;
  return sp > s.alt_stack && sp - s.alt_stack <= s.alt_size;
}

}  // namespace

int alt_stack_state(const SignalState& signals, GuestAddr sp) {
  if (signals.alt_size == 0) return SS_DISABLE;
  return on_alt_stack(signals, sp) ? SS_ONSTACK : 0;
}

s64 set_alt_stack(SignalState& s, GuestAddr sp, GuestAddr stack, int flags, u64 size, u64 least) {
  if (on_alt_stack(s, sp)) return -EPERM;
  int mode = flags & ~kAutoDisarm;
  if (mode != SS_DISABLE && mode != SS_ONSTACK && mode != 0) return -EINVAL;
  if (mode == SS_DISABLE) {
    stack = size = 0;
  } else if (size < least && !(s.alt_stack == stack && s.alt_size == size && s.alt_flags == flags)) {
    return -ENOMEM;
  }
  s.alt_stack = stack;
  s.alt_size = size;
  s.alt_flags = flags;
  return 0;
}

bool build_signal_frame(Thread& thread, const siginfo_t& info, const SignalAction& action, SignalSet blocked) {
  SignalState& s = thread.signals;
  GuestAddr sp = thread.cpu.x[31];
  if ((action.flags & SA_ONSTACK) && alt_stack_state(s, sp) == 0) sp = s.alt_stack + s.alt_size;
  if (!thread.process.platform.abi->build_signal_frame(thread, info, action, blocked, sp)) return false;
  if (s.alt_flags & kAutoDisarm) {
    s.alt_stack = s.alt_size = 0;
    s.alt_flags = SS_DISABLE;
  }
  return true;
}

bool restore_signal_frame(Thread& thread, SignalSet& blocked) {
  return thread.process.platform.abi->restore_signal_frame(thread, blocked);
}

}  // namespace veneer
