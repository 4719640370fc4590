// The host's ptrace, and the memory of another process.
#pragma once

#include <sys/user.h>

#include <csignal>
#include <optional>

#include "base/types.h"
#include "program/safe_syscall.h"

namespace veneer::host {

// ptrace(2) as the kernel has it: the result, or -errno.
s64 request(long what, pid_t tid, u64 addr = 0, u64 data = 0);

// All of it, or nothing: false when any of the range cannot be accessed.
bool read_memory(pid_t tid, u64 from, void* to, usize size);
bool write_memory(pid_t tid, u64 to, const void* from, usize size);

// The general registers of a tracee that is stopped; nothing when it is not, or not a tracee of the caller's.
std::optional<user_regs_struct> registers(pid_t tid);
// What the tracee is stopped by; nothing in a group stop.
std::optional<siginfo_t> signal_info(pid_t tid);

// The process that a thread belongs to; 0 when it is gone.
pid_t process_of(pid_t tid);

// Does the process run this very executable of veneer's?
bool is_veneer(pid_t tid);

// Queues a signal with a nudge (block.h) to the thread.
void nudge(pid_t process, pid_t tid);

}  // namespace veneer::host
