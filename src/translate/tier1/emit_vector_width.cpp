// Vector widening, narrowing, multiplication into wider elements, pairwise and across-vector operations.
#include "translate/tier1/emit.h"
#include "translate/tier1/vec_ops.h"

namespace veneer::tier1 {

namespace {

Dual extend(unsigned esize, bool is_signed) {
  switch (esize) {
    case 8: return is_signed ? VENEER_DUAL(Pmovsxbw, pmovsxbw) : VENEER_DUAL(Pmovzxbw, pmovzxbw);
    case 16: return is_signed ? VENEER_DUAL(Pmovsxwd, pmovsxwd) : VENEER_DUAL(Pmovzxwd, pmovzxwd);
    default: return is_signed ? VENEER_DUAL(Pmovsxdq, pmovsxdq) : VENEER_DUAL(Pmovzxdq, pmovzxdq);
  }
}

// The low or (imm) upper half of x, its elements widened.
void widen(Emitter& e, const Inst& in, Xmm d, Xmm x, bool is_signed) {
  Xmm source = x;
  if (in.imm & 1) {
    op2(e, VENEER_DUAL(Pshufd, pshufd), d, x, 0xee);
    source = d;
  }
  op2(e, extend(in.esize, is_signed), d, source);
}

void widening(Emitter& e, const Inst& in, Value v, bool is_signed) {
  const Xmm x = e.use_vec(in.args[0]);
  const Xmm d = e.def_vec_early(v);
  widen(e, in, d, x, is_signed);
}

void multiply(Emitter& e, const Inst& in, Value v, bool is_signed) {
  const Xmm x = e.use_vec(in.args[0]), y = e.use_vec(in.args[1]);
  const Xmm t = e.temp_vec(), d = e.def_vec_early(v);
  if (in.esize == 32) {
    multiply_words(e, d, x, y, t, in.imm & 1, is_signed);
    return;
  }
  widen(e, in, t, y, is_signed);
  widen(e, in, d, x, is_signed);
  op3(e, in.esize == 8 ? VENEER_DUAL(Pmullw, pmullw) : VENEER_DUAL(Pmulld, pmulld), d, d, t);
}

}  // namespace

void emit_VSXtl(Emitter& e, const Inst& in, Value v) {
  widening(e, in, v, true);
}
void emit_VUXtl(Emitter& e, const Inst& in, Value v) {
  widening(e, in, v, false);
}
void emit_VSMull(Emitter& e, const Inst& in, Value v) {
  multiply(e, in, v, true);
}
void emit_VUMull(Emitter& e, const Inst& in, Value v) {
  multiply(e, in, v, false);
}

void emit_VXtn(Emitter& e, const Inst& in, Value v) {
  const Xmm x = e.use_vec(in.args[0]);
  const Xmm d = e.def_vec_early(v);
  if (in.esize == 32) {
    op2(e, VENEER_DUAL(Pshufd, pshufd), d, x, 0x08);
  } else {
    op3(e, VENEER_DUAL(Pshufb, pshufb), d, x,
        Emitter::constant(in.esize == 8 ? VecConst::Uzp1Bytes : VecConst::Uzp1Halves));
  }
  low_half(e, d, d);
}

// --- pairwise --------------------------------------------------------------------------------------------

namespace {

// The operands of a pairwise operation: those of a 64-bit one are put together, so that the pairs of both are
// in the low half of what comes of this twice.
struct PairOperands {
  Xmm x, y;
};
PairOperands pair_operands(Emitter& e, const Inst& in) {
  const Xmm x = e.use_vec(in.args[0]), y = e.use_vec(in.args[1]);
  if (in.q) return {x, y};
  const Xmm both = e.temp_vec();
  op3(e, VENEER_DUAL(Punpcklqdq, punpcklqdq), both, x, y);
  e.release(x);
  e.release(y);
  return {both, both};
}

// Even elements against odd ones.
void pairwise(Emitter& e, const Inst& in, Value v, Dual b, Dual h, Dual w) {
  const auto [x, y] = pair_operands(e, in);
  const Xmm t = e.temp_vec(), u = e.temp_vec(), d = e.def_vec_early(v);
  if (in.esize == 32) {
    op3(e, VENEER_DUAL(Shufps, shufps), t, x, y, 0xdd);
    op3(e, VENEER_DUAL(Shufps, shufps), d, x, y, 0x88);
    op3(e, w, d, d, t);
  } else {
    const Mem control = Emitter::constant(in.esize == 8 ? VecConst::Uzp1Bytes : VecConst::Uzp1Halves);
    op3(e, VENEER_DUAL(Pshufb, pshufb), t, x, control);
    op3(e, VENEER_DUAL(Pshufb, pshufb), u, y, control);
    op3(e, VENEER_DUAL(Punpcklqdq, punpcklqdq), d, t, u);
    op3(e, VENEER_DUAL(Punpckhqdq, punpckhqdq), t, t, u);
    op3(e, in.esize == 8 ? b : h, d, d, t);
  }
  finish(e, in, d);
}

}  // namespace

void emit_VAddP(Emitter& e, const Inst& in, Value v) {
  if (in.esize == 8) return pairwise(e, in, v, VENEER_DUAL(Paddb, paddb), kNone, kNone);
  const auto [x, y] = pair_operands(e, in);
  const Xmm d = e.def_vec_early(v);
  switch (in.esize) {
    case 16: op3(e, VENEER_DUAL(Phaddw, phaddw), d, x, y); break;
    case 32: op3(e, VENEER_DUAL(Phaddd, phaddd), d, x, y); break;
    default: {
      const Xmm t = e.temp_vec();
      op3(e, VENEER_DUAL(Punpckhqdq, punpckhqdq), t, x, y);
      op3(e, VENEER_DUAL(Punpcklqdq, punpcklqdq), d, x, y);
      op3(e, VENEER_DUAL(Paddq, paddq), d, d, t);
    }
  }
  finish(e, in, d);
}

void emit_VUMaxP(Emitter& e, const Inst& in, Value v) {
  pairwise(e, in, v, VENEER_DUAL(Pmaxub, pmaxub), VENEER_DUAL(Pmaxuw, pmaxuw), VENEER_DUAL(Pmaxud, pmaxud));
}
void emit_VUMinP(Emitter& e, const Inst& in, Value v) {
  pairwise(e, in, v, VENEER_DUAL(Pminub, pminub), VENEER_DUAL(Pminuw, pminuw), VENEER_DUAL(Pminud, pminud));
}
void emit_VSMaxP(Emitter& e, const Inst& in, Value v) {
  pairwise(e, in, v, VENEER_DUAL(Pmaxsb, pmaxsb), VENEER_DUAL(Pmaxsw, pmaxsw), VENEER_DUAL(Pmaxsd, pmaxsd));
}
void emit_VSMinP(Emitter& e, const Inst& in, Value v) {
  pairwise(e, in, v, VENEER_DUAL(Pminsb, pminsb), VENEER_DUAL(Pminsw, pminsw), VENEER_DUAL(Pminsd, pminsd));
}

namespace {

// Neighbours added into elements of twice the size: even ones alone, plus odd ones alone.
void add_long_pairs(Emitter& e, const Inst& in, Value v, bool is_signed) {
  const Xmm x = e.use_vec(in.args[0]);
  const Xmm t = e.temp_vec(), d = e.def_vec_early(v);
  switch (in.esize) {
    case 8:
      op_imm(e, is_signed ? VENEER_DUAL(Psraw, psraw) : VENEER_DUAL(Psrlw, psrlw), t, x, 8);
      op_imm(e, VENEER_DUAL(Psllw, psllw), d, x, 8);
      op_imm(e, is_signed ? VENEER_DUAL(Psraw, psraw) : VENEER_DUAL(Psrlw, psrlw), d, d, 8);
      op3(e, VENEER_DUAL(Paddw, paddw), d, d, t);
      break;
    case 16:
      op_imm(e, is_signed ? VENEER_DUAL(Psrad, psrad) : VENEER_DUAL(Psrld, psrld), t, x, 16);
      op_imm(e, VENEER_DUAL(Pslld, pslld), d, x, 16);
      op_imm(e, is_signed ? VENEER_DUAL(Psrad, psrad) : VENEER_DUAL(Psrld, psrld), d, d, 16);
      op3(e, VENEER_DUAL(Paddd, paddd), d, d, t);
      break;
    default:
      op2(e, VENEER_DUAL(Pshufd, pshufd), t, x, 0x0d);  // odd words, then even ones, into the low half
      op2(e, VENEER_DUAL(Pshufd, pshufd), d, x, 0x08);
      op2(e, extend(32, is_signed), t, t);
      op2(e, extend(32, is_signed), d, d);
      op3(e, VENEER_DUAL(Paddq, paddq), d, d, t);
      break;
  }
  finish(e, in, d);
}

// Halves folded onto each other until one element is left.
void reduce(Emitter& e, const Inst& in, Value v, Dual b, Dual h, Dual w) {
  const Xmm x = e.use_vec(in.args[0]);
  const Xmm t = e.temp_vec(), d = e.def_vec_early(v);
  const Dual op = in.esize == 8 ? b : in.esize == 16 ? h : w;
  Xmm from = x;
  if (in.q) {
    op2(e, VENEER_DUAL(Pshufd, pshufd), t, from, 0xee);
    op3(e, op, d, from, t);
    from = d;
  }
  op2(e, VENEER_DUAL(Pshufd, pshufd), t, from, 0x55);
  op3(e, op, d, from, t);
  if (in.esize <= 16) {
    op_imm(e, VENEER_DUAL(Psrld, psrld), t, d, 16);
    op3(e, op, d, d, t);
  }
  if (in.esize == 8) {
    op_imm(e, VENEER_DUAL(Psrlw, psrlw), t, d, 8);
    op3(e, op, d, d, t);
  }
  // The element alone.
  if (in.esize == 32) {
    e.zero_above(d, d, Type::F32);
  } else if (in.esize == 16) {
    e.zero_above(d, d, Type::F16);
  } else {
    op_imm(e, VENEER_DUAL(Pslldq, pslldq), d, d, 15);
    op_imm(e, VENEER_DUAL(Psrldq, psrldq), d, d, 15);
  }
}

}  // namespace

void emit_VSAddlP(Emitter& e, const Inst& in, Value v) {
  add_long_pairs(e, in, v, true);
}
void emit_VUAddlP(Emitter& e, const Inst& in, Value v) {
  add_long_pairs(e, in, v, false);
}
namespace {

// All elements added up in twice their size.
void add_across_long(Emitter& e, const Inst& in, Value v, bool is_signed) {
  const Xmm x = e.use_vec(in.args[0]);
  const Xmm t = e.temp_vec(), d = e.def_vec_early(v);
  switch (in.esize) {
    case 8: {
      // PSADBW adds up eight unsigned bytes; signed ones are made to be 128 more.
      if (is_signed) {
        op3(e, VENEER_DUAL(Pxor, pxor), d, x, Emitter::constant(VecConst::Bytes80));
      } else {
        e.move_vec(d, x);
      }
      finish(e, in, d);
      zero(e, t);
      op3(e, VENEER_DUAL(Psadbw, psadbw), d, d, t);
      if (in.q) {
        op2(e, VENEER_DUAL(Pshufd, pshufd), t, d, 0xee);
        op3(e, VENEER_DUAL(Paddd, paddd), d, d, t);
      }
      if (is_signed) {
        const Gp excess = e.temp_gp();
        e.a.mov(excess.r32(), in.q ? 16 * 128 : 8 * 128);
        e.host.avx ? e.a.vmovd(t, excess.r32()) : e.a.movd(t, excess.r32());
        op3(e, VENEER_DUAL(Psubd, psubd), d, d, t);
      }
      e.zero_above(d, d, Type::F16);
      break;
    }
    case 16:
      if (is_signed) {
        all_ones(e, t);
        op_imm(e, VENEER_DUAL(Psrlw, psrlw), t, t, 15);
        op3(e, VENEER_DUAL(Pmaddwd, pmaddwd), d, x, t);
      } else {
        op_imm(e, VENEER_DUAL(Psrld, psrld), t, x, 16);
        op3(e, VENEER_DUAL(Pand, pand), d, x, Emitter::constant(VecConst::Words0000ffff));
        op3(e, VENEER_DUAL(Paddd, paddd), d, d, t);
      }
      if (in.q) {
        op2(e, VENEER_DUAL(Pshufd, pshufd), t, d, 0xee);
        op3(e, VENEER_DUAL(Paddd, paddd), d, d, t);
      }
      op2(e, VENEER_DUAL(Pshufd, pshufd), t, d, 0x55);
      op3(e, VENEER_DUAL(Paddd, paddd), d, d, t);
      e.zero_above(d, d, Type::F32);
      break;
    default:  // there are always four
      op2(e, VENEER_DUAL(Pshufd, pshufd), t, x, 0xee);
      op2(e, extend(32, is_signed), t, t);
      op2(e, extend(32, is_signed), d, x);
      op3(e, VENEER_DUAL(Paddq, paddq), d, d, t);
      op2(e, VENEER_DUAL(Pshufd, pshufd), t, d, 0xee);
      op3(e, VENEER_DUAL(Paddq, paddq), d, d, t);
      low_half(e, d, d);
      break;
  }
}

}  // namespace

void emit_VReduceSAddl(Emitter& e, const Inst& in, Value v) {
  add_across_long(e, in, v, true);
}
void emit_VReduceUAddl(Emitter& e, const Inst& in, Value v) {
  add_across_long(e, in, v, false);
}
void emit_VReduceAdd(Emitter& e, const Inst& in, Value v) {
  reduce(e, in, v, VENEER_DUAL(Paddb, paddb), VENEER_DUAL(Paddw, paddw), VENEER_DUAL(Paddd, paddd));
}
void emit_VReduceSMax(Emitter& e, const Inst& in, Value v) {
  reduce(e, in, v, VENEER_DUAL(Pmaxsb, pmaxsb), VENEER_DUAL(Pmaxsw, pmaxsw), VENEER_DUAL(Pmaxsd, pmaxsd));
}
void emit_VReduceUMax(Emitter& e, const Inst& in, Value v) {
  reduce(e, in, v, VENEER_DUAL(Pmaxub, pmaxub), VENEER_DUAL(Pmaxuw, pmaxuw), VENEER_DUAL(Pmaxud, pmaxud));
}
void emit_VReduceSMin(Emitter& e, const Inst& in, Value v) {
  reduce(e, in, v, VENEER_DUAL(Pminsb, pminsb), VENEER_DUAL(Pminsw, pminsw), VENEER_DUAL(Pminsd, pminsd));
}
void emit_VReduceUMin(Emitter& e, const Inst& in, Value v) {
  reduce(e, in, v, VENEER_DUAL(Pminub, pminub), VENEER_DUAL(Pminuw, pminuw), VENEER_DUAL(Pminud, pminud));
}

// --- dot products ----------------------------------------------------------------------------------------

namespace {

// Bytes as half words, whose products PMADDWD adds in pairs; PHADDD adds the pairs.
void dot(Emitter& e, const Inst& in, Value v, bool a_signed, bool b_signed) {
  const Xmm acc = e.use_vec(in.args[0]), x = e.use_vec(in.args[1]), y = e.use_vec(in.args[2]);
  const Xmm t = e.temp_vec(), u = e.temp_vec(), d = e.def_vec_early(v);
  const auto products = [&](Xmm to, Xmm other) {
    op2(e, extend(8, a_signed), to, to.id() == d.id() ? x : to);
    op2(e, extend(8, b_signed), other, other.id() == t.id() ? y : other);
    op3(e, VENEER_DUAL(Pmaddwd, pmaddwd), to, to, other);
  };
  products(d, t);
  if (in.q) {
    op2(e, VENEER_DUAL(Pshufd, pshufd), t, x, 0xee);
    op2(e, VENEER_DUAL(Pshufd, pshufd), u, y, 0xee);
    products(t, u);
    op3(e, VENEER_DUAL(Phaddd, phaddd), d, d, t);
  } else {
    op3(e, VENEER_DUAL(Phaddd, phaddd), d, d, d);
  }
  op3(e, VENEER_DUAL(Paddd, paddd), d, d, acc);
  finish(e, in, d);
}

}  // namespace

void emit_VSDot(Emitter& e, const Inst& in, Value v) {
  dot(e, in, v, true, true);
}
void emit_VUDot(Emitter& e, const Inst& in, Value v) {
  dot(e, in, v, false, false);
}
void emit_VUsDot(Emitter& e, const Inst& in, Value v) {
  dot(e, in, v, false, true);
}

}  // namespace veneer::tier1
