// Filters of system calls, where system calls are made.
#pragma once

#include <optional>

#include "program/syscalls/table.h"

namespace veneer {

// PR_SET_SECCOMP.
s64 prctl_set_seccomp(Thread& thread, u64 mode, GuestAddr program);

// What the thread's filters make of a call: its result, or nothing when it is to be made, as a tracer may have
// changed it.
std::optional<s64> seccomp_verdict(Thread& thread, u64& number, SyscallArgs& a);

}  // namespace veneer
