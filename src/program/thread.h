// One guest thread: a host thread with the guest's registers.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <memory>

#include "base/types.h"
#include "program/exec.h"
#include "program/process.h"
#include "program/safe_syscall.h"
#include "program/seccomp.h"
#include "program/signal_state.h"
#include "program/trace/block.h"
#include "translate/cpu_state.h"

namespace veneer {

class SignalActions;

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
  std::shared_ptr<SignalActions> actions;  // shared by the process' threads; see signal_actions.h
  SeccompState seccomp;
  // What another thread has given it: guarded by Process::seccomp_threads; see there.
  SeccompState seccomp_next;
  std::atomic<bool> seccomp_news{false};
  TraceBlock trace;         // for the process that traces this thread
  std::string trace_reply;  // what it has been asked
  // Once the thread has its number and its actions.
  void start_trace(pid_t id);
  GuestAddr clear_child_tid = 0;  // set_tid_address, CLONE_CHILD_CLEARTID

  // exit(2) was called: the run loop ends with this status.
  bool exiting = false;
  int exit_status = 0;

  // PR_SET_TAGGED_ADDR_CTRL: so many upper bits of a pointer are nothing to system calls; see
  // tagged_pointers.h.
  u8 tag_bits = 0;

  // Of prctl(PR_RISCV_V_SET_CONTROL): whether vectors are on, what they will be in the next program, and
  // whether that goes on to the programs after it; see vector_control.h.
  u32 vector_control = 2;

  // A child of vfork, or of any clone with CLONE_VM alone: a process of its own in its parent's memory.
  bool shares_memory = false;
  ExecRequest exec;  // here for the sake of such a child; see exec.h

  // The host's handlers run here: the stack pointer of translated code need not be on a stack.
  static constexpr usize kHandlerStackSize = 48 << 10;
  std::unique_ptr<u8[]> handler_stack;
};

// Guest threads that are alive in this process.
int guest_thread_count() noexcept;

}  // namespace veneer
