// Results of twice the width, or half of it (Unprivileged ISA 31.11.2, 31.11.7, 31.11.12, 31.11.14).
#include "isa/riscv64/lift.h"
#include "isa/riscv64/lift/vector.h"

namespace veneer::rv64 {

namespace {

// Calls f(n, a, c, half) for each part n of the result: a and c are the operands' parts that it is made of, and
// `half` which half of those that are narrow.
template <class Fn>
bool widen(Lifter& l, Insn i, Form form, Shape shape, Fn f) {
  if (!is_legal_widening(l, i, form, shape)) return false;
  VectorLifter& v = l.vector;
  if (v.mode().started()) return execute(l, i, form);
  const unsigned sew = v.mode().sew();
  const Value other = form == Form::V ? Value{} : splat_scalar(l, i, form, sew);
  std::array<Value, 16> a{}, c{};
  const unsigned parts = v.parts(2 * sew);
  // All are read before any is written.
  for (unsigned n = 0; n < parts; ++n) {
    a[n] = v.part(i.rs2(), shape == Shape::Wide ? n : n / 2);
    c[n] = form == Form::V ? v.part(i.rs1(), n / 2) : other;
  }
  for (unsigned n = 0; n < parts; ++n) v.write(i, 2 * sew, n, f(n, a[n], c[n], n % 2));
  return true;
}

bool add(Lifter& l, Insn i, Form form, Shape shape, Op op, Op extend) {
  const unsigned sew = l.vector.mode().sew();
  return widen(l, i, form, shape, [&](unsigned, Value a, Value c, unsigned half) {
    if (shape != Shape::Wide) a = l.b.v1(extend, sew, true, a, half);
    return l.b.v2(op, 2 * sew, true, a, l.b.v1(extend, sew, true, c, half));
  });
}
bool multiply(Lifter& l, Insn i, Form form, Shape shape, Op op) {
  const unsigned sew = l.vector.mode().sew();
  return widen(l, i, form, shape, [&](unsigned n, Value a, Value c, unsigned half) {
    const Value product = l.b.v2(op, sew, true, a, c, half);
    return shape == Shape::Sum ? l.b.v2(Op::VAdd, 2 * sew, true, l.vector.part(i.rd(), n), product) : product;
  });
}
// One is signed and the other not: where it is negative, VUMull takes it for 2^SEW more, and the other is too
// much in the upper half of the product.
enum class Signed { First, Second };
bool multiply_mixed(Lifter& l, Insn i, Form form, Shape shape, Signed which) {
  const unsigned sew = l.vector.mode().sew();
  return widen(l, i, form, shape, [&](unsigned n, Value a, Value c, unsigned half) {
    const Value zero = l.vector.splat(64, 0);
    const bool first = which == Signed::First;
    const Value negative = l.b.v2(Op::VCmpGtS, sew, true, zero, first ? a : c);
    const Value excess = l.b.v2(Op::VAnd, 8, true, negative, first ? c : a);
    const Value product = l.b.v2(Op::VSub, 2 * sew, true, l.b.v2(Op::VUMull, sew, true, a, c, half),
                                 l.b.v2(half ? Op::VZip2 : Op::VZip1, sew, true, zero, excess));
    return shape == Shape::Sum ? l.b.v2(Op::VAdd, 2 * sew, true, l.vector.part(i.rd(), n), product) : product;
  });
}

// Zvbb's.
bool shift_left(Lifter& l, Insn i, Form form) {
  const unsigned sew = l.vector.mode().sew();
  const Value other = form == Form::X ? splat_scalar(l, i, form, 2 * sew) : Value{};
  return widen(l, i, form, Shape::Narrow, [&](unsigned, Value a, Value c, unsigned half) {
    const Value wide = l.b.v1(Op::VUXtl, sew, true, a, half);
    if (form == Form::U) {
      const unsigned by = i.rs1() & (2 * sew - 1);
      return by == 0 ? wide : l.b.v1(Op::VShl, 2 * sew, true, wide, by);
    }
    return l.b.v2(Op::VShlBy, 2 * sew, true, wide,
                  form == Form::X ? other : l.b.v1(Op::VUXtl, sew, true, c, half));
  });
}

bool narrow(Lifter& l, Insn i, Form form, Op by_vector, Op by_number) {
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
  const unsigned sew = mode.sew();
  const Value other = form == Form::X ? splat_scalar(l, i, form, 2 * sew) : Value{};
  const auto shifted = [&](Value a, unsigned n) {
    if (form == Form::U) {
      const unsigned by = i.rs1() & (2 * sew - 1);
      return by == 0 ? a : l.b.v1(by_number, 2 * sew, true, a, by);
    }
    return l.b.v2(by_vector, 2 * sew, true, a,
                  form == Form::X ? other : l.b.v1(Op::VUXtl, sew, true, v.part(i.rs1(), n / 2), n % 2));
  };
  const unsigned wide_parts = v.parts(2 * sew);
  for (unsigned n = 0; n < v.parts(sew); ++n) {
    const Value low = shifted(v.part(i.rs2(), 2 * n), 2 * n);
    const Value high = 2 * n + 1 < wide_parts ? shifted(v.part(i.rs2(), 2 * n + 1), 2 * n + 1) : low;
    v.write(i, sew, n, l.b.v2(Op::VUzp1, sew, true, low, high));
  }
  return true;
}

}  // namespace

#define ADD(name, op, extend)                                     \
  bool lift_##name##_VV(Lifter& l, Insn i) {                      \
    return add(l, i, Form::V, Shape::Narrow, Op::op, Op::extend); \
  }                                                               \
  bool lift_##name##_VX(Lifter& l, Insn i) {                      \
    return add(l, i, Form::X, Shape::Narrow, Op::op, Op::extend); \
  }                                                               \
  bool lift_##name##_WV(Lifter& l, Insn i) {                      \
    return add(l, i, Form::V, Shape::Wide, Op::op, Op::extend);   \
  }                                                               \
  bool lift_##name##_WX(Lifter& l, Insn i) {                      \
    return add(l, i, Form::X, Shape::Wide, Op::op, Op::extend);   \
  }
ADD(VWADDU, VAdd, VUXtl)
ADD(VWADD, VAdd, VSXtl)
ADD(VWSUBU, VSub, VUXtl)
ADD(VWSUB, VSub, VSXtl)
#undef ADD

#define MULTIPLY(name, shape, op)                         \
  bool lift_##name##_VV(Lifter& l, Insn i) {              \
    return multiply(l, i, Form::V, Shape::shape, Op::op); \
  }                                                       \
  bool lift_##name##_VX(Lifter& l, Insn i) {              \
    return multiply(l, i, Form::X, Shape::shape, Op::op); \
  }
MULTIPLY(VWMULU, Narrow, VUMull)
MULTIPLY(VWMUL, Narrow, VSMull)
MULTIPLY(VWMACCU, Sum, VUMull)
MULTIPLY(VWMACC, Sum, VSMull)
#undef MULTIPLY

#define MIXED(name, letter, shape, which)                                   \
  bool lift_##name##_V##letter(Lifter& l, Insn i) {                         \
    return multiply_mixed(l, i, Form::letter, Shape::shape, Signed::which); \
  }
MIXED(VWMULSU, V, Narrow, First)
MIXED(VWMULSU, X, Narrow, First)
MIXED(VWMACCSU, V, Sum, Second)
MIXED(VWMACCSU, X, Sum, Second)
MIXED(VWMACCUS, X, Sum, First)
#undef MIXED

bool lift_VWSLL_VV(Lifter& l, Insn i) {
  return shift_left(l, i, Form::V);
}
bool lift_VWSLL_VX(Lifter& l, Insn i) {
  return shift_left(l, i, Form::X);
}
bool lift_VWSLL_VI(Lifter& l, Insn i) {
  return shift_left(l, i, Form::U);
}

#define NARROW(name, by_vector, by_number)                      \
  bool lift_##name##_WV(Lifter& l, Insn i) {                    \
    return narrow(l, i, Form::V, Op::by_vector, Op::by_number); \
  }                                                             \
  bool lift_##name##_WX(Lifter& l, Insn i) {                    \
    return narrow(l, i, Form::X, Op::by_vector, Op::by_number); \
  }                                                             \
  bool lift_##name##_WI(Lifter& l, Insn i) {                    \
    return narrow(l, i, Form::U, Op::by_vector, Op::by_number); \
  }
NARROW(VNSRL, VShrBy, VShr)
NARROW(VNSRA, VSarBy, VSar)
#undef NARROW

}  // namespace veneer::rv64
