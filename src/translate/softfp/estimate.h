// The reciprocal estimates, which are defined to the bit (Arm ARM, shared/functions/float: FPRecipEstimate,
// FPRSqrtEstimate, FPRecpX, RecipEstimate, RecipSqrtEstimate).
#pragma once

#include "translate/softfp/env.h"
#include "translate/softfp/format.h"

namespace veneer::softfp {

template <class F>
typename F::Bits recip_estimate(Env& env, typename F::Bits v);
template <class F>
typename F::Bits rsqrt_estimate(Env& env, typename F::Bits v);
// FPRecpX: a power of two near the reciprocal.
template <class F>
typename F::Bits recip_exponent(Env& env, typename F::Bits v);

// 1/x for x = a / 512 in [0.5, 1): a is 256..511, the result 256..511 in units of 1/256.
unsigned recip_estimate_fixed(unsigned a);
// 1/sqrt(x) for x = a / 512 in [0.25, 1): a is 128..511, the result as above.
unsigned rsqrt_estimate_fixed(unsigned a);

}  // namespace veneer::softfp
