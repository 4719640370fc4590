// Conversion between floating-point and fixed-point, and between floating-point and integer (Arm ARM C4.1,
// Data Processing -- Scalar Floating-Point and Advanced SIMD).
#include "isa/aarch64/lift.h"
#include "isa/aarch64/lift/fp_form.h"

namespace veneer::a64 {

using ir::Round;

namespace {

bool to_int(Lifter& l, Insn i, Round round, bool is_unsigned, unsigned fbits = 0) {
  Type from = l.ftype(i.bits(23, 22));
  if (from == Type::None) return false;
  Value v = l.b.emit(Op::FToInt, Lifter::gtype(i.sf()), {l.f(from, i.rn())}, conversion_imm(fbits, is_unsigned),
                     static_cast<u8>(ir::bit_width(from)), false, static_cast<u8>(round));
  l.set_r(i.rd(), v);
  return true;
}

bool from_int(Lifter& l, Insn i, bool is_unsigned, unsigned fbits = 0) {
  Type to = l.ftype(i.bits(23, 22));
  if (to == Type::None) return false;
  l.set_v(i.rd(), l.b.emit(Op::IntToF, to, {l.r(i.sf(), i.rn())}, conversion_imm(fbits, is_unsigned),
                           i.sf() ? 64 : 32));
  return true;
}

// A 32-bit register has at most 32 fraction bits.
bool fixed_reserved(Insn i) {
  return !i.sf() && !i.bit(15);
}
unsigned fixed_fbits(Insn i) {
  return 64 - i.bits(15, 10);
}

// The types that FMOV (general) moves between; false when there is no such instruction.
bool fmov_types(const Lifter& l, Insn i, Type& type) {
  type = l.ftype(i.bits(23, 22));
  return type == Type::F16 || type == (i.sf() ? Type::F64 : Type::F32);
}

}  // namespace

bool lift_SCVTF_fixed(Lifter& l, Insn i) {
  return !fixed_reserved(i) && from_int(l, i, false, fixed_fbits(i));
}
bool lift_UCVTF_fixed(Lifter& l, Insn i) {
  return !fixed_reserved(i) && from_int(l, i, true, fixed_fbits(i));
}
bool lift_FCVTZS_fixed(Lifter& l, Insn i) {
  return !fixed_reserved(i) && to_int(l, i, Round::Zero, false, fixed_fbits(i));
}
bool lift_FCVTZU_fixed(Lifter& l, Insn i) {
  return !fixed_reserved(i) && to_int(l, i, Round::Zero, true, fixed_fbits(i));
}

bool lift_FCVTNS(Lifter& l, Insn i) {
  return to_int(l, i, Round::NearestEven, false);
}
bool lift_FCVTNU(Lifter& l, Insn i) {
  return to_int(l, i, Round::NearestEven, true);
}
bool lift_FCVTPS(Lifter& l, Insn i) {
  return to_int(l, i, Round::Up, false);
}
bool lift_FCVTPU(Lifter& l, Insn i) {
  return to_int(l, i, Round::Up, true);
}
bool lift_FCVTMS(Lifter& l, Insn i) {
  return to_int(l, i, Round::Down, false);
}
bool lift_FCVTMU(Lifter& l, Insn i) {
  return to_int(l, i, Round::Down, true);
}
bool lift_FCVTZS(Lifter& l, Insn i) {
  return to_int(l, i, Round::Zero, false);
}
bool lift_FCVTZU(Lifter& l, Insn i) {
  return to_int(l, i, Round::Zero, true);
}
bool lift_FCVTAS(Lifter& l, Insn i) {
  return to_int(l, i, Round::NearestAway, false);
}
bool lift_FCVTAU(Lifter& l, Insn i) {
  return to_int(l, i, Round::NearestAway, true);
}
bool lift_SCVTF(Lifter& l, Insn i) {
  return from_int(l, i, false);
}
bool lift_UCVTF(Lifter& l, Insn i) {
  return from_int(l, i, true);
}

bool lift_FMOV_to_general(Lifter& l, Insn i) {
  Type type;
  if (!fmov_types(l, i, type)) return false;
  l.set_r(i.rd(), l.b.emit(Op::FToBits, Lifter::gtype(i.sf()), {l.f(type, i.rn())}));
  return true;
}

bool lift_FMOV_from_general(Lifter& l, Insn i) {
  Type type;
  if (!fmov_types(l, i, type)) return false;
  l.set_v(i.rd(), l.b.emit(Op::BitsToF, type, {l.r(type == Type::F64, i.rn())}));
  return true;
}

bool lift_FMOV_top_to_general(Lifter& l, Insn i) {
  l.set_r(i.rd(), l.b.emit(Op::VGetLane, Type::I64, {l.v(i.rn())}, 1, 64, true));
  return true;
}

bool lift_FMOV_top_from_general(Lifter& l, Insn i) {
  Value whole = l.v(i.rd()), top = l.x(i.rn());
  l.set_v(i.rd(), l.b.v2(Op::VSetLane, 64, true, whole, top, 1));
  return true;
}

// Sets Z when the conversion was exact, and clears N, C and V.
bool lift_FJCVTZS(Lifter& l, Insn i) {
  Value from = l.f(Type::F64, i.rn());
  Value result = l.b.emit(Op::FJcvtzs, Type::I32, {from}, 0, 64);
  Value exact = l.b.zext(l.b.emit(Op::FJcvtzsExact, Type::I32, {from}, 0, 64));
  l.set_r(i.rd(), result);
  l.set_nzcv(l.b.emit(Op::FlagsPack, Type::Nzcv, {l.b.shl(exact, 30)}));
  return true;
}

}  // namespace veneer::a64
