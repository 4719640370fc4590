// The ABI of riscv64: arch/riscv/kernel/signal.c, cpu.c; include/uapi/asm/sigcontext.h, ucontext.h, ptrace.h.
#include <elf.h>
#include <linux/audit.h>
#include <cerrno>
#include <cstddef>
#include <cstring>

#include "base/errors.h"
#include "isa/riscv64/registers.h"
#include "isa/riscv64/vector_type.h"
#include "program/abi.h"
#include "program/guest_memory.h"
#include "program/signal_frame.h"
#include "program/vdso.h"
#include "program/vector_frame.h"
#include "translate/interp/eval.h"

namespace veneer {
namespace {

constexpr GuestAddr kAddressLimit = u64{1} << 47;  // TASK_SIZE with Sv48

struct FpState {
  u64 f[32];
  u32 fcsr;
  u32 unused[64];  // the union's largest is the one of Q
  u32 reserved;    // struct __riscv_extra_ext_header: zero
  ContextHeader more;
};

struct SignalContext {
  u64 pc;
  u64 x[31];  // from ra on
  alignas(16) FpState fp;
};

using Context = GuestContext<SignalContext>;
using Frame = SignalFrame<SignalContext>;

static_assert(sizeof(FpState) == 528 && offsetof(SignalContext, fp) == 256);
static_assert(offsetof(Context, machine) == 176 && sizeof(Frame) == 128 + 176 + 784);

// fflags are FPSR's in the opposite order (Unprivileged ISA 20.2).
u32 reversed(u32 five) {
  u32 out = 0;
  for (unsigned i = 0; i < 5; ++i) out |= (five >> i & 1) << (4 - i);
  return out;
}
u32 fcsr_of(u32 fpcr, u32 fpsr) {
  return reversed(fpsr & 31) | (fpcr >> fpcr::kFrmShift & 7) << 5;
}
u32 fpsr_of(u32 fcsr) {
  return reversed(fcsr & 31);
}
u32 fpcr_of(u32 fcsr) {
  const u32 frm = fcsr >> 5 & 7;
  return rv64::kFpcr | frm << fpcr::kFrmShift | ((4 - frm) & 3) << fpcr::kRModeShift |
         (frm & 4 ? fpcr::kRoundAway : 0);
}

bool build_frame(Thread& thread, const siginfo_t& info, const SignalAction& action, SignalSet blocked,
                 GuestAddr sp) {
  CpuState& cpu = thread.cpu;
  const SignalState& s = thread.signals;
  const usize more = cpu.wide_bytes ? vector_frame_size(cpu.wide_bytes) : 0;
  const GuestAddr frame = (sp - sizeof(Frame) - more) & ~GuestAddr{15};
  if (frame >= kAddressLimit) return false;
  Frame out{};
  out.info = info;
  out.context.stack = {s.alt_stack, s.alt_flags, 0, s.alt_size};
  out.context.mask = blocked;
  SignalContext& machine = out.context.machine;
  machine.pc = cpu.pc;
  for (unsigned r = 1; r < 32; ++r) machine.x[r - 1] = cpu.x[rv64::kSlots[r]];
  for (unsigned r = 0; r < 32; ++r) machine.fp.f[r] = cpu.v[r].d[0];
  machine.fp.fcsr = fcsr_of(cpu.fpcr, static_cast<u32>(interp::read_fpsr(cpu)));
  if (!save_vectors(cpu, frame + sizeof(Frame), machine.fp.more) || !write_guest(frame, out)) return false;

  cpu.x[0] = static_cast<u64>(info.si_signo);
  cpu.x[1] = frame;
  cpu.x[2] = frame + offsetof(Frame, context);
  cpu.x[30] = thread.process.sigreturn;
  cpu.x[31] = frame;
  cpu.pc = action.handler;
  return true;
}

bool restore_frame(Thread& thread, SignalSet& blocked) {
  CpuState& cpu = thread.cpu;
  const GuestAddr frame = cpu.x[31];
  Context context;
  if (frame >= kAddressLimit || !read_guest(frame + offsetof(Frame, context), context)) return false;
  const SignalContext& machine = context.machine;
  if (machine.fp.reserved != 0 || !restore_vectors(cpu, frame + sizeof(Frame), machine.fp.more)) return false;
  cpu.pc = machine.pc & ~u64{1};
  for (unsigned r = 1; r < 32; ++r) cpu.x[rv64::kSlots[r]] = machine.x[r - 1];
  for (unsigned r = 0; r < 32; ++r) {
    cpu.v[r] = {};
    cpu.v[r].d[0] = machine.fp.f[r];
  }
  interp::write_fpsr(cpu, fpsr_of(machine.fp.fcsr) | (interp::read_fpsr(cpu) & fpsr::kQC));  // vxsat stays
  interp::write_fpcr(cpu, fpcr_of(machine.fp.fcsr));
  cpu.monitor.size = 0;
  blocked = context.mask;
  // Errors are ignored, as the kernel does (restore_altstack).
  set_alt_stack(thread.signals, cpu.x[31], context.stack.sp, context.stack.flags, context.stack.size,
                kRiscv64Abi.min_alt_stack);
  return true;
}

// --- register sets: uapi/asm/ptrace.h

struct UserRegs {  // struct user_regs_struct
  u64 pc;
  u64 x[31];  // from ra on
};
struct UserFpRegs {  // struct __riscv_d_ext_state
  u64 f[32];
  u32 fcsr, padding;
};
static_assert(sizeof(UserRegs) == 256 && sizeof(UserFpRegs) == 264);

usize get_general(const GuestRegisters& from, void* out) {
  UserRegs regs{};
  regs.pc = from.pc;
  for (unsigned r = 1; r < 32; ++r) regs.x[r - 1] = from.x[rv64::kSlots[r]];
  std::memcpy(out, &regs, sizeof regs);
  return sizeof regs;
}
bool set_general(GuestRegisters& to, const void* in) {
  UserRegs regs;
  std::memcpy(&regs, in, sizeof regs);
  to.pc = regs.pc & ~u64{1};  // as sepc keeps it (Privileged ISA 12.1.7)
  for (unsigned r = 1; r < 32; ++r) to.x[rv64::kSlots[r]] = regs.x[r - 1];
  return true;
}
usize get_floating(const GuestRegisters& from, void* out) {
  UserFpRegs fp{};
  for (unsigned r = 0; r < 32; ++r) fp.f[r] = from.v[r].d[0];
  fp.fcsr = fcsr_of(from.fpcr, from.fpsr);
  std::memcpy(out, &fp, sizeof fp);
  return sizeof fp;
}
bool set_floating(GuestRegisters& to, const void* in) {
  UserFpRegs fp;
  std::memcpy(&fp, in, sizeof fp);
  for (unsigned r = 0; r < 32; ++r) to.v[r].d[0] = fp.f[r];
  to.fpcr = fpcr_of(fp.fcsr);
  to.fpsr = fpsr_of(fp.fcsr) | (to.fpsr & fpsr::kQC);  // vxsat
  return true;
}

// struct __riscv_v_regset_state, and the registers behind it.
struct UserVectors {
  u64 vstart, vl, vtype, vcsr, vlenb;
};
usize get_vectors(const GuestRegisters& from, void* out) {
  if (from.wide_bytes == 0) return 0;
  const UserVectors state{.vstart = from.control[rv64::kVstart],
                          .vl = from.control[rv64::kVl],
                          .vtype = from.control[rv64::kVtype],
                          .vcsr = from.control[rv64::kVxrm] << 1 | u64{(from.fpsr & fpsr::kQC) != 0},
                          .vlenb = from.wide_bytes};
  const usize size = usize{32} * from.wide_bytes;
  std::memcpy(out, &state, sizeof state);
  std::memcpy(static_cast<u8*>(out) + sizeof state, from.wide, size);
  return sizeof state + size;
}
// vtype and vl are such as vsetvl leaves them.
bool set_vectors(GuestRegisters& to, const void* in) {
  UserVectors state;
  std::memcpy(&state, in, sizeof state);
  const auto type = rv64::VectorMode::of_vtype(state.vtype);
  if (state.vlenb != to.wide_bytes || state.vstart >= u64{to.wide_bytes} * 8 || state.vcsr >> 3) return false;
  if (type.ill() ? state.vtype != rv64::kVill || state.vl != 0 : state.vl > type.vlmax(to.wide_bytes))
    return false;
  to.control[rv64::kVstart] = state.vstart;
  to.control[rv64::kVl] = state.vl;
  to.control[rv64::kVtype] = state.vtype;
  to.control[rv64::kVxrm] = state.vcsr >> 1;
  to.mode = rv64::VectorMode::of(state.vtype, state.vl, state.vstart, to.wide_bytes).bits();
  to.fpsr = (to.fpsr & ~fpsr::kQC) | (state.vcsr & 1 ? fpsr::kQC : 0);
  std::memcpy(to.wide, static_cast<const u8*>(in) + sizeof state, usize{32} * to.wide_bytes);
  return true;
}
static_assert(RegisterSet::kMost >= sizeof(UserVectors) + sizeof(GuestRegisters::wide));

constexpr u32 kVectorSet = 0x901;  // NT_RISCV_VECTOR

constexpr RegisterSet kRegisterSets[] = {
    {NT_PRSTATUS, sizeof(u64), kGeneralPart, get_general, set_general},
    {NT_FPREGSET, sizeof(u64), kFloatingPart, get_floating, set_floating},
    {kVectorSet, sizeof(u32), kFloatingPart | kWidePart, get_vectors, set_vectors},
};

// Of what is not aligned the kernel tells where the instruction is, not what it accesses
// (arch/riscv/kernel/traps.c, do_trap_misaligned).
void describe_exception(Thread& thread, GuestException what, bool /*was_write*/, siginfo_t& info) {
  if (what == GuestException::Access && info.si_signo == SIGBUS && info.si_code == BUS_ADRALN)
    info.si_addr = reinterpret_cast<void*>(thread.cpu.pc);  // NOLINT: an address to report
}

std::string cpu_info(const GuestPlatform& platform, int cpu) {
  return format("processor\t: %d\nhart\t\t: %d\nisa\t\t: %.*s\nmmu\t\t: sv48\n\n", cpu, cpu,
                static_cast<int>(platform.cpu_features.size()), platform.cpu_features.data());
}

}  // namespace

const GuestAbi kRiscv64Abi = {
    .machine = "riscv64",
    .elf_machine = EM_RISCV,
    .audit_arch = AUDIT_ARCH_RISCV64,
    .tells_platform = false,
    .thread_pointer = rv64::kSlots[rv64::kTp],
    .initial_fpcr = rv64::kFpcr,
    .arm_open_flags = false,
    .has_restorer = false,
    .has_renameat = false,
    .tagged_addresses = false,
    .shadow_stack_error = ENOSYS,
    .min_signal_stack = sizeof(Frame) + 16 + vector_frame_size(32),
    .min_alt_stack = 2048,
    .vdso = &kRiscv64Vdso,
    .vdso_sigreturn = kVdsoSigreturn,
    .register_sets = kRegisterSets,
    .debug_registers = false,
    .single_step = false,
    .tells_caches = true,
    // arch/riscv/kernel/traps.c, do_trap_ecall_u.
    .calls = {.mark = -1, .number = rv64::kSlots[rv64::kNumber], .result_first = true, .can_emulate = false},
    .describe_exception = describe_exception,
    .build_signal_frame = build_frame,
    .restore_signal_frame = restore_frame,
    .cpu_info = cpu_info,
    .lost_by_syscalls = [](CpuState& cpu) { rv64::configure(cpu, rv64::kVill, 0); },
};

}  // namespace veneer
