// Runs a guest thread until it ends.
#pragma once

#include "program/thread.h"

namespace veneer {

// Executes from thread.cpu.pc on. Returns the status of exit(2); a guest that calls exit_group, or that a
// signal kills, takes veneer with it. The thread is current, and attached to the translator.
//
// A syscall goes to `s64 call_syscall(Thread&)` of syscalls/table.h: number in x8, arguments in x0..x5. Its
// result goes to x0, except kRestartSyscall and kNoResult.
int run_loop(Thread& thread);

}  // namespace veneer
