// What saturating operations share.
#pragma once

#include "translate/tier1/vec_ops.h"

namespace veneer::tier1 {

// FPSR.QC is set when any bit of t is. t is lost.
inline void note_saturation(Emitter& e, Xmm t) {
  const Mem qc = state_mem(offsetof(CpuState, saturated), 16);
  op3(e, VENEER_DUAL(Por, por), t, t, qc);
  e.host.avx ? e.a.vmovaps(qc, t) : e.a.movaps(qc, t);
}

// x + y or x - y in elements of 32 and 64 bits, for which the host has no saturating form.
void emit_saturating_signed(Emitter& e, const Inst& in, Value v, bool subtracts);
void emit_saturating_unsigned(Emitter& e, const Inst& in, Value v, bool subtracts);

}  // namespace veneer::tier1
