#include "program/run_loop.h"

#include <cerrno>

#include "program/abi.h"
#include "program/fault.h"
#include "program/signals.h"
#include "program/syscalls/table.h"
#include "program/trace/tracee.h"

namespace veneer {
namespace {

// As call_syscall, between the stops of a traced call.
s64 traced_call(Thread& thread) {
  auto number = static_cast<s64>(thread.cpu.x[8]);
  if (!trace_syscall_entry(thread, number)) return kNoResult;
  return call_syscall(thread, static_cast<u64>(number));
}

// The tracer sees -ERESTARTSYS, and may decide otherwise.
void restart_traced(Thread& thread, bool replaced) {
  CpuState& cpu = thread.cpu;
  if (replaced) {
    trace_syscall_exit(thread);
    return;
  }
  const u64 x0 = cpu.x[0], pc = cpu.pc;
  cpu.x[0] = static_cast<u64>(kRestartSyscall);
  trace_syscall_exit(thread);
  if (cpu.x[0] != static_cast<u64>(kRestartSyscall) || cpu.pc != pc) return;
  cpu.x[0] = x0;
  cpu.pc -= 4;
}

void syscall(Thread& thread) {
  CpuState& cpu = thread.cpu;
  cpu.monitor.size = 0;  // an exception return clears it (Arm ARM B2.12)
  if (const auto lose = thread.process.platform.abi->lost_by_syscalls) lose(cpu);
  s64 result = thread.trace.control.traced ? traced_call(thread) : call_syscall(thread, cpu.x[8]);
  // A tracer may have come while the call was being made.
  const bool replaced = thread.trace.control.traced && trace_changes(thread);
  if (result == kRestartSyscall) {
    if (thread.trace.control.traced) return restart_traced(thread, replaced);
    cpu.pc -= 4;
  } else if (result != kNoResult && !replaced) {
    cpu.x[0] = static_cast<u64>(result);
  }
  if (thread.trace.control.traced) trace_syscall_exit(thread);
  // Any other outcome has put the mask back before signals are looked at.
  if (result != -EINTR) thread.signals.has_temporary = false;
}

}  // namespace

int run_loop(Thread& thread) {
  CpuState& cpu = thread.cpu;
  Translator& translator = *thread.process.translator;
  while (!thread.exiting) {
    if (cpu.pending) deliver_signals(thread);
    switch (thread.trace.slow ? trace_instruction(thread) : translator.run(cpu)) {
      case Exit::Syscall: syscall(thread); break;
      case Exit::Trap: raise_trap(thread); break;
      case Exit::Fault: raise_fault(thread); break;
      case Exit::Continue:
      case Exit::Pending: break;
    }
  }
  return thread.exit_status;
}

}  // namespace veneer
