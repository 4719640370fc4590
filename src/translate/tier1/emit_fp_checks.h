// Where the host's floating-point results may not be the guest's: checks that lead to a cold path.
#pragma once

#include "translate/tier1/vec_ops.h"

namespace veneer::tier1 {

struct FpFormat {
  bool vector, wide;  // wide: doubles
};

// Jumps to `cold` where an element of the mask t (of a scalar: its own) is set. t is lost.
void check_mask(Emitter& e, FpFormat f, Xmm t, Label cold);

// Jumps to `cold` when x or y, or any element of them, is a NaN. Uses t for vectors.
void check_nan(Emitter& e, FpFormat f, Xmm x, Xmm y, Xmm t, Label cold);

// Arm tells tininess before rounding, x86 after it: a result that was rounded up to the smallest normal number
// has underflowed on Arm alone. Where anyone looks at FPSR, or such a result is to be flushed to zero, it is
// left to the reference. Uses t.
void check_tiny(Emitter& e, FpFormat f, Xmm d, Xmm t, Label cold);
inline bool checks_tiny(const Emitter& e) {
  return e.exact_underflow() || e.may_flush();
}

// For check_nan and check_tiny, if they will need one. Once there has been a jump, what a temporary held before
// could not be saved any more.
inline Xmm check_temporary(Emitter& e, FpFormat f, Xmm unneeded) {
  return f.vector || checks_tiny(e) ? e.temp_vec() : unneeded;
}

}  // namespace veneer::tier1
