#include "program/signal_frame.h"

#include <cerrno>
#include <cstddef>
#include <cstring>

#include "program/guest_memory.h"
#include "translate/interp/eval.h"

namespace veneer {
namespace {

constexpr u32 kFpsimdMagic = 0x46508001, kEsrMagic = 0x45535201, kExtraMagic = 0x45585401;
constexpr int kAutoDisarm = static_cast<int>(1u << 31);  // SS_AUTODISARM
constexpr u64 kMinStack = 5120;                          // MINSIGSTKSZ
constexpr u64 kRestorerFlag = 0x04000000;                // SA_RESTORER
constexpr u64 kExposeTagBits = 0x00000800;               // SA_EXPOSE_TAGBITS
constexpr GuestAddr kAddressLimit = u64{1} << 48;        // TASK_SIZE

// PSTATE in a frame (Arm ARM C5.2.19, SPSR_EL1): bits that are zero in it, and those that EL0 must not set.
constexpr u64 kReservedPstate = 0xffffffff'0cdfe020;
constexpr u64 kPrivilegedPstate = 0x3df;  // D, A, I, F, M[4:0]

struct Record {
  u32 magic, size;
};

struct FpsimdContext {
  Record head;
  u32 fpsr, fpcr;
  Vec v[32];
};

struct EsrContext {
  Record head;
  u64 esr;
};

struct GuestStack {
  u64 sp;
  s32 flags;
  u32 padding;
  u64 size;
};

struct SignalContext {
  u64 fault_address;
  u64 regs[31];
  u64 sp, pc, pstate;
  alignas(16) u8 records[4096];
};

struct GuestContext {
  u64 flags, link;
  GuestStack stack;
  SignalSet mask;
  u8 unused[120];
  alignas(16) SignalContext machine;
};

struct SignalFrame {
  siginfo_t info;
  GuestContext context;
};

struct FrameRecord {
  u64 fp, lr;
};

static_assert(sizeof(FpsimdContext) == 528 && sizeof(siginfo_t) == 128);
static_assert(offsetof(GuestContext, machine) == 176 && offsetof(SignalContext, records) == 288);
static_assert(sizeof(SignalFrame) == 4688);

bool on_alt_stack(const SignalState& s, GuestAddr sp) {
  if (s.alt_flags & kAutoDisarm) return false;
  return sp > s.alt_stack && sp - s.alt_stack <= s.alt_size;
}

// The records are mostly unused: only what is used is written.
bool write_frame(Thread& thread, GuestAddr at, const siginfo_t* info, SignalSet blocked) {
  const CpuState& cpu = thread.cpu;
  const SignalState& s = thread.signals;

  GuestContext context;
  std::memset(&context, 0, offsetof(GuestContext, machine.records));
  context.stack = {s.alt_stack, s.alt_flags, 0, s.alt_size};
  context.mask = blocked;
  SignalContext& machine = context.machine;
  machine.fault_address = s.fault_address;
  std::memcpy(machine.regs, cpu.x, sizeof machine.regs);
  machine.sp = cpu.x[31];
  machine.pc = cpu.pc;
  machine.pstate = Nzcv::to_arm(cpu.nzcv);

  u8* record = machine.records;
  FpsimdContext fp;
  fp.head = {kFpsimdMagic, sizeof fp};
  fp.fpsr = static_cast<u32>(interp::read_fpsr(cpu));
  fp.fpcr = cpu.fpcr;
  std::memcpy(fp.v, cpu.v, sizeof fp.v);
  std::memcpy(record, &fp, sizeof fp);
  record += sizeof fp;
  if (s.esr != 0) {
    EsrContext esr{{kEsrMagic, sizeof esr}, s.esr};
    std::memcpy(record, &esr, sizeof esr);
    record += sizeof esr;
  }
  Record end{0, 0};
  std::memcpy(record, &end, sizeof end);
  record += sizeof end;

  if (info && !write_guest(at, *info)) return false;
  auto size = static_cast<usize>(record - reinterpret_cast<u8*>(&context));
  return copy_to_guest(at + offsetof(SignalFrame, context), &context, size);
}

// The FP registers among the records; false when these are not as a kernel without SVE writes or accepts them.
bool find_fp_state(const u8* records, usize limit, FpsimdContext& out) {
  bool found = false;
  usize at = 0;
  while (limit - at >= sizeof(Record)) {
    Record head;
    std::memcpy(&head, records + at, sizeof head);
    if (at % 16 != 0) return false;
    switch (head.magic) {
      case 0: return head.size == 0 && found;
      case kFpsimdMagic:
        if (found || head.size != sizeof out || limit - at < sizeof out) return false;
        std::memcpy(&out, records + at, sizeof out);
        found = true;
        break;
      case kEsrMagic: break;
      case kExtraMagic:  // holds only what a frame of this size has room for
      default: return false;
    }
    if (head.size < sizeof head || limit - at < head.size) return false;
    at += head.size;
  }
  return false;
}

}  // namespace

int alt_stack_state(const SignalState& signals, GuestAddr sp) {
  if (signals.alt_size == 0) return SS_DISABLE;
  return on_alt_stack(signals, sp) ? SS_ONSTACK : 0;
}

s64 set_alt_stack(SignalState& s, GuestAddr sp, GuestAddr stack, int flags, u64 size) {
  if (on_alt_stack(s, sp)) return -EPERM;
  int mode = flags & ~kAutoDisarm;
  if (mode != SS_DISABLE && mode != SS_ONSTACK && mode != 0) return -EINVAL;
  if (mode == SS_DISABLE) {
    stack = size = 0;
  } else if (size < kMinStack && !(s.alt_stack == stack && s.alt_size == size && s.alt_flags == flags)) {
    return -ENOMEM;
  }
  s.alt_stack = stack;
  s.alt_size = size;
  s.alt_flags = flags;
  return 0;
}

bool build_signal_frame(Thread& thread, const siginfo_t& info, const SignalAction& action, SignalSet blocked) {
  CpuState& cpu = thread.cpu;
  SignalState& s = thread.signals;
  GuestAddr sp = cpu.x[31];
  if ((action.flags & SA_ONSTACK) && alt_stack_state(s, sp) == 0) sp = s.alt_stack + s.alt_size;
  GuestAddr record = ((sp - sizeof(FrameRecord)) & ~GuestAddr{15});
  GuestAddr frame = record - sizeof(SignalFrame);
  if (frame >= kAddressLimit || record >= kAddressLimit) return false;

  siginfo_t shown = info;
  if (info.si_code > 0 && (signal_bit(info.si_signo) & kSynchronous) && !(action.flags & kExposeTagBits)) {
    // Untagged by sign extension from bit 55.
    auto addr = reinterpret_cast<u64>(info.si_addr);
    shown.si_addr = reinterpret_cast<void*>(static_cast<u64>(static_cast<s64>(addr << 8) >> 8));
  }
  bool with_info = action.flags & SA_SIGINFO;
  if (!write_guest(record, FrameRecord{cpu.x[29], cpu.x[30]})) return false;
  if (!write_frame(thread, frame, with_info ? &shown : nullptr, blocked)) return false;

  cpu.x[0] = static_cast<u64>(info.si_signo);
  if (with_info) {
    cpu.x[1] = frame;
    cpu.x[2] = frame + offsetof(SignalFrame, context);
  }
  cpu.x[29] = record;
  cpu.x[30] = action.flags & kRestorerFlag ? action.restorer : thread.process.sigreturn;
  cpu.x[31] = frame;
  cpu.pc = action.handler;
  if (s.alt_flags & kAutoDisarm) {
    s.alt_stack = s.alt_size = 0;
    s.alt_flags = SS_DISABLE;
  }
  return true;
}

bool restore_signal_frame(Thread& thread, SignalSet& blocked) {
  CpuState& cpu = thread.cpu;
  GuestAddr frame = cpu.x[31];
  if (frame % 16 != 0 || frame >= kAddressLimit) return false;
  GuestContext context;
  if (!read_guest(frame + offsetof(SignalFrame, context), context)) return false;
  const SignalContext& machine = context.machine;
  u64 pstate = machine.pstate & ~kReservedPstate;
  if (pstate & kPrivilegedPstate) return false;
  FpsimdContext fp;
  if (!find_fp_state(machine.records, sizeof machine.records, fp)) return false;

  std::memcpy(cpu.x, machine.regs, sizeof machine.regs);
  cpu.x[31] = machine.sp;
  cpu.pc = machine.pc;
  cpu.nzcv = Nzcv::from_arm(static_cast<u32>(pstate));
  std::memcpy(cpu.v, fp.v, sizeof fp.v);
  interp::write_fpsr(cpu, fp.fpsr);
  interp::write_fpcr(cpu, fp.fpcr);
  cpu.monitor.size = 0;
  blocked = context.mask;
  // Errors are ignored, as the kernel does (restore_altstack).
  set_alt_stack(thread.signals, cpu.x[31], context.stack.sp, context.stack.flags, context.stack.size);
  return true;
}

}  // namespace veneer
