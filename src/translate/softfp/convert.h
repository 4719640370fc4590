// Conversions between formats, to and from integers and fixed point, and rounding to an integral value
// (Arm ARM, shared/functions/float: FPConvert, FPToFixed, FixedToFP, FPToFixedJS, FPRoundInt).
#pragma once

#include "translate/softfp/env.h"
#include "translate/softfp/format.h"

namespace veneer::softfp {

// Between Half, Single and Double in every pairing, and from Single to BFloat. Rounding may be Odd.
template <class To, class From>
typename To::Bits convert(Env& env, typename From::Bits v, Rounding rounding);
template <class To, class From>
typename To::Bits convert(Env& env, typename From::Bits v) {
  return convert<To, From>(env, v, env.rounding);
}

// BFloat to Single changes no value and raises nothing.
constexpr u32 widen_bfloat(u16 v) {
  return static_cast<u32>(v) << 16;
}

// To the integral value in the same format; raises Inexact only when asked to.
template <class F>
typename F::Bits round_to_integral(Env& env, typename F::Bits v, Rounding rounding, bool raise_inexact);

// v * 2^fraction_bits as an integer of `width` bits (16, 32 or 64), saturated; NaN gives zero, or the greatest
// number. Bits above the width are zero.
enum class NanAsInteger : bool { Zero, Greatest };
template <class F>
u64 to_fixed(Env& env, typename F::Bits v, unsigned width, unsigned fraction_bits, bool is_unsigned,
             Rounding rounding, NanAsInteger nan = NanAsInteger::Zero);

// v / 2^fraction_bits, where v is all of its 64 bits.
template <class F>
typename F::Bits from_fixed(Env& env, u64 v, unsigned fraction_bits, bool is_unsigned);

// The JavaScript conversion: towards zero, modulo 2^32. Exact only when the value is a 32-bit integer other
// than -0.
struct JsInteger {
  u32 value;
  bool exact;
};
JsInteger to_js_integer(Env& env, u64 v);

}  // namespace veneer::softfp
