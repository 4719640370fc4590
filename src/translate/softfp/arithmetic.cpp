#include "translate/softfp/arithmetic.h"

#include <utility>

#include "translate/softfp/real.h"

namespace veneer::softfp {
namespace {

// A sum of finite terms, rounded. An exact zero is positive except when rounding down.
template <class F>
typename F::Bits round_sum(Env& env, const Real& v) {
  if (v.magnitude == 0) return F::zero(zero_sum_sign(env.rounding));
  return round<F>(env, v);
}

// x + y where neither is a NaN.
template <class F>
typename F::Bits add_unpacked(Env& env, const Unpacked& x, const Unpacked& y) {
  if (x.infinity() && y.infinity() && x.sign != y.sign) return invalid<F>(env);
  if (x.infinity() || y.infinity()) return F::infinity(x.infinity() ? x.sign : y.sign);
  if (x.zero() && y.zero()) return F::zero(x.sign == y.sign ? x.sign : zero_sum_sign(env.rounding));
  if (x.zero()) return round<F>(env, term(y));
  if (y.zero()) return round<F>(env, term(x));
  return round_sum<F>(env, sum(term(x), term(y)));
}

bool zero_times_infinity(const Unpacked& x, const Unpacked& y) {
  return (x.zero() && y.infinity()) || (x.infinity() && y.zero());
}

// x * y where neither is a NaN, nor one zero and the other infinite.
template <class F>
typename F::Bits mul_unpacked(Env& env, const Unpacked& x, const Unpacked& y) {
  const bool sign = x.sign != y.sign;
  if (x.infinity() || y.infinity()) return F::infinity(sign);
  if (x.zero() || y.zero()) return F::zero(sign);
  return round<F>(env, product(x, y));
}

// (constant - a * b) * 2^scale, the steps of the Newton-Raphson iterations. The first operand is negated
// before NaNs are looked at, as in the manual's pseudocode.
template <class F>
typename F::Bits step(Env& env, typename F::Bits a, typename F::Bits b, u64 constant, s32 scale,
                      typename F::Bits of_zero_times_infinity) {
  a = F::negate(a);
  const Unpacked x = unpack<F>(env, a), y = unpack<F>(env, b);
  if (const auto nan = process_nans<F>(env, {a, b})) return *nan;
  if (zero_times_infinity(x, y)) return of_zero_times_infinity;
  if (x.infinity() || y.infinity()) return F::infinity(x.sign != y.sign);
  Real v{.sign = false, .sticky = false, .exponent = -124, .magnitude = u128{constant} << 124};
  if (!x.zero() && !y.zero()) v = sum(v, product(x, y));
  v.exponent += scale;
  return round_sum<F>(env, v);
}

}  // namespace

template <class F>
typename F::Bits add(Env& env, typename F::Bits a, typename F::Bits b) {
  const Unpacked x = unpack<F>(env, a), y = unpack<F>(env, b);
  if (const auto nan = process_nans<F>(env, {a, b})) return *nan;
  return add_unpacked<F>(env, x, y);
}

template <class F>
typename F::Bits sub(Env& env, typename F::Bits a, typename F::Bits b) {
  Unpacked x = unpack<F>(env, a), y = unpack<F>(env, b);
  if (const auto nan = process_nans<F>(env, {a, b})) return *nan;
  y.sign = !y.sign;
  return add_unpacked<F>(env, x, y);
}

template <class F>
typename F::Bits mul(Env& env, typename F::Bits a, typename F::Bits b) {
  const Unpacked x = unpack<F>(env, a), y = unpack<F>(env, b);
  if (const auto nan = process_nans<F>(env, {a, b})) return *nan;
  if (zero_times_infinity(x, y)) return invalid<F>(env);
  return mul_unpacked<F>(env, x, y);
}

template <class F>
typename F::Bits mulx(Env& env, typename F::Bits a, typename F::Bits b) {
  const Unpacked x = unpack<F>(env, a), y = unpack<F>(env, b);
  if (const auto nan = process_nans<F>(env, {a, b})) return *nan;
  if (zero_times_infinity(x, y)) return F::two(x.sign != y.sign);
  return mul_unpacked<F>(env, x, y);
}

template <class F>
typename F::Bits div(Env& env, typename F::Bits a, typename F::Bits b) {
  const Unpacked x = unpack<F>(env, a), y = unpack<F>(env, b);
  if (const auto nan = process_nans<F>(env, {a, b})) return *nan;
  const bool sign = x.sign != y.sign;
  if ((x.infinity() && y.infinity()) || (x.zero() && y.zero())) return invalid<F>(env);
  if (x.infinity() || y.zero()) {
    if (!x.infinity()) env.raise(fpsr::kDZC);
    return F::infinity(sign);
  }
  if (x.zero() || y.infinity()) return F::zero(sign);
  return round<F>(env, quotient(x, y));
}

template <class F>
typename F::Bits sqrt(Env& env, typename F::Bits a) {
  const Unpacked x = unpack<F>(env, a);
  if (x.nan()) return process_nan<F>(env, a);
  if (x.zero()) return F::zero(x.sign);
  if (x.sign) return invalid<F>(env);
  if (x.infinity()) return a;
  return round<F>(env, root(x));
}

template <class F>
typename F::Bits mul_add(Env& env, typename F::Bits addend, typename F::Bits a, typename F::Bits b) {
  const Unpacked c = unpack<F>(env, addend), x = unpack<F>(env, a), y = unpack<F>(env, b);
  const bool undefined_product = zero_times_infinity(x, y);
  if (const auto nan = process_nans<F>(env, {addend, a, b})) {
    // A quiet NaN does not hide an undefined product.
    return c.cls == Class::QuietNan && undefined_product ? invalid<F>(env) : *nan;
  }
  const bool sign = x.sign != y.sign;
  const bool infinite = x.infinity() || y.infinity();
  if (undefined_product || (c.infinity() && infinite && c.sign != sign)) return invalid<F>(env);
  if (c.infinity() || infinite) return F::infinity(c.infinity() ? c.sign : sign);
  if (x.zero() || y.zero()) {
    if (!c.zero()) return round<F>(env, term(c));
    return F::zero(c.sign == sign ? sign : zero_sum_sign(env.rounding));
  }
  if (c.zero()) return round<F>(env, product(x, y));
  return round_sum<F>(env, sum(term(c), product(x, y)));
}

template <class F>
typename F::Bits recip_step(Env& env, typename F::Bits a, typename F::Bits b) {
  return step<F>(env, a, b, 2, 0, F::two(false));
}

template <class F>
typename F::Bits rsqrt_step(Env& env, typename F::Bits a, typename F::Bits b) {
  return step<F>(env, a, b, 3, -1, F::one_point_five(false));
}

#define INSTANTIATE(F)                                          \
  template F::Bits add<F>(Env&, F::Bits, F::Bits);              \
  template F::Bits sub<F>(Env&, F::Bits, F::Bits);              \
  template F::Bits mul<F>(Env&, F::Bits, F::Bits);              \
  template F::Bits mulx<F>(Env&, F::Bits, F::Bits);             \
  template F::Bits div<F>(Env&, F::Bits, F::Bits);              \
  template F::Bits sqrt<F>(Env&, F::Bits);                      \
  template F::Bits mul_add<F>(Env&, F::Bits, F::Bits, F::Bits); \
  template F::Bits recip_step<F>(Env&, F::Bits, F::Bits);       \
  template F::Bits rsqrt_step<F>(Env&, F::Bits, F::Bits);
INSTANTIATE(Half)
INSTANTIATE(Single)
INSTANTIATE(Double)
#undef INSTANTIATE

}  // namespace veneer::softfp
