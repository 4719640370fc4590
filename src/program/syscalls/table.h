// The system calls of an aarch64 Linux kernel, as a guest program makes them.
#pragma once

#include <array>

#include "program/safe_syscall.h"
#include "program/thread.h"

namespace veneer {

using SyscallArgs = std::array<u64, 6>;

// A handler returns the kernel's result (a value or -errno), kRestartSyscall or kNoResult.
#define VENEER_PASS(number, name)
#define VENEER_WAIT(number, name)
#define VENEER_PATH(number, name, spec)
#define VENEER_CALL(number, name, what) s64 sys_##name(Thread& thread, const SyscallArgs& a);
#define VENEER_DENY(number, name, error, reason)
#include "program/syscalls/table.inc"
#include "program/syscalls/table_common.inc"
#undef VENEER_PASS
#undef VENEER_WAIT
#undef VENEER_PATH
#undef VENEER_CALL
#undef VENEER_DENY

// Makes the call that the thread's registers ask for: arguments in x0..x5. Its number is in x8, unless a tracer
// has changed it.
s64 call_syscall(Thread& thread, u64 number);

}  // namespace veneer
