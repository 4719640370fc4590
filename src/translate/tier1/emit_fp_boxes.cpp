// What RISC-V has of its own: numbers boxed in wider registers, and their classes.
#include "translate/tier1/emit.h"
#include "translate/tier1/vec_ops.h"

namespace veneer::tier1 {

void emit_FBox(Emitter& e, const Inst& in, Value v) {
  const Xmm x = e.use_vec(in.args[0]);
  op3(e, VENEER_DUAL(Orps, orps), e.def_vec(v), x,
      Emitter::constant(in.esize == 32 ? VecConst::BoxF32 : VecConst::BoxF16));
}

// It is boxed, but for programs that are wrong: a jump that is foretold costs less than choosing.
void emit_FUnbox(Emitter& e, const Inst& in, Value v) {
  e.clobber_flags();
  const Xmm x = e.use_vec(in.args[0]);
  const Gp t = e.temp_gp();
  const Xmm d = e.def_vec_early(v);
  e.move_vec(d, x);
  const Label back = e.a.newLabel();
  const Label cold = e.cold_fallback(in, {x, {}, {}}, d, back);
  e.host.avx ? e.a.vmovq(t, x) : e.a.movq(t, x);
  e.a.sar(t, ir::bit_width(in.type));
  e.a.cmp(t, -1);
  e.a.jne(cold);
  e.a.bind(back);
}

// Normal numbers and zeros, by their sign; what else there is is rare.
void emit_FClass(Emitter& e, const Inst& in, Value v) {
  if (in.type == Type::F16) return e.fallback(v, in);
  constexpr s32 kPositiveZero = 1 << 4, kNegativeZero = 1 << 3, kPositive = 1 << 6, kNegative = 1 << 1;
  const bool wide = in.type == Type::F64;
  e.clobber_flags();
  const Xmm x = e.use_vec(in.args[0]);
  const Gp bits = e.temp_gp(), sign = e.temp_gp(), change = e.temp_gp();
  const Gp d = e.def_gp_early(v);
  const Label back = e.a.newLabel(), known = e.a.newLabel();
  const Label cold = e.cold_fallback(in, {x, {}, {}}, d, back);
  if (wide) {
    e.host.avx ? e.a.vmovq(bits, x) : e.a.movq(bits, x);
  } else {
    e.host.avx ? e.a.vmovd(bits.r32(), x) : e.a.movd(bits.r32(), x);
    e.a.shl(bits, 32);
  }
  e.a.mov(sign, bits);
  e.a.sar(sign, 63);
  e.a.mov(d.r32(), kPositiveZero);
  e.a.mov(change, kNegativeZero - kPositiveZero);
  e.a.add(bits, bits);
  e.a.jz(known);
  e.a.shr(bits, wide ? 53 : 56);  // the exponent
  e.a.dec(bits.r32());
  e.a.cmp(bits.r32(), wide ? 0x7fe : 0xfe);
  e.a.jae(cold);
  e.a.mov(d.r32(), kPositive);
  e.a.mov(change, kNegative - kPositive);
  e.a.bind(known);
  e.a.and_(sign, change);
  e.a.add(d, sign);
  e.a.bind(back);
}

}  // namespace veneer::tier1
