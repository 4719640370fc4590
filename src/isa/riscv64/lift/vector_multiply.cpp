// High halves of products, and quotients (Unprivileged ISA 31.11.10, 31.11.11).
#include "isa/riscv64/lift.h"
#include "isa/riscv64/lift/vector.h"

namespace veneer::rv64 {

namespace {

template <Op op>
Value high_half(Lifter& l, unsigned bits, Value a, Value c) {
  return l.b.v2(op, bits, true, a, c);
}
// A negative a is 2^bits less than VMulHiU takes it for.
Value mixed_high_half(Lifter& l, unsigned bits, Value a, Value c) {
  const Value negative = l.b.v2(Op::VCmpGtS, bits, true, l.vector.splat(bits, 0), a);
  return l.b.v2(Op::VSub, bits, true, l.b.v2(Op::VMulHiU, bits, true, a, c),
                l.b.v2(Op::VAnd, 8, true, negative, c));
}

// x / 0 is -1, and the quotient that overflows is the dividend.
template <Op op>
Value quotient(Lifter& l, unsigned bits, Value a, Value c) {
  const Value by_zero = l.b.v2(Op::VCmpEq, bits, true, c, l.vector.splat(bits, 0));
  return l.b.v2(Op::VOr, 8, true, l.b.v2(op, bits, true, a, c), by_zero);
}
// The IR's x / 0 is 0, so that the remainder is x, as it is to be; and that of the overflow is 0.
template <Op op>
Value remainder(Lifter& l, unsigned bits, Value a, Value c) {
  return l.b.v2(Op::VSub, bits, true, a, l.b.v2(Op::VMul, bits, true, l.b.v2(op, bits, true, a, c), c));
}

}  // namespace

#define FORMS(name, ...)                     \
  bool lift_##name##_VV(Lifter& l, Insn i) { \
    return each(l, i, Form::V, __VA_ARGS__); \
  }                                          \
  bool lift_##name##_VX(Lifter& l, Insn i) { \
    return each(l, i, Form::X, __VA_ARGS__); \
  }
FORMS(VMULH, high_half<Op::VMulHiS>)
FORMS(VMULHU, high_half<Op::VMulHiU>)
FORMS(VMULHSU, mixed_high_half)
FORMS(VDIV, quotient<Op::VDivS>)
FORMS(VDIVU, quotient<Op::VDivU>)
FORMS(VREM, remainder<Op::VDivS>)
FORMS(VREMU, remainder<Op::VDivU>)
#undef FORMS

}  // namespace veneer::rv64
