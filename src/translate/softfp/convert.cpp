#include "translate/softfp/convert.h"

#include <algorithm>

#include "translate/softfp/round.h"

namespace veneer::softfp {
namespace {

Real real(const Unpacked& v, s32 scale = 0) {
  return {.sign = v.sign, .sticky = false, .exponent = v.exponent + scale, .magnitude = v.significand};
}

// The NaN with as much of the payload as fits.
template <class To, class From>
typename To::Bits convert_nan(typename From::Bits v) {
  constexpr int kShift = static_cast<int>(To::kFracBits) - static_cast<int>(From::kFracBits);
  u64 payload = From::fraction(v);
  if constexpr (kShift >= 0) {
    payload <<= kShift;
  } else {
    payload >>= -kShift;
  }
  return To::pack(From::sign(v), To::kExpMax, payload | To::kQuiet);
}

// Of a finite value below 2^66; anything at or above that comes out as 2^66.
Shifted to_integer(const Real& v, Rounding rounding) {
  if (v.exponent + top_bit(v.magnitude) >= 66) return {u128{1} << 66, false, false};
  Shifted kept = shift_right(v.magnitude, -v.exponent, false);
  if (rounds_up(rounding, v.sign, kept)) ++kept.value;
  return kept;
}

}  // namespace

template <class To, class From>
typename To::Bits convert(Env& env, typename From::Bits v, Rounding rounding) {
  const Unpacked x = unpack<From>(env, v, Use::Conversion);
  const bool alt = std::is_same_v<To, Half> && env.alt_half;
  if (x.nan()) {
    if (alt || x.snan()) env.raise(fpsr::kIOC);
    if (alt) return To::zero(x.sign);
    return env.default_nan ? To::default_nan() : convert_nan<To, From>(v);
  }
  if (x.infinity()) {
    if (!alt) return To::infinity(x.sign);
    env.raise(fpsr::kIOC);
    return To::pack(x.sign, To::kExpMax, To::kFracMask);
  }
  if (x.zero()) return To::zero(x.sign);
  return round<To>(env, real(x), rounding, Use::Conversion);
}

template <class F>
typename F::Bits round_to_integral(Env& env, typename F::Bits v, Rounding rounding, bool raise_inexact) {
  const Unpacked x = unpack<F>(env, v);
  if (x.nan()) return process_nan<F>(env, v);
  if (x.zero()) return F::zero(x.sign);
  // Infinities, and values without bits below one.
  if (x.infinity() || x.scale() >= static_cast<s32>(F::kFracBits)) return v;
  const Shifted kept = to_integer(real(x), rounding);
  if (raise_inexact && !kept.exact()) env.raise(fpsr::kIXC);
  if (kept.value == 0) return F::zero(x.sign);
  return round<F>(env, {.sign = x.sign, .sticky = false, .exponent = 0, .magnitude = kept.value},
                  Rounding::Zero);
}

template <class F>
u64 to_fixed(Env& env, typename F::Bits v, unsigned width, unsigned fraction_bits, bool is_unsigned,
             Rounding rounding, NanAsInteger nan) {
  const Unpacked x = unpack<F>(env, v);
  if (x.nan()) {
    env.raise(fpsr::kIOC);
    if (nan == NanAsInteger::Zero) return 0;
    return ~u64{0} >> (is_unsigned ? 0 : 1) >> (64 - width);
  }
  if (x.zero()) return 0;
  Shifted kept{u128{1} << 66, false, false};  // infinity, as to_integer has it
  if (x.finite()) kept = to_integer(real(x, static_cast<s32>(fraction_bits)), rounding);

  const u64 mask = ~u64{0} >> (64 - width);
  const u64 top = u64{1} << (width - 1);
  u64 limit = mask;  // of the magnitude
  if (is_unsigned) {
    if (x.sign) limit = 0;
  } else {
    limit = x.sign ? top : top - 1;
  }
  u64 magnitude = static_cast<u64>(kept.value);
  if (kept.value > limit) {
    env.raise(fpsr::kIOC);
    magnitude = limit;
  } else if (!kept.exact()) {
    env.raise(fpsr::kIXC);
  }
  return (x.sign ? 0 - magnitude : magnitude) & mask;
}

template <class F>
typename F::Bits from_fixed(Env& env, u64 v, unsigned fraction_bits, bool is_unsigned) {
  if (v == 0) return F::zero(false);
  const bool sign = !is_unsigned && v >> 63 != 0;
  return round<F>(env, {.sign = sign,
                        .sticky = false,
                        .exponent = -static_cast<s32>(fraction_bits),
                        .magnitude = sign ? 0 - v : v});
}

JsInteger to_js_integer(Env& env, u64 v) {
  using F = Double;
  const Unpacked x = unpack<F>(env, v);
  if (x.nan() || x.infinity()) {
    env.raise(fpsr::kIOC);
    return {0, false};
  }
  // A flushed denormal counts as inexact here, though only as an input denormal in the flags.
  if (x.zero()) return {0, !x.sign && F::fraction(v) == 0};
  // Every bit of a value at or above 2^116 is above the low 32.
  if (x.exponent > 53) {
    env.raise(fpsr::kIOC);
    return {0, false};
  }
  const Shifted kept = shift_right(x.significand, -x.exponent, false);
  const u32 low = static_cast<u32>(kept.value);
  const u128 limit = x.sign ? u128{1} << 31 : (u128{1} << 31) - 1;
  bool exact = true;
  if (kept.value > limit) {
    env.raise(fpsr::kIOC);
    exact = false;
  } else if (!kept.exact()) {
    env.raise(fpsr::kIXC);
    exact = false;
  }
  return {x.sign ? 0 - low : low, exact};
}

#define INSTANTIATE(F)                                                                       \
  template F::Bits round_to_integral<F>(Env&, F::Bits, Rounding, bool);                      \
  template u64 to_fixed<F>(Env&, F::Bits, unsigned, unsigned, bool, Rounding, NanAsInteger); \
  template F::Bits from_fixed<F>(Env&, u64, unsigned, bool);
INSTANTIATE(Half)
INSTANTIATE(Single)
INSTANTIATE(Double)
#undef INSTANTIATE

#define INSTANTIATE(To, From) template To::Bits convert<To, From>(Env&, From::Bits, Rounding);
INSTANTIATE(Half, Single)
INSTANTIATE(Half, Double)
INSTANTIATE(Single, Half)
INSTANTIATE(Single, Double)
INSTANTIATE(Double, Half)
INSTANTIATE(Double, Single)
INSTANTIATE(BFloat, Single)
#undef INSTANTIATE

}  // namespace veneer::softfp
