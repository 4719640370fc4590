// Fixed point (Unprivileged ISA 31.12). vxsat is CpuState::saturated.
#include <optional>

#include "isa/riscv64/lift.h"
#include "isa/riscv64/lift/vector.h"

namespace veneer::rv64 {

namespace {

// Elements that are not active must not saturate: they are zeros.
bool saturating(Lifter& l, Insn i, Form form, Op op) {
  if (!is_legal(l, i, form)) return false;
  VectorLifter& v = l.vector;
  if (v.mode().started()) return execute(l, i, form);
  const unsigned sew = v.mode().sew();
  const Value other = form == Form::V ? Value{} : splat_scalar(l, i, form, sew);
  for (unsigned n = 0; n < v.parts(sew); ++n) {
    Value a = v.part(i.rs2(), n), c = form == Form::V ? v.part(i.rs1(), n) : other;
    if (const Value mask = v.active(i, sew, n); mask.valid()) {
      a = l.b.v2(Op::VAnd, 8, true, a, mask);
      c = l.b.v2(Op::VAnd, 8, true, c, mask);
    }
    v.write(i, sew, n, l.b.v2(op, sew, true, a, c));
  }
  return true;
}

// The sum or difference, halved: `down` rounds down, and where the operands differ in their lowest bits, a half
// has gone.
template <Op down>
Value average(Lifter& l, unsigned bits, Value a, Value c) {
  const VectorLifter::Rounding r = l.vector.rounding(bits);
  const Value result = l.b.v2(down, bits, true, a, c);
  const Value adds = l.b.v2(Op::VXor, 8, true, l.b.v2(Op::VAnd, 8, true, result, r.odd), r.flipped);
  const Value half = l.b.v2(Op::VXor, 8, true, a, c);
  return l.b.v2(Op::VAdd, bits, true, result, l.b.v2(Op::VAnd, 8, true, half, adds));
}

// A number that some bits have gone out of, to the right: those of the mask `gone`, above which are those of
// `kept`. It is one more where they and `nearest`, and what the result's lowest bit makes of them, carry out of
// the mask.
struct Shifting {
  Shifting(Lifter& lifter, unsigned element, Value kept_bits, Value gone_bits)
      : l(lifter), bits(element), kept(kept_bits), gone(gone_bits), r(l.vector.rounding(bits)) {
    // All that is less than a half.
    nearest = l.b.v2(Op::VAndNot, 8, true, l.b.v1(Op::VShr, bits, true, gone, 1), r.directed);
  }
  Value rounded(Value result, Value lost) const {
    const auto two = [&](Op op, Value a, Value c) { return l.b.v2(op, bits, true, a, c); };
    const Value odd = two(Op::VXor, two(Op::VAnd, result, r.odd), r.flipped);
    // To odd, anything at all is enough: all of the mask is added.
    const Value last = two(Op::VSub, two(Op::VXor, odd, r.directed), r.directed);
    const Value added = two(Op::VAdd, nearest, two(Op::VAnd, gone, last));
    const Value sum = two(Op::VAdd, two(Op::VAnd, lost, gone), added);
    const Value no_carry = two(Op::VCmpEq, two(Op::VAnd, sum, kept), l.vector.splat(bits, 0));
    return two(Op::VSub, two(Op::VAdd, result, no_carry), l.vector.splat(bits, ~u64{0}));
  }
  Lifter& l;
  unsigned bits;
  Value kept, gone, nearest;
  VectorLifter::Rounding r;
};

Shifting by_number(Lifter& l, unsigned bits, unsigned by) {
  const u64 gone = (u64{1} << by) - 1;
  return {l, bits, l.vector.splat(bits, ~gone), l.vector.splat(bits, gone)};
}
Shifting by_lanes(Lifter& l, unsigned bits, Value by) {
  const Value kept = l.b.v2(Op::VShlBy, bits, true, l.vector.splat(bits, ~u64{0}), by);
  return {l, bits, kept, l.b.v1(Op::VNot, 8, true, kept)};
}

// Elements of `bits`, to the right by a scalar, a number or other elements.
class RightShift {
 public:
  RightShift(Lifter& l, Insn i, Form form, unsigned bits, bool is_signed)
      : l_(l), bits_(bits), number_(i.rs1() & (bits - 1)), is_signed_(is_signed) {
    if (form == Form::U) {
      by_number_ = true;
      if (number_ != 0) shifting_.emplace(by_number(l, bits, number_));
    } else if (form == Form::X) {
      by_ = splat_scalar(l, i, form, bits);
      shifting_.emplace(by_lanes(l, bits, by_));
    }
  }
  // `by`: of the other elements, if it is by those.
  Value operator()(Value a, Value by) const {
    if (by_number_) {
      if (number_ == 0) return a;
      return shifting_->rounded(l_.b.v1(is_signed_ ? Op::VSar : Op::VShr, bits_, true, a, number_), a);
    }
    const Shifting rounding = by.valid() ? by_lanes(l_, bits_, by) : *shifting_;
    const Value amount = by.valid() ? by : by_;
    return rounding.rounded(l_.b.v2(is_signed_ ? Op::VSarBy : Op::VShrBy, bits_, true, a, amount), a);
  }

 private:
  Lifter& l_;
  unsigned bits_, number_;
  bool is_signed_, by_number_ = false;
  Value by_;
  std::optional<Shifting> shifting_;
};

bool shifting(Lifter& l, Insn i, Form form, bool is_signed) {
  if (!is_legal(l, i, form)) return false;
  VectorLifter& v = l.vector;
  if (v.mode().started()) return execute(l, i, form);
  const unsigned sew = v.mode().sew();
  const RightShift shift(l, i, form, sew, is_signed);
  for (unsigned n = 0; n < v.parts(sew); ++n)
    v.write(i, sew, n, shift(v.part(i.rs2(), n), form == Form::V ? v.part(i.rs1(), n) : Value{}));
  return true;
}

// SEW - 1 bits go out of the product, which only that of the least number with itself does not fit afterwards:
// it comes out as the least number.
bool multiply(Lifter& l, Insn i, Form form) {
  if (!is_legal(l, i, form)) return false;
  VectorLifter& v = l.vector;
  if (v.mode().started()) return execute(l, i, form);
  const unsigned sew = v.mode().sew();
  const Value other = form == Form::V ? Value{} : splat_scalar(l, i, form, sew);
  const Value least = v.splat(sew, u64{1} << (sew - 1));
  const Shifting rounding = by_number(l, sew, sew - 1);
  const auto two = [&](Op op, Value a, Value c) { return l.b.v2(op, sew, true, a, c); };
  for (unsigned n = 0; n < v.parts(sew); ++n) {
    const Value a = v.part(i.rs2(), n), c = form == Form::V ? v.part(i.rs1(), n) : other;
    const Value low = two(Op::VMul, a, c);
    const Value result = two(Op::VOr, l.b.v1(Op::VShl, sew, true, two(Op::VMulHiS, a, c), 1),
                             l.b.v1(Op::VShr, sew, true, low, sew - 1));
    Value saturates = two(Op::VAnd, two(Op::VCmpEq, a, least), two(Op::VCmpEq, c, least));
    if (const Value mask = v.active(i, sew, n); mask.valid()) saturates = two(Op::VAnd, saturates, mask);
    l.b.emit(Op::VSaturated, Type::None, {saturates});
    v.write(i, sew, n, two(Op::VXor, rounding.rounded(result, low), saturates));
  }
  return true;
}

// Rounded, and then saturated: of what is not active, zeros.
bool narrowing(Lifter& l, Insn i, Form form, bool is_signed) {
  VectorLifter& v = l.vector;
  const VectorMode mode = v.mode();
  const int wide = mode.lmul() + 1;
  if (mode.ill() || mode.sew() > 32 || wide > 3 || !VectorLifter::is_group(i.rs2(), wide) ||
      !VectorLifter::is_group(i.rd(), mode.lmul()) || !VectorLifter::mask_survives(i) ||
      !VectorLifter::may_narrow(i.rd(), mode.lmul(), i.rs2(), wide) || !VectorLifter::may_read(i, i.rs2()))
    return false;
  if (form == Form::V &&
      (!VectorLifter::is_group(i.rs1(), mode.lmul()) || !VectorLifter::may_read(i, i.rs1()) ||
       !VectorLifter::are_apart(i.rs1(), mode.lmul(), i.rs2(), wide)))
    return false;
  if (mode.started()) return execute(l, i, form);
  const unsigned sew = mode.sew(), wide_parts = v.parts(2 * sew);
  const RightShift shift(l, i, form, 2 * sew, is_signed);
  const auto clipped = [&](unsigned n) {
    const Value by = form == Form::V ? l.b.v1(Op::VUXtl, sew, true, v.part(i.rs1(), n / 2), n % 2) : Value{};
    Value a = shift(v.part(i.rs2(), n), by);
    if (const Value mask = v.active(i, 2 * sew, n); mask.valid()) a = l.b.v2(Op::VAnd, 8, true, a, mask);
    return l.b.v1(is_signed ? Op::VSqXtn : Op::VUqXtn, sew, true, a);
  };
  for (unsigned n = 0; n < v.parts(sew); ++n) {
    const Value low = clipped(2 * n);
    v.write(i, sew, n, 2 * n + 1 < wide_parts ? l.b.v2(Op::VCombine, sew, true, low, clipped(2 * n + 1)) : low);
  }
  return true;
}

}  // namespace

#define SATURATING(name, letter, op)                \
  bool lift_##name##_V##letter(Lifter& l, Insn i) { \
    return saturating(l, i, Form::letter, Op::op);  \
  }
SATURATING(VSADDU, V, VUqAdd)
SATURATING(VSADDU, X, VUqAdd)
SATURATING(VSADDU, I, VUqAdd)
SATURATING(VSADD, V, VSqAdd)
SATURATING(VSADD, X, VSqAdd)
SATURATING(VSADD, I, VSqAdd)
SATURATING(VSSUBU, V, VUqSub)
SATURATING(VSSUBU, X, VUqSub)
SATURATING(VSSUB, V, VSqSub)
SATURATING(VSSUB, X, VSqSub)
#undef SATURATING

#define AVERAGE(name, down)                        \
  bool lift_##name##_VV(Lifter& l, Insn i) {       \
    return each(l, i, Form::V, average<Op::down>); \
  }                                                \
  bool lift_##name##_VX(Lifter& l, Insn i) {       \
    return each(l, i, Form::X, average<Op::down>); \
  }
AVERAGE(VAADDU, VUHAdd)
AVERAGE(VAADD, VSHAdd)
AVERAGE(VASUBU, VUHSub)
AVERAGE(VASUB, VSHSub)
#undef AVERAGE

bool lift_VSMUL_VV(Lifter& l, Insn i) {
  return multiply(l, i, Form::V);
}
bool lift_VSMUL_VX(Lifter& l, Insn i) {
  return multiply(l, i, Form::X);
}

#define SHIFT(name, function, suffix, letter, is_signed) \
  bool lift_##name##_##suffix(Lifter& l, Insn i) {       \
    return function(l, i, Form::letter, is_signed);      \
  }
SHIFT(VSSRL, shifting, VV, V, false)
SHIFT(VSSRL, shifting, VX, X, false)
SHIFT(VSSRL, shifting, VI, U, false)
SHIFT(VSSRA, shifting, VV, V, true)
SHIFT(VSSRA, shifting, VX, X, true)
SHIFT(VSSRA, shifting, VI, U, true)
SHIFT(VNCLIPU, narrowing, WV, V, false)
SHIFT(VNCLIPU, narrowing, WX, X, false)
SHIFT(VNCLIPU, narrowing, WI, U, false)
SHIFT(VNCLIP, narrowing, WV, V, true)
SHIFT(VNCLIP, narrowing, WX, X, true)
SHIFT(VNCLIP, narrowing, WI, U, true)
#undef SHIFT

}  // namespace veneer::rv64
