// The tracing side of ptrace(2): a process' tracees, of which the host's kernel knows the host's half
// (block.h). What a guest asks of ptrace and of wait is answered here, with the requests, register sets and
// statuses of the kernel of the tracee's instruction set; veneer's own debugger (src/debug) asks the same.
#pragma once

#include <sys/resource.h>
#include <sys/user.h>

#include <atomic>
#include <csignal>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <string>

#include "base/types.h"
#include "program/trace/block.h"

struct iovec;

namespace veneer {

struct Thread;

class Tracer {
 public:
  // ptrace(2), but for PTRACE_TRACEME: the result, or -errno. `addr` and `data` are addresses of this process'
  // memory where the request has them so. PTRACE_PEEK* write the word to `data`.
  s64 request(u64 request, pid_t tid, u64 addr, u64 data);

  // wait4(2), with `status` and `usage` in this process; `thread` is null where nothing interrupts the call.
  s64 wait4(Thread* thread, pid_t pid, int* status, int options, rusage* usage);
  // waitid(2).
  s64 waitid(Thread* thread, u64 type, pid_t id, siginfo_t* info, int options, rusage* usage);

  // A tracee is yet to run a program.
  void expect_start(pid_t tid);
  // What the host's wait has found of a tracee: `status` as wait4 has it.
  void take(pid_t tid, int status);

  // Are there tracees? Otherwise the host's wait is all that is needed, but for what it finds to be traced.
  bool active() const { return active_.load(std::memory_order_relaxed); }

  // In the child of a fork: the tracees are the parent's.
  void forget_all();

  // Memory of a process was written by way of /proc/PID/mem: translations there are stale.
  void wrote(pid_t tid, GuestAddr start, GuestAddr end);

  // --- for veneer's own debugger, whatever the instruction set; of a tracee that is stopped. Nothing or
  // false: it is not.
  s64 step(pid_t tid, s32 signal);  // also where no kernel does
  std::optional<GuestRegisters> registers(pid_t tid);
  bool set_registers(pid_t tid, const GuestRegisters& registers);
  bool set_watchpoints(pid_t tid, std::span<const DebugRegister> watchpoints);
  // EM_* of a process; 0 where it is not known yet.
  u32 machine(pid_t process);

  // What a stopped tracee's process shows in /proc: exe, auxv, maps; nothing when there is none such.
  enum class Shown : u8 { Exe, Auxv, Maps };
  std::optional<std::string> shown(pid_t process, Shown what);

 private:
  enum class Where : u8 {
    Running,
    Stopped,    // by itself, between instructions
    InCall,     // by the host, in a system call that will be restarted
    HostEvent,  // by the host, at an event; registers can be read
    Group,      // by the host, anywhere
  };
  enum class Wish : u8 { None, Signal, Interrupt };  // what a nudge is for
  enum class Report : u8 { Signal, CallEntry };
  struct Tracee {
    pid_t tid = 0, process = 0;
    u32 options = 0;
    bool seized = false;
    bool is_veneer = true;  // otherwise everything is passed on
    bool starting = false;  // it has not been between instructions yet
    bool configured = false;
    Where where = Where::Running;
    bool unreported = false;
    int status = 0;  // as wait4 has it, while it is not running
    enum class Phase : u8 { None, Entry, Exit, Seccomp } phase = Phase::None;  // of a system call
    u64 address = 0;  // of its TraceBlock; 0 when not known
    TraceBlock block;
    Wish wish = Wish::None;
    siginfo_t wished{};             // the signal that a nudge was sent in place of
    std::optional<siginfo_t> held;  // a signal that came while it was starting
    std::optional<siginfo_t> info;  // PTRACE_GETSIGINFO
    u64 message = 0;
    s32 final_signal = 0;           // to go on with after `reports`
    bool pc_at_call = false;        // InCall: the call is to be made again, and not being made
    bool again_by_restart = false;  // and that by restart_syscall
    std::optional<s64> result;      // InCall: of the call that is to be made again
    bool registers_known = false;
    bool told_of_end = false;    // by itself
    bool ended = false;          // at PTRACE_EVENT_EXIT
    std::deque<Report> reports;  // to come before it goes on
    std::deque<TraceBlock::Range> written;
  };

  static constexpr GuestAddr kEnd = ~GuestAddr{0};

  // --- stops (tracer_stops.cpp)
  std::optional<int> take_stop(pid_t tid, int status);
  std::optional<int> take_event(Tracee& t, int event, int signal);
  std::optional<int> take_own_stop(Tracee& t, const user_regs_struct& regs);
  std::optional<int> take_signal(Tracee& t, int signal, const siginfo_t& info, const user_regs_struct& regs);
  bool find_in_call(Tracee& t, const user_regs_struct& regs);
  std::optional<int> report(Tracee& t, int status, const siginfo_t* info);
  std::optional<int> report_next(Tracee& t);
  void set_host_options(Tracee& t) const;
  bool has_handler(const Tracee& t, int signal) const;
  Tracee& adopt(pid_t tid);
  void settle(Tracee& t);

  // --- going on (tracer_resume.cpp)
  s64 resume(Tracee& t, TraceBlock::Mode mode, s32 signal);
  s64 detach(Tracee& t, s32 signal);
  void let_go(Tracee& t, TraceBlock::Mode mode, s32 signal, bool traced);
  s64 host_continue(Tracee& t, s32 signal);
  void notify_self() const;

  // --- looking (tracer_registers.cpp)
  s64 get_regset(Tracee& t, u64 type, iovec& io);
  s64 set_regset(Tracee& t, u64 type, iovec& io);
  s64 set_debug_registers(Tracee& t, u64 type, iovec& io);
  void show_call_to_be_made(Tracee& t) const;
  bool know_registers(Tracee& t);
  s64 syscall_info(Tracee& t, usize size, GuestAddr to);
  s64 set_syscall_info(Tracee& t, usize size, GuestAddr from);
  std::optional<std::string> ask_maps(Tracee& t);

  // --- waiting (tracer_wait.cpp)
  void pump();
  Tracee* unreported(u64 type, pid_t id);
  s64 block_until_something(Thread* thread, bool& idle);

  Tracee* stopped(pid_t tid);
  void note_written(pid_t process, GuestAddr start, GuestAddr end);

  std::mutex mutex_;
  std::map<pid_t, Tracee> tracees_;
  std::atomic<bool> active_{false};
};

}  // namespace veneer
