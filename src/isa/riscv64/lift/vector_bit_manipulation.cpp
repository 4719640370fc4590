// Zvbb, but for its widening shift (Unprivileged ISA 34.2).
#include "isa/riscv64/lift.h"
#include "isa/riscv64/lift/vector.h"

namespace veneer::rv64 {

namespace {

Value and_not(Lifter& l, unsigned, Value a, Value c) {
  return l.b.v2(Op::VAndNot, 8, true, a, c);
}

// By `c`, and by what is missing of a whole turn the other way.
template <Op shift, Op back>
Value rotated(Lifter& l, unsigned bits, Value a, Value c) {
  return l.b.v2(Op::VOr, 8, true, l.b.v2(shift, bits, true, a, c),
                l.b.v2(back, bits, true, a, l.b.v1(Op::VNeg, bits, true, c)));
}
constexpr Lanes kLeft = rotated<Op::VShlBy, Op::VShrBy>, kRight = rotated<Op::VShrBy, Op::VShlBy>;

Value bytes_reversed(Lifter& l, unsigned bits, Value a) {
  if (bits == 8) return a;
  return l.b.v1(bits == 16 ? Op::VRev16 : bits == 32 ? Op::VRev32 : Op::VRev64, 8, true, a);
}
Value bits_of_bytes_reversed(Lifter& l, unsigned, Value a) {
  return l.b.v1(Op::VRbit, 8, true, a);
}
Value bits_reversed(Lifter& l, unsigned bits, Value a) {
  return bits_of_bytes_reversed(l, bits, bytes_reversed(l, bits, a));
}
Value leading_zeros(Lifter& l, unsigned bits, Value a) {
  return l.b.v1(Op::VClz, bits, true, a);
}
Value ones(Lifter& l, unsigned bits, Value a) {
  return l.b.v1(Op::VCnt, bits, true, a);
}
// They are what becomes of ones in a - 1, where a has none.
Value trailing_zeros(Lifter& l, unsigned bits, Value a) {
  const Value less = l.b.v2(Op::VAdd, bits, true, a, l.vector.splat(bits, ~u64{0}));
  return ones(l, bits, l.b.v2(Op::VAndNot, 8, true, less, a));
}

// vd[n] = f(vs2[n]).
bool each_one(Lifter& l, Insn i, Value (*f)(Lifter&, unsigned, Value)) {
  if (!is_legal(l, i, Form::X)) return false;
  VectorLifter& v = l.vector;
  const unsigned sew = v.mode().sew();
  if (v.mode().started()) return execute(l, i, Form::V);
  for (unsigned n = 0; n < v.parts(sew); ++n) v.write(i, sew, n, f(l, sew, v.part(i.rs2(), n)));
  return true;
}

}  // namespace

bool lift_VANDN_VV(Lifter& l, Insn i) {
  return each(l, i, Form::V, and_not);
}
bool lift_VANDN_VX(Lifter& l, Insn i) {
  return each(l, i, Form::X, and_not);
}
bool lift_VROL_VV(Lifter& l, Insn i) {
  return each(l, i, Form::V, kLeft);
}
bool lift_VROL_VX(Lifter& l, Insn i) {
  return each(l, i, Form::X, kLeft);
}
bool lift_VROR_VV(Lifter& l, Insn i) {
  return each(l, i, Form::V, kRight);
}
bool lift_VROR_VX(Lifter& l, Insn i) {
  return each(l, i, Form::X, kRight);
}
bool lift_VROR_VI(Lifter& l, Insn i) {
  if (!is_legal(l, i, Form::U)) return false;
  VectorLifter& v = l.vector;
  const unsigned sew = v.mode().sew(), amount = i.rs1() | unsigned{i.bit(26)} << 5, by = amount & (sew - 1);
  if (v.mode().started()) {
    execute(l, i, l.b.i64(amount), l.b.i64(0));
    return true;
  }
  for (unsigned n = 0; n < v.parts(sew); ++n) {
    const Value a = v.part(i.rs2(), n);
    v.write(i, sew, n,
            by == 0 ? a
                    : l.b.v2(Op::VOr, 8, true, l.b.v1(Op::VShr, sew, true, a, by),
                             l.b.v1(Op::VShl, sew, true, a, sew - by)));
  }
  return true;
}

bool lift_VBREV8_V(Lifter& l, Insn i) {
  return each_one(l, i, bits_of_bytes_reversed);
}
bool lift_VREV8_V(Lifter& l, Insn i) {
  return each_one(l, i, bytes_reversed);
}
bool lift_VBREV_V(Lifter& l, Insn i) {
  return each_one(l, i, bits_reversed);
}
bool lift_VCLZ_V(Lifter& l, Insn i) {
  return each_one(l, i, leading_zeros);
}
bool lift_VCTZ_V(Lifter& l, Insn i) {
  return each_one(l, i, trailing_zeros);
}
bool lift_VCPOP_V(Lifter& l, Insn i) {
  return each_one(l, i, ones);
}

}  // namespace veneer::rv64
