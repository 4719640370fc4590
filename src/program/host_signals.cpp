#include "program/host_signals.h"

#include <cstring>

#include <sys/syscall.h>
#include <ucontext.h>

#include "program/fault.h"
#include "program/guarded_code.h"
#include "program/trace/stop.h"
#include "program/trace/tracee.h"
#include "program/wait.h"

namespace veneer {
namespace {

bool is_within(u64 address, const char* begin, const char* end) {
  return address >= reinterpret_cast<u64>(begin) && address < reinterpret_cast<u64>(end);
}

constexpr u64 kPageFaultWrite = 2;  // of the page fault's error code, Intel SDM vol. 3, 4.7

void handle_fault(Thread* thread, const siginfo_t& info, ucontext_t& context) {
  greg_t* regs = context.uc_mcontext.gregs;
  if (is_within(static_cast<u64>(regs[REG_RIP]), veneer_guarded_begin, veneer_guarded_end)) {
    regs[REG_RIP] = static_cast<greg_t>(reinterpret_cast<u64>(veneer_guarded_fault));
    return;
  }
  if (thread) {
    thread->signals.fault_was_write = regs[REG_ERR] & kPageFaultWrite;
    if (thread->process.translator->recover_fault(thread->cpu, info, context)) return;
  }
  report_internal_fault(thread, info, context);
}

// A signal of kSynchronous that was sent rather than raised: pending until the run loop can deliver it.
void note_sent(Thread& thread, int signal, const siginfo_t& info) {
  SignalState& s = thread.signals;
  if (!(s.sent & signal_bit(signal))) {
    s.sent_info[synchronous_index(signal)] = info;
    s.sent |= signal_bit(signal);
  }
  if (!(s.blocked & signal_bit(signal)) || s.has_temporary) thread.cpu.pending = 1;
}

bool is_from_veneer(const siginfo_t& info, u64 mark) {
  return info.si_code == SI_QUEUE && reinterpret_cast<u64>(info.si_value.sival_ptr) == mark;
}

}  // namespace

extern "C" void handle_host_signal(int signal, siginfo_t* info, void* raw_context) noexcept {
  auto& context = *static_cast<ucontext_t*>(raw_context);
  Thread* thread = Thread::current();
  bool synchronous = signal_bit(signal) & kSynchronous;
  if (synchronous && info->si_code > 0) {
    if (thread && context.uc_mcontext.gregs[REG_RIP] == reinterpret_cast<greg_t>(veneer_trace_stopped)) {
      trace_over(*thread);
      return;
    }
    handle_fault(thread, *info, context);
    return;
  }
  if (!thread) return;  // it has just ended
  if (signal == SIGTRAP && is_from_veneer(*info, kJoinCoreDump)) {
    thread->cpu.pending = 1;
  } else if (signal == SIGTRAP && is_from_veneer(*info, kNudge)) {
    thread->trace.nudged = 1;
    thread->trace.control.traced = 1;
    thread->cpu.pending = 1;
    const SignalSet all = ~kSynchronous;
    std::memcpy(&context.uc_sigmask, &all, sizeof all);
  } else if (synchronous) {
    note_sent(*thread, signal, *info);
  } else {
    thread->signals.taken = *info;
    // While the child is still there.
    if (signal == SIGCHLD) tell_of_core(thread->signals.taken);
    thread->cpu.pending = 1;
    // The kernel keeps what comes next until the run loop has delivered this one.
    SignalSet all = ~kSynchronous;
    std::memcpy(&context.uc_sigmask, &all, sizeof all);
  }
  greg_t& rip = context.uc_mcontext.gregs[REG_RIP];
  if (thread->cpu.pending &&
      is_within(static_cast<u64>(rip), veneer_safe_syscall_begin, veneer_safe_syscall_end)) {
    rip = static_cast<greg_t>(reinterpret_cast<u64>(veneer_safe_syscall_restart));
  }
}

void use_handler_stack(Thread& thread) {
  thread.handler_stack.reset(new u8[Thread::kHandlerStackSize]);
  stack_t stack{};
  stack.ss_sp = thread.handler_stack.get();
  stack.ss_size = Thread::kHandlerStackSize;
  host_syscall(SYS_sigaltstack, reinterpret_cast<u64>(&stack));
}

void leave_handler_stack() {
  stack_t stack{};
  stack.ss_flags = SS_DISABLE;
  host_syscall(SYS_sigaltstack, reinterpret_cast<u64>(&stack));
}

s64 set_host_mask(Thread& thread) {
  SignalSet mask = thread.signals.blocked & ~kSynchronous;
  return safe_syscall(thread, SYS_rt_sigprocmask, SIG_SETMASK, reinterpret_cast<u64>(&mask), 0, sizeof mask);
}

s64 block_host_signals(Thread& thread) {
  SignalSet mask = ~kSynchronous;
  return safe_syscall(thread, SYS_rt_sigprocmask, SIG_SETMASK, reinterpret_cast<u64>(&mask), 0, sizeof mask);
}

}  // namespace veneer
