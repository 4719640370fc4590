// One guest thread: a host thread with the guest's registers.
#pragma once

#include <sys/types.h>

#include "base/types.h"
#include "program/exec.h"
#include "program/process.h"
#include "program/safe_syscall.h"
#include "program/signal_state.h"
#include "translate/cpu_state.h"

namespace veneer {

struct Thread {
  explicit Thread(Process& p);
  Thread(const Thread&) = delete;
  Thread& operator=(const Thread&) = delete;
  ~Thread();

  // The guest thread that the calling host thread runs; null on a host thread that runs none.
  static Thread* current() noexcept;
  static void set_current(Thread* thread) noexcept;

  CpuState cpu;  // cpu.owner is this Thread; cpu.x[0..5] and x[8] are a syscall's arguments and number
  Process& process;
  pid_t tid = 0;  // the same on both sides
  SignalState signals;
  GuestAddr clear_child_tid = 0;  // set_tid_address, CLONE_CHILD_CLEARTID

  // exit(2) was called: the run loop ends with this status.
  bool exiting = false;
  int exit_status = 0;

  // A child of vfork, or of any clone with CLONE_VM alone: a process of its own in its parent's memory.
  bool shares_memory = false;
  ExecRequest exec;  // here for the sake of such a child; see exec.h
};

// Guest threads that are alive in this process.
int guest_thread_count() noexcept;

}  // namespace veneer
