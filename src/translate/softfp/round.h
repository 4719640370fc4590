// From exact values to bits (Arm ARM, shared/functions/float: FPRoundBase).
#pragma once

#include "translate/softfp/unpack.h"

namespace veneer::softfp {

// A finite value: magnitude * 2^exponent, plus less than 2^exponent more when sticky. Whoever sets sticky
// leaves enough bits in the magnitude for the value to be rounded correctly: at least two more than the
// format has.
struct Real {
  bool sign = false;
  bool sticky = false;
  s32 exponent = 0;
  u128 magnitude = 0;
};

constexpr int top_bit(u128 v) {
  const u64 hi = static_cast<u64>(v >> 64);
  return hi != 0 ? 127 - std::countl_zero(hi) : 63 - std::countl_zero(static_cast<u64>(v));
}

// v * 2^-n, and what was lost of it in units of the last place: half = at least a half, rest = something
// besides.
struct Shifted {
  u128 value;
  bool half, rest;
  bool exact() const { return !half && !rest; }
};
constexpr Shifted shift_right(u128 v, s32 n, bool sticky) {
  if (n <= 0) return {v << -n, false, sticky};
  if (n > 128) return {0, false, v != 0 || sticky};
  const u128 half = u128{1} << (n - 1);
  return {n == 128 ? 0 : v >> n, (v & half) != 0, (v & (half - 1)) != 0 || sticky};
}

// Whether the magnitude `kept` goes up by one when rounded.
constexpr bool rounds_up(Rounding rounding, bool sign, const Shifted& kept) {
  switch (rounding) {
    case Rounding::NearestEven: return kept.half && (kept.rest || (kept.value & 1) != 0);
    case Rounding::NearestAway: return kept.half;
    case Rounding::Up: return !sign && !kept.exact();
    case Rounding::Down: return sign && !kept.exact();
    case Rounding::Zero:
    case Rounding::Odd: return false;
  }
  return false;
}

constexpr bool overflows_to_infinity(Rounding rounding, bool sign) {
  switch (rounding) {
    case Rounding::NearestEven:
    case Rounding::NearestAway: return true;
    case Rounding::Up: return !sign;
    case Rounding::Down: return sign;
    case Rounding::Zero:
    case Rounding::Odd: return false;
  }
  return false;
}

// Rounds a non-zero value to the format.
template <class F>
typename F::Bits round(Env& env, const Real& v, Rounding rounding, Use use = Use::Arithmetic) {
  const s32 scale = v.exponent + top_bit(v.magnitude);
  const bool denormal = scale < F::kMinExp;
  if (denormal && flushes<F>(env, use)) {
    env.raise(fpsr::kUFC);
    return F::zero(v.sign);
  }
  const s32 precision = static_cast<s32>(F::kFracBits);
  const Shifted kept =
      shift_right(v.magnitude, (denormal ? F::kMinExp : scale) - precision - v.exponent, v.sticky);
  u64 mantissa = static_cast<u64>(kept.value);
  if (rounds_up(rounding, v.sign, kept)) ++mantissa;
  if (rounding == Rounding::Odd && !kept.exact()) mantissa |= 1;

  if (denormal && !kept.exact()) {
    bool tiny = true;
    if (env.tininess == Tininess::AfterRounding && scale == F::kMinExp - 1) {
      const Shifted normal = shift_right(v.magnitude, scale - precision - v.exponent, v.sticky);
      tiny = (static_cast<u64>(normal.value) + rounds_up(rounding, v.sign, normal)) >> (precision + 1) == 0;
    }
    if (tiny) env.raise(fpsr::kUFC);
  }

  // The leading bit of a normal mantissa adds one to the exponent field, as does a carry out of rounding.
  s32 biased = denormal ? 0 : scale - F::kMinExp;
  if (mantissa >> (precision + 1) != 0) {
    mantissa >>= 1;
    ++biased;
  }
  const s32 field = biased + static_cast<s32>(mantissa >> precision);
  if (std::is_same_v<F, Half> && use == Use::Conversion && env.alt_half) {
    if (field > F::kExpMax) {
      env.raise(fpsr::kIOC);
      return F::pack(v.sign, F::kExpMax, F::kFracMask);
    }
  } else if (field >= F::kExpMax) {
    env.raise(fpsr::kOFC | fpsr::kIXC);
    return overflows_to_infinity(rounding, v.sign) ? F::infinity(v.sign) : F::max_normal(v.sign);
  }
  if (!kept.exact()) env.raise(fpsr::kIXC);
  return F::pack(v.sign, biased, mantissa);
}

template <class F>
typename F::Bits round(Env& env, const Real& v) {
  return round<F>(env, v, env.rounding);
}

// The sign of a sum that is exactly zero, of operands that are not zeros of one sign.
constexpr bool zero_sum_sign(Rounding rounding) {
  return rounding == Rounding::Down;
}

}  // namespace veneer::softfp
