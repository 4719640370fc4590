// The BFloat16 dot product without FEAT_EBF16 (Arm ARM, shared/functions/float: BFDotAdd, BFMulH,
// FPAdd_BF16, BFRound): rounds to odd, flushes denormals, generates only the default NaN, ignores FPCR and
// raises nothing.
#pragma once

#include "base/types.h"

namespace veneer::softfp {

// addend + (a0 * b0 + a1 * b1), where each product and each sum is rounded.
u32 bf_dot_add(u32 addend, u16 a0, u16 a1, u16 b0, u16 b1);

}  // namespace veneer::softfp
