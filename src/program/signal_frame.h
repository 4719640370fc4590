// Frames of signal handlers on the guest's stack. How they are laid out is the ABI's (abi.h).
#pragma once

#include <csignal>

#include "program/signal_actions.h"
#include "program/thread.h"

namespace veneer {

// Makes the thread's registers those of a handler's first instruction. `blocked` is the mask that returning
// restores. False, with the registers untouched, when the frame cannot be written.
[[nodiscard]] bool build_signal_frame(Thread& thread, const siginfo_t& info, const SignalAction& action,
                                      SignalSet blocked);

// rt_sigreturn: the registers and alternate stack of the frame at SP; `blocked` is its mask. False, with
// everything untouched, when the frame is not one.
[[nodiscard]] bool restore_signal_frame(Thread& thread, SignalSet& blocked);

// SS_DISABLE, SS_ONSTACK or 0 for a thread whose SP is `sp`.
int alt_stack_state(const SignalState& signals, GuestAddr sp);

// sigaltstack(2) for a thread whose SP is `sp`: 0, -EPERM, -EINVAL or -ENOMEM. `least`: MINSIGSTKSZ.
s64 set_alt_stack(SignalState& signals, GuestAddr sp, GuestAddr stack, int flags, u64 size, u64 least);

// stack_t, struct ucontext and struct rt_sigframe, but for the machine's context: asm-generic/ucontext.h and
// those of arm64 and riscv agree.
struct GuestStack {
  u64 sp;
  s32 flags;
  u32 padding;
  u64 size;
};
template <class Machine>
struct GuestContext {
  u64 flags, link;
  GuestStack stack;
  SignalSet mask;
  u8 unused[120];
  alignas(16) Machine machine;
};
template <class Machine>
struct SignalFrame {
  siginfo_t info;
  GuestContext<Machine> context;
};

}  // namespace veneer
