// Leading zeros and sign bits of vector elements.
#include "translate/tier1/emit.h"
#include "translate/tier1/vec_ops.h"

namespace veneer::tier1 {

namespace {

// d = leading zeros of each element of x. Nibbles by a table; then, twice the width at a time, those of the
// lower half count where the upper half is zero.
void leading_zeros(Emitter& e, unsigned esize, Xmm d, Xmm x, Xmm t, Xmm u, Xmm w) {
  const Mem nibble = Emitter::constant(VecConst::NibbleMask), table = Emitter::constant(VecConst::ClzLut);
  op_imm(e, VENEER_DUAL(Psrlw, psrlw), t, x, 4);
  op3(e, VENEER_DUAL(Pand, pand), t, t, nibble);
  e.host.avx ? e.a.vmovaps(u, table) : e.a.movaps(u, table);
  op3(e, VENEER_DUAL(Pshufb, pshufb), d, u, t);
  zero(e, w);
  op3(e, VENEER_DUAL(Pcmpeqb, pcmpeqb), t, t, w);
  op3(e, VENEER_DUAL(Pand, pand), w, x, nibble);
  op3(e, VENEER_DUAL(Pshufb, pshufb), u, u, w);
  op3(e, VENEER_DUAL(Pand, pand), u, u, t);
  op3(e, VENEER_DUAL(Paddb, paddb), d, d, u);
  for (unsigned half = 8; half < esize; half *= 2) {
    const Dual down = kShr.of(2 * half);
    zero(e, w);
    op3(e, kEq.of(half), t, x, w);
    op_imm(e, down, t, t, static_cast<int>(half));
    op3(e, VENEER_DUAL(Pand, pand), u, d, t);
    op_imm(e, down, d, d, static_cast<int>(half));
    op3(e, VENEER_DUAL(Paddd, paddd), d, d, u);
  }
}

}  // namespace

void emit_VClz(Emitter& e, const Inst& in, Value v) {
  const Xmm x = e.use_vec(in.args[0]);
  if (e.host.avx512 && in.esize >= 32) {
    const Xmm zeros = e.def_vec(v);
    in.esize == 32 ? e.a.vplzcntd(zeros, x) : e.a.vplzcntq(zeros, x);
    return finish(e, in, zeros);
  }
  const Xmm t = e.temp_vec(), u = e.temp_vec(), w = e.temp_vec(), d = e.def_vec_early(v);
  leading_zeros(e, in.esize, d, x, t, u, w);
  finish(e, in, d);
}

// One less than the leading zeros of the element, complemented when it is negative.
void emit_VCls(Emitter& e, const Inst& in, Value v) {
  const Xmm x = e.use_vec(in.args[0]);
  const Xmm s = e.temp_vec(), t = e.temp_vec(), u = e.temp_vec(), w = e.temp_vec(), d = e.def_vec_early(v);
  zero(e, s);
  op3(e, kGt.of(in.esize), s, s, x);
  op3(e, VENEER_DUAL(Pxor, pxor), s, s, x);
  leading_zeros(e, in.esize, d, s, t, u, w);
  all_ones(e, t);
  op3(e, kAdd.of(in.esize), d, d, t);
  finish(e, in, d);
}

}  // namespace veneer::tier1
