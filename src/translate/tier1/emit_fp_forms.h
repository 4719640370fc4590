// The scalar and vector forms, in single and double precision, of floating-point operations.
#pragma once

#include "translate/tier1/emit_fp_checks.h"

namespace veneer::tier1 {

// One operation in its four host forms.
struct FpOp {
  Dual ss, sd, ps, pd;
};
#define VENEER_FP(sse, avx)                                                                      \
  FpOp {                                                                                         \
    VENEER_DUAL(sse##ss, avx##ss), VENEER_DUAL(sse##sd, avx##sd), VENEER_DUAL(sse##ps, avx##ps), \
        VENEER_DUAL(sse##pd, avx##pd)                                                            \
  }

inline bool is_vector(const Inst& in) {
  return in.type == Type::V128;
}
inline bool is_double(const Inst& in) {
  return is_vector(in) ? in.esize == 64 : in.type == Type::F64;
}
// In single or double precision, in a mode in which the host does what the guest asks for.
inline bool supported(const Emitter& e, const Inst& in) {
  return e.host_fp() && in.type != Type::F16 && !(is_vector(in) && in.esize == 16);
}
inline FpFormat format(const Inst& in) {
  return {.vector = is_vector(in), .wide = is_double(in)};
}
inline Dual form(const Inst& in, const FpOp& op) {
  if (is_vector(in)) return is_double(in) ? op.pd : op.ps;
  return is_double(in) ? op.sd : op.ss;
}

// Operands of a 64-bit vector: what lies above must not raise exceptions.
inline Xmm operand(Emitter& e, const Inst& in, Xmm x) {
  if (!is_vector(in) || in.q) return x;
  const Xmm t = e.temp_vec();
  low_half(e, t, x);
  e.release(x);
  return t;
}
// The same for a divisor: ones above.
inline Xmm divisor(Emitter& e, const Inst& in, Xmm x) {
  if (!is_vector(in) || in.q) return x;
  const Xmm t = e.temp_vec();
  const Mem one = Emitter::constant(VecConst::OneF32);
  e.host.avx ? e.a.vmovaps(t, one) : e.a.movaps(t, one);
  e.host.avx ? e.a.vmovsd(t, t, x) : e.a.movsd(t, x);
  e.release(x);
  return t;
}

}  // namespace veneer::tier1
