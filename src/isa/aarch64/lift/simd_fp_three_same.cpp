// Floating point of the classes Advanced SIMD three same, three same (FP16), and their scalar counterparts
// (Arm ARM C4.1).
#include "isa/aarch64/lift.h"
#include "isa/aarch64/lift/fp_form.h"

namespace veneer::a64 {

namespace {

using Binary = Value (*)(const FpForm&, Value, Value);

bool binary(const std::optional<FpForm>& f, Insn i, Binary compute) {
  if (!f) return false;
  Value a = f->read(i.rn()), b = f->read(i.rm());
  f->write(i.rd(), compute(*f, a, b));
  return true;
}

bool multiply_accumulate(const std::optional<FpForm>& f, Insn i, bool subtract) {
  if (!f) return false;
  Value acc = f->read(i.rd()), a = f->read(i.rn()), b = f->read(i.rm());
  if (subtract) a = f->un(Op::FNeg, a);
  f->write(i.rd(), f->mul_add(acc, a, b));
  return true;
}

template <Op op>
Value plain(const FpForm& f, Value a, Value b) {
  return f.bin(op, a, b);
}

// Of adjacent pairs of a, then of b.
template <Op op>
Value pairwise(const FpForm& f, Value a, Value b) {
  Value even = f.bin(Op::VUzp1, a, b), odd = f.bin(Op::VUzp2, a, b);
  return f.bin(op, even, odd);
}

template <Op op>
Value absolute_compare(const FpForm& f, Value a, Value b) {
  a = f.un(Op::FAbs, a);
  return f.bin(op, a, f.un(Op::FAbs, b));
}

Value absolute_difference(const FpForm& f, Value a, Value b) {
  return f.un(Op::FAbs, f.bin(Op::FSub, a, b));
}

}  // namespace

#define VENEER_VECTOR(name, compute)                   \
  bool lift_##name##_v(Lifter& l, Insn i) {            \
    return binary(simd_vector(l, i), i, compute);      \
  }                                                    \
  bool lift_##name##_vh(Lifter& l, Insn i) {           \
    return binary(simd_vector_half(l, i), i, compute); \
  }
#define VENEER_SCALAR_AND_VECTOR(name, compute)        \
  VENEER_VECTOR(name, compute)                         \
  bool lift_##name##_s(Lifter& l, Insn i) {            \
    return binary(simd_scalar(l, i), i, compute);      \
  }                                                    \
  bool lift_##name##_sh(Lifter& l, Insn i) {           \
    return binary(simd_scalar_half(l, i), i, compute); \
  }

VENEER_VECTOR(FADD, plain<Op::FAdd>)
VENEER_VECTOR(FSUB, plain<Op::FSub>)
VENEER_VECTOR(FMUL, plain<Op::FMul>)
VENEER_VECTOR(FDIV, plain<Op::FDiv>)
VENEER_VECTOR(FMAX, plain<Op::FMax>)
VENEER_VECTOR(FMIN, plain<Op::FMin>)
VENEER_VECTOR(FMAXNM, plain<Op::FMaxNm>)
VENEER_VECTOR(FMINNM, plain<Op::FMinNm>)
VENEER_VECTOR(FADDP, pairwise<Op::FAdd>)
VENEER_VECTOR(FMAXP, pairwise<Op::FMax>)
VENEER_VECTOR(FMINP, pairwise<Op::FMin>)
VENEER_VECTOR(FMAXNMP, pairwise<Op::FMaxNm>)
VENEER_VECTOR(FMINNMP, pairwise<Op::FMinNm>)
VENEER_SCALAR_AND_VECTOR(FMULX, plain<Op::FMulX>)
VENEER_SCALAR_AND_VECTOR(FRECPS, plain<Op::FRecpStep>)
VENEER_SCALAR_AND_VECTOR(FRSQRTS, plain<Op::FRsqrtStep>)
VENEER_SCALAR_AND_VECTOR(FCMEQ, plain<Op::FCmpEq>)
VENEER_SCALAR_AND_VECTOR(FCMGE, plain<Op::FCmpGe>)
VENEER_SCALAR_AND_VECTOR(FCMGT, plain<Op::FCmpGt>)
VENEER_SCALAR_AND_VECTOR(FACGE, absolute_compare<Op::FCmpGe>)
VENEER_SCALAR_AND_VECTOR(FACGT, absolute_compare<Op::FCmpGt>)
VENEER_SCALAR_AND_VECTOR(FABD, absolute_difference)

#undef VENEER_SCALAR_AND_VECTOR
#undef VENEER_VECTOR

bool lift_FMLA_v(Lifter& l, Insn i) {
  return multiply_accumulate(simd_vector(l, i), i, false);
}
bool lift_FMLA_vh(Lifter& l, Insn i) {
  return multiply_accumulate(simd_vector_half(l, i), i, false);
}
bool lift_FMLS_v(Lifter& l, Insn i) {
  return multiply_accumulate(simd_vector(l, i), i, true);
}
bool lift_FMLS_vh(Lifter& l, Insn i) {
  return multiply_accumulate(simd_vector_half(l, i), i, true);
}

}  // namespace veneer::a64
