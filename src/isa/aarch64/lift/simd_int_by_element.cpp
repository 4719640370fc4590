// Advanced SIMD vector x indexed element, integer; vector and scalar (Arm ARM C4.1.96).
#include "isa/aarch64/lift/simd_int.h"

namespace veneer::a64 {

namespace {

// The element that L, M, H and Rm name: in every lane.
Value element(Lifter& l, Insn i, unsigned esize) {
  const unsigned h = i.bit(11), lo = i.bit(21), m = i.bit(20);
  if (esize == 16) return l.b.v1(Op::VDupLane, 16, true, l.v(i.bits(19, 16)), h << 2 | lo << 1 | m);
  return l.b.v1(Op::VDupLane, 32, true, l.v(m << 4 | i.bits(19, 16)), h << 1 | lo);
}
bool size_reserved(Insn i) {
  return esize_of(i) != 16 && esize_of(i) != 32;
}

bool multiply(Lifter& l, Insn i, Op op) {
  if (size_reserved(i)) return false;
  const unsigned esize = esize_of(i);
  l.set_v(i.rd(), l.b.v2(op, esize, i.q(), l.v(i.rn()), element(l, i, esize)));
  return true;
}
bool multiply_accumulate(Lifter& l, Insn i, Op op) {
  if (size_reserved(i)) return false;
  const unsigned esize = esize_of(i);
  const Value p = l.b.v2(Op::VMul, esize, i.q(), l.v(i.rn()), element(l, i, esize));
  l.set_v(i.rd(), l.b.v2(op, esize, i.q(), l.v(i.rd()), p));
  return true;
}
bool multiply_long(Lifter& l, Insn i, Op mul, Op combine) {
  if (size_reserved(i)) return false;
  const unsigned esize = esize_of(i);
  Value p = l.b.v2(mul, esize, true, l.v(i.rn()), element(l, i, esize), upper(i));
  if (combine != Op::Count) p = l.b.v2(combine, esize * 2, true, l.v(i.rd()), p);
  l.set_v(i.rd(), p);
  return true;
}
bool rounding_accumulate(Lifter& l, Insn i, Op op) {
  if (size_reserved(i)) return false;
  const unsigned esize = esize_of(i);
  l.set_v(i.rd(), l.b.v3(op, esize, i.q(), l.v(i.rd()), l.v(i.rn()), element(l, i, esize)));
  return true;
}

Value scalar_n(Lifter& l, Insn i, unsigned n) {
  return scalar_operand(l, esize_of(i), l.v(n));
}
bool scalar(Lifter& l, Insn i, Op op) {
  if (size_reserved(i)) return false;
  const unsigned esize = esize_of(i);
  set_scalar(l, i.rd(), esize, l.b.v2(op, esize, true, scalar_n(l, i, i.rn()), element(l, i, esize)));
  return true;
}
bool scalar_long(Lifter& l, Insn i, Op combine) {
  if (size_reserved(i)) return false;
  const unsigned esize = esize_of(i), wide = esize * 2;
  Value p =
      scalar_operand(l, wide, l.b.v2(Op::VSqDmull, esize, true, scalar_n(l, i, i.rn()), element(l, i, esize)));
  if (combine != Op::Count) p = l.b.v2(combine, wide, true, scalar_operand(l, wide, l.v(i.rd())), p);
  set_scalar(l, i.rd(), wide, p);
  return true;
}
bool scalar_rounding(Lifter& l, Insn i, Op op) {
  if (size_reserved(i)) return false;
  const unsigned esize = esize_of(i);
  set_scalar(l, i.rd(), esize,
             l.b.v3(op, esize, true, scalar_n(l, i, i.rd()), scalar_n(l, i, i.rn()), element(l, i, esize)));
  return true;
}

bool dot(Lifter& l, Insn i, Op op, bool swap) {
  const Value e = element(l, i, 32), n = l.v(i.rn());
  l.set_v(i.rd(), l.b.v3(op, 32, i.q(), l.v(i.rd()), swap ? e : n, swap ? n : e));
  return true;
}

}  // namespace

bool lift_MLA_e(Lifter& l, Insn i) {
  return multiply_accumulate(l, i, Op::VAdd);
}
bool lift_MLS_e(Lifter& l, Insn i) {
  return multiply_accumulate(l, i, Op::VSub);
}
bool lift_MUL_e(Lifter& l, Insn i) {
  return multiply(l, i, Op::VMul);
}
bool lift_SMLAL_e(Lifter& l, Insn i) {
  return multiply_long(l, i, Op::VSMull, Op::VAdd);
}
bool lift_UMLAL_e(Lifter& l, Insn i) {
  return multiply_long(l, i, Op::VUMull, Op::VAdd);
}
bool lift_SMLSL_e(Lifter& l, Insn i) {
  return multiply_long(l, i, Op::VSMull, Op::VSub);
}
bool lift_UMLSL_e(Lifter& l, Insn i) {
  return multiply_long(l, i, Op::VUMull, Op::VSub);
}
bool lift_SMULL_e(Lifter& l, Insn i) {
  return multiply_long(l, i, Op::VSMull, Op::Count);
}
bool lift_UMULL_e(Lifter& l, Insn i) {
  return multiply_long(l, i, Op::VUMull, Op::Count);
}
bool lift_SQDMULL_e(Lifter& l, Insn i) {
  return multiply_long(l, i, Op::VSqDmull, Op::Count);
}
bool lift_SQDMLAL_e(Lifter& l, Insn i) {
  return multiply_long(l, i, Op::VSqDmull, Op::VSqAdd);
}
bool lift_SQDMLSL_e(Lifter& l, Insn i) {
  return multiply_long(l, i, Op::VSqDmull, Op::VSqSub);
}
bool lift_SQDMULH_e(Lifter& l, Insn i) {
  return multiply(l, i, Op::VSqDmulh);
}
bool lift_SQRDMULH_e(Lifter& l, Insn i) {
  return multiply(l, i, Op::VSqRdmulh);
}
bool lift_SQRDMLAH_e(Lifter& l, Insn i) {
  return rounding_accumulate(l, i, Op::VSqRdmlah);
}
bool lift_SQRDMLSH_e(Lifter& l, Insn i) {
  return rounding_accumulate(l, i, Op::VSqRdmlsh);
}
bool lift_SDOT_e(Lifter& l, Insn i) {
  return dot(l, i, Op::VSDot, false);
}
bool lift_UDOT_e(Lifter& l, Insn i) {
  return dot(l, i, Op::VUDot, false);
}
bool lift_USDOT_e(Lifter& l, Insn i) {
  return dot(l, i, Op::VUsDot, false);
}
bool lift_SUDOT_e(Lifter& l, Insn i) {
  return dot(l, i, Op::VUsDot, true);
}

bool lift_SQDMLAL_se(Lifter& l, Insn i) {
  return scalar_long(l, i, Op::VSqAdd);
}
bool lift_SQDMLSL_se(Lifter& l, Insn i) {
  return scalar_long(l, i, Op::VSqSub);
}
bool lift_SQDMULL_se(Lifter& l, Insn i) {
  return scalar_long(l, i, Op::Count);
}
bool lift_SQDMULH_se(Lifter& l, Insn i) {
  return scalar(l, i, Op::VSqDmulh);
}
bool lift_SQRDMULH_se(Lifter& l, Insn i) {
  return scalar(l, i, Op::VSqRdmulh);
}
bool lift_SQRDMLAH_se(Lifter& l, Insn i) {
  return scalar_rounding(l, i, Op::VSqRdmlah);
}
bool lift_SQRDMLSH_se(Lifter& l, Insn i) {
  return scalar_rounding(l, i, Op::VSqRdmlsh);
}

}  // namespace veneer::a64
