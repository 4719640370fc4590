// Advanced SIMD two-register miscellaneous, across lanes and pairwise, vector and scalar (Arm ARM C4.1.96).
#include "isa/aarch64/lift/simd_int.h"

namespace veneer::a64 {

namespace {

bool one(Lifter& l, Insn i, Op op, bool allow64) {
  const unsigned esize = esize_of(i);
  if (esize == 64 && (!allow64 || !i.q())) return false;
  l.set_v(i.rd(), l.b.v1(op, esize, i.q(), l.v(i.rn())));
  return true;
}
bool bytes(Lifter& l, Insn i, Op op) {
  l.set_v(i.rd(), l.b.v1(op, 8, i.q(), l.v(i.rn())));
  return true;
}
bool scalar(Lifter& l, Insn i, Op op, bool only64) {
  const unsigned esize = esize_of(i);
  if (only64 && esize != 64) return false;
  set_scalar(l, i.rd(), esize, l.b.v1(op, esize, true, scalar_operand(l, esize, l.v(i.rn()))));
  return true;
}

// x OP 0, or 0 OP x when swapped.
bool zero(Lifter& l, Insn i, Op op, bool swap) {
  const unsigned esize = esize_of(i);
  if (esize == 64 && !i.q()) return false;
  const Value x = l.v(i.rn()), z = l.b.vconst(0, true);
  l.set_v(i.rd(), l.b.v2(op, esize, i.q(), swap ? z : x, swap ? x : z));
  return true;
}
bool zero_scalar(Lifter& l, Insn i, Op op, bool swap) {
  if (esize_of(i) != 64) return false;
  const Value x = l.v(i.rn()), z = l.b.vconst(0, true);
  set_scalar(l, i.rd(), 64, l.b.v2(op, 64, true, swap ? z : x, swap ? x : z));
  return true;
}

bool add_long_pairs(Lifter& l, Insn i, Op op, bool accumulate) {
  const unsigned esize = esize_of(i);
  if (esize == 64) return false;
  Value v = l.b.v1(op, esize, i.q(), l.v(i.rn()));
  if (accumulate) v = l.b.v2(Op::VAdd, esize * 2, i.q(), l.v(i.rd()), v);
  l.set_v(i.rd(), v);
  return true;
}

bool saturating_accumulate(Lifter& l, Insn i, Op op) {
  const unsigned esize = esize_of(i);
  if (esize == 64 && !i.q()) return false;
  l.set_v(i.rd(), l.b.v2(op, esize, i.q(), l.v(i.rd()), l.v(i.rn())));
  return true;
}
bool saturating_accumulate_scalar(Lifter& l, Insn i, Op op) {
  const unsigned esize = esize_of(i);
  const Value x = scalar_operand(l, esize, l.v(i.rd())), y = scalar_operand(l, esize, l.v(i.rn()));
  set_scalar(l, i.rd(), esize, l.b.v2(op, esize, true, x, y));
  return true;
}

// esize is that of the result.
bool narrow(Lifter& l, Insn i, Op op) {
  const unsigned esize = esize_of(i);
  if (esize == 64) return false;
  set_narrow(l, i, l.b.v1(op, esize, true, l.v(i.rn())));
  return true;
}
bool narrow_scalar(Lifter& l, Insn i, Op op) {
  const unsigned esize = esize_of(i);
  if (esize == 64) return false;
  set_scalar(l, i.rd(), esize, l.b.v1(op, esize, true, scalar_operand(l, esize * 2, l.v(i.rn()))));
  return true;
}

// The lane count must be at least four (ADDV of two words is ADDP).
bool across(Lifter& l, Insn i, Op op) {
  const unsigned esize = esize_of(i);
  if (esize == 64 || (esize == 32 && !i.q())) return false;
  l.set_v(i.rd(), l.b.v1(op, esize, i.q(), l.v(i.rn())));
  return true;
}

bool estimate(Lifter& l, Insn i, Op op) {
  l.set_v(i.rd(), l.b.v1(op, 32, i.q(), l.v(i.rn())));
  return true;
}

}  // namespace

bool lift_SADDLP_v(Lifter& l, Insn i) {
  return add_long_pairs(l, i, Op::VSAddlP, false);
}
bool lift_UADDLP_v(Lifter& l, Insn i) {
  return add_long_pairs(l, i, Op::VUAddlP, false);
}
bool lift_SADALP_v(Lifter& l, Insn i) {
  return add_long_pairs(l, i, Op::VSAddlP, true);
}
bool lift_UADALP_v(Lifter& l, Insn i) {
  return add_long_pairs(l, i, Op::VUAddlP, true);
}
bool lift_SUQADD_v(Lifter& l, Insn i) {
  return saturating_accumulate(l, i, Op::VSuqAdd);
}
bool lift_USQADD_v(Lifter& l, Insn i) {
  return saturating_accumulate(l, i, Op::VUsqAdd);
}
bool lift_CLS_v(Lifter& l, Insn i) {
  return one(l, i, Op::VCls, false);
}
bool lift_CLZ_v(Lifter& l, Insn i) {
  return one(l, i, Op::VClz, false);
}
bool lift_SQABS_v(Lifter& l, Insn i) {
  return one(l, i, Op::VSqAbs, true);
}
bool lift_SQNEG_v(Lifter& l, Insn i) {
  return one(l, i, Op::VSqNeg, true);
}
bool lift_ABS_v(Lifter& l, Insn i) {
  return one(l, i, Op::VAbs, true);
}
bool lift_NEG_v(Lifter& l, Insn i) {
  return one(l, i, Op::VNeg, true);
}
bool lift_CNT_v(Lifter& l, Insn i) {
  return bytes(l, i, Op::VCnt);
}
bool lift_NOT_v(Lifter& l, Insn i) {
  return bytes(l, i, Op::VNot);
}
bool lift_RBIT_v(Lifter& l, Insn i) {
  return bytes(l, i, Op::VRbit);
}
bool lift_CMGTz_v(Lifter& l, Insn i) {
  return zero(l, i, Op::VCmpGtS, false);
}
bool lift_CMGEz_v(Lifter& l, Insn i) {
  return zero(l, i, Op::VCmpGeS, false);
}
bool lift_CMEQz_v(Lifter& l, Insn i) {
  return zero(l, i, Op::VCmpEq, false);
}
bool lift_CMLEz_v(Lifter& l, Insn i) {
  return zero(l, i, Op::VCmpGeS, true);
}
bool lift_CMLTz_v(Lifter& l, Insn i) {
  return zero(l, i, Op::VCmpGtS, true);
}
bool lift_XTN_v(Lifter& l, Insn i) {
  return narrow(l, i, Op::VXtn);
}
bool lift_SQXTN_v(Lifter& l, Insn i) {
  return narrow(l, i, Op::VSqXtn);
}
bool lift_UQXTN_v(Lifter& l, Insn i) {
  return narrow(l, i, Op::VUqXtn);
}
bool lift_SQXTUN_v(Lifter& l, Insn i) {
  return narrow(l, i, Op::VSqXtun);
}
bool lift_SHLL_v(Lifter& l, Insn i) {
  const unsigned esize = esize_of(i);
  if (esize == 64) return false;
  const Value wide = l.b.v1(Op::VUXtl, esize, true, l.v(i.rn()), upper(i));
  l.set_v(i.rd(), l.b.v1(Op::VShl, esize * 2, true, wide, esize));
  return true;
}
bool lift_URECPE_v(Lifter& l, Insn i) {
  return estimate(l, i, Op::VURecpE);
}
bool lift_URSQRTE_v(Lifter& l, Insn i) {
  return estimate(l, i, Op::VURsqrtE);
}

bool lift_SUQADD_s(Lifter& l, Insn i) {
  return saturating_accumulate_scalar(l, i, Op::VSuqAdd);
}
bool lift_USQADD_s(Lifter& l, Insn i) {
  return saturating_accumulate_scalar(l, i, Op::VUsqAdd);
}
bool lift_SQABS_s(Lifter& l, Insn i) {
  return scalar(l, i, Op::VSqAbs, false);
}
bool lift_SQNEG_s(Lifter& l, Insn i) {
  return scalar(l, i, Op::VSqNeg, false);
}
bool lift_ABS_s(Lifter& l, Insn i) {
  return scalar(l, i, Op::VAbs, true);
}
bool lift_NEG_s(Lifter& l, Insn i) {
  return scalar(l, i, Op::VNeg, true);
}
bool lift_CMGTz_s(Lifter& l, Insn i) {
  return zero_scalar(l, i, Op::VCmpGtS, false);
}
bool lift_CMGEz_s(Lifter& l, Insn i) {
  return zero_scalar(l, i, Op::VCmpGeS, false);
}
bool lift_CMEQz_s(Lifter& l, Insn i) {
  return zero_scalar(l, i, Op::VCmpEq, false);
}
bool lift_CMLEz_s(Lifter& l, Insn i) {
  return zero_scalar(l, i, Op::VCmpGeS, true);
}
bool lift_CMLTz_s(Lifter& l, Insn i) {
  return zero_scalar(l, i, Op::VCmpGtS, true);
}
bool lift_SQXTN_s(Lifter& l, Insn i) {
  return narrow_scalar(l, i, Op::VSqXtn);
}
bool lift_UQXTN_s(Lifter& l, Insn i) {
  return narrow_scalar(l, i, Op::VUqXtn);
}
bool lift_SQXTUN_s(Lifter& l, Insn i) {
  return narrow_scalar(l, i, Op::VSqXtun);
}
bool lift_ADDP_s(Lifter& l, Insn i) {
  const Value v = l.v(i.rn());
  l.set_v(i.rd(), l.b.v2(Op::VAdd, 64, false, v, l.b.v1(Op::VDupLane, 64, true, v, 1)));
  return true;
}

bool lift_SADDLV_v(Lifter& l, Insn i) {
  return across(l, i, Op::VReduceSAddl);
}
bool lift_UADDLV_v(Lifter& l, Insn i) {
  return across(l, i, Op::VReduceUAddl);
}
bool lift_SMAXV_v(Lifter& l, Insn i) {
  return across(l, i, Op::VReduceSMax);
}
bool lift_UMAXV_v(Lifter& l, Insn i) {
  return across(l, i, Op::VReduceUMax);
}
bool lift_SMINV_v(Lifter& l, Insn i) {
  return across(l, i, Op::VReduceSMin);
}
bool lift_UMINV_v(Lifter& l, Insn i) {
  return across(l, i, Op::VReduceUMin);
}
bool lift_ADDV_v(Lifter& l, Insn i) {
  return across(l, i, Op::VReduceAdd);
}

}  // namespace veneer::a64
