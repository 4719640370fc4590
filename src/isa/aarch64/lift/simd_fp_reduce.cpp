// Floating point of the classes Advanced SIMD scalar pairwise and across lanes (Arm ARM C4.1).
#include "isa/aarch64/lift.h"
#include "isa/aarch64/lift/fp_form.h"

namespace veneer::a64 {

namespace {

// Of the two lowest elements.
bool reduce_pair(Lifter& l, Insn i, Type type, Op op) {
  FpForm f = FpForm::scalar(l, type);
  Value low = f.lane(i.rn(), 0), high = f.lane(i.rn(), 1);
  f.write(i.rd(), f.bin(op, low, high));
  return true;
}

Type pair_type(Insn i) {
  return i.bit(22) ? Type::F64 : Type::F32;
}

// Neighbours first, as the manual's Reduce() does: the order decides which NaN is propagated. Halving is on
// whole vectors, whose upper elements repeat the lower ones and so raise nothing of their own.
bool reduce_across(Lifter& l, Insn i, unsigned esize, bool q, Op op) {
  Value v = l.v(i.rn());
  for (unsigned count = (q ? 128 : 64) / esize; count > 2; count /= 2) {
    FpForm f = FpForm::vector(l, esize, q);
    Value even = f.bin(Op::VUzp1, v, v), odd = f.bin(Op::VUzp2, v, v);
    v = f.bin(op, even, odd);
  }
  FpForm f = FpForm::scalar(l, esize == 16 ? Type::F16 : Type::F32);
  Value low = l.b.emit(Op::VToF, f.type(), {v});
  Value high = l.b.emit(Op::VToF, f.type(), {l.b.v1(Op::VDupLane, esize, true, v, 1)});
  f.write(i.rd(), f.bin(op, low, high));
  return true;
}

}  // namespace

#define VENEER_PAIR(name, op)                   \
  bool lift_##name##_s(Lifter& l, Insn i) {     \
    return reduce_pair(l, i, pair_type(i), op); \
  }                                             \
  bool lift_##name##_sh(Lifter& l, Insn i) {    \
    return reduce_pair(l, i, Type::F16, op);    \
  }
#define VENEER_ACROSS(name, op)                \
  bool lift_##name##_v(Lifter& l, Insn i) {    \
    return reduce_across(l, i, 32, true, op);  \
  }                                            \
  bool lift_##name##_vh(Lifter& l, Insn i) {   \
    return reduce_across(l, i, 16, i.q(), op); \
  }

VENEER_PAIR(FADDP, Op::FAdd)
VENEER_PAIR(FMAXP, Op::FMax)
VENEER_PAIR(FMINP, Op::FMin)
VENEER_PAIR(FMAXNMP, Op::FMaxNm)
VENEER_PAIR(FMINNMP, Op::FMinNm)
VENEER_ACROSS(FMAXV, Op::FMax)
VENEER_ACROSS(FMINV, Op::FMin)
VENEER_ACROSS(FMAXNMV, Op::FMaxNm)
VENEER_ACROSS(FMINNMV, Op::FMinNm)

#undef VENEER_ACROSS
#undef VENEER_PAIR

}  // namespace veneer::a64
