// System instructions: hints, barriers, system registers, cache maintenance (Arm ARM C4.1.93).
#include <optional>

#include "isa/aarch64/features.h"
#include "isa/aarch64/lift.h"

namespace veneer::a64 {

namespace {

using ir::SysReg;

// op0 (its low bit), op1, CRn, CRm, op2, as in bits 19..5 of MRS and MSR.
constexpr u32 sys(unsigned op0, unsigned op1, unsigned crn, unsigned crm, unsigned op2) {
  return (op0 & 1) << 14 | op1 << 11 | crn << 7 | crm << 3 | op2;
}
constexpr u32 kNzcv = sys(3, 3, 4, 2, 0), kFpcr = sys(3, 3, 4, 4, 0), kFpsr = sys(3, 3, 4, 4, 1);
constexpr u32 kTpidr = sys(3, 3, 13, 0, 2), kTpidrro = sys(3, 3, 13, 0, 3);
constexpr u32 kCntfrq = sys(3, 3, 14, 0, 0), kCntvct = sys(3, 3, 14, 0, 2);
constexpr u32 kCtrEl0 = sys(3, 3, 0, 0, 1), kDczidEl0 = sys(3, 3, 0, 0, 7);

// What reads as a constant. The ID registers are those of the identification space (op0 3, op1 0, CRn 0), which
// Linux emulates for EL0 (arch/arm64/kernel/cpufeature.c): what it does not show reads as zero.
std::optional<u64> constant_register(const Features& features, u32 reg) {
  switch (reg) {
    case kCntfrq: return kCounterFrequency;
    case kCtrEl0: return kCtr;
    case kDczidEl0: return kDczid;
    case sys(3, 0, 0, 0, 0): return kMidr;
    case sys(3, 0, 0, 0, 5): return u64{1} << 31;                               // MPIDR
    case sys(3, 0, 0, 4, 0): return id_register(features, IdReg::Pfr0) | 0x11;  // EL0 and EL1 in AArch64
    case sys(3, 0, 0, 6, 0): return id_register(features, IdReg::Isar0);
    case sys(3, 0, 0, 6, 1): return id_register(features, IdReg::Isar1);
    default: break;
  }
  const bool id_space = (reg & ~u32{0x7f}) == sys(3, 0, 0, 0, 0);
  const unsigned crm = reg >> 3 & 0xf, op2 = reg & 7;
  if (id_space && ((crm >= 1 && crm <= 7) || (crm == 0 && op2 == 6))) return 0;
  return std::nullopt;
}

std::optional<SysReg> live_register(u32 reg) {
  switch (reg) {
    case kFpcr: return SysReg::Fpcr;
    case kFpsr: return SysReg::Fpsr;
    case kTpidr: return SysReg::ThreadPointer;
    case kTpidrro: return SysReg::ThreadPointerRo;
    case kCntvct: return SysReg::Counter;
    default: return std::nullopt;
  }
}

bool barrier(Lifter& l, Insn i) {
  // The low two bits of the option say which accesses: 01 loads, 10 stores, 11 all (00: reserved, as all).
  const unsigned types = i.bits(9, 8);
  const ir::Barrier kind = types == 1 ? ir::Barrier::Load : types == 2 ? ir::Barrier::Store : ir::Barrier::Full;
  l.b.emit(Op::Fence, Type::None, {}, static_cast<u64>(kind));
  return true;
}

}  // namespace

// Pointer authentication and BTI in the hint space do nothing on a core without them.
bool lift_HINT(Lifter&, Insn) {
  return true;
}

bool lift_CLREX(Lifter& l, Insn) {
  l.b.emit(Op::ClearExcl, Type::None);
  return true;
}
bool lift_DMB(Lifter& l, Insn i) {
  return barrier(l, i);
}
bool lift_DSB(Lifter& l, Insn i) {
  return barrier(l, i);
}
bool lift_ISB(Lifter& l, Insn) {
  l.b.branch(l.pc + 4, ir::BranchKind::Refetch);
  return true;
}

bool lift_MRS(Lifter& l, Insn i) {
  const u32 reg = i.bits(19, 5);
  if (reg == kNzcv) {
    l.set_r(i.rt(), l.b.emit(Op::FlagsUnpack, Type::I64, {l.b.get(ir::kRegNzcv, Type::Nzcv)}));
    return true;
  }
  if (auto value = constant_register(l.features(), reg)) {
    l.set_r(i.rt(), l.b.i64(*value));
    return true;
  }
  const auto live = live_register(reg);
  if (!live) return false;
  l.set_r(i.rt(), l.b.emit(Op::ReadSys, Type::I64, {}, static_cast<u64>(*live)));
  return true;
}

bool lift_MSR_reg(Lifter& l, Insn i) {
  const u32 reg = i.bits(19, 5);
  const Value v = l.x(i.rt());
  if (reg == kNzcv) {
    l.set_nzcv(l.b.emit(Op::FlagsPack, Type::Nzcv, {v}));
    return true;
  }
  const auto live = live_register(reg);
  if (!live || *live == SysReg::ThreadPointerRo || *live == SysReg::Counter) return false;
  const bool control = *live == SysReg::Fpcr;
  const Value written = control ? l.b.and_(v, l.b.i64(fpcr::kMask)) : v;
  l.b.emit(Op::WriteSys, Type::None, {written}, static_cast<u64>(*live));
  // The translation of FP code depends on FPCR.
  if (control) l.b.branch(l.pc + 4);
  return true;
}

bool lift_DC_ZVA(Lifter& l, Insn i) {
  const Value line = l.b.and_(l.addr(l.x(i.rt())), l.b.i64(~u64{kCacheLine - 1}));
  const Value zero = l.b.vconst(0, true);
  for (unsigned at = 0; at < kCacheLine; at += 16) l.b.store_v(line, zero, at);
  return true;
}
// The host's data caches are coherent with its instruction fetches and its memory.
bool lift_DC_CVAC(Lifter&, Insn) {
  return true;
}
bool lift_DC_CVAU(Lifter&, Insn) {
  return true;
}
bool lift_DC_CVAP(Lifter&, Insn) {
  return true;
}
bool lift_DC_CIVAC(Lifter&, Insn) {
  return true;
}
bool lift_IC_IVAU(Lifter& l, Insn i) {
  l.b.emit(Op::IcInvalidate, Type::None, {l.addr(l.x(i.rt()))});
  return true;
}

}  // namespace veneer::a64
