// Exact sums, products, quotients and roots of finite values.
#pragma once

#include <utility>

#include "translate/softfp/round.h"

namespace veneer::softfp {

// With its leading bit at 125: a term of a sum.
inline Real term(const Unpacked& a) {
  return {.sign = a.sign, .sticky = false, .exponent = a.exponent - 63, .magnitude = u128{a.significand} << 63};
}

// With its leading bit at 124 or 125.
inline Real product(const Unpacked& a, const Unpacked& b) {
  return {.sign = a.sign != b.sign,
          .sticky = false,
          .exponent = a.exponent + b.exponent,
          .magnitude = u128{a.significand} * b.significand};
}

// The sum of two exact terms or products of Unpacked values; the magnitude is zero when it cancels.
// A term has at most 53 significant bits and a product 106, so bits are lost to sticky only when the
// exponents are more than 20 apart, and then cancellation takes at most one leading bit.
inline Real sum(Real a, Real b) {
  if (a.exponent < b.exponent) std::swap(a, b);
  const Shifted low = shift_right(b.magnitude, a.exponent - b.exponent, false);
  b.magnitude = low.value;
  b.exponent = a.exponent;
  b.sticky = !low.exact();
  if (a.sign == b.sign) {
    a.magnitude += b.magnitude;
    a.sticky = b.sticky;
    return a;
  }
  if (a.magnitude < b.magnitude)
    return {.sign = b.sign, .sticky = false, .exponent = a.exponent, .magnitude = b.magnitude - a.magnitude};
  // The part of b below the unit borrows one from the difference and leaves a fraction of it behind.
  a.magnitude -= b.magnitude + (b.sticky ? 1 : 0);
  a.sticky = b.sticky;
  return a;
}

inline Real quotient(const Unpacked& a, const Unpacked& b) {
  const u128 dividend = u128{a.significand} << 64;
  return {.sign = a.sign != b.sign,
          .sticky = dividend % b.significand != 0,
          .exponent = a.exponent - b.exponent - 64,
          .magnitude = dividend / b.significand};
}

// The square root of a positive value, by the digit-by-digit method.
inline Real root(const Unpacked& a) {
  const bool odd = (a.exponent & 1) != 0;
  u128 rest = u128{a.significand} << (odd ? 65 : 64);  // below 2^128
  u128 result = 0;
  for (u128 bit = u128{1} << 126; bit != 0; bit >>= 2) {
    if (rest >= result + bit) {
      rest -= result + bit;
      result = (result >> 1) + bit;
    } else {
      result >>= 1;
    }
  }
  return {
      .sign = false, .sticky = rest != 0, .exponent = (a.exponent - (odd ? 65 : 64)) / 2, .magnitude = result};
}

}  // namespace veneer::softfp
