// Products of one width: their low or high halves.
#include "translate/tier1/emit.h"
#include "translate/tier1/vec_ops.h"

namespace veneer::tier1 {

namespace {

void multiply_bytes(Emitter& e, const Inst& in, Value v) {
  // The odd and the even ones as 16-bit products.
  const Xmm x = e.use_vec(in.args[0]), y = e.use_vec(in.args[1]);
  const Xmm t = e.temp_vec(), d = e.def_vec_early(v);
  op_imm(e, VENEER_DUAL(Psrlw, psrlw), t, x, 8);
  op_imm(e, VENEER_DUAL(Psrlw, psrlw), d, y, 8);
  op3(e, VENEER_DUAL(Pmullw, pmullw), t, t, d);
  op_imm(e, VENEER_DUAL(Psllw, psllw), t, t, 8);
  op3(e, VENEER_DUAL(Pmullw, pmullw), d, x, y);
  op3(e, VENEER_DUAL(Pand, pand), d, d, Emitter::constant(VecConst::Halves00ff));
  op3(e, VENEER_DUAL(Por, por), d, d, t);
  finish(e, in, d);
}

// Of each operand's upper word and the other's lower one only the low half of the product counts.
void multiply_doubles(Emitter& e, const Inst& in, Value v) {
  const Xmm x = e.use_vec(in.args[0]), y = e.use_vec(in.args[1]);
  if (e.host.avx512) {
    const Xmm product = e.def_vec(v);
    e.a.vpmullq(product, x, y);
    return finish(e, in, product);
  }
  const Xmm t = e.temp_vec(), u = e.temp_vec(), d = e.def_vec_early(v);
  op2(e, VENEER_DUAL(Pshufd, pshufd), t, y, 0xb1);
  op3(e, VENEER_DUAL(Pmulld, pmulld), t, t, x);
  op_imm(e, VENEER_DUAL(Psrlq, psrlq), u, t, 32);
  op3(e, VENEER_DUAL(Paddd, paddd), t, t, u);
  op_imm(e, VENEER_DUAL(Psllq, psllq), t, t, 32);
  op3(e, VENEER_DUAL(Pmuludq, pmuludq), d, x, y);
  op3(e, VENEER_DUAL(Paddq, paddq), d, d, t);
  finish(e, in, d);
}

// Each byte as the upper one of a half word, then by itself.
void high_bytes(Emitter& e, const Inst& in, Value v, bool is_signed) {
  const Xmm x = e.use_vec(in.args[0]), y = e.use_vec(in.args[1]);
  const Xmm t = e.temp_vec(), u = e.temp_vec(), d = e.def_vec_early(v);
  const Dual down = is_signed ? VENEER_DUAL(Psraw, psraw) : VENEER_DUAL(Psrlw, psrlw);
  op_imm(e, VENEER_DUAL(Psllw, psllw), t, x, 8);
  op_imm(e, VENEER_DUAL(Psllw, psllw), u, y, 8);
  op3(e, is_signed ? VENEER_DUAL(Pmulhw, pmulhw) : VENEER_DUAL(Pmulhuw, pmulhuw), t, t, u);
  op_imm(e, VENEER_DUAL(Psrlw, psrlw), t, t, 8);
  op_imm(e, down, d, x, 8);
  op_imm(e, down, u, y, 8);
  op3(e, VENEER_DUAL(Pmullw, pmullw), d, d, u);
  op_imm(e, VENEER_DUAL(Psrlw, psrlw), d, d, 8);
  op_imm(e, VENEER_DUAL(Psllw, psllw), d, d, 8);
  op3(e, VENEER_DUAL(Por, por), d, d, t);
  finish(e, in, d);
}

// Even and odd words by themselves.
void high_words(Emitter& e, const Inst& in, Value v, bool is_signed) {
  const Xmm x = e.use_vec(in.args[0]), y = e.use_vec(in.args[1]);
  const Xmm t = e.temp_vec(), u = e.temp_vec(), d = e.def_vec_early(v);
  const Dual multiply = is_signed ? VENEER_DUAL(Pmuldq, pmuldq) : VENEER_DUAL(Pmuludq, pmuludq);
  op_imm(e, VENEER_DUAL(Psrlq, psrlq), t, x, 32);
  op_imm(e, VENEER_DUAL(Psrlq, psrlq), u, y, 32);
  op3(e, multiply, t, t, u);
  op3(e, multiply, d, x, y);
  op_imm(e, VENEER_DUAL(Psrlq, psrlq), d, d, 32);
  op3(e, VENEER_DUAL(Pblendw, pblendw), d, d, t, 0xcc);
  finish(e, in, d);
}

// By four products of words, none of whose sums here overflows. A negative number is 2^64 less than what it is
// taken for, so that the other one is too much in the high half.
void high_doubles(Emitter& e, const Inst& in, Value v, bool is_signed) {
  const Xmm x = e.use_vec(in.args[0]), y = e.use_vec(in.args[1]);
  const Xmm high_x = e.temp_vec(), high_y = e.temp_vec(), t = e.temp_vec(), u = e.temp_vec();
  const Xmm d = e.def_vec_early(v);
  constexpr Dual kMultiply = VENEER_DUAL(Pmuludq, pmuludq), kSum = VENEER_DUAL(Paddq, paddq);
  const auto down = [&](Xmm to, Xmm from) { op_imm(e, VENEER_DUAL(Psrlq, psrlq), to, from, 32); };
  down(high_x, x);
  down(high_y, y);
  op3(e, kMultiply, d, x, y);
  down(d, d);
  op3(e, kMultiply, t, high_x, y);
  op3(e, kSum, d, d, t);
  op3(e, kMultiply, u, high_y, x);
  op_imm(e, VENEER_DUAL(Psllq, psllq), t, d, 32);
  down(t, t);
  op3(e, kSum, u, u, t);
  down(d, d);
  down(u, u);
  op3(e, kSum, d, d, u);
  op3(e, kMultiply, t, high_x, high_y);
  op3(e, kSum, d, d, t);
  if (is_signed) {
    const auto take_away = [&](Xmm other, Xmm negative) {
      zero(e, t);
      op3(e, VENEER_DUAL(Pcmpgtq, pcmpgtq), t, t, negative);
      op3(e, VENEER_DUAL(Pand, pand), t, t, other);
      op3(e, VENEER_DUAL(Psubq, psubq), d, d, t);
    };
    take_away(y, x);
    take_away(x, y);
  }
  finish(e, in, d);
}

void by_host(Emitter& e, const Inst& in, Value v, Dual op) {
  const Xmm x = e.use_vec(in.args[0]), y = e.use_vec(in.args[1]);
  const Xmm d = e.host.avx ? e.def_vec(v) : e.def_vec_early(v);
  op3(e, op, d, x, y);
  finish(e, in, d);
}

void multiply_high(Emitter& e, const Inst& in, Value v, bool is_signed) {
  switch (in.esize) {
    case 8: return high_bytes(e, in, v, is_signed);
    case 16: return by_host(e, in, v, is_signed ? VENEER_DUAL(Pmulhw, pmulhw) : VENEER_DUAL(Pmulhuw, pmulhuw));
    case 32: return high_words(e, in, v, is_signed);
    default: return high_doubles(e, in, v, is_signed);
  }
}

}  // namespace

void emit_VMul(Emitter& e, const Inst& in, Value v) {
  switch (in.esize) {
    case 8: return multiply_bytes(e, in, v);
    case 16: return by_host(e, in, v, VENEER_DUAL(Pmullw, pmullw));
    case 32: return by_host(e, in, v, VENEER_DUAL(Pmulld, pmulld));
    default: return multiply_doubles(e, in, v);
  }
}
void emit_VMulHiS(Emitter& e, const Inst& in, Value v) {
  multiply_high(e, in, v, true);
}
void emit_VMulHiU(Emitter& e, const Inst& in, Value v) {
  multiply_high(e, in, v, false);
}

}  // namespace veneer::tier1
