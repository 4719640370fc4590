// Floating point of the classes Advanced SIMD two-register miscellaneous, the same (FP16), and their scalar
// counterparts (Arm ARM C4.1), except conversions: see simd_fp_conversions.cpp.
#include "isa/aarch64/lift.h"
#include "isa/aarch64/lift/fp_form.h"

namespace veneer::a64 {

using ir::Round;

namespace {

using Unary = Value (*)(const FpForm&, Value);

bool unary(const std::optional<FpForm>& f, Insn i, Unary compute) {
  if (!f) return false;
  f->write(i.rd(), compute(*f, f->read(i.rn())));
  return true;
}

template <Op op>
Value plain(const FpForm& f, Value a) {
  return f.un(op, a);
}

template <Round round, bool exact = false>
Value round_int(const FpForm& f, Value a) {
  return f.round_int(a, round, exact);
}

template <Op op>
Value compare_zero(const FpForm& f, Value a) {
  return f.bin(op, a, f.zero());
}

// a <= 0 is 0 >= a.
template <Op op>
Value compare_zero_swapped(const FpForm& f, Value a) {
  return f.bin(op, f.zero(), a);
}

}  // namespace

#define VENEER_VECTOR(name, ...)                          \
  bool lift_##name##_v(Lifter& l, Insn i) {               \
    return unary(simd_vector(l, i), i, __VA_ARGS__);      \
  }                                                       \
  bool lift_##name##_vh(Lifter& l, Insn i) {              \
    return unary(simd_vector_half(l, i), i, __VA_ARGS__); \
  }
#define VENEER_SCALAR(name, ...)                          \
  bool lift_##name##_s(Lifter& l, Insn i) {               \
    return unary(simd_scalar(l, i), i, __VA_ARGS__);      \
  }                                                       \
  bool lift_##name##_sh(Lifter& l, Insn i) {              \
    return unary(simd_scalar_half(l, i), i, __VA_ARGS__); \
  }
#define VENEER_SCALAR_AND_VECTOR(name, ...) VENEER_VECTOR(name, __VA_ARGS__) VENEER_SCALAR(name, __VA_ARGS__)

VENEER_VECTOR(FABS, plain<Op::FAbs>)
VENEER_VECTOR(FNEG, plain<Op::FNeg>)
VENEER_VECTOR(FSQRT, plain<Op::FSqrt>)
VENEER_VECTOR(FRINTN, round_int<Round::NearestEven>)
VENEER_VECTOR(FRINTP, round_int<Round::Up>)
VENEER_VECTOR(FRINTM, round_int<Round::Down>)
VENEER_VECTOR(FRINTZ, round_int<Round::Zero>)
VENEER_VECTOR(FRINTA, round_int<Round::NearestAway>)
VENEER_VECTOR(FRINTX, round_int<Round::Current, true>)
VENEER_VECTOR(FRINTI, round_int<Round::Current>)
VENEER_SCALAR(FRECPX, plain<Op::FRecpX>)
VENEER_SCALAR_AND_VECTOR(FRECPE, plain<Op::FRecpE>)
VENEER_SCALAR_AND_VECTOR(FRSQRTE, plain<Op::FRsqrtE>)
VENEER_SCALAR_AND_VECTOR(FCMEQ_zero, compare_zero<Op::FCmpEq>)
VENEER_SCALAR_AND_VECTOR(FCMGE_zero, compare_zero<Op::FCmpGe>)
VENEER_SCALAR_AND_VECTOR(FCMGT_zero, compare_zero<Op::FCmpGt>)
VENEER_SCALAR_AND_VECTOR(FCMLE_zero, compare_zero_swapped<Op::FCmpGe>)
VENEER_SCALAR_AND_VECTOR(FCMLT_zero, compare_zero_swapped<Op::FCmpGt>)

#undef VENEER_SCALAR_AND_VECTOR
#undef VENEER_SCALAR
#undef VENEER_VECTOR

}  // namespace veneer::a64
