// Data processing (register), Arm ARM C4.1.95: arithmetic and logic.
#include "isa/aarch64/lift.h"
#include "isa/aarch64/lift/operands.h"

namespace veneer::a64 {

namespace {

bool shift_reserved(Insn i) {
  return !i.sf() && i.bit(15);
}
Value shifted(Lifter& l, Insn i) {
  return shift_value(l, l.r(i.sf(), i.rm()), i.bits(23, 22), i.bits(15, 10));
}

bool logical(Lifter& l, Insn i, Op op) {
  if (shift_reserved(i)) return false;
  const Value y = shifted(l, i);
  // MOV and MVN (register).
  if (op == Op::Or && i.rn() == 31) {
    l.set_r(i.rd(), y);
  } else if (op == Op::OrNot && i.rn() == 31) {
    l.set_r(i.rd(), l.b.un(Op::Not, y));
  } else {
    l.set_r(i.rd(), l.b.bin(op, l.r(i.sf(), i.rn()), y));
  }
  return true;
}

bool logical_flags(Lifter& l, Insn i, Op op) {
  if (shift_reserved(i)) return false;
  const Value y = shifted(l, i);
  const Value result = l.b.bin(op, l.r(i.sf(), i.rn()), y);
  l.set_r(i.rd(), result);
  l.set_nzcv(l.b.flags(Op::FlagsLogic, result));
  return true;
}

void arithmetic(Lifter& l, unsigned rd, Value x, Value y, Op op, Op flags) {
  if (rd != 31) l.set_r(rd, l.b.bin(op, x, y));
  l.set_nzcv(l.b.flags(flags, x, y));
}

bool add_sub_shifted(Lifter& l, Insn i, Op op) {
  if (shift_reserved(i) || i.bits(23, 22) == 3) return false;
  const Value y = shifted(l, i);
  // NEG.
  if (op == Op::Sub && i.rn() == 31) {
    l.set_r(i.rd(), l.b.un(Op::Neg, y));
  } else {
    l.set_r(i.rd(), l.b.bin(op, l.r(i.sf(), i.rn()), y));
  }
  return true;
}
bool add_sub_shifted_flags(Lifter& l, Insn i, Op op, Op flags) {
  if (shift_reserved(i) || i.bits(23, 22) == 3) return false;
  arithmetic(l, i.rd(), l.r(i.sf(), i.rn()), shifted(l, i), op, flags);
  return true;
}

bool extend_reserved(Insn i) {
  return i.bits(12, 10) > 4;
}
Value extended(Lifter& l, Insn i) {
  return extend_register(l, i.sf(), i.rm(), i.bits(15, 13), i.bits(12, 10));
}

bool add_sub_extended(Lifter& l, Insn i, Op op) {
  if (extend_reserved(i)) return false;
  const Value x = l.r_sp(i.sf(), i.rn()), y = extended(l, i);
  l.set_r_sp(i.rd(), l.b.bin(op, x, y));
  return true;
}
bool add_sub_extended_flags(Lifter& l, Insn i, Op op, Op flags) {
  if (extend_reserved(i)) return false;
  const Value x = l.r_sp(i.sf(), i.rn()), y = extended(l, i);
  arithmetic(l, i.rd(), x, y, op, flags);
  return true;
}

bool with_carry(Lifter& l, Insn i, Op op, Op flags) {
  const Value x = l.r(i.sf(), i.rn()), y = l.r(i.sf(), i.rm()), c = l.b.cond(ir::Cond::CS);
  l.set_r(i.rd(), l.b.emit(op, Lifter::gtype(i.sf()), {x, y, c}));
  if (flags != Op::Count) l.set_nzcv(l.b.flags(flags, x, y, c));
  return true;
}

bool conditional_compare(Lifter& l, Insn i, Op flags, bool immediate) {
  const Value x = l.r(i.sf(), i.rn());
  const Value y = immediate ? l.b.constant(Lifter::gtype(i.sf()), i.bits(20, 16)) : l.r(i.sf(), i.rm());
  const Value otherwise = l.b.emit(Op::FlagsPack, Type::Nzcv, {l.b.i64(u64{i.bits(3, 0)} << 28)});
  const Value c = l.b.cond(static_cast<ir::Cond>(i.bits(15, 12)));
  const Value compared = l.b.flags(flags, x, y);
  l.set_nzcv(l.b.emit(Op::FlagsSelect, Type::Nzcv, {c, compared, otherwise}));
  return true;
}

bool conditional_select(Lifter& l, Insn i, Value otherwise) {
  const Value c = l.b.cond(static_cast<ir::Cond>(i.bits(15, 12)));
  l.set_r(i.rd(), l.b.select(c, l.r(i.sf(), i.rn()), otherwise));
  return true;
}

}  // namespace

bool lift_AND_shift(Lifter& l, Insn i) {
  return logical(l, i, Op::And);
}
bool lift_BIC_shift(Lifter& l, Insn i) {
  return logical(l, i, Op::AndNot);
}
bool lift_ORR_shift(Lifter& l, Insn i) {
  return logical(l, i, Op::Or);
}
bool lift_ORN_shift(Lifter& l, Insn i) {
  return logical(l, i, Op::OrNot);
}
bool lift_EOR_shift(Lifter& l, Insn i) {
  return logical(l, i, Op::Xor);
}
bool lift_EON_shift(Lifter& l, Insn i) {
  return logical(l, i, Op::XorNot);
}
bool lift_ANDS_shift(Lifter& l, Insn i) {
  return logical_flags(l, i, Op::And);
}
bool lift_BICS_shift(Lifter& l, Insn i) {
  return logical_flags(l, i, Op::AndNot);
}

bool lift_ADD_shift(Lifter& l, Insn i) {
  return add_sub_shifted(l, i, Op::Add);
}
bool lift_SUB_shift(Lifter& l, Insn i) {
  return add_sub_shifted(l, i, Op::Sub);
}
bool lift_ADDS_shift(Lifter& l, Insn i) {
  return add_sub_shifted_flags(l, i, Op::Add, Op::FlagsAdd);
}
bool lift_SUBS_shift(Lifter& l, Insn i) {
  return add_sub_shifted_flags(l, i, Op::Sub, Op::FlagsSub);
}
bool lift_ADD_ext(Lifter& l, Insn i) {
  return add_sub_extended(l, i, Op::Add);
}
bool lift_SUB_ext(Lifter& l, Insn i) {
  return add_sub_extended(l, i, Op::Sub);
}
bool lift_ADDS_ext(Lifter& l, Insn i) {
  return add_sub_extended_flags(l, i, Op::Add, Op::FlagsAdd);
}
bool lift_SUBS_ext(Lifter& l, Insn i) {
  return add_sub_extended_flags(l, i, Op::Sub, Op::FlagsSub);
}

bool lift_ADC(Lifter& l, Insn i) {
  return with_carry(l, i, Op::Adc, Op::Count);
}
bool lift_ADCS(Lifter& l, Insn i) {
  return with_carry(l, i, Op::Adc, Op::FlagsAdc);
}
bool lift_SBC(Lifter& l, Insn i) {
  return with_carry(l, i, Op::Sbc, Op::Count);
}
bool lift_SBCS(Lifter& l, Insn i) {
  return with_carry(l, i, Op::Sbc, Op::FlagsSbc);
}

bool lift_CCMN_reg(Lifter& l, Insn i) {
  return conditional_compare(l, i, Op::FlagsAdd, false);
}
bool lift_CCMP_reg(Lifter& l, Insn i) {
  return conditional_compare(l, i, Op::FlagsSub, false);
}
bool lift_CCMN_imm(Lifter& l, Insn i) {
  return conditional_compare(l, i, Op::FlagsAdd, true);
}
bool lift_CCMP_imm(Lifter& l, Insn i) {
  return conditional_compare(l, i, Op::FlagsSub, true);
}

bool lift_CSEL(Lifter& l, Insn i) {
  return conditional_select(l, i, l.r(i.sf(), i.rm()));
}
bool lift_CSINV(Lifter& l, Insn i) {
  return conditional_select(l, i, l.b.un(Op::Not, l.r(i.sf(), i.rm())));
}
bool lift_CSNEG(Lifter& l, Insn i) {
  return conditional_select(l, i, l.b.un(Op::Neg, l.r(i.sf(), i.rm())));
}
bool lift_CSINC(Lifter& l, Insn i) {
  const Value one = l.b.constant(Lifter::gtype(i.sf()), 1);
  // CSET: the condition is inverted in the encoding.
  if (i.rn() == 31 && i.rm() == 31) {
    const auto c = static_cast<ir::Cond>(i.bits(15, 12));
    if (c < ir::Cond::AL) {
      l.set_r(i.rd(), l.b.select(l.b.cond(ir::invert(c)), one, l.b.constant(Lifter::gtype(i.sf()), 0)));
      return true;
    }
  }
  return conditional_select(l, i, l.b.add(l.r(i.sf(), i.rm()), one));
}

}  // namespace veneer::a64
