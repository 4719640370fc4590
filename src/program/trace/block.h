// What a traced guest thread and its tracer (another process of veneer's, tracer.h) tell each other. The block
// is part of the thread; the tracer finds it by the host registers of a stop, and reads and writes it with
// process_vm_readv and process_vm_writev.
//
// The host's ptrace does what it can for the guest's: who traces whom, waiting, group stops, what becomes of
// tracees when their tracer dies. But the host stops host code, where the guest's registers may be anywhere. So
// what the guest's own instructions bring about (a system call, a fault, a step) is a stop that the thread
// makes itself, between instructions (stop.h); and what comes from outside is passed on as a request for such a
// stop, a "nudge", unless the thread waits in a system call, where its state is whole.
#pragma once

#include <csignal>

#include "base/types.h"
#include "program/signal_state.h"
#include "program/trace/registers.h"

namespace veneer {

// A watchpoint's or breakpoint's pair of registers: DBGWVR_EL1 and DBGWCR_EL1 of arm64, as its
// user_hwdebug_state has them. Where the instruction set has none, veneer's own debugger has these.
struct DebugRegister {
  u64 address = 0;
  u32 control = 0;
  u32 padding = 0;
  bool enabled() const { return control & 1; }
  bool operator==(const DebugRegister&) const = default;
};
constexpr usize kWatchpoints = 4, kBreakpoints = 6;

struct TraceBlock {
  static constexpr u64 kMagic = 0x7665'6e65'6572'5472;

  enum class Stop : u32 { None, SyscallEntry, SyscallExit, Signal, Event, First, Nudged, Reply };
  enum class Mode : u32 { Run, Syscall, Step, Sysemu, SysemuStep };
  enum class Command : u32 { None, Maps };
  struct Text {
    u64 address = 0, size = 0;
  };
  // What the tracer has written: RegisterPart, and
  enum Changed : u32 { kNumber = 8, kMask = 16, kDebug = 32 };
  static constexpr u32 kRegisters = kGeneralPart | kFloatingPart | kTlsPart | kWidePart;
  struct Range {
    GuestAddr start, end;
  };
  static constexpr usize kRanges = 8;

  u64 magic = kMagic;
  s32 tid = 0;
  u32 machine = 0;  // EM_*: whose registers they are
  u64 cpu = 0;      // the thread's CpuState
  u64 actions = 0;  // its SignalAction of signal 0, those of the others after it
  Text exe, auxv;   // what /proc/self/exe and /proc/self/auxv say

  // --- what the tracer has said
  struct Control {
    u32 traced = 0;  // it is there
    u32 seized = 0;
    u32 options = 0;  // PTRACE_O_*, of the guest's
    Mode mode = Mode::Run;
    s32 signal = 0;                   // to be delivered when the stop is left
    u32 exit_reported = 0;            // of the system call that is being made
    u32 changed = 0;                  // which of what is below the tracer has written
    Command command = Command::None;  // to be served by the stopped thread
    siginfo_t info{};                 // of `signal`
    u64 range_count = 0;              // code in these has been written
    Range ranges[kRanges]{};
  } control;

  // --- where the thread is
  Stop stop = Stop::None;
  u32 event = 0;       // PTRACE_EVENT_*
  u64 message = 0;     // PTRACE_GETEVENTMSG
  siginfo_t info{};    // of a signal
  s64 number = -1;     // of the system call, -1 outside of one
  u64 arguments[6]{};  // as it was entered
  u32 nudged = 0;      // a nudge has come
  u32 dying = 0;       // by a signal that the tracer has seen already
  u32 slow = 0;        // a step, a breakpoint or a watchpoint: instructions are looked at one by one
  u32 reserved = 0;
  u64 reply = 0, reply_size = 0;  // the answer to `command`

  // --- its registers, while it is stopped
  GuestRegisters regs{};
  SignalSet blocked = 0;
  DebugRegister watchpoints[kWatchpoints], breakpoints[kBreakpoints];
};

// sival_ptr of the SIGTRAP that asks a thread to stop.
constexpr u64 kNudge = 0x7665'6e65'6572'4e64;

}  // namespace veneer
