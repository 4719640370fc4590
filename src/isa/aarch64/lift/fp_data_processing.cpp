// Floating-point data-processing with 1, 2 and 3 sources, immediate, compare, conditional compare and
// conditional select (Arm ARM C4.1, Data Processing -- Scalar Floating-Point and Advanced SIMD).
#include "isa/aarch64/lift.h"
#include "isa/aarch64/lift/fp_form.h"

namespace veneer::a64 {

using ir::Round;

namespace {

std::optional<FpForm> form(Lifter& l, Insn i) {
  Type type = l.ftype(i.bits(23, 22));
  if (type == Type::None) return std::nullopt;
  return FpForm::scalar(l, type);
}

bool one_source(Lifter& l, Insn i, Op op) {
  auto f = form(l, i);
  if (!f) return false;
  f->write(i.rd(), f->un(op, f->read(i.rn())));
  return true;
}

bool round_int(Lifter& l, Insn i, Round round, bool exact = false) {
  auto f = form(l, i);
  if (!f) return false;
  f->write(i.rd(), f->round_int(f->read(i.rn()), round, exact));
  return true;
}

bool two_source(Lifter& l, Insn i, Op op) {
  auto f = form(l, i);
  if (!f) return false;
  Value a = f->read(i.rn()), b = f->read(i.rm());
  f->write(i.rd(), f->bin(op, a, b));
  return true;
}

// The negations come before the fused operation: they show in the sign of a NaN that is propagated.
bool three_source(Lifter& l, Insn i, bool negate_acc, bool negate_product) {
  auto f = form(l, i);
  if (!f) return false;
  Value acc = f->read(i.ra()), a = f->read(i.rn()), b = f->read(i.rm());
  if (negate_acc) acc = f->un(Op::FNeg, acc);
  if (negate_product) a = f->un(Op::FNeg, a);
  f->write(i.rd(), f->mul_add(acc, a, b));
  return true;
}

bool compare(Lifter& l, Insn i, bool with_zero, bool signalling) {
  auto f = form(l, i);
  if (!f) return false;
  Value a = f->read(i.rn());
  Value b = with_zero ? f->zero() : f->read(i.rm());
  l.set_nzcv(f->op(Op::FlagsFcmp, {a, b}, signalling ? 1 : 0));
  return true;
}

bool conditional_compare(Lifter& l, Insn i, bool signalling) {
  auto f = form(l, i);
  if (!f) return false;
  auto cond = static_cast<ir::Cond>(i.bits(15, 12));
  Value a = f->read(i.rn()), b = f->read(i.rm());
  if (cond >= ir::Cond::AL) {  // NV, too, means always
    l.set_nzcv(f->op(Op::FlagsFcmp, {a, b}, signalling ? 1 : 0));
    return true;
  }
  // Where the condition fails, zero is compared with zero: that raises no exceptions, as the instruction
  // then raises none.
  Value holds = l.b.cond(cond);
  a = l.b.select(holds, a, f->zero());
  b = l.b.select(holds, b, f->zero());
  Value compared = f->op(Op::FlagsFcmp, {a, b}, signalling ? 1 : 0);
  Value given = l.b.emit(Op::FlagsPack, Type::Nzcv, {l.b.i64(u64{i.bits(3, 0)} << 28)});
  l.set_nzcv(l.b.emit(Op::FlagsSelect, Type::Nzcv, {holds, compared, given}));
  return true;
}

}  // namespace

bool lift_FMOV_register(Lifter& l, Insn i) {
  auto f = form(l, i);
  if (!f) return false;
  f->write(i.rd(), f->read(i.rn()));
  return true;
}
bool lift_FABS(Lifter& l, Insn i) {
  return one_source(l, i, Op::FAbs);
}
bool lift_FNEG(Lifter& l, Insn i) {
  return one_source(l, i, Op::FNeg);
}
bool lift_FSQRT(Lifter& l, Insn i) {
  return one_source(l, i, Op::FSqrt);
}
bool lift_FRINTN(Lifter& l, Insn i) {
  return round_int(l, i, Round::NearestEven);
}
bool lift_FRINTP(Lifter& l, Insn i) {
  return round_int(l, i, Round::Up);
}
bool lift_FRINTM(Lifter& l, Insn i) {
  return round_int(l, i, Round::Down);
}
bool lift_FRINTZ(Lifter& l, Insn i) {
  return round_int(l, i, Round::Zero);
}
bool lift_FRINTA(Lifter& l, Insn i) {
  return round_int(l, i, Round::NearestAway);
}
bool lift_FRINTX(Lifter& l, Insn i) {
  return round_int(l, i, Round::Current, true);
}
bool lift_FRINTI(Lifter& l, Insn i) {
  return round_int(l, i, Round::Current);
}

bool lift_FCVT(Lifter& l, Insn i) {
  Type from = Lifter::any_ftype(i.bits(23, 22));
  Type to = Lifter::any_ftype(i.bits(16, 15));
  if (from == Type::None || to == Type::None || from == to) return false;
  l.set_v(i.rd(), l.b.emit(Op::FCvt, to, {l.f(from, i.rn())}, 0, static_cast<u8>(ir::bit_width(from))));
  return true;
}

bool lift_BFCVT(Lifter& l, Insn i) {
  l.set_v(i.rd(), l.b.emit(Op::BfCvt, Type::F16, {l.f(Type::F32, i.rn())}, 0, 32));
  return true;
}

bool lift_FCMP(Lifter& l, Insn i) {
  return compare(l, i, false, false);
}
bool lift_FCMP_zero(Lifter& l, Insn i) {
  return compare(l, i, true, false);
}
bool lift_FCMPE(Lifter& l, Insn i) {
  return compare(l, i, false, true);
}
bool lift_FCMPE_zero(Lifter& l, Insn i) {
  return compare(l, i, true, true);
}
bool lift_FCCMP(Lifter& l, Insn i) {
  return conditional_compare(l, i, false);
}
bool lift_FCCMPE(Lifter& l, Insn i) {
  return conditional_compare(l, i, true);
}

bool lift_FCSEL(Lifter& l, Insn i) {
  auto f = form(l, i);
  if (!f) return false;
  auto cond = static_cast<ir::Cond>(i.bits(15, 12));
  Value a = f->read(i.rn());
  if (cond < ir::Cond::AL) {
    Value b = f->read(i.rm());
    a = l.b.select(l.b.cond(cond), a, b);
  }
  f->write(i.rd(), a);
  return true;
}

bool lift_FMOV_immediate(Lifter& l, Insn i) {
  auto f = form(l, i);
  if (!f) return false;
  f->write(i.rd(), l.b.constant(f->type(), expand_fp_imm(i.bits(20, 13), f->esize())));
  return true;
}

bool lift_FMUL(Lifter& l, Insn i) {
  return two_source(l, i, Op::FMul);
}
bool lift_FDIV(Lifter& l, Insn i) {
  return two_source(l, i, Op::FDiv);
}
bool lift_FADD(Lifter& l, Insn i) {
  return two_source(l, i, Op::FAdd);
}
bool lift_FSUB(Lifter& l, Insn i) {
  return two_source(l, i, Op::FSub);
}
bool lift_FMAX(Lifter& l, Insn i) {
  return two_source(l, i, Op::FMax);
}
bool lift_FMIN(Lifter& l, Insn i) {
  return two_source(l, i, Op::FMin);
}
bool lift_FMAXNM(Lifter& l, Insn i) {
  return two_source(l, i, Op::FMaxNm);
}
bool lift_FMINNM(Lifter& l, Insn i) {
  return two_source(l, i, Op::FMinNm);
}
bool lift_FNMUL(Lifter& l, Insn i) {
  auto f = form(l, i);
  if (!f) return false;
  Value a = f->read(i.rn()), b = f->read(i.rm());
  f->write(i.rd(), f->un(Op::FNeg, f->bin(Op::FMul, a, b)));
  return true;
}

bool lift_FMADD(Lifter& l, Insn i) {
  return three_source(l, i, false, false);
}
bool lift_FMSUB(Lifter& l, Insn i) {
  return three_source(l, i, false, true);
}
bool lift_FNMADD(Lifter& l, Insn i) {
  return three_source(l, i, true, true);
}
bool lift_FNMSUB(Lifter& l, Insn i) {
  return three_source(l, i, true, false);
}

}  // namespace veneer::a64
