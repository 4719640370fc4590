#include "program/trace/tracee.h"

#include <cerrno>
#include <charconv>
#include <cstring>

#include <linux/ptrace.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/errors.h"
#include "program/abi.h"
#include "program/proc_maps.h"
#include "program/signal_actions.h"
#include "program/syscalls/table.h"
#include "program/trace/stop.h"

namespace veneer {
namespace {

using Stop = TraceBlock::Stop;
using Mode = TraceBlock::Mode;

const CallTracing& calls_of(const Thread& thread) {
  return thread.process.platform.abi->calls;
}

// Nothing of the host's comes in while the thread is stopped and serves its tracer.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    const SignalSet all = ~kSynchronous;
    host_syscall(SYS_rt_sigprocmask, SIG_SETMASK, address(&all), address(&old_), sizeof old_);
  }
  ~SignalsBlocked() { host_syscall(SYS_rt_sigprocmask, SIG_SETMASK, address(&old_), 0, sizeof old_); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  static u64 address(const void* p) { return reinterpret_cast<u64>(p); }  // NOLINT: a system call's argument
  SignalSet old_ = 0;
};

void serve(Thread& thread) {
  TraceBlock& b = thread.trace;
  std::string& reply = thread.trace_reply;
  switch (b.control.command) {
    case TraceBlock::Command::Maps: reply = guest_maps_text(thread.process, "/proc/self/maps"); break;
    case TraceBlock::Command::None: break;
  }
  b.reply = reinterpret_cast<u64>(reply.data());  // NOLINT: for the tracer to read from
  b.reply_size = reply.size();
  b.control.command = TraceBlock::Command::None;
  b.stop = Stop::Reply;
}

void take_over(Thread& thread) {
  TraceBlock& b = thread.trace;
  load_registers(b.regs, b.control.changed, thread.cpu);
  if (b.control.changed & TraceBlock::kMask) {
    thread.signals.blocked = b.blocked & ~kUnblockable;
    thread.cpu.pending = 1;  // whoever delivers also sets the host's mask
  }
  for (u64 i = 0; i < std::min<u64>(b.control.range_count, TraceBlock::kRanges); i++)
    thread.process.translator->invalidate(b.control.ranges[i].start, b.control.ranges[i].end);
  b.control.range_count = 0;
  b.control.changed = 0;
  b.slow = b.control.mode == Mode::Step || b.control.mode == Mode::SysemuStep;
  for (const DebugRegister& r : b.watchpoints) b.slow |= r.enabled();
  for (const DebugRegister& r : b.breakpoints) b.slow |= r.enabled();
}

void stop(Thread& thread, Stop kind) {
  TraceBlock& b = thread.trace;
  const SignalsBlocked blocked;
  b.control.signal = 0;
  b.blocked = thread.signals.blocked;
  save_registers(thread.cpu, b.regs);
  const bool is_call = kind == Stop::SyscallEntry || kind == Stop::SyscallExit;
  const int mark = is_call ? calls_of(thread).mark : -1;
  const u64 marked = mark >= 0 ? std::exchange(b.regs.x[mark], kind == Stop::SyscallExit) : 0;
  b.stop = kind;
  do {
    b.control.command = TraceBlock::Command::None;
    veneer_trace_stop(&b);
    if (b.control.command == TraceBlock::Command::None) break;
    serve(thread);
  } while (b.control.traced);
  if (mark >= 0) b.regs.x[mark] = marked;
  b.stop = Stop::None;
  take_over(thread);
}

// A tracer may send a signal along where none is being delivered.
void send_along(Thread& thread) {
  const s32 signal = thread.trace.control.signal;
  if (signal != 0)
    host_syscall(SYS_tgkill, static_cast<u64>(::getpid()), static_cast<u64>(thread.tid),
                 static_cast<u64>(signal));
}

bool wants_calls(const TraceBlock& b) {
  return b.control.mode == Mode::Syscall || b.control.mode == Mode::Sysemu ||
         b.control.mode == Mode::SysemuStep;
}

void stop_for_trap(Thread& thread, int code, GuestAddr address) {
  siginfo_t info{};
  info.si_signo = SIGTRAP;
  info.si_code = code;
  info.si_addr = reinterpret_cast<void*>(address);  // NOLINT: an address to report
  trace_signal(thread, info);
  if (info.si_signo != 0) send_along(thread);
}

// A watchpoint matches the bytes that BAS selects in its doubleword, or, with MASK, a naturally aligned range
// (Arm ARM D2.10).
bool matches(const DebugRegister& w, const MemoryAccess& access) {
  if (!w.enabled()) return false;
  const u32 kinds = w.control >> 3 & 3;  // LSC: 1 loads, 2 stores
  if (!(kinds & (access.is_write ? 2u : 1u))) return false;
  const GuestAddr start = access.address & (~u64{0} >> 8), end = start + access.size;
  if (const u32 mask = w.control >> 24 & 31; mask >= 3) {
    const GuestAddr from = w.address & ~((u64{1} << mask) - 1);
    return start < from + (u64{1} << mask) && from < end;
  }
  const u32 bytes = w.control >> 5 & 0xff;
  for (unsigned i = 0; i < 8; i++)
    if (bytes >> i & 1 && start <= w.address + i && w.address + i < end) return true;
  return false;
}

// Stops before an instruction that a breakpoint or a watchpoint is at.
bool stop_at_debug_register(Thread& thread) {
  TraceBlock& b = thread.trace;
  for (const DebugRegister& r : b.breakpoints) {
    if (!r.enabled() || (r.address & ~u64{3}) != thread.cpu.pc) continue;
    stop_for_trap(thread, TRAP_HWBKPT, thread.cpu.pc);
    return true;
  }
  bool watching = false;
  for (const DebugRegister& w : b.watchpoints) watching |= w.enabled();
  if (!watching) return false;
  std::optional<GuestAddr> hit;
  thread.process.translator->accesses_of_next(thread.cpu, [&](const MemoryAccess& access) {
    for (const DebugRegister& w : b.watchpoints)
      if (!hit && matches(w, access)) hit = access.address;
  });
  if (!hit) return false;
  stop_for_trap(thread, TRAP_HWBKPT, *hit);
  return true;
}

}  // namespace

bool trace_changes(Thread& thread) {
  const bool replaced = thread.trace.control.changed & kGeneralPart;
  take_over(thread);
  return replaced;
}

namespace {

// A stop in which the tracer may change the call that is about to be made, or keep it from being made: the
// number is then -1, and x[0] its result.
s64 stop_before_call(Thread& thread, Stop kind) {
  CpuState& cpu = thread.cpu;
  TraceBlock& b = thread.trace;
  const CallTracing& calls = calls_of(thread);
  if (calls.result_first) cpu.x[0] = static_cast<u64>(-ENOSYS);
  stop(thread, kind);
  const s64 number = calls.number >= 0 ? static_cast<s64>(cpu.x[calls.number]) : static_cast<s32>(b.number);
  if (calls.result_first && number != -1) cpu.x[0] = b.arguments[0];
  b.number = number;
  return number;
}

}  // namespace

bool trace_syscall_entry(Thread& thread, s64& number) {
  TraceBlock& b = thread.trace;
  b.number = number;
  std::memcpy(b.arguments, thread.cpu.x, sizeof b.arguments);
  b.control.exit_reported = 0;
  if (!wants_calls(b)) return true;
  const bool emulated = b.control.mode != Mode::Syscall;
  number = stop_before_call(thread, Stop::SyscallEntry);
  send_along(thread);
  return !emulated && number != -1;
}

void trace_syscall_exit(Thread& thread) {
  TraceBlock& b = thread.trace;
  if (std::exchange(b.control.exit_reported, 0) == 0 && b.control.mode == Mode::Syscall) {
    stop(thread, Stop::SyscallExit);
    send_along(thread);
  }
  b.number = -1;
}

void trace_signal(Thread& thread, siginfo_t& info) {
  TraceBlock& b = thread.trace;
  b.info = info;
  stop(thread, Stop::Signal);
  info = b.control.info;
  info.si_signo = b.control.signal;
}

bool traces_event(const Thread& thread, int event) {
  const auto& c = thread.trace.control;
  return c.traced && c.options >> event & 1;
}

void trace_event(Thread& thread, int event, u64 message) {
  thread.trace.event = static_cast<u32>(event);
  thread.trace.message = message;
  stop(thread, Stop::Event);
}

s64 trace_seccomp(Thread& thread, u32 value) {
  thread.trace.event = PTRACE_EVENT_SECCOMP;
  thread.trace.message = value;
  return stop_before_call(thread, Stop::Event);
}

void trace_first_stop(Thread& thread) {
  stop(thread, Stop::First);
}

siginfo_t trace_nudged(Thread& thread) {
  TraceBlock& b = thread.trace;
  b.nudged = 0;
  stop(thread, Stop::Nudged);
  siginfo_t info = b.control.info;
  info.si_signo = b.control.signal;
  return info;
}

void trace_handler_entry(Thread& thread) {
  const Mode mode = thread.trace.control.mode;
  if (mode == Mode::Step || mode == Mode::SysemuStep) stop_for_trap(thread, TRAP_TRACE, thread.cpu.pc);
}

Exit trace_instruction(Thread& thread) {
  TraceBlock& b = thread.trace;
  if (thread.cpu.pending) return Exit::Pending;
  if (stop_at_debug_register(thread)) return Exit::Continue;
  const Exit exit = thread.process.translator->step(thread.cpu);
  if (exit == Exit::Continue && (b.control.mode == Mode::Step || b.control.mode == Mode::SysemuStep))
    stop_for_trap(thread, TRAP_TRACE, thread.cpu.pc);
  return exit;
}

void trace_over(Thread& thread) noexcept {
  TraceBlock& b = thread.trace;
  b.control.signal = b.stop == Stop::Signal ? b.info.si_signo : 0;
  b.control.info = b.info;
  b.control.traced = 0;
  b.control.mode = Mode::Run;
  b.control.command = TraceBlock::Command::None;
  b.slow = 0;
}

std::string trace_to_text(const Thread& thread) {
  const auto& c = thread.trace.control;
  return format("%u,%u,%u,%d", c.seized, c.options, static_cast<u32>(c.mode), thread.tid);
}

bool trace_from_text(std::string_view text, TraceBlock& block) {
  u32 values[4];
  const char* at = text.data();
  const char* const end = text.data() + text.size();
  for (u32& value : values) {
    auto [next, error] = std::from_chars(at, end, value);
    if (error != std::errc{}) return false;
    at = next + (next != end);
  }
  if (values[2] > static_cast<u32>(Mode::SysemuStep)) return false;
  block.control.traced = 1;
  block.control.seized = values[0];
  block.control.options = values[1];
  block.control.mode = static_cast<Mode>(values[2]);
  block.message = values[3];
  return at == end;
}

void trace_exec(Thread& thread) {
  constexpr s64 kExecve = 221;
  TraceBlock& b = thread.trace;
  b.number = kExecve;
  if (traces_event(thread, PTRACE_EVENT_EXEC)) {
    trace_event(thread, PTRACE_EVENT_EXEC, b.message);
  } else if (!b.control.seized) {
    siginfo_t info{};
    info.si_signo = SIGTRAP;
    info.si_code = SI_USER;
    info.si_pid = ::getpid();
    info.si_uid = ::getuid();
    trace_signal(thread, info);
    if (info.si_signo != 0) send_along(thread);
  }
  trace_syscall_exit(thread);
}

}  // namespace veneer
