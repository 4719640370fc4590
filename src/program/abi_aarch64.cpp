// The ABI of arm64: arch/arm64/kernel/signal.c, cpuinfo.c; include/uapi/asm.
#include <elf.h>
#include <linux/audit.h>
#include <cerrno>
#include <cstddef>
#include <cstring>

#include "base/errors.h"
#include "program/abi.h"
#include "program/guest_memory.h"
#include "program/signal_frame.h"
#include "program/vdso.h"
#include "translate/interp/eval.h"

namespace veneer {
namespace {

constexpr u32 kFpsimdMagic = 0x46508001, kEsrMagic = 0x45535201, kExtraMagic = 0x45585401;
constexpr u64 kRestorerFlag = 0x04000000;          // SA_RESTORER
constexpr u64 kExposeTagBits = 0x00000800;         // SA_EXPOSE_TAGBITS
constexpr GuestAddr kAddressLimit = u64{1} << 48;  // TASK_SIZE

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

struct SignalContext {
  u64 fault_address;
  u64 regs[31];
  u64 sp, pc, pstate;
  alignas(16) u8 records[4096];
};

using Context = GuestContext<SignalContext>;
using Frame = SignalFrame<SignalContext>;

struct FrameRecord {
  u64 fp, lr;
};

static_assert(sizeof(FpsimdContext) == 528 && sizeof(siginfo_t) == 128);
static_assert(offsetof(Context, machine) == 176 && offsetof(SignalContext, records) == 288);
static_assert(sizeof(Frame) == 4688);

// The records are mostly unused: only what is used is written.
bool write_frame(Thread& thread, GuestAddr at, const siginfo_t* info, SignalSet blocked) {
  const CpuState& cpu = thread.cpu;
  const SignalState& s = thread.signals;

  Context context;
  std::memset(&context, 0, offsetof(Context, machine.records));
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
  return copy_to_guest(at + offsetof(Frame, context), &context, size);
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

bool build_frame(Thread& thread, const siginfo_t& info, const SignalAction& action, SignalSet blocked,
                 GuestAddr sp) {
  CpuState& cpu = thread.cpu;
  GuestAddr record = ((sp - sizeof(FrameRecord)) & ~GuestAddr{15});
  GuestAddr frame = record - sizeof(Frame);
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
    cpu.x[2] = frame + offsetof(Frame, context);
  }
  cpu.x[29] = record;
  cpu.x[30] = action.flags & kRestorerFlag ? action.restorer : thread.process.sigreturn;
  cpu.x[31] = frame;
  cpu.pc = action.handler;
  return true;
}

bool restore_frame(Thread& thread, SignalSet& blocked) {
  CpuState& cpu = thread.cpu;
  GuestAddr frame = cpu.x[31];
  if (frame % 16 != 0 || frame >= kAddressLimit) return false;
  Context context;
  if (!read_guest(frame + offsetof(Frame, context), context)) return false;
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
  set_alt_stack(thread.signals, cpu.x[31], context.stack.sp, context.stack.flags, context.stack.size,
                kAarch64Abi.min_alt_stack);
  return true;
}

// --- register sets: uapi/asm/ptrace.h

struct UserRegs {  // struct user_pt_regs
  u64 x[31], sp, pc, pstate;
};
struct UserFpRegs {  // struct user_fpsimd_state
  Vec v[32];
  u32 fpsr, fpcr;
  u32 reserved[2];
};
static_assert(sizeof(UserRegs) == 272 && sizeof(UserFpRegs) == 528);

usize get_general(const GuestRegisters& from, void* out) {
  UserRegs regs{};
  std::memcpy(regs.x, from.x, sizeof regs.x);
  regs.sp = from.x[31];
  regs.pc = from.pc;
  regs.pstate = from.flags;
  std::memcpy(out, &regs, sizeof regs);
  return sizeof regs;
}
bool set_general(GuestRegisters& to, const void* in) {
  UserRegs regs;
  std::memcpy(&regs, in, sizeof regs);
  std::memcpy(to.x, regs.x, sizeof regs.x);
  to.x[31] = regs.sp;
  to.pc = regs.pc;
  to.flags = regs.pstate;
  return true;
}
usize get_floating(const GuestRegisters& from, void* out) {
  UserFpRegs fp{};
  std::memcpy(fp.v, from.v, sizeof fp.v);
  fp.fpsr = from.fpsr;
  fp.fpcr = from.fpcr;
  std::memcpy(out, &fp, sizeof fp);
  return sizeof fp;
}
bool set_floating(GuestRegisters& to, const void* in) {
  UserFpRegs fp;
  std::memcpy(&fp, in, sizeof fp);
  std::memcpy(to.v, fp.v, sizeof fp.v);
  to.fpsr = fp.fpsr;
  to.fpcr = fp.fpcr & fpcr::kMask;
  return true;
}
usize get_tls(const GuestRegisters& from, void* out) {
  std::memcpy(out, &from.tls, sizeof from.tls);
  return sizeof from.tls;
}
bool set_tls(GuestRegisters& to, const void* in) {
  std::memcpy(&to.tls, in, sizeof to.tls);
  return true;
}

constexpr u32 kTlsSet = 0x401;  // NT_ARM_TLS
constexpr RegisterSet kRegisterSets[] = {
    {NT_PRSTATUS, sizeof(u64), kGeneralPart, get_general, set_general},
    {NT_FPREGSET, sizeof(u32), kFloatingPart, get_floating, set_floating},
    {kTlsSet, sizeof(u64), kTlsPart, get_tls, set_tls},
};

// --- exceptions

// ESR_EL1, Arm ARM D24.2.40.
namespace esr {
constexpr u64 kInstructionAbort = u64{0x20} << 26, kPcAlignment = u64{0x22} << 26, kDataAbort = u64{0x24} << 26;
constexpr u64 kIl = 1 << 25;  // a 32-bit instruction
constexpr u64 kWnR = 1 << 6;  // the access was a write
constexpr u64 kTranslation0 = 0x04, kTranslation3 = 0x07, kPermission3 = 0x0f,
              kAlignment = 0x21;  // fault status
}  // namespace esr

u64 fault_status(const siginfo_t& info) {
  if (info.si_signo == SIGSEGV && info.si_code == SEGV_ACCERR) return esr::kPermission3;
  if (info.si_signo == SIGBUS && info.si_code == BUS_ADRALN) return esr::kAlignment;
  // Of what an address names nothing: the kernel does not tell how far its own half is mapped.
  return reinterpret_cast<u64>(info.si_addr) >> 55 & 1 ? esr::kTranslation0 : esr::kTranslation3;
}

void describe_exception(Thread& thread, GuestException what, bool was_write, siginfo_t& info) {
  SignalState& s = thread.signals;
  const auto address = reinterpret_cast<u64>(info.si_addr);
  switch (what) {
    case GuestException::Breakpoint: return;  // as the last exception left it
    case GuestException::Undefined:           // arm64_notify_die without a syndrome
      s.fault_address = s.esr = 0;
      return;
    case GuestException::Fetch:
      s.fault_address = address;
      s.esr = esr::kInstructionAbort | esr::kIl | fault_status(info);
      return;
    case GuestException::FetchAlignment:
      s.fault_address = 0;
      s.esr = esr::kPcAlignment | esr::kIl;
      return;
    case GuestException::Access:
      s.fault_address = address;
      s.esr = esr::kDataAbort | esr::kIl | (was_write ? esr::kWnR : 0) | fault_status(info);
      return;
  }
}

std::string cpu_info(const GuestPlatform& platform, int cpu) {
  std::string out = format("processor\t: %d\nBogoMIPS\t: 50.00\nFeatures\t: %.*s\n", cpu,
                           static_cast<int>(platform.cpu_features.size()), platform.cpu_features.data());
  out += format("CPU implementer\t: 0x%02x\nCPU architecture: 8\nCPU variant\t: 0x%x\n", platform.midr >> 24,
                platform.midr >> 20 & 15);
  return out +
         format("CPU part\t: 0x%03x\nCPU revision\t: %u\n\n", platform.midr >> 4 & 0xfff, platform.midr & 15);
}

}  // namespace

const GuestAbi kAarch64Abi = {
    .machine = "aarch64",
    .elf_machine = EM_AARCH64,
    .audit_arch = AUDIT_ARCH_AARCH64,
    .tells_platform = true,
    .thread_pointer = -1,
    .initial_fpcr = 0,
    .arm_open_flags = true,
    .has_restorer = true,
    .has_renameat = true,
    .tagged_addresses = true,
    .shadow_stack_error = EOPNOTSUPP,
    // struct rt_sigframe without SVE state, a frame record, and alignment (minsigstksz_setup).
    .min_signal_stack = sizeof(Frame) + sizeof(FrameRecord) + 16,
    .min_alt_stack = 5120,
    .vdso = &kAarch64Vdso,
    .vdso_sigreturn = kVdsoSigreturn,
    .register_sets = kRegisterSets,
    .debug_registers = true,
    .single_step = true,
    .tells_caches = false,
    // x7: arch/arm64/kernel/ptrace.c, report_syscall_entry.
    .calls = {.mark = 7, .number = -1, .result_first = false, .can_emulate = true},
    .describe_exception = describe_exception,
    .build_signal_frame = build_frame,
    .restore_signal_frame = restore_frame,
    .cpu_info = cpu_info,
    .lost_by_syscalls = nullptr,
};

}  // namespace veneer
