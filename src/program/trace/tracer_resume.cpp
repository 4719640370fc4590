// Letting a tracee go on.
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <utility>

#include "program/trace/host.h"
#include "program/trace/tracer.h"

namespace veneer {
namespace {

bool is_valid_signal(s32 signal) {
  return signal >= 0 && signal <= kSignalCount;
}

bool stops(s32 signal) {
  return signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;
}

bool is_ignored_by_default(s32 signal) {
  return signal == SIGCHLD || signal == SIGCONT || signal == SIGURG || signal == SIGWINCH;
}

}  // namespace

s64 Tracer::host_continue(Tracee& t, s32 signal) {
  t.where = Where::Running;
  t.unreported = false;
  return host::request(PTRACE_CONT, t.tid, 0, static_cast<u64>(signal));
}

// A report that no stop of the host's comes with.
void Tracer::notify_self() const {
  host_syscall(SYS_kill, static_cast<u64>(::getpid()), SIGCHLD);
}

s64 Tracer::resume(Tracee& t, TraceBlock::Mode mode, s32 signal) {
  if (!is_valid_signal(signal)) return -EIO;
  t.block.control.mode = mode;
  if (t.reports.empty() && t.where == Where::InCall && t.pc_at_call && mode == TraceBlock::Mode::Syscall) {
    // The call is made again now, unless a handler comes first.
    const bool goes_on = signal == 0 || (!has_handler(t, signal) && is_ignored_by_default(signal));
    t.final_signal = signal;
    if (goes_on && !(t.block.control.changed & kGeneralPart)) t.reports = {Report::CallEntry};
  } else if (t.where == Where::InCall && !t.pc_at_call && t.phase == Tracee::Phase::Entry) {
    signal = std::exchange(t.final_signal, 0);
  }
  if (!t.reports.empty()) {
    (void)report_next(t);
    notify_self();
    return 0;
  }
  let_go(t, mode, signal, true);
  return 0;
}

s64 Tracer::step(pid_t tid, s32 signal) {
  const std::lock_guard lock(mutex_);
  Tracee* const t = stopped(tid);
  return t ? resume(*t, TraceBlock::Mode::Step, signal) : -ESRCH;
}

s64 Tracer::detach(Tracee& t, s32 signal) {
  if (!is_valid_signal(signal)) return -EIO;
  t.reports.clear();
  let_go(t, TraceBlock::Mode::Run, signal, false);
  tracees_.erase(t.tid);
  if (tracees_.empty()) active_.store(false, std::memory_order_relaxed);
  return 0;
}

void Tracer::let_go(Tracee& t, TraceBlock::Mode mode, s32 signal, bool traced) {
  using Stop = TraceBlock::Stop;
  TraceBlock::Control& c = t.block.control;
  c.traced = traced;
  c.seized = t.seized;
  c.options = t.options;
  c.mode = mode;
  c.command = TraceBlock::Command::None;
  c.signal = 0;
  c.exit_reported = 0;
  s32 on_host = signal;
  if (t.where == Where::Stopped) {
    const bool delivers =
        t.block.stop == Stop::Signal || t.block.stop == Stop::Nudged || t.block.stop == Stop::First;
    if (t.block.stop == Stop::Event || signal == SIGKILL ||
        (delivers && stops(signal) && !has_handler(t, signal))) {
      // The host's kernel does it. Only SIGSTOP is not blocked there.
      on_host = t.block.stop == Stop::Event ? 0 : signal == SIGKILL ? SIGKILL : SIGSTOP;
    } else {
      c.signal = signal;
      on_host = 0;
      c.info = {};
      c.info.si_signo = signal;
      c.info.si_code = SI_USER;
      c.info.si_pid = ::getpid();
      c.info.si_uid = ::getuid();
      if (t.info && t.info->si_signo == signal) c.info = *t.info;
    }
  } else if (t.where == Where::InCall && signal != 0) {
    c.exit_reported = has_handler(t, signal);
  }
  if (t.where == Where::InCall && c.changed & kGeneralPart) {
    // The call is not made again: its registers are gone.
    if (std::optional<user_regs_struct> regs = host::registers(t.tid)) {
      regs->orig_rax = ~u64{0};
      regs->rax = static_cast<u64>(-EINTR);
      host::request(PTRACE_SETREGS, t.tid, 0, reinterpret_cast<u64>(&*regs));  // NOLINT: an argument
    }
  }
  c.range_count = 0;
  for (const TraceBlock::Range& range : t.written) {
    if (c.range_count == TraceBlock::kRanges) {
      c.range_count = 1;
      c.ranges[0] = {0, kEnd};
      break;
    }
    c.ranges[c.range_count++] = range;
  }
  if (t.address != 0 && !t.ended) {
    t.written.clear();
    constexpr usize kControl = offsetof(TraceBlock, control);
    const usize size = c.changed ? sizeof(TraceBlock) - kControl : sizeof(TraceBlock::Control);
    host::write_memory(t.tid, t.address + kControl, &t.block.control, size);
  }
  c.changed = 0;
  const bool was_in_call = t.where == Where::InCall;
  t.registers_known = false;
  t.info.reset();
  t.phase = Tracee::Phase::None;
  t.result.reset();
  if (t.held && !t.starting && !was_in_call) {
    t.wish = Wish::Signal;
    t.wished = *std::exchange(t.held, std::nullopt);
    host::nudge(t.process, t.tid);
  }
  if (traced) {
    host_continue(t, on_host);
  } else {
    host::request(PTRACE_DETACH, t.tid, 0, static_cast<u64>(on_host));
  }
}

}  // namespace veneer
