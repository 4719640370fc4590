#include "program/thread.h"

#include <atomic>

#include <linux/ptrace.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "program/futex.h"
#include "program/host_signals.h"
#include "program/run_loop.h"
#include "program/signal_actions.h"
#include "program/thread_life.h"
#include "program/trace/tracee.h"

namespace veneer {
namespace {

thread_local constinit Thread* current_thread = nullptr;

std::atomic<int> thread_count{0};
// What exit(2) of the process' first thread said; the process' status if others go on and end likewise.
std::atomic<int> leader_status{0};
std::atomic<bool> leader_has_left{false};

}  // namespace

Thread::Thread(Process& p) : process(p) {
  cpu.owner = this;
  cpu.trace = &trace;
  trace.cpu = reinterpret_cast<u64>(&cpu);  // NOLINT: for another process
  const auto text = [](const auto& bytes) {
    return TraceBlock::Text{reinterpret_cast<u64>(bytes.data()), bytes.size()};  // NOLINT: as above
  };
  trace.machine = p.platform.abi->elf_machine;
  trace.exe = text(p.exe_guest_path);
  trace.auxv = text(p.auxv);
}

Thread::~Thread() = default;

void Thread::start_trace(pid_t id) {
  trace.tid = id;
  trace.actions = reinterpret_cast<u64>(actions->table());  // NOLINT: for another process
}

Thread* Thread::current() noexcept {
  return current_thread;
}

void Thread::set_current(Thread* thread) noexcept {
  current_thread = thread;
}

int guest_thread_count() noexcept {
  return thread_count.load(std::memory_order_relaxed);
}

void count_new_thread() noexcept {
  thread_count.fetch_add(1, std::memory_order_relaxed);
}

void uncount_thread() noexcept {
  thread_count.fetch_sub(1, std::memory_order_relaxed);
}

void become_only_thread() noexcept {
  thread_count.store(1, std::memory_order_relaxed);
  leader_has_left.store(false, std::memory_order_relaxed);
}

void exit_process(int status) noexcept {
  host_syscall(SYS_exit_group, static_cast<u64>(status));
  __builtin_unreachable();
}

void end_thread(Thread& thread) {
  if (thread.shares_memory) {
    thread.process.translator->detach(thread.cpu);
    exit_process(thread.exit_status);
  }
  // A fork's child starts as a copy of whichever thread forked, so who is first is not known by its host
  // thread.
  bool leader = thread.tid == ::getpid();
  int status = thread.exit_status;
  // The host's event comes when what a tracer could look at is gone.
  if (!leader && traces_event(thread, PTRACE_EVENT_EXIT))
    trace_event(thread, PTRACE_EVENT_EXIT, static_cast<u64>(status) << 8);
  if (leader) {
    leader_status.store(status, std::memory_order_relaxed);
    leader_has_left.store(true, std::memory_order_release);
  }
  thread.process.seccomp_threads.leave(thread);
  release_robust_list(thread);
  // The last thread takes the process along, before anyone waiting for the word could see a process that still
  // lives; the kernel clears the word only when others share the memory, too.
  if (thread_count.fetch_sub(1, std::memory_order_acq_rel) == 1) {
    bool other = leader_has_left.load(std::memory_order_acquire);
    exit_process(other ? leader_status.load(std::memory_order_relaxed) : status);
  }
  thread.process.translator->detach(thread.cpu);
  Thread::set_current(nullptr);
  clear_child_tid(thread);
  leave_handler_stack();
  if (leader) {
    // Leaves the rest of the process running; its host thread's stack and `thread` stay as they are.
    host_syscall(SYS_exit, static_cast<u64>(status));
    __builtin_unreachable();
  }
}

int run_main_thread(Process& process) {
  auto* thread = new Thread(process);
  thread->tid = ::getpid();
  thread->cpu.pc = process.entry;
  thread->cpu.x[31] = process.stack_pointer;
  thread->cpu.fpcr = process.platform.abi->initial_fpcr;
  thread->vector_control = process.options.vector_control;
  thread->actions = std::make_shared<SignalActions>();
  if (process.options.seccomp_fd >= 0)
    thread->seccomp = SeccompState::load(Fd(process.options.seccomp_fd).get());
  count_new_thread();
  process.seccomp_threads.enter(*thread);
  Thread::set_current(thread);
  use_handler_stack(*thread);
  process.translator->attach(thread->cpu);
  host_syscall(SYS_rt_sigprocmask, SIG_SETMASK, 0, reinterpret_cast<u64>(&thread->signals.blocked), 8);
  thread->actions->inherit();
  thread->start_trace(thread->tid);
  if (process.options.traced) {
    (void)trace_from_text(*process.options.traced, thread->trace);
    trace_exec(*thread);
  }
  set_host_mask(*thread);
  thread->exit_status = run_loop(*thread);
  end_thread(*thread);
  return thread->exit_status;
}

}  // namespace veneer
