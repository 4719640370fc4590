// Products that the host has no single instruction for: polynomials, matrices of bytes, and those that saturate
// after accumulating.
#include "translate/tier1/emit.h"
#include "translate/tier1/emit_vector_saturate.h"
#include "translate/tier1/vec_ops.h"

namespace veneer::tier1 {

namespace {

// d = the polynomial product of x and y, in elements of `esize`; the bits of y to be multiplied by are its
// elements' upper ones, `bits` of them. From the highest on: doubled, and x added where the bit is set. y and t
// are lost.
void polynomial(Emitter& e, unsigned esize, unsigned bits, Xmm d, Xmm x, Xmm y, Xmm t) {
  zero(e, d);
  for (unsigned i = 0; i < bits; ++i) {
    op3(e, kAdd.of(esize), d, d, d);
    zero(e, t);
    op3(e, kGt.of(esize), t, t, y);
    op3(e, VENEER_DUAL(Pand, pand), t, t, x);
    op3(e, VENEER_DUAL(Pxor, pxor), d, d, t);
    if (i + 1 < bits) op3(e, kAdd.of(esize), y, y, y);
  }
}

}  // namespace

void emit_VPMul(Emitter& e, const Inst& in, Value v) {
  const Xmm x = e.use_vec(in.args[0]), y = e.use_vec(in.args[1]);
  const Xmm t = e.temp_vec(), u = e.temp_vec(), d = e.def_vec_early(v);
  e.move_vec(u, y);
  polynomial(e, 8, 8, d, x, u, t);
  finish(e, in, d);
}

void emit_VPMull(Emitter& e, const Inst& in, Value v) {
  if (in.esize == 64 && !e.host.pclmul) return e.fallback(v, in);
  const Xmm x = e.use_vec(in.args[0]), y = e.use_vec(in.args[1]);
  if (in.esize == 64) {
    op3(e, VENEER_DUAL(Pclmulqdq, pclmulqdq), e.def_vec_early(v), x, y, in.imm & 1 ? 0x11 : 0x00);
    return;
  }
  const Xmm t = e.temp_vec(), u = e.temp_vec(), w = e.temp_vec(), d = e.def_vec_early(v);
  const Dual interleave = in.imm & 1 ? VENEER_DUAL(Punpckhbw, punpckhbw) : VENEER_DUAL(Punpcklbw, punpcklbw);
  zero(e, d);
  op3(e, interleave, u, x, d);
  op3(e, interleave, w, d, y);
  polynomial(e, 16, 8, d, u, w, t);
}

// --- matrices --------------------------------------------------------------------------------------------

namespace {

// Two rows of eight bytes each, by two columns: PMADDWD adds the products of half words in pairs.
void matrix(Emitter& e, const Inst& in, Value v, bool a_signed, bool b_signed) {
  const Xmm acc = e.use_vec(in.args[0]), x = e.use_vec(in.args[1]), y = e.use_vec(in.args[2]);
  const Xmm t = e.temp_vec(), u = e.temp_vec(), d = e.def_vec_early(v);
  const Dual extend_a = a_signed ? VENEER_DUAL(Pmovsxbw, pmovsxbw) : VENEER_DUAL(Pmovzxbw, pmovzxbw);
  const Dual extend_b = b_signed ? VENEER_DUAL(Pmovsxbw, pmovsxbw) : VENEER_DUAL(Pmovzxbw, pmovzxbw);
  // to = the row times both columns: four words, which in pairs are two elements.
  const auto row = [&](Xmm to, Xmm other, bool upper) {
    const auto half = [&](Xmm d2, Xmm from, bool second, Dual extend) {
      if (second) {
        op2(e, VENEER_DUAL(Pshufd, pshufd), d2, from, 0xee);
        op2(e, extend, d2, d2);
      } else {
        op2(e, extend, d2, from);
      }
    };
    half(to, x, upper, extend_a);
    half(u, y, true, extend_b);
    op3(e, VENEER_DUAL(Pmaddwd, pmaddwd), u, u, to);
    half(other, y, false, extend_b);
    op3(e, VENEER_DUAL(Pmaddwd, pmaddwd), to, to, other);
    op3(e, VENEER_DUAL(Phaddd, phaddd), to, to, u);
  };
  const Xmm w = e.temp_vec();
  row(d, w, false);
  row(t, w, true);
  op3(e, VENEER_DUAL(Phaddd, phaddd), d, d, t);
  op3(e, VENEER_DUAL(Paddd, paddd), d, d, acc);
}

}  // namespace

void emit_VSMmla(Emitter& e, const Inst& in, Value v) {
  matrix(e, in, v, true, true);
}
void emit_VUMmla(Emitter& e, const Inst& in, Value v) {
  matrix(e, in, v, false, false);
}
void emit_VUsMmla(Emitter& e, const Inst& in, Value v) {
  matrix(e, in, v, false, true);
}

// --- saturating after accumulation -----------------------------------------------------------------------

namespace {

// Of half words. acc * 2^15 +- x * y + 2^14 fits a word; what is above its 15 lowest bits saturates.
void multiply_accumulate(Emitter& e, const Inst& in, Value v, bool subtracts) {
  if (in.esize != 16) return e.fallback(v, in);
  const Xmm acc = e.use_vec(in.args[0]), x = e.use_vec(in.args[1]), y = e.use_vec(in.args[2]);
  const Xmm t = e.temp_vec(), u = e.temp_vec(), low = e.temp_vec(), high = e.temp_vec();
  const Xmm d = e.def_vec_early(v);
  op3(e, VENEER_DUAL(Pmullw, pmullw), t, x, y);
  op3(e, VENEER_DUAL(Pmulhw, pmulhw), u, x, y);
  op3(e, VENEER_DUAL(Punpcklwd, punpcklwd), low, t, u);
  op3(e, VENEER_DUAL(Punpckhwd, punpckhwd), high, t, u);
  const auto accumulate = [&](Xmm sum, Dual interleave) {
    zero(e, t);
    op3(e, interleave, t, t, acc);
    op_imm(e, VENEER_DUAL(Psrad, psrad), t, t, 1);
    op3(e, VENEER_DUAL(Paddd, paddd), t, t, Emitter::constant(VecConst::Words4000));
    op3(e, subtracts ? VENEER_DUAL(Psubd, psubd) : VENEER_DUAL(Paddd, paddd), t, t, sum);
    op_imm(e, VENEER_DUAL(Psrad, psrad), sum, t, 15);
  };
  accumulate(low, VENEER_DUAL(Punpcklwd, punpcklwd));
  accumulate(high, VENEER_DUAL(Punpckhwd, punpckhwd));
  op3(e, VENEER_DUAL(Packssdw, packssdw), d, low, high);
  finish(e, in, d);
  // Where widening it does not give the sum back, it has saturated.
  op2(e, VENEER_DUAL(Pmovsxwd, pmovsxwd), t, d);
  op3(e, VENEER_DUAL(Pxor, pxor), t, t, low);
  if (in.q) {
    op2(e, VENEER_DUAL(Pshufd, pshufd), u, d, 0xee);
    op2(e, VENEER_DUAL(Pmovsxwd, pmovsxwd), u, u);
    op3(e, VENEER_DUAL(Pxor, pxor), u, u, high);
    op3(e, VENEER_DUAL(Por, por), t, t, u);
  }
  note_saturation(e, t);
}

}  // namespace

void emit_VSqRdmlah(Emitter& e, const Inst& in, Value v) {
  multiply_accumulate(e, in, v, false);
}
void emit_VSqRdmlsh(Emitter& e, const Inst& in, Value v) {
  multiply_accumulate(e, in, v, true);
}

}  // namespace veneer::tier1
