// The binary interchange formats and their distinguished bit patterns.
#pragma once

#include "base/types.h"

namespace veneer::softfp {

template <typename BitsT, unsigned ExpBits, unsigned FracBits>
struct Format {
  using Bits = BitsT;
  static constexpr unsigned kWidth = 1 + ExpBits + FracBits;
  static constexpr unsigned kFracBits = FracBits;
  static constexpr s32 kExpMax = (1 << ExpBits) - 1;        // the biased exponent of infinities and NaNs
  static constexpr s32 kMinExp = 2 - (1 << (ExpBits - 1));  // of the smallest normal number
  static constexpr Bits kSign = static_cast<Bits>(Bits{1} << (kWidth - 1));
  static constexpr Bits kFracMask = static_cast<Bits>((Bits{1} << FracBits) - 1);
  static constexpr Bits kQuiet = static_cast<Bits>(Bits{1} << (FracBits - 1));

  // The value of these fields; the fraction may carry into the exponent.
  static constexpr Bits pack(bool sign, s32 biased, u64 fraction) {
    return static_cast<Bits>((sign ? kSign : 0) + (static_cast<u64>(biased) << FracBits) + fraction);
  }
  static constexpr Bits zero(bool sign) { return pack(sign, 0, 0); }
  static constexpr Bits infinity(bool sign) { return pack(sign, kExpMax, 0); }
  static constexpr Bits max_normal(bool sign) { return pack(sign, kExpMax - 1, kFracMask); }
  static constexpr Bits default_nan() { return pack(false, kExpMax, kQuiet); }
  static constexpr Bits two(bool sign) { return pack(sign, 2 - kMinExp, 0); }
  static constexpr Bits one_point_five(bool sign) { return pack(sign, 1 - kMinExp, kQuiet); }

  static constexpr bool sign(Bits v) { return v & kSign; }
  static constexpr s32 biased(Bits v) { return static_cast<s32>(v >> FracBits) & kExpMax; }
  static constexpr u64 fraction(Bits v) { return v & kFracMask; }
  static constexpr bool is_nan(Bits v) { return biased(v) == kExpMax && fraction(v) != 0; }
  static constexpr bool is_snan(Bits v) { return is_nan(v) && (v & kQuiet) == 0; }
  static constexpr Bits quieted(Bits nan) { return nan | kQuiet; }
  static constexpr Bits negate(Bits v) { return static_cast<Bits>(v ^ kSign); }
};

struct Half : Format<u16, 5, 10> {};
struct Single : Format<u32, 8, 23> {};
struct Double : Format<u64, 11, 52> {};
struct BFloat : Format<u16, 8, 7> {};

}  // namespace veneer::softfp
