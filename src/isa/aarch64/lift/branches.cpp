// Branches and exception generation, Arm ARM C4.1.93.
#include "isa/aarch64/lift.h"

namespace veneer::a64 {

namespace {

GuestAddr target26(Lifter& l, Insn i) {
  return l.pc + static_cast<u64>(i.sbits(25, 0)) * 4;
}
GuestAddr target19(Lifter& l, Insn i) {
  return l.pc + static_cast<u64>(i.sbits(23, 5)) * 4;
}
GuestAddr target14(Lifter& l, Insn i) {
  return l.pc + static_cast<u64>(i.sbits(18, 5)) * 4;
}

bool compare_branch(Lifter& l, Insn i, Op op) {
  const Value zero = l.b.constant(Lifter::gtype(i.sf()), 0);
  l.b.branch_cond(l.b.emit(op, Lifter::gtype(i.sf()), {l.r(i.sf(), i.rt()), zero}), target19(l, i));
  return true;
}

Value tested_bit(Lifter& l, Insn i) {
  const unsigned bit = (i.bit(31) ? 32 : 0) | i.bits(23, 19);
  return l.b.emit(Op::TestBit, Type::I64, {l.x(i.rt())}, bit);
}

void link(Lifter& l) {
  l.set_r(30, l.b.i64(l.pc + 4));
}

}  // namespace

bool lift_B(Lifter& l, Insn i) {
  l.b.branch(target26(l, i));
  return true;
}
bool lift_BL(Lifter& l, Insn i) {
  link(l);
  l.b.branch(target26(l, i), ir::BranchKind::Call);
  return true;
}
bool lift_B_cond(Lifter& l, Insn i) {
  const auto cond = static_cast<ir::Cond>(i.bits(3, 0));
  if (cond == ir::Cond::AL || cond == ir::Cond::NV) {
    l.b.branch(target19(l, i));
  } else {
    l.b.branch_cond(l.b.cond(cond), target19(l, i));
  }
  return true;
}
bool lift_CBZ(Lifter& l, Insn i) {
  return compare_branch(l, i, Op::CmpEq);
}
bool lift_CBNZ(Lifter& l, Insn i) {
  return compare_branch(l, i, Op::CmpNe);
}
bool lift_TBNZ(Lifter& l, Insn i) {
  l.b.branch_cond(tested_bit(l, i), target14(l, i));
  return true;
}
bool lift_TBZ(Lifter& l, Insn i) {
  const Value bit = tested_bit(l, i);
  l.b.branch_cond(l.b.emit(Op::BoolNot, Type::I1, {bit}), target14(l, i));
  return true;
}
bool lift_BR(Lifter& l, Insn i) {
  l.b.branch_ind(l.x(i.rn()), ir::BranchKind::Jump);
  return true;
}
bool lift_BLR(Lifter& l, Insn i) {
  const Value target = l.x(i.rn());
  link(l);
  l.b.branch_ind(target, ir::BranchKind::Call);
  return true;
}
bool lift_RET(Lifter& l, Insn i) {
  l.b.branch_ind(l.x(i.rn()), ir::BranchKind::Return);
  return true;
}
bool lift_SVC(Lifter& l, Insn i) {
  l.b.syscall(i.bits(20, 5));
  return true;
}
bool lift_BRK(Lifter& l, Insn i) {
  l.b.trap(ir::TrapKind::Breakpoint, i.bits(20, 5));
  return true;
}

}  // namespace veneer::a64
