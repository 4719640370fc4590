// What the host's stops of a tracee mean.
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <utility>

#include "program/signal_actions.h"
#include "program/trace/host.h"
#include "program/trace/stop.h"
#include "program/trace/tracer.h"

namespace veneer {
namespace {

constexpr int kEventStop = 128;  // PTRACE_EVENT_STOP

u64 address(const void* p) {
  return reinterpret_cast<u64>(p);  // NOLINT: a system call's argument
}

int stop_status(int signal, int event = 0) {
  return 0x7f | signal << 8 | event << 16;
}

siginfo_t trap_info(int code, pid_t tid) {
  siginfo_t info{};
  info.si_signo = SIGTRAP;
  info.si_code = code;
  info.si_pid = tid;
  info.si_uid = ::getuid();
  return info;
}

// Of a stop at a system call, whose signal is the same as its code.
siginfo_t call_trap(u32 options, pid_t tid) {
  return trap_info(SIGTRAP | (options & PTRACE_O_TRACESYSGOOD ? 0x80 : 0), tid);
}

siginfo_t stop_of_newborn() {
  siginfo_t info{};
  info.si_signo = SIGSTOP;
  info.si_code = SI_USER;
  return info;
}

bool is_nudge(const siginfo_t& info) {
  return info.si_signo == SIGTRAP && info.si_code == SI_QUEUE && address(info.si_value.sival_ptr) == kNudge;
}

// The result of a call that the host's kernel will make again (include/linux/errno.h: ERESTARTSYS and on).
bool is_restart(s64 result) {
  return result <= -512 && result >= -516 && result != -515;
}

}  // namespace

Tracer::Tracee& Tracer::adopt(pid_t tid) {
  Tracee& t = tracees_[tid];
  if (t.tid == 0) {
    t.tid = tid;
    t.process = host::process_of(tid);
    active_.store(true, std::memory_order_relaxed);
  }
  return t;
}

void Tracer::set_host_options(Tracee& t) const {
  constexpr u32 kSame = PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |
                        PTRACE_O_TRACEVFORKDONE | PTRACE_O_TRACEEXIT | PTRACE_O_EXITKILL;
  // A program of ours that starts must not be given the SIGTRAP of a plain exec.
  t.configured = host::request(PTRACE_SETOPTIONS, t.tid, 0, (t.options & kSame) | PTRACE_O_TRACEEXEC) == 0;
}

bool Tracer::has_handler(const Tracee& t, int signal) const {
  SignalAction action;
  return t.address != 0 &&
         host::read_memory(t.tid, t.block.actions + static_cast<u64>(signal) * sizeof action, &action,
                           sizeof action) &&
         action.has_handler();
}

std::optional<int> Tracer::report(Tracee& t, int status, const siginfo_t* info) {
  t.status = status;
  t.unreported = true;
  t.info = info ? std::optional(*info) : std::nullopt;
  return status;
}

std::optional<int> Tracer::take_stop(pid_t tid, int status) {
  Tracee& t = adopt(tid);
  const bool first = !t.configured;
  if (first) set_host_options(t);
  const int signal = WSTOPSIG(status), event = status >> 16;
  t.phase = Tracee::Phase::None;
  if (event != 0) return take_event(t, event, signal);
  const std::optional<user_regs_struct> regs = host::registers(tid);
  if (!regs) return std::nullopt;  // killed since
  const std::optional<siginfo_t> info = host::signal_info(tid);
  if (!t.is_veneer) {
    host_continue(t, info ? signal : 0);
    return std::nullopt;
  }
  if (!info) {
    t.where = Where::Group;
    return report(t, status, nullptr);
  }
  if (is_nudge(*info)) {
    host_continue(t, SIGTRAP);
    return std::nullopt;
  }
  if (signal == SIGTRAP && info->si_code > 0 && regs->r12 == kStopMark) return take_own_stop(t, *regs);
  // It has executed a program before anyone could ask for the event.
  if (first && signal == SIGTRAP && info->si_code == SI_USER && info->si_pid == tid) {
    t.starting = true;
    t.is_veneer = host::is_veneer(tid);
    host_continue(t, 0);
    return std::nullopt;
  }
  return take_signal(t, signal, *info, *regs);
}

std::optional<int> Tracer::take_event(Tracee& t, int event, int signal) {
  const auto pass_on = [&]() -> std::optional<int> {
    host_continue(t, 0);
    return std::nullopt;
  };
  const auto report_event = [&]() -> std::optional<int> {
    const siginfo_t info = trap_info(SIGTRAP | event << 8, t.tid);
    t.where = Where::HostEvent;
    t.registers_known = false;
    t.result.reset();
    t.pc_at_call = false;
    return report(t, stop_status(SIGTRAP, event), &info);
  };
  u64 message = 0;
  host::request(PTRACE_GETEVENTMSG, t.tid, 0, address(&message));
  switch (event) {
    case kEventStop: {
      if (!t.is_veneer || t.starting) return pass_on();
      if (signal != SIGTRAP) {
        t.where = Where::Group;
        return report(t, stop_status(signal, event), nullptr);
      }
      const std::optional<user_regs_struct> regs = host::registers(t.tid);
      if (!regs) return std::nullopt;
      if (find_in_call(t, *regs)) {
        const siginfo_t info = trap_info(SIGTRAP | event << 8, t.tid);
        t.where = Where::InCall;
        return report(t, stop_status(SIGTRAP, event), &info);
      }
      t.wish = Wish::Interrupt;
      host::nudge(t.process, t.tid);
      return pass_on();
    }
    case PTRACE_EVENT_EXEC:
      // Of the process' threads only this one is left, and it has the process' number now.
      std::erase_if(tracees_, [&](const auto& entry) {
        return entry.second.process == t.process && entry.first != t.tid;
      });
      t.address = 0;
      t.starting = true;
      t.wish = Wish::None;
      t.is_veneer = host::is_veneer(t.tid);
      return pass_on();
    case PTRACE_EVENT_FORK:
    case PTRACE_EVENT_VFORK:
    case PTRACE_EVENT_CLONE: {
      Tracee& newborn = adopt(static_cast<pid_t>(message));
      if (newborn.where == Where::Running) newborn.starting = true;
      newborn.seized = t.seized;
      newborn.options = t.options;
      newborn.is_veneer = t.is_veneer;
      if (event != PTRACE_EVENT_VFORK || !t.is_veneer) return pass_on();  // the tracee tells of it itself
      t.message = message;
      return report_event();
    }
    case PTRACE_EVENT_VFORK_DONE:
    case PTRACE_EVENT_EXIT:
      if (!t.is_veneer || t.told_of_end) return pass_on();
      t.message = message;
      t.ended = event == PTRACE_EVENT_EXIT;
      return report_event();
    default: return pass_on();
  }
}

std::optional<int> Tracer::take_own_stop(Tracee& t, const user_regs_struct& regs) {
  using Stop = TraceBlock::Stop;
  t.address = regs.rbx;
  if (!host::read_memory(t.tid, t.address, &t.block, sizeof t.block) || t.block.magic != TraceBlock::kMagic) {
    host_continue(t, 0);
    return std::nullopt;
  }
  t.where = Where::Stopped;
  t.starting = false;
  t.registers_known = true;
  t.message = t.block.message;
  const Wish wish = std::exchange(t.wish, t.block.stop == Stop::Nudged ? Wish::None : t.wish);
  siginfo_t info{};
  switch (t.block.stop) {
    case Stop::SyscallEntry:
    case Stop::SyscallExit:
      t.phase = t.block.stop == Stop::SyscallEntry ? Tracee::Phase::Entry : Tracee::Phase::Exit;
      info = call_trap(t.options, t.tid);
      return report(t, stop_status(info.si_code), &info);
    case Stop::Signal: return report(t, stop_status(t.block.info.si_signo), &t.block.info);
    case Stop::Event: {
      const int event = static_cast<int>(t.block.event);
      t.told_of_end = event == PTRACE_EVENT_EXIT;
      if (event == PTRACE_EVENT_SECCOMP) t.phase = Tracee::Phase::Seccomp;
      info = trap_info(SIGTRAP | event << 8, t.tid);
      return report(t, stop_status(SIGTRAP, event), &info);
    }
    case Stop::First:
      if (t.seized) {
        info = trap_info(SIGTRAP | kEventStop << 8, t.tid);
        return report(t, stop_status(SIGTRAP, kEventStop), &info);
      }
      info = stop_of_newborn();
      return report(t, stop_status(SIGSTOP), &info);
    case Stop::Nudged:
      if (wish == Wish::Signal) return report(t, stop_status(t.wished.si_signo), &t.wished);
      if (wish == Wish::Interrupt) {
        info = trap_info(SIGTRAP | kEventStop << 8, t.tid);
        return report(t, stop_status(SIGTRAP, kEventStop), &info);
      }
      break;
    case Stop::Reply:
    case Stop::None: break;
  }
  let_go(t, t.block.control.mode, 0, true);
  return std::nullopt;
}

bool Tracer::find_in_call(Tracee& t, const user_regs_struct& regs) {
  const s64 result = static_cast<s64>(regs.rax);
  if (static_cast<s64>(regs.orig_rax) < 0 || !is_restart(result)) return false;
  // safe_syscall.S keeps there what it looks at.
  const u64 cpu = regs.rbx - offsetof(CpuState, pending);
  u64 at = 0;
  if (!host::read_memory(t.tid, cpu + offsetof(CpuState, trace), &at, sizeof at) || at == 0) return false;
  TraceBlock block;
  if (!host::read_memory(t.tid, at, &block, sizeof block)) return false;
  if (block.magic != TraceBlock::kMagic || block.tid != t.tid || block.cpu != cpu) return false;
  const auto mode = t.block.control.mode;
  t.address = at;
  t.block = block;
  t.block.control.mode = mode;
  t.where = Where::InCall;
  t.registers_known = false;
  t.pc_at_call = true;
  t.again_by_restart = false;
  t.result = result;
  return true;
}

std::optional<int> Tracer::take_signal(Tracee& t, int signal, const siginfo_t& info,
                                       const user_regs_struct& regs) {
  const auto pass = [&](int with) -> std::optional<int> {
    host_continue(t, with);
    return std::nullopt;
  };
  const bool raised = signal_bit(signal) & kSynchronous && info.si_code > 0;
  if (raised) return pass(signal);  // a fault of host code, which may become one of the guest's
  if (signal == SIGSTOP && info.si_code == SI_USER && info.si_pid == 0) {
    t.starting = true;
    return pass(0);
  }
  u32 dying = 0;
  if (t.address != 0 &&
      host::read_memory(t.tid, t.address + offsetof(TraceBlock, dying), &dying, sizeof dying) && dying)
    return pass(signal);
  if (t.starting) {
    t.held = info;
    return pass(0);
  }
  if (find_in_call(t, regs)) {
    t.wished = info;
    if (t.block.control.mode != TraceBlock::Mode::Syscall) return report(t, stop_status(signal), &info);
    t.reports = {Report::Signal};
    t.pc_at_call = false;
    t.phase = Tracee::Phase::Exit;
    const siginfo_t trap = call_trap(t.options, t.tid);
    return report(t, stop_status(trap.si_code), &trap);
  }
  t.wish = Wish::Signal;
  t.wished = info;
  siginfo_t nudge{};
  nudge.si_signo = SIGTRAP;
  nudge.si_code = SI_QUEUE;
  nudge.si_value.sival_ptr = reinterpret_cast<void*>(kNudge);  // NOLINT: a mark
  host::request(PTRACE_SETSIGINFO, t.tid, 0, address(&nudge));
  return pass(SIGTRAP);
}

std::optional<int> Tracer::report_next(Tracee& t) {
  const Report next = t.reports.front();
  t.reports.pop_front();
  t.registers_known = false;
  if (next == Report::Signal) {
    t.phase = Tracee::Phase::None;
    t.pc_at_call = true;
    return report(t, stop_status(t.wished.si_signo), &t.wished);
  }
  constexpr s64 kRestartBlock = -516;  // ERESTART_RESTARTBLOCK
  t.phase = Tracee::Phase::Entry;
  t.pc_at_call = false;
  t.again_by_restart = t.result == kRestartBlock;
  t.result.reset();
  const siginfo_t trap = call_trap(t.options, t.tid);
  return report(t, stop_status(trap.si_code), &trap);
}

}  // namespace veneer
