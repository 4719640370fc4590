// Half-precision arithmetic by the host's conversions.
#pragma once

#include "translate/tier1/vec_ops.h"

namespace veneer::tier1 {

// Is this a half-precision operation that the host can do? `may_underflow`: its result may be tiny and inexact.
bool half_supported(const Emitter& e, const Inst& in, bool may_underflow);
// Two operands, by these AVX instructions on singles.
void emit_half_binary(Emitter& e, const Inst& in, Value v, Id scalar, Id packed);
void emit_half_square_root(Emitter& e, const Inst& in, Value v);

}  // namespace veneer::tier1
