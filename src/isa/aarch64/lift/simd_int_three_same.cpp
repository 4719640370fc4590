// Advanced SIMD three same (and its dot and matrix products), vector and scalar (Arm ARM C4.1.96).
#include <utility>

#include "isa/aarch64/lift/simd_int.h"

namespace veneer::a64 {

namespace {

enum Sizes { kAll, kNo64, k16And32, k8Only };

bool size_allowed(unsigned esize, bool q, Sizes sizes) {
  switch (sizes) {
    case kAll: return q || esize != 64;
    case kNo64: return esize != 64;
    case k16And32: return esize == 16 || esize == 32;
    case k8Only: return esize == 8;
  }
  return false;
}

bool three(Lifter& l, Insn i, Op op, Sizes sizes, bool swap = false) {
  const unsigned esize = esize_of(i);
  if (!size_allowed(esize, i.q(), sizes)) return false;
  Value x = l.v(i.rn()), y = l.v(i.rm());
  if (swap) std::swap(x, y);
  l.set_v(i.rd(), l.b.v2(op, esize, i.q(), x, y));
  return true;
}

// The result of `op` on Vn and Vm, added to or subtracted from Vd.
bool accumulate(Lifter& l, Insn i, Op op, Op combine) {
  const unsigned esize = esize_of(i);
  if (esize == 64) return false;
  const Value v = l.b.v2(op, esize, i.q(), l.v(i.rn()), l.v(i.rm()));
  l.set_v(i.rd(), l.b.v2(combine, esize, i.q(), l.v(i.rd()), v));
  return true;
}

bool bitwise(Lifter& l, Insn i, Op op) {
  // MOV.
  if (op == Op::VOr && i.rn() == i.rm()) {
    l.set_v(i.rd(), i.q() ? l.v(i.rn()) : l.b.v1(Op::VZeroHi, 64, true, l.v(i.rn())));
  } else {
    l.set_v(i.rd(), l.b.v2(op, 8, i.q(), l.v(i.rn()), l.v(i.rm())));
  }
  return true;
}
bool select(Lifter& l, Insn i, Value mask, Value x, Value y) {
  l.set_v(i.rd(), l.b.v3(Op::VBsl, 8, i.q(), mask, x, y));
  return true;
}

bool ternary(Lifter& l, Insn i, Op op, unsigned esize, bool q) {
  l.set_v(i.rd(), l.b.v3(op, esize, q, l.v(i.rd()), l.v(i.rn()), l.v(i.rm())));
  return true;
}

bool scalar(Lifter& l, Insn i, Op op, bool only64) {
  const unsigned esize = esize_of(i);
  if (only64 && esize != 64) return false;
  const Value x = scalar_operand(l, esize, l.v(i.rn())), y = scalar_operand(l, esize, l.v(i.rm()));
  set_scalar(l, i.rd(), esize, l.b.v2(op, esize, true, x, y));
  return true;
}
bool scalar_16_32(Lifter& l, Insn i, Op op) {
  const unsigned esize = esize_of(i);
  return (esize == 16 || esize == 32) && scalar(l, i, op, false);
}
bool scalar_accumulate(Lifter& l, Insn i, Op op) {
  const unsigned esize = esize_of(i);
  if (esize != 16 && esize != 32) return false;
  auto operand = [&](unsigned n) { return scalar_operand(l, esize, l.v(n)); };
  set_scalar(l, i.rd(), esize, l.b.v3(op, esize, true, operand(i.rd()), operand(i.rn()), operand(i.rm())));
  return true;
}

}  // namespace

#define VENEER_THREE(name, op, sizes)       \
  bool lift_##name##_v(Lifter& l, Insn i) { \
    return three(l, i, Op::op, sizes);      \
  }
VENEER_THREE(SHADD, VSHAdd, kNo64)
VENEER_THREE(UHADD, VUHAdd, kNo64)
VENEER_THREE(SQADD, VSqAdd, kAll)
VENEER_THREE(UQADD, VUqAdd, kAll)
VENEER_THREE(SRHADD, VSRHAdd, kNo64)
VENEER_THREE(URHADD, VURHAdd, kNo64)
VENEER_THREE(SHSUB, VSHSub, kNo64)
VENEER_THREE(UHSUB, VUHSub, kNo64)
VENEER_THREE(SQSUB, VSqSub, kAll)
VENEER_THREE(UQSUB, VUqSub, kAll)
VENEER_THREE(CMGT, VCmpGtS, kAll)
VENEER_THREE(CMHI, VCmpGtU, kAll)
VENEER_THREE(CMGE, VCmpGeS, kAll)
VENEER_THREE(CMHS, VCmpGeU, kAll)
VENEER_THREE(SSHL, VSShl, kAll)
VENEER_THREE(USHL, VUShl, kAll)
VENEER_THREE(SQSHL, VSqShl, kAll)
VENEER_THREE(UQSHL, VUqShl, kAll)
VENEER_THREE(SRSHL, VSRShl, kAll)
VENEER_THREE(URSHL, VURShl, kAll)
VENEER_THREE(SQRSHL, VSqRShl, kAll)
VENEER_THREE(UQRSHL, VUqRShl, kAll)
VENEER_THREE(SMAX, VSMax, kNo64)
VENEER_THREE(UMAX, VUMax, kNo64)
VENEER_THREE(SMIN, VSMin, kNo64)
VENEER_THREE(UMIN, VUMin, kNo64)
VENEER_THREE(SABD, VSAbd, kNo64)
VENEER_THREE(UABD, VUAbd, kNo64)
VENEER_THREE(ADD, VAdd, kAll)
VENEER_THREE(SUB, VSub, kAll)
VENEER_THREE(CMTST, VCmpTst, kAll)
VENEER_THREE(CMEQ, VCmpEq, kAll)
VENEER_THREE(MUL, VMul, kNo64)
VENEER_THREE(PMUL, VPMul, k8Only)
VENEER_THREE(SMAXP, VSMaxP, kNo64)
VENEER_THREE(UMAXP, VUMaxP, kNo64)
VENEER_THREE(SMINP, VSMinP, kNo64)
VENEER_THREE(UMINP, VUMinP, kNo64)
VENEER_THREE(ADDP, VAddP, kAll)
VENEER_THREE(SQDMULH, VSqDmulh, k16And32)
VENEER_THREE(SQRDMULH, VSqRdmulh, k16And32)
#undef VENEER_THREE

bool lift_SABA_v(Lifter& l, Insn i) {
  return accumulate(l, i, Op::VSAbd, Op::VAdd);
}
bool lift_UABA_v(Lifter& l, Insn i) {
  return accumulate(l, i, Op::VUAbd, Op::VAdd);
}
bool lift_MLA_v(Lifter& l, Insn i) {
  return accumulate(l, i, Op::VMul, Op::VAdd);
}
bool lift_MLS_v(Lifter& l, Insn i) {
  return accumulate(l, i, Op::VMul, Op::VSub);
}

bool lift_AND_v(Lifter& l, Insn i) {
  return bitwise(l, i, Op::VAnd);
}
bool lift_BIC_v(Lifter& l, Insn i) {
  return bitwise(l, i, Op::VAndNot);
}
bool lift_ORR_v(Lifter& l, Insn i) {
  return bitwise(l, i, Op::VOr);
}
bool lift_ORN_v(Lifter& l, Insn i) {
  return bitwise(l, i, Op::VOrNot);
}
bool lift_EOR_v(Lifter& l, Insn i) {
  return bitwise(l, i, Op::VXor);
}
bool lift_BSL_v(Lifter& l, Insn i) {
  return select(l, i, l.v(i.rd()), l.v(i.rn()), l.v(i.rm()));
}
bool lift_BIT_v(Lifter& l, Insn i) {
  return select(l, i, l.v(i.rm()), l.v(i.rn()), l.v(i.rd()));
}
bool lift_BIF_v(Lifter& l, Insn i) {
  return select(l, i, l.v(i.rm()), l.v(i.rd()), l.v(i.rn()));
}

bool lift_SQRDMLAH_v(Lifter& l, Insn i) {
  return size_allowed(esize_of(i), i.q(), k16And32) && ternary(l, i, Op::VSqRdmlah, esize_of(i), i.q());
}
bool lift_SQRDMLSH_v(Lifter& l, Insn i) {
  return size_allowed(esize_of(i), i.q(), k16And32) && ternary(l, i, Op::VSqRdmlsh, esize_of(i), i.q());
}
bool lift_SDOT_v(Lifter& l, Insn i) {
  return ternary(l, i, Op::VSDot, 32, i.q());
}
bool lift_UDOT_v(Lifter& l, Insn i) {
  return ternary(l, i, Op::VUDot, 32, i.q());
}
bool lift_USDOT_v(Lifter& l, Insn i) {
  return ternary(l, i, Op::VUsDot, 32, i.q());
}
bool lift_SMMLA_v(Lifter& l, Insn i) {
  return ternary(l, i, Op::VSMmla, 32, true);
}
bool lift_UMMLA_v(Lifter& l, Insn i) {
  return ternary(l, i, Op::VUMmla, 32, true);
}
bool lift_USMMLA_v(Lifter& l, Insn i) {
  return ternary(l, i, Op::VUsMmla, 32, true);
}

#define VENEER_SCALAR(name, op, only64)     \
  bool lift_##name##_s(Lifter& l, Insn i) { \
    return scalar(l, i, Op::op, only64);    \
  }
VENEER_SCALAR(SQADD, VSqAdd, false)
VENEER_SCALAR(UQADD, VUqAdd, false)
VENEER_SCALAR(SQSUB, VSqSub, false)
VENEER_SCALAR(UQSUB, VUqSub, false)
VENEER_SCALAR(CMGT, VCmpGtS, true)
VENEER_SCALAR(CMHI, VCmpGtU, true)
VENEER_SCALAR(CMGE, VCmpGeS, true)
VENEER_SCALAR(CMHS, VCmpGeU, true)
VENEER_SCALAR(SSHL, VSShl, true)
VENEER_SCALAR(USHL, VUShl, true)
VENEER_SCALAR(SQSHL, VSqShl, false)
VENEER_SCALAR(UQSHL, VUqShl, false)
VENEER_SCALAR(SRSHL, VSRShl, true)
VENEER_SCALAR(URSHL, VURShl, true)
VENEER_SCALAR(SQRSHL, VSqRShl, false)
VENEER_SCALAR(UQRSHL, VUqRShl, false)
VENEER_SCALAR(ADD, VAdd, true)
VENEER_SCALAR(SUB, VSub, true)
VENEER_SCALAR(CMTST, VCmpTst, true)
VENEER_SCALAR(CMEQ, VCmpEq, true)
#undef VENEER_SCALAR
bool lift_SQDMULH_s(Lifter& l, Insn i) {
  return scalar_16_32(l, i, Op::VSqDmulh);
}
bool lift_SQRDMULH_s(Lifter& l, Insn i) {
  return scalar_16_32(l, i, Op::VSqRdmulh);
}
bool lift_SQRDMLAH_s(Lifter& l, Insn i) {
  return scalar_accumulate(l, i, Op::VSqRdmlah);
}
bool lift_SQRDMLSH_s(Lifter& l, Insn i) {
  return scalar_accumulate(l, i, Op::VSqRdmlsh);
}

}  // namespace veneer::a64
