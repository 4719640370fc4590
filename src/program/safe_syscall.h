// Host system calls that a guest's signal must interrupt.
//
// A signal for the guest is only noted by the host's handler; the run loop delivers it between instructions.
// If one arrives after the handler of a blocking call has looked for it and before the call is in the kernel,
// the call would sleep through it. So the check and the call are one piece of assembly, and the host's signal
// handler turns a call that it finds not yet begun into kRestartSyscall. The same happens, by the same test,
// to a call that the kernel itself would restart (ERESTARTSYS under SA_RESTART), which makes the kernel
// decide which calls restart and which fail with EINTR, exactly as signal(7) has it.
#pragma once

#include "base/types.h"

namespace veneer {

struct Thread;

// Results of a syscall handler that are not the guest's x0. No errno has these values.
constexpr s64 kRestartSyscall = -512;  // a signal comes first; then the guest executes its SVC again
constexpr s64 kNoResult = -513;        // the registers are already as the guest shall see them (rt_sigreturn)

// The host's system call `number`: its result or -errno, or kRestartSyscall, which a handler returns as it is
// (having undone what it did itself). Every call that may block, and every call that changes the signal mask.
s64 safe_syscall(Thread& thread, long number, u64 a0 = 0, u64 a1 = 0, u64 a2 = 0, u64 a3 = 0, u64 a4 = 0,
                 u64 a5 = 0);

// The plain system call, for what cannot block: its result or -errno.
inline s64 host_syscall(long number, u64 a0 = 0, u64 a1 = 0, u64 a2 = 0, u64 a3 = 0, u64 a4 = 0, u64 a5 = 0) {
  s64 result;
  register u64 r10 asm("r10") = a3;
  register u64 r8 asm("r8") = a4;
  register u64 r9 asm("r9") = a5;
  asm volatile("syscall"
               : "=a"(result)
               : "a"(number), "D"(a0), "S"(a1), "d"(a2), "r"(r10), "r"(r8), "r"(r9)
               : "rcx", "r11", "memory");
  return result;
}

}  // namespace veneer
