// Half-precision arithmetic by the host's conversions.
#pragma once

#include "translate/tier1/vec_ops.h"

namespace veneer::tier1 {

// Is this a half-precision operation that the host can do? `may_underflow`: its result may be tiny and inexact.
bool half_supported(const Emitter& e, const Inst& in, bool may_underflow);
// Two operands, by these AVX instructions on singles.
void emit_half_binary(Emitter& e, const Inst& in, Value v, Id scalar, Id packed);
// acc + x * y, fused.
void emit_half_mul_add(Emitter& e, const Inst& in, Value v);
void emit_half_square_root(Emitter& e, const Inst& in, Value v);
// Exact in single, and so in half precision. `predicate` and `mode` are CMPPS's and ROUNDPS's immediates.
void emit_half_min_max(Emitter& e, const Inst& in, Value v, Id packed, Id combine);
void emit_half_compare(Emitter& e, const Inst& in, Value v, int predicate, bool swap);
void emit_half_round(Emitter& e, const Inst& in, Value v, int mode);
// to = the half in the low bits of x, as a single; zero above.
void half_to_single(Emitter& e, Xmm to, Xmm x);

// The register as the operation wants it: eight singles, or four (one of which may be all that counts).
x86::Vec singles(const Inst& in, const Xmm& r);
void leave_singles(Emitter& e, const Inst& in);

}  // namespace veneer::tier1
