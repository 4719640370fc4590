#include "program/clone.h"

#include <atomic>
#include <cerrno>
#include <climits>
#include <cstring>

#include <linux/futex.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#endif

#include "program/guarded_code.h"
#include "program/guest_memory.h"
#include "program/host_signals.h"
#include "program/run_loop.h"
#include "program/signal_actions.h"
#include "program/thread_life.h"
#include "program/trace/tracee.h"

namespace veneer {
namespace {

constexpr u64 kNamespaces = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER |
                            CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWTIME;
constexpr usize kHostStackSize = 256 << 10;

// Which of them a tracer sees it as (kernel/fork.c, kernel_clone).
int fork_event(const CloneArgs& args) {
  if (args.flags & CLONE_VFORK) return PTRACE_EVENT_VFORK;
  return (args.exit_signal & CSIGNAL) == SIGCHLD ? PTRACE_EVENT_FORK : PTRACE_EVENT_CLONE;
}

void set_thread_pointer(Thread& thread, u64 value) {
  const s8 in_x = thread.process.platform.abi->thread_pointer;
  (in_x >= 0 ? thread.cpu.x[in_x] : thread.cpu.tpidr) = value;
}

// What a new thread starts with: the registers of its parent, but for what the flags say.
std::unique_ptr<Thread> make_thread(const Thread& parent, const CloneArgs& args) {
  auto child = std::make_unique<Thread>(parent.process);
  CpuState& cpu = child->cpu;
  const CpuState& from = parent.cpu;
  std::memcpy(cpu.x, from.x, sizeof cpu.x);
  std::memcpy(cpu.v, from.v, sizeof cpu.v);
  std::memcpy(cpu.wide, from.wide, sizeof cpu.wide);
  std::memcpy(cpu.control, from.control, sizeof cpu.control);
  cpu.mode = from.mode;
  cpu.pc = from.pc;
  cpu.nzcv = from.nzcv;
  cpu.mxcsr = from.mxcsr;
  cpu.fpcr = from.fpcr;
  cpu.fpsr = from.fpsr;
  cpu.saturated = from.saturated;
  cpu.tpidr = from.tpidr;
  cpu.tpidrro = from.tpidrro;
  if (args.flags & CLONE_SETTLS) set_thread_pointer(*child, args.tls);
  cpu.x[0] = 0;
  if (args.stack) cpu.x[31] = args.stack + args.stack_size;
  child->signals.blocked = parent.signals.blocked;
  child->tag_bits = parent.tag_bits;
  child->vector_control = parent.vector_control;
  if (args.flags & CLONE_CHILD_CLEARTID) child->clear_child_tid = args.child_tid;
  child->trace.control = parent.trace.control;
  child->trace.control.traced = traces_event(parent, fork_event(args));
  child->trace.control.mode = TraceBlock::Mode::Run;
  return child;
}

// --- threads

struct ThreadStart {
  std::unique_ptr<Thread> thread;
  u64 flags;
  GuestAddr child_tid, parent_tid;
  std::atomic<u32> ready{0};  // the parent has learnt the new thread's id, and is done with this structure
};

void wait_until_ready(std::atomic<u32>& ready) {
  for (int i = 0; i < 100; i++) {
    if (ready.load(std::memory_order_acquire)) return;
    __builtin_ia32_pause();
  }
  while (!ready.load(std::memory_order_acquire)) {
    host_syscall(SYS_futex, reinterpret_cast<u64>(&ready), FUTEX_WAIT_PRIVATE, 0);
  }
}

void* thread_main(void* argument) {
  auto* start = static_cast<ThreadStart*>(argument);
  wait_until_ready(start->ready);
  Thread& thread = *start->thread;
  thread.tid = ::gettid();
  thread.start_trace(thread.tid);
  // pthread_create always shares these.
  if (u64 own = ~start->flags & (CLONE_FILES | CLONE_FS | CLONE_SYSVSEM)) host_syscall(SYS_unshare, own);
  if (start->flags & CLONE_CHILD_SETTID) (void)write_guest(start->child_tid, static_cast<u32>(thread.tid));
  Thread::set_current(&thread);
  use_handler_stack(thread);
  thread.process.translator->attach(thread.cpu);
  if (thread.trace.control.traced) trace_first_stop(thread);
  set_host_mask(thread);
  thread.exit_status = run_loop(thread);
  end_thread(thread);
  delete start;
  return nullptr;
}

// The id of a host thread that has not ended: as clock ids of threads encode it (kernel, posix-timers.h).
pid_t host_thread_id(pthread_t thread) {
  clockid_t clock = 0;
  pthread_getcpuclockid(thread, &clock);
  return static_cast<pid_t>(~(clock >> 3));
}

// With every signal blocked on the host, which the new host thread inherits.
s64 start_thread(Thread& parent, const CloneArgs& args) {
  if (!(args.flags & CLONE_SIGHAND) || !(args.flags & CLONE_VM)) return -EINVAL;
  if (args.flags & (kNamespaces | CLONE_PIDFD | CLONE_INTO_CGROUP) || args.set_tid_size) return -EINVAL;
  parent.process.memory_shared = true;
  auto start = std::make_unique<ThreadStart>();
  start->thread = make_thread(parent, args);
  start->thread->actions = parent.actions;
  parent.process.seccomp_threads.enter(*start->thread, parent);
  start->flags = args.flags;
  start->child_tid = args.child_tid;

  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_attr_setstacksize(&attributes, kHostStackSize);
  count_new_thread();
  pthread_t host;
  int error = pthread_create(&host, &attributes, thread_main, start.get());
  pthread_attr_destroy(&attributes);
  if (error != 0) {
    uncount_thread();
    parent.process.seccomp_threads.leave(*start->thread);
    return -EAGAIN;
  }
  pid_t tid = host_thread_id(host);
  // Before the thread can run, end, and have its memory reused.
  if (args.flags & CLONE_PARENT_SETTID) (void)write_guest(args.parent_tid, static_cast<u32>(tid));
  std::atomic<u32>& ready = start.release()->ready;
  ready.store(1, std::memory_order_release);
  // The word may be gone by now; then nobody waits there, and a bad address is an error without effect.
  host_syscall(SYS_futex, reinterpret_cast<u64>(&ready), FUTEX_WAKE_PRIVATE, 1);
  return tid;
}

// --- forks

void start_forked_child(Thread& thread, const CloneArgs& args) {
  thread.process.memory_shared = false;
  thread.process.maps.renew_lock_after_fork();
  thread.process.translator->unlock_in_child(thread.cpu);
  thread.actions->unlock_after_fork();
  become_only_thread();
  thread.tid = ::gettid();
  if (args.flags & CLONE_CLEAR_SIGHAND) thread.actions->clear_handlers();
  if (args.flags & CLONE_SETTLS) set_thread_pointer(thread, args.tls);
  if (args.stack) thread.cpu.x[31] = args.stack + args.stack_size;
  thread.clear_child_tid = args.flags & CLONE_CHILD_CLEARTID ? args.child_tid : 0;
  if (args.flags & CLONE_CHILD_SETTID) (void)write_guest(args.child_tid, static_cast<u32>(thread.tid));
  thread.signals.sent = 0;
  thread.process.tracer.forget_all();
  thread.process.io_urings.forget_all();
  thread.process.seccomp_threads.be_only(thread);
  thread.start_trace(thread.tid);
  const bool traced = traces_event(thread, fork_event(args));
  if (!traced) trace_over(thread);
}

// The kernel's own fork, for what the C library's does not offer. Signals are blocked.
s64 host_clone(const CloneArgs& args, u64 handled) {
  // The C library keeps its idea of the thread's id where the kernel writes it.
  u64 library_tid = 0;
  ::prctl(PR_GET_TID_ADDRESS, &library_tid);
  CloneArgs host = args;
  host.flags &= ~handled;
  if (library_tid) host.flags |= CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID;
  host.child_tid = library_tid;
  host.stack = host.stack_size = host.tls = 0;
  if (args.set_tid_size || args.flags & (CLONE_INTO_CGROUP | CLONE_NEWTIME)) {
    return host_syscall(SYS_clone3, reinterpret_cast<u64>(&host), kCloneArgsSize);
  }
  // clone(2) has one word for what is either.
  bool both = (args.flags & CLONE_PIDFD) && (args.flags & CLONE_PARENT_SETTID) && args.pidfd != args.parent_tid;
  if (both) return host_syscall(SYS_clone3, reinterpret_cast<u64>(&host), kCloneArgsSize);
  u64 parent_word = args.flags & CLONE_PIDFD ? args.pidfd : args.parent_tid;
  return host_syscall(SYS_clone, host.flags | args.exit_signal, 0, parent_word, library_tid, 0);
}

s64 fork_process(Thread& thread, const CloneArgs& args) {
  constexpr u64 kOurs = CLONE_SETTLS | CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID | CLONE_CLEAR_SIGHAND;
  bool plain = (args.flags & ~(kOurs | CLONE_PARENT_SETTID)) == 0 && args.exit_signal == SIGCHLD &&
               args.set_tid_size == 0;
  if (args.flags & CLONE_CLEAR_SIGHAND && args.flags & CLONE_SIGHAND) return -EINVAL;
  thread.actions->lock_for_fork();
  // In the order in which translating takes them.
  thread.process.translator->lock_for_fork();
  thread.process.maps.lock_for_fork();
  s64 pid;
  if (plain) {
    pid = ::fork();
    if (pid < 0) pid = -errno;
  } else {
    pid = host_clone(args, kOurs);
  }
  if (pid == 0) {
    start_forked_child(thread, args);
    return 0;
  }
  thread.process.maps.unlock_after_fork();
  thread.process.translator->unlock_after_fork();
  thread.actions->unlock_after_fork();
  if (plain && pid > 0 && (args.flags & CLONE_PARENT_SETTID)) {
    (void)write_guest(args.parent_tid, static_cast<u32>(pid));
  }
  return pid;
}

// --- processes that share memory

struct SharingStart {
  Thread* child;
  u64 flags;
  u64 library_tid = 0;  // where the C library keeps the number of the thread whose storage this is
};

int sharing_child_main(void* argument) {
  const SharingStart start = *static_cast<SharingStart*>(argument);
  Thread& child = *start.child;
  child.tid = ::gettid();
  child.start_trace(child.tid);
  Thread::set_current(&child);
  child.process.translator->attach(child.cpu);
  if (!(start.flags & CLONE_VFORK)) use_handler_stack(child);
  // Its locks know their holders by it.
  if (start.library_tid) (void)write_guest(start.library_tid, static_cast<u32>(child.tid));
  if (start.flags & CLONE_CLEAR_SIGHAND) child.actions->clear_handlers();
  if (child.trace.control.traced) trace_first_stop(child);
  set_host_mask(child);
  child.exit_status = run_loop(child);
  exit_process(child.exit_status);
}

class HostStack {
 public:
  HostStack() {
    base_ = ::mmap(nullptr, kHostStackSize, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE, -1, 0);
    if (base_ == MAP_FAILED) base_ = nullptr;
    if (!base_) return;
    ::mprotect(base_, 4096, PROT_NONE);
#ifdef __SANITIZE_ADDRESS__
    // A child that left by execve has not unwound the stack that was here before.
    __asan_unpoison_memory_region(base_, kHostStackSize);
#endif
  }
  HostStack(const HostStack&) = delete;
  HostStack& operator=(const HostStack&) = delete;
  ~HostStack() {
    if (base_) ::munmap(base_, kHostStackSize);
  }
  u64 base() const { return reinterpret_cast<u64>(base_); }
  void leave() { base_ = nullptr; }

 private:
  void* base_;
};

s64 clone_sharing(CloneArgs host, const HostStack& stack, SharingStart& start) {
  if (host.set_tid_size || host.flags & (CLONE_INTO_CGROUP | CLONE_NEWTIME | CLONE_PIDFD)) {
    host.stack = stack.base();
    host.stack_size = kHostStackSize;
    host.tls = 0;
    return veneer_clone3(&host, kCloneArgsSize, sharing_child_main, &start);
  }
  auto* top = reinterpret_cast<void*>(stack.base() + kHostStackSize);
  const int pid =
      ::clone(sharing_child_main, top, static_cast<int>(host.flags | host.exit_signal), &start,
              reinterpret_cast<pid_t*>(host.parent_tid), nullptr, reinterpret_cast<pid_t*>(host.child_tid));
  return pid < 0 ? -errno : pid;
}

// A child that its parent does not wait for needs thread-local storage of its own, which only the C library can
// make: that of a thread, which makes the child and leaves the storage to it.
struct Loan {
  CloneArgs host;
  const HostStack* stack;
  Thread* child;
  std::atomic<u32> done{0};
  s64 pid = 0;
};

void* lender_main(void* argument) {
  auto& loan = *static_cast<Loan*>(argument);
  // The child takes what it needs before it lets the parent know.
  SharingStart start{loan.child, loan.host.flags};
  ::prctl(PR_GET_TID_ADDRESS, &start.library_tid);
  const s64 pid = clone_sharing(loan.host, *loan.stack, start);
  loan.pid = pid;
  if (pid > 0) {
    // `start` is on this stack, which stays: it is the child's now, as all of this thread's is.
    loan.done.store(1, std::memory_order_release);
    host_syscall(SYS_futex, reinterpret_cast<u64>(&loan.done), FUTEX_WAKE_PRIVATE, 1);
    host_syscall(SYS_set_tid_address, 0);  // nor is its number cleared
    for (;;) host_syscall(SYS_exit, 0);
  }
  loan.done.store(1, std::memory_order_release);
  host_syscall(SYS_futex, reinterpret_cast<u64>(&loan.done), FUTEX_WAKE_PRIVATE, 1);
  return nullptr;
}

s64 lend_thread(const CloneArgs& host, Thread& child, const HostStack& stack) {
  Loan loan{host, &stack, &child};
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_attr_setstacksize(&attributes, 64 << 10);
  pthread_t lender;
  const int error = pthread_create(&lender, &attributes, lender_main, &loan);
  pthread_attr_destroy(&attributes);
  if (error != 0) return -EAGAIN;
  wait_until_ready(loan.done);
  return loan.pid;
}

s64 share_memory(Thread& parent, const CloneArgs& args) {
  if (args.flags & CLONE_CLEAR_SIGHAND && args.flags & CLONE_SIGHAND) return -EINVAL;
  HostStack stack;
  if (!stack.base()) return -ENOMEM;
  parent.process.memory_shared = true;
  std::unique_ptr<Thread> child = make_thread(parent, args);
  child->shares_memory = true;
  child->seccomp = parent.seccomp;
  child->actions = args.flags & CLONE_SIGHAND ? parent.actions : parent.actions->copy();
  if (args.flags & CLONE_VFORK) {
    child->signals.alt_stack = parent.signals.alt_stack;
    child->signals.alt_size = parent.signals.alt_size;
    child->signals.alt_flags = parent.signals.alt_flags;
  }
  child->clear_child_tid = 0;  // the kernel does that

  CloneArgs host = args;
  host.flags &= ~(CLONE_SETTLS | CLONE_CLEAR_SIGHAND);
  if (!(args.flags & CLONE_VFORK)) {
    const s64 pid = lend_thread(host, *child, stack);
    if (pid > 0) {
      // Nobody can tell when it has ended and its memory is free.
      stack.leave();
      [[maybe_unused]] const Thread* left = child.release();
    }
    return pid;
  }
  SharingStart start{child.get(), args.flags};
  const s64 pid = clone_sharing(host, stack, start);
  Thread::set_current(&parent);
  if (pid > 0) parent.process.translator->detach(child->cpu);
  return pid;
}

}  // namespace
s64 clone_guest(Thread& thread, const CloneArgs& args) {
  const bool traced = traces_event(thread, fork_event(args));
  if (args.flags & CLONE_SIGHAND && !(args.flags & CLONE_VM)) return -EINVAL;
  if (args.flags & CLONE_THREAD && !(args.flags & CLONE_SIGHAND)) return -EINVAL;
  if (s64 restart = block_host_signals(thread)) return restart;
  s64 result = args.flags & CLONE_THREAD ? start_thread(thread, args)
               : args.flags & CLONE_VM   ? share_memory(thread, args)
                                         : fork_process(thread, args);
  if (result == 0) {
    if (thread.trace.control.traced) {
      thread.trace.control.mode = TraceBlock::Mode::Run;
      trace_first_stop(thread);
      thread.trace.control.exit_reported = 1;  // it is the parent's
    }
  } else if (traced && result > 0 && fork_event(args) != PTRACE_EVENT_VFORK) {
    trace_event(thread, fork_event(args), static_cast<u64>(result));
  }
  set_host_mask(thread);
  return result;
}

}  // namespace veneer
