// Comparisons, maximum and minimum (Arm ARM, shared/functions/float: FPCompare*, FPMax, FPMaxNum...).
#pragma once

#include "translate/softfp/env.h"
#include "translate/softfp/format.h"

namespace veneer::softfp {

enum class Order : u8 { Less, Equal, Greater, Unordered };

// Signalling NaNs are invalid; with signal_all so is every NaN.
template <class F>
Order compare(Env& env, typename F::Bits a, typename F::Bits b, bool signal_all);

// A NaN operand gives a NaN.
template <class F>
typename F::Bits max(Env& env, typename F::Bits a, typename F::Bits b);
template <class F>
typename F::Bits min(Env& env, typename F::Bits a, typename F::Bits b);
// One quiet NaN operand gives the other operand. A signalling one is invalid, and gives a NaN (IEEE 754-2008
// maxNum, minNum), or else what a quiet one does (IEEE 754-2019 maximumNumber, minimumNumber).
enum class Signalling : bool { Propagates, AsQuiet };
template <class F>
typename F::Bits max_num(Env& env, typename F::Bits a, typename F::Bits b,
                         Signalling rule = Signalling::Propagates);
template <class F>
typename F::Bits min_num(Env& env, typename F::Bits a, typename F::Bits b,
                         Signalling rule = Signalling::Propagates);

// RISC-V's FCLASS (Unprivileged ISA, table 29): from bit 0 on negative infinity, normal, subnormal, zero;
// positive zero, subnormal, normal, infinity; signalling NaN, quiet NaN.
template <class F>
constexpr u64 classify(typename F::Bits v) {
  if (F::is_nan(v)) return F::is_snan(v) ? 1u << 8 : 1u << 9;
  unsigned magnitude = 0;  // zero, subnormal, normal, infinity
  if (F::biased(v) == F::kExpMax) {
    magnitude = 3;
  } else if (F::biased(v) != 0) {
    magnitude = 2;
  } else if (F::fraction(v) != 0) {
    magnitude = 1;
  }
  return u64{1} << (F::sign(v) ? 3 - magnitude : 4 + magnitude);
}

}  // namespace veneer::softfp
