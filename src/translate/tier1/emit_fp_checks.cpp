#include "translate/tier1/emit_fp_checks.h"

namespace veneer::tier1 {

void check_mask(Emitter& e, FpFormat f, Xmm t, Label cold) {
  if (!f.vector) f.wide ? low_half(e, t, t) : e.zero_above(t, t, Type::F32);
  e.host.avx ? e.a.vptest(t, t) : e.a.ptest(t, t);
  e.a.jnz(cold);
}

void check_nan(Emitter& e, FpFormat f, Xmm x, Xmm y, Xmm t, Label cold) {
  if (f.vector) {
    op3(e, f.wide ? VENEER_DUAL(Cmppd, cmppd) : VENEER_DUAL(Cmpps, cmpps), t, x, y, 3);  // unordered
    return check_mask(e, f, t, cold);
  }
  if (f.wide) {
    e.host.avx ? e.a.vucomisd(x, y) : e.a.ucomisd(x, y);
  } else {
    e.host.avx ? e.a.vucomiss(x, y) : e.a.ucomiss(x, y);
  }
  e.a.jp(cold);
}

void check_tiny(Emitter& e, FpFormat f, Xmm d, Xmm t, Label cold) {
  if (!checks_tiny(e)) return;
  const Mem abs = Emitter::constant(f.wide ? VecConst::AbsF64 : VecConst::AbsF32);
  const Mem least = Emitter::constant(f.wide ? VecConst::LeastNormalF64 : VecConst::LeastNormalF32);
  op3(e, VENEER_DUAL(Andps, andps), t, d, abs);
  op3(e, f.wide ? VENEER_DUAL(Pcmpeqq, pcmpeqq) : VENEER_DUAL(Pcmpeqd, pcmpeqd), t, t, least);
  check_mask(e, f, t, cold);
}

}  // namespace veneer::tier1
