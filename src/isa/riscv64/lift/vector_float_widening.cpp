// Floating point of twice the width (Unprivileged ISA 31.13.2, 31.13.5, 31.13.7): what is narrow is converted,
// which is exact.
#include "isa/riscv64/lift.h"
#include "isa/riscv64/lift/vector_float.h"

namespace veneer::rv64 {

namespace {

// f(part of vs2, other operand's, part of vd), all of the wide elements.
using WideLanes = Value (*)(Lifter& l, unsigned bits, Value a, Value c, Value d);

bool widen(Lifter& l, Insn i, Form form, Shape shape, WideLanes f) {
  VectorLifter& v = l.vector;
  const unsigned sew = v.mode().sew(), wide = 2 * sew;
  if (!is_legal_widening(l, i, form, shape) || !has_format(l, wide) || !begins(l, sew)) return false;
  if (v.mode().started()) return by_elements(l, i, form);
  const unsigned parts = v.parts(wide);
  const Value scalar = form == Form::V ? Value{} : splat_float(l, i, sew);
  Value wide_scalar;  // where every element is active
  std::array<Value, 16> a{}, c{};
  // All are read before any is written.
  for (unsigned n = 0; n < parts; ++n) {
    a[n] = v.part(i.rs2(), shape == Shape::Wide ? n : n / 2);
    c[n] = form == Form::V ? v.part(i.rs1(), n / 2) : scalar;
  }
  for (unsigned n = 0; n < parts; ++n) {
    const Value narrow_mask = v.active(i, sew, n / 2), wide_mask = v.active(i, wide, n);
    const auto widen_half = [&](Value x) {
      return widened(l, sew, where(l, narrow_mask, x), n % 2, Nans::Any);
    };
    const Value first = shape == Shape::Wide ? where(l, wide_mask, a[n]) : widen_half(a[n]);
    Value other;
    if (form == Form::V || narrow_mask.valid()) {
      other = widen_half(c[n]);
    } else {
      if (!wide_scalar.valid()) wide_scalar = widen_half(scalar);
      other = wide_scalar;
    }
    const Value d = shape == Shape::Sum ? where(l, wide_mask, v.part(i.rd(), n)) : Value{};
    v.write(i, wide, n, f(l, wide, first, other, d));
  }
  return true;
}

}  // namespace

#define LANES(expression) \
  [](Lifter& l, unsigned bits, Value a, Value c, [[maybe_unused]] Value d) { return expression; }
#define FORMS(name, shape, v_form, f_form, ...)                  \
  bool lift_##name##_##v_form(Lifter& lifter, Insn i) {          \
    return widen(lifter, i, Form::V, Shape::shape, __VA_ARGS__); \
  }                                                              \
  bool lift_##name##_##f_form(Lifter& lifter, Insn i) {          \
    return widen(lifter, i, Form::X, Shape::shape, __VA_ARGS__); \
  }
FORMS(VFWADD, Narrow, VV, VF, LANES(binary(l, Op::FAdd, bits, a, c)))
FORMS(VFWADD, Wide, WV, WF, LANES(binary(l, Op::FAdd, bits, a, c)))
FORMS(VFWSUB, Narrow, VV, VF, LANES(binary(l, Op::FSub, bits, a, c)))
FORMS(VFWSUB, Wide, WV, WF, LANES(binary(l, Op::FSub, bits, a, c)))
FORMS(VFWMUL, Narrow, VV, VF, LANES(binary(l, Op::FMul, bits, a, c)))
FORMS(VFWMACC, Sum, VV, VF, LANES(multiply_add(l, bits, d, a, c)))
FORMS(VFWNMACC, Sum, VV, VF, LANES(multiply_add(l, bits, negate(l, bits, d), negate(l, bits, a), c)))
FORMS(VFWMSAC, Sum, VV, VF, LANES(multiply_add(l, bits, negate(l, bits, d), a, c)))
FORMS(VFWNMSAC, Sum, VV, VF, LANES(multiply_add(l, bits, d, negate(l, bits, a), c)))
#undef FORMS
#undef LANES

}  // namespace veneer::rv64
