// The system calls of an aarch64 Linux kernel, as a guest program makes them.
#pragma once

#include "program/safe_syscall.h"
#include "program/thread.h"

namespace veneer {

// Makes the call that the thread's registers ask for: number in x8, arguments in x0..x5. The result is that of
// the kernel (a value or -errno), or kRestartSyscall, or kNoResult.
s64 call_syscall(Thread& thread);

}  // namespace veneer
