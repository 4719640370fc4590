// Delivering signals to the guest.
#pragma once

#include <csignal>

#include "program/thread.h"

namespace veneer {

// The signals that wait, in the kernel's order: builds frames for those with handlers, and does what the
// others do by default. Sets the host's mask. Called between instructions, when cpu.pending is set.
void deliver_signals(Thread& thread);

// A signal that an instruction raised: delivered now even if blocked or ignored, and then fatal.
void force_signal(Thread& thread, const siginfo_t& info);

// The kernel could not write or read a frame: SIGSEGV, fatal when its handler is what failed.
void force_segv(Thread& thread, int failed_signal, GuestAddr addr);

// Changes what the guest blocks. 0 or kRestartSyscall.
s64 change_blocked(Thread& thread, SignalSet blocked);

// For a call that waits with a mask of its own (ppoll, pselect6, epoll_pwait): reads the guest's mask at
// `mask`, if not null, so that a handler of a signal that interrupts the call runs with it. 0, -EINVAL or
// -EFAULT; then the call is made with safe_syscall and the guest's own pointer. The run loop ends it.
s64 use_temporary_mask(Thread& thread, GuestAddr mask, u64 size);

// A signal of kSynchronous that the thread sends to itself, which the kernel would take for a fault.
void send_to_self(Thread& thread, const siginfo_t& info);

}  // namespace veneer
