// Exact arithmetic on bit patterns, in Half, Single and Double (Arm ARM, shared/functions/float). Flags are
// raised in the environment.
#pragma once

#include "translate/softfp/env.h"
#include "translate/softfp/format.h"

namespace veneer::softfp {

template <class F>
typename F::Bits add(Env& env, typename F::Bits a, typename F::Bits b);
template <class F>
typename F::Bits sub(Env& env, typename F::Bits a, typename F::Bits b);
template <class F>
typename F::Bits mul(Env& env, typename F::Bits a, typename F::Bits b);
// FPMulX: as mul, but zero times infinity is two with the product's sign.
template <class F>
typename F::Bits mulx(Env& env, typename F::Bits a, typename F::Bits b);
template <class F>
typename F::Bits div(Env& env, typename F::Bits a, typename F::Bits b);
template <class F>
typename F::Bits sqrt(Env& env, typename F::Bits a);
// addend + a * b with one rounding.
template <class F>
typename F::Bits mul_add(Env& env, typename F::Bits addend, typename F::Bits a, typename F::Bits b);
// FPRecipStepFused: 2 - a * b with one rounding; zero times infinity counts as zero.
template <class F>
typename F::Bits recip_step(Env& env, typename F::Bits a, typename F::Bits b);
// FPRSqrtStepFused: (3 - a * b) / 2 likewise.
template <class F>
typename F::Bits rsqrt_step(Env& env, typename F::Bits a, typename F::Bits b);

}  // namespace veneer::softfp
