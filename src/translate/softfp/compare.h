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
// One quiet NaN operand gives the other operand (IEEE 754-2008 maxNum, minNum).
template <class F>
typename F::Bits max_num(Env& env, typename F::Bits a, typename F::Bits b);
template <class F>
typename F::Bits min_num(Env& env, typename F::Bits a, typename F::Bits b);

}  // namespace veneer::softfp
