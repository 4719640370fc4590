// From bits to values, and what becomes of NaN operands (Arm ARM, shared/functions/float: FPUnpack,
// FPProcessNaN, FPProcessNaNs, FPProcessNaNs3).
#pragma once

#include <bit>
#include <initializer_list>
#include <optional>
#include <type_traits>

#include "translate/softfp/env.h"
#include "translate/softfp/format.h"

namespace veneer::softfp {

enum class Class : u8 { Zero, Finite, Infinity, QuietNan, SignallingNan };

// A datum taken apart. When it is Finite its value is significand * 2^exponent, and bit 62 is the highest
// bit set of the significand: one bit below the top, so that a product of two leaves room for a carry.
struct Unpacked {
  Class cls = Class::Zero;
  bool sign = false;
  s32 exponent = 0;
  u64 significand = 0;

  bool zero() const { return cls == Class::Zero; }
  bool finite() const { return cls == Class::Finite; }
  bool infinity() const { return cls == Class::Infinity; }
  bool nan() const { return cls >= Class::QuietNan; }
  bool snan() const { return cls == Class::SignallingNan; }
  // Of the leading bit.
  s32 scale() const { return exponent + 62; }
};

// An operation proper, or a conversion between formats: the latter do not flush F16, and honour alt_half.
enum class Use : u8 { Arithmetic, Conversion };

template <class F>
bool flushes(const Env& env, Use use) {
  if constexpr (std::is_same_v<F, Half>) return env.flush_half && use == Use::Arithmetic;
  return env.flush;
}

template <class F>
Unpacked unpack(Env& env, typename F::Bits bits, Use use = Use::Arithmetic) {
  Unpacked r;
  r.sign = F::sign(bits);
  const s32 biased = F::biased(bits);
  u64 fraction = F::fraction(bits);
  if (biased == 0) {
    if (fraction == 0) return r;
    if (flushes<F>(env, use)) {
      // FZ16 raises nothing for its operands.
      if (!std::is_same_v<F, Half>) env.raise(fpsr::kIDC);
      return r;
    }
  }
  const bool alt = std::is_same_v<F, Half> && use == Use::Conversion && env.alt_half;
  if (biased == F::kExpMax && !alt) {
    r.cls = fraction == 0 ? Class::Infinity : (bits & F::kQuiet) != 0 ? Class::QuietNan : Class::SignallingNan;
    return r;
  }
  r.cls = Class::Finite;
  if (biased != 0) fraction |= u64{1} << F::kFracBits;
  const int shift = std::countl_zero(fraction) - 1;
  r.significand = fraction << shift;
  r.exponent = (biased == 0 ? 1 : biased) - 1 + F::kMinExp - static_cast<s32>(F::kFracBits) - shift;
  return r;
}

// The NaN that an operation on the NaN `bits` returns.
template <class F>
typename F::Bits process_nan(Env& env, typename F::Bits bits) {
  if (F::is_snan(bits)) env.raise(fpsr::kIOC);
  return env.default_nan ? F::default_nan() : static_cast<typename F::Bits>(bits | F::kQuiet);
}

// The NaN that an operation on these operands returns; nothing when none of them is one.
template <class F>
std::optional<typename F::Bits> process_nans(Env& env, std::initializer_list<typename F::Bits> operands) {
  std::optional<typename F::Bits> chosen;
  bool signalling = false;
  for (const auto bits : operands) {
    if (!F::is_nan(bits)) continue;
    const bool snan = F::is_snan(bits);
    if (!chosen || (snan && !signalling && env.nan_choice == NanChoice::SignallingFirst)) chosen = bits;
    signalling |= snan;
  }
  if (!chosen) return chosen;
  if (signalling) env.raise(fpsr::kIOC);
  return process_nan<F>(env, *chosen);
}

template <class F>
typename F::Bits invalid(Env& env) {
  env.raise(fpsr::kIOC);
  return F::default_nan();
}

}  // namespace veneer::softfp
