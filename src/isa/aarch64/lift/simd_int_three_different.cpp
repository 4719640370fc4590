// Advanced SIMD three different: widening, narrowing, and long multiplication; vector and scalar (Arm ARM
// C4.1.96).
#include "isa/aarch64/lift/simd_int.h"

namespace veneer::a64 {

namespace {

Value extend(Lifter& l, Insn i, Op op, unsigned n) {
  return l.b.v1(op, esize_of(i), true, l.v(n), upper(i));
}

// Both operands widened.
bool long_op(Lifter& l, Insn i, Op widen, Op op) {
  const unsigned esize = esize_of(i);
  if (esize == 64) return false;
  l.set_v(i.rd(), l.b.v2(op, esize * 2, true, extend(l, i, widen, i.rn()), extend(l, i, widen, i.rm())));
  return true;
}
// A wide operand and a widened one.
bool wide_op(Lifter& l, Insn i, Op widen, Op op) {
  const unsigned esize = esize_of(i);
  if (esize == 64) return false;
  l.set_v(i.rd(), l.b.v2(op, esize * 2, true, l.v(i.rn()), extend(l, i, widen, i.rm())));
  return true;
}

// The high halves of sums or differences, rounded if asked for.
bool high_narrow(Lifter& l, Insn i, Op op, bool round) {
  const unsigned esize = esize_of(i);
  if (esize == 64) return false;
  Value v = l.b.v2(op, esize * 2, true, l.v(i.rn()), l.v(i.rm()));
  if (round) {
    // Half of the narrow unit in every wide element.
    u64 half = u64{1} << (esize - 1);
    for (unsigned at = esize * 2; at < 64; at *= 2) half |= half << at;
    v = l.b.v2(Op::VAdd, esize * 2, true, v, l.b.vconst(half, true));
  }
  set_narrow(l, i, l.b.v1(Op::VXtn, esize, true, l.b.v1(Op::VShr, esize * 2, true, v, esize)));
  return true;
}

bool multiply(Lifter& l, Insn i, Op mul) {
  const unsigned esize = esize_of(i);
  if (esize == 64) return false;
  l.set_v(i.rd(), l.b.v2(mul, esize, true, l.v(i.rn()), l.v(i.rm()), upper(i)));
  return true;
}
bool multiply_accumulate(Lifter& l, Insn i, Op mul, Op op) {
  const unsigned esize = esize_of(i);
  if (esize == 64) return false;
  const Value p = l.b.v2(mul, esize, true, l.v(i.rn()), l.v(i.rm()), upper(i));
  l.set_v(i.rd(), l.b.v2(op, esize * 2, true, l.v(i.rd()), p));
  return true;
}

bool doubling_size(Insn i) {
  return esize_of(i) == 16 || esize_of(i) == 32;
}

Value scalar_product(Lifter& l, Insn i) {
  const unsigned esize = esize_of(i);
  return l.b.v2(Op::VSqDmull, esize, true, scalar_operand(l, esize, l.v(i.rn())),
                scalar_operand(l, esize, l.v(i.rm())));
}
bool scalar_accumulate(Lifter& l, Insn i, Op op) {
  if (!doubling_size(i)) return false;
  const unsigned wide = esize_of(i) * 2;
  set_scalar(l, i.rd(), wide,
             l.b.v2(op, wide, true, scalar_operand(l, wide, l.v(i.rd())), scalar_product(l, i)));
  return true;
}

bool absolute_difference(Lifter& l, Insn i, Op widen, Op abd, bool accumulate) {
  const unsigned esize = esize_of(i);
  if (esize == 64) return false;
  Value v = l.b.v2(abd, esize * 2, true, extend(l, i, widen, i.rn()), extend(l, i, widen, i.rm()));
  if (accumulate) v = l.b.v2(Op::VAdd, esize * 2, true, l.v(i.rd()), v);
  l.set_v(i.rd(), v);
  return true;
}

}  // namespace

bool lift_SADDL_v(Lifter& l, Insn i) {
  return long_op(l, i, Op::VSXtl, Op::VAdd);
}
bool lift_UADDL_v(Lifter& l, Insn i) {
  return long_op(l, i, Op::VUXtl, Op::VAdd);
}
bool lift_SSUBL_v(Lifter& l, Insn i) {
  return long_op(l, i, Op::VSXtl, Op::VSub);
}
bool lift_USUBL_v(Lifter& l, Insn i) {
  return long_op(l, i, Op::VUXtl, Op::VSub);
}
bool lift_SADDW_v(Lifter& l, Insn i) {
  return wide_op(l, i, Op::VSXtl, Op::VAdd);
}
bool lift_UADDW_v(Lifter& l, Insn i) {
  return wide_op(l, i, Op::VUXtl, Op::VAdd);
}
bool lift_SSUBW_v(Lifter& l, Insn i) {
  return wide_op(l, i, Op::VSXtl, Op::VSub);
}
bool lift_USUBW_v(Lifter& l, Insn i) {
  return wide_op(l, i, Op::VUXtl, Op::VSub);
}
bool lift_ADDHN_v(Lifter& l, Insn i) {
  return high_narrow(l, i, Op::VAdd, false);
}
bool lift_RADDHN_v(Lifter& l, Insn i) {
  return high_narrow(l, i, Op::VAdd, true);
}
bool lift_SUBHN_v(Lifter& l, Insn i) {
  return high_narrow(l, i, Op::VSub, false);
}
bool lift_RSUBHN_v(Lifter& l, Insn i) {
  return high_narrow(l, i, Op::VSub, true);
}
bool lift_SABDL_v(Lifter& l, Insn i) {
  return absolute_difference(l, i, Op::VSXtl, Op::VSAbd, false);
}
bool lift_UABDL_v(Lifter& l, Insn i) {
  return absolute_difference(l, i, Op::VUXtl, Op::VUAbd, false);
}
bool lift_SABAL_v(Lifter& l, Insn i) {
  return absolute_difference(l, i, Op::VSXtl, Op::VSAbd, true);
}
bool lift_UABAL_v(Lifter& l, Insn i) {
  return absolute_difference(l, i, Op::VUXtl, Op::VUAbd, true);
}
bool lift_SMLAL_v(Lifter& l, Insn i) {
  return multiply_accumulate(l, i, Op::VSMull, Op::VAdd);
}
bool lift_UMLAL_v(Lifter& l, Insn i) {
  return multiply_accumulate(l, i, Op::VUMull, Op::VAdd);
}
bool lift_SMLSL_v(Lifter& l, Insn i) {
  return multiply_accumulate(l, i, Op::VSMull, Op::VSub);
}
bool lift_UMLSL_v(Lifter& l, Insn i) {
  return multiply_accumulate(l, i, Op::VUMull, Op::VSub);
}
bool lift_SMULL_v(Lifter& l, Insn i) {
  return multiply(l, i, Op::VSMull);
}
bool lift_UMULL_v(Lifter& l, Insn i) {
  return multiply(l, i, Op::VUMull);
}
bool lift_SQDMULL_v(Lifter& l, Insn i) {
  return doubling_size(i) && multiply(l, i, Op::VSqDmull);
}
bool lift_SQDMLAL_v(Lifter& l, Insn i) {
  return doubling_size(i) && multiply_accumulate(l, i, Op::VSqDmull, Op::VSqAdd);
}
bool lift_SQDMLSL_v(Lifter& l, Insn i) {
  return doubling_size(i) && multiply_accumulate(l, i, Op::VSqDmull, Op::VSqSub);
}
bool lift_PMULL_v(Lifter& l, Insn i) {
  const unsigned esize = esize_of(i);
  if (esize != 8 && (esize != 64 || !l.features().has(kLongPolynomials))) return false;
  l.set_v(i.rd(), l.b.v2(Op::VPMull, esize, true, l.v(i.rn()), l.v(i.rm()), upper(i)));
  return true;
}
bool lift_SQDMULL_s(Lifter& l, Insn i) {
  if (!doubling_size(i)) return false;
  set_scalar(l, i.rd(), esize_of(i) * 2, scalar_product(l, i));
  return true;
}
bool lift_SQDMLAL_s(Lifter& l, Insn i) {
  return scalar_accumulate(l, i, Op::VSqAdd);
}
bool lift_SQDMLSL_s(Lifter& l, Insn i) {
  return scalar_accumulate(l, i, Op::VSqSub);
}

}  // namespace veneer::a64
