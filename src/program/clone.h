// New guest threads and processes.
#pragma once

#include "program/thread.h"

namespace veneer {

// struct clone_args of clone3(2), the same on both sides; clone(2) is expressed by it.
struct CloneArgs {
  u64 flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls;
  u64 set_tid, set_tid_size;
  u64 cgroup;
};
constexpr usize kCloneArgsSize0 = 64, kCloneArgsSize = sizeof(CloneArgs);

// The new thread's or child's id, -errno, or kRestartSyscall. In a child process that is a copy of this one,
// returns 0 on `thread`, which is the copy's.
//  - CLONE_THREAD: a host thread.
//  - no CLONE_VM: a fork.
//  - CLONE_VM alone: a process in the same memory. With CLONE_VFORK its parent waits until it has exec'ed or
//  ended,
//    and they share one host thread's private data; otherwise it has that of a thread made for it.
s64 clone_guest(Thread& thread, const CloneArgs& args);

}  // namespace veneer
