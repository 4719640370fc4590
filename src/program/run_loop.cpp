#include "program/run_loop.h"

#include <cerrno>

#include "program/fault.h"
#include "program/signals.h"
#include "program/syscalls/table.h"

namespace veneer {
namespace {

void syscall(Thread& thread) {
  CpuState& cpu = thread.cpu;
  cpu.monitor.size = 0;  // an exception return clears it (Arm ARM B2.12)
  s64 result = call_syscall(thread);
  if (result == kRestartSyscall) {
    cpu.pc -= 4;
  } else if (result != kNoResult) {
    cpu.x[0] = static_cast<u64>(result);
  }
  // Any other outcome has put the mask back before signals are looked at.
  if (result != -EINTR) thread.signals.has_temporary = false;
}

}  // namespace

int run_loop(Thread& thread) {
  CpuState& cpu = thread.cpu;
  Translator& translator = *thread.process.translator;
  while (!thread.exiting) {
    if (cpu.pending) deliver_signals(thread);
    switch (translator.run(cpu)) {
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
