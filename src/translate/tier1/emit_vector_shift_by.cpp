// Vector shifts by each element's own amount, modulo the element's size.
#include "translate/tier1/emit.h"
#include "translate/tier1/vec_ops.h"

namespace veneer::tier1 {

namespace {

enum class Shift : u8 { Left, Right, Arithmetic };

unsigned amount_bits(unsigned esize) {
  return esize == 8 ? 3 : esize == 16 ? 4 : esize == 32 ? 5 : 6;
}

// d = y's amounts: the low bits of elements of 16 to 64 bits.
void amounts(Emitter& e, unsigned esize, Xmm d, Xmm y) {
  const int others = static_cast<int>(esize - amount_bits(esize));
  op_imm(e, kShl.of(esize), d, y, others);
  op_imm(e, kShr.of(esize), d, d, others);
}

// d = ones where x is negative, in elements of 64 bits. d is not x.
void sign_of(Emitter& e, Xmm d, Xmm x) {
  zero(e, d);
  op3(e, VENEER_DUAL(Pcmpgtq, pcmpgtq), d, d, x);
}

// --- all by the same -------------------------------------------------------------------------------------

void by_one_amount(Emitter& e, const Inst& in, Value v, Shift kind) {
  const Xmm x = e.use_vec(in.args[0]), y = e.use_vec(in.args[1]);
  const int others = static_cast<int>(64 - amount_bits(in.esize));
  const Xmm count = e.temp_vec();
  const Xmm sign = kind == Shift::Arithmetic && in.esize == 64 ? e.temp_vec() : count;
  const Xmm d = e.def_vec_early(v);
  op_imm(e, VENEER_DUAL(Psllq, psllq), count, y, others);
  op_imm(e, VENEER_DUAL(Psrlq, psrlq), count, count, others);
  if (kind != Shift::Arithmetic) {
    op3(e, (kind == Shift::Left ? kShl : kShr).of(in.esize), d, x, count);
  } else if (in.esize < 64) {
    op3(e, in.esize == 16 ? VENEER_DUAL(Psraw, psraw) : VENEER_DUAL(Psrad, psrad), d, x, count);
  } else if (e.host.avx512) {
    e.a.vpsraq(d, x, count);
  } else {  // of the complement when negative
    sign_of(e, sign, x);
    op3(e, VENEER_DUAL(Pxor, pxor), d, x, sign);
    op3(e, VENEER_DUAL(Psrlq, psrlq), d, d, count);
    op3(e, VENEER_DUAL(Pxor, pxor), d, d, sign);
  }
  finish(e, in, d);
}

// --- bytes and half words: by multiplication with powers of two ------------------------------------------

void powers(Emitter& e, Xmm d, Xmm index) {
  const Mem table = Emitter::constant(VecConst::PowersOfTwo);
  e.host.avx ? e.a.vmovaps(d, table) : e.a.movaps(d, table);
  op3(e, VENEER_DUAL(Pshufb, pshufb), d, d, index);
}

void bytes_left(Emitter& e, const Inst& in, Value v) {
  const Xmm x = e.use_vec(in.args[0]), y = e.use_vec(in.args[1]);
  const Xmm t = e.temp_vec(), p = e.temp_vec(), d = e.def_vec_early(v);
  op3(e, VENEER_DUAL(Pand, pand), t, y, Emitter::constant(VecConst::NibbleMask));
  powers(e, p, t);
  op_imm(e, VENEER_DUAL(Psrlw, psrlw), t, x, 8);
  op3(e, VENEER_DUAL(Pmullw, pmullw), d, x, p);
  op_imm(e, VENEER_DUAL(Psrlw, psrlw), p, p, 8);
  op3(e, VENEER_DUAL(Pmullw, pmullw), t, t, p);
  op_imm(e, VENEER_DUAL(Psllw, psllw), t, t, 8);
  op3(e, VENEER_DUAL(Pand, pand), d, d, Emitter::constant(VecConst::Halves00ff));
  op3(e, VENEER_DUAL(Por, por), d, d, t);
  finish(e, in, d);
}

// Times 2^(7 - n), and all by 7 to the right.
void bytes_right(Emitter& e, const Inst& in, Value v, bool is_signed) {
  const Xmm x = e.use_vec(in.args[0]), y = e.use_vec(in.args[1]);
  const Xmm t = e.temp_vec(), p = e.temp_vec(), d = e.def_vec_early(v);
  const Mem low_bytes = Emitter::constant(VecConst::Halves00ff);
  const Dual down = is_signed ? VENEER_DUAL(Psraw, psraw) : VENEER_DUAL(Psrlw, psrlw);
  op3(e, VENEER_DUAL(Pandn, pandn), t, y, Emitter::constant(VecConst::NibbleMask));
  powers(e, p, t);
  // The odd ones.
  op_imm(e, VENEER_DUAL(Psrlw, psrlw), t, p, 8);
  op_imm(e, down, d, x, 8);
  op3(e, VENEER_DUAL(Pmullw, pmullw), t, t, d);
  op_imm(e, down, t, t, 7);
  op_imm(e, VENEER_DUAL(Psllw, psllw), t, t, 8);
  // The even ones.
  op3(e, VENEER_DUAL(Pand, pand), p, p, low_bytes);
  op_imm(e, VENEER_DUAL(Psllw, psllw), d, x, 8);
  op_imm(e, down, d, d, 8);
  op3(e, VENEER_DUAL(Pmullw, pmullw), d, d, p);
  op_imm(e, down, d, d, 7);
  op3(e, VENEER_DUAL(Pand, pand), d, d, low_bytes);
  op3(e, VENEER_DUAL(Por, por), d, d, t);
  finish(e, in, d);
}

// d = 2^n of each half word's amount n, or 2^(15 - n); t is lost. Each byte of d is a power of n modulo 8, but
// where bit 7 of its index is set it is zero: in the upper byte of n - 8, in the lower one of n + 0x78.
void powers_of_halves(Emitter& e, Xmm d, Xmm y, Xmm t, bool complement) {
  if (complement) op3(e, VENEER_DUAL(Pxor, pxor), t, y, Emitter::constant(VecConst::AllOnes));
  amounts(e, 16, t, complement ? t : y);
  op_imm(e, VENEER_DUAL(Psllw, psllw), d, t, 8);
  op3(e, VENEER_DUAL(Por, por), t, t, d);
  op3(e, VENEER_DUAL(Paddb, paddb), t, t, Emitter::constant(VecConst::PowerIndex));
  powers(e, d, t);
}

void halves_by_multiplication(Emitter& e, const Inst& in, Value v, Shift kind) {
  const Xmm x = e.use_vec(in.args[0]), y = e.use_vec(in.args[1]);
  const Xmm t = e.temp_vec(), p = e.temp_vec(), d = e.def_vec_early(v);
  powers_of_halves(e, p, y, t, kind != Shift::Left);
  if (kind == Shift::Left) {
    op3(e, VENEER_DUAL(Pmullw, pmullw), d, x, p);
    return finish(e, in, d);
  }
  // With the sign flipped, from which 0x8000 is to be taken as it has been shifted, too: the power.
  const bool is_signed = kind == Shift::Arithmetic;
  if (is_signed) {
    op3(e, VENEER_DUAL(Pxor, pxor), d, x, sign_bits(16));
  } else {
    e.move_vec(d, x);
  }
  op3(e, VENEER_DUAL(Pmullw, pmullw), t, d, p);
  op3(e, VENEER_DUAL(Pmulhuw, pmulhuw), d, d, p);
  op_imm(e, VENEER_DUAL(Psrlw, psrlw), t, t, 15);
  op_imm(e, VENEER_DUAL(Psllw, psllw), d, d, 1);
  op3(e, VENEER_DUAL(Por, por), d, d, t);
  if (is_signed) op3(e, VENEER_DUAL(Psubw, psubw), d, d, p);
  finish(e, in, d);
}

// --- by the host's variable shifts, or one amount after another ------------------------------------------

void halves_by_host(Emitter& e, const Inst& in, Value v, Shift kind) {
  const Xmm x = e.use_vec(in.args[0]), y = e.use_vec(in.args[1]);
  const Xmm t = e.temp_vec(), d = e.def_vec_early(v);
  amounts(e, 16, t, y);
  switch (kind) {
    case Shift::Left: e.a.vpsllvw(d, x, t); break;
    case Shift::Right: e.a.vpsrlvw(d, x, t); break;
    case Shift::Arithmetic: e.a.vpsravw(d, x, t); break;
  }
  finish(e, in, d);
}

void words_by_host(Emitter& e, const Inst& in, Value v, Shift kind) {
  const bool wide = in.esize == 64;
  const Xmm x = e.use_vec(in.args[0]), y = e.use_vec(in.args[1]);
  const Xmm t = e.temp_vec();
  const Xmm sign = kind == Shift::Arithmetic && wide ? e.temp_vec() : t;
  const Xmm d = e.def_vec_early(v);
  amounts(e, in.esize, t, y);
  if (kind == Shift::Left) {
    wide ? e.a.vpsllvq(d, x, t) : e.a.vpsllvd(d, x, t);
  } else if (kind == Shift::Right) {
    wide ? e.a.vpsrlvq(d, x, t) : e.a.vpsrlvd(d, x, t);
  } else if (!wide) {
    e.a.vpsravd(d, x, t);
  } else if (e.host.avx512) {
    e.a.vpsravq(d, x, t);
  } else {
    sign_of(e, sign, x);
    e.a.vpxor(d, x, sign);
    e.a.vpsrlvq(d, d, t);
    e.a.vpxor(d, d, sign);
  }
  finish(e, in, d);
}

// All elements by each amount, of which one is kept.
void words_one_by_one(Emitter& e, const Inst& in, Value v, Shift kind) {
  const Dual shift = kind == Shift::Left    ? VENEER_DUAL(Pslld, pslld)
                     : kind == Shift::Right ? VENEER_DUAL(Psrld, psrld)
                                            : VENEER_DUAL(Psrad, psrad);
  const Xmm x = e.use_vec(in.args[0]), y = e.use_vec(in.args[1]);
  const Xmm t = e.temp_vec(), u = e.temp_vec(), w = e.temp_vec(), d = e.def_vec_early(v);
  const auto next = [&](Xmm count, int place) {
    op3(e, shift, w, x, count);
    op3(e, VENEER_DUAL(Pblendw, pblendw), d, d, w, place);
  };
  amounts(e, 32, t, y);
  op2(e, VENEER_DUAL(Pmovzxdq, pmovzxdq), u, t);
  op3(e, shift, d, x, u);
  op2(e, VENEER_DUAL(Pshufd, pshufd), u, u, 0xee);
  next(u, 0x0c);
  op2(e, VENEER_DUAL(Pshufd, pshufd), t, t, 0xee);
  op2(e, VENEER_DUAL(Pmovzxdq, pmovzxdq), t, t);
  next(t, 0x30);
  op2(e, VENEER_DUAL(Pshufd, pshufd), t, t, 0xee);
  next(t, 0xc0);
  finish(e, in, d);
}

void doubles_one_by_one(Emitter& e, const Inst& in, Value v, Shift kind) {
  const Dual shift = (kind == Shift::Left ? kShl : kShr).of(64);
  const Xmm x = e.use_vec(in.args[0]), y = e.use_vec(in.args[1]);
  const bool is_signed = kind == Shift::Arithmetic;
  const Xmm t = e.temp_vec(), u = e.temp_vec();
  const Xmm sign = is_signed ? e.temp_vec() : t;
  const Xmm d = e.def_vec_early(v);
  amounts(e, 64, t, y);
  if (is_signed) {
    sign_of(e, sign, x);
    op3(e, VENEER_DUAL(Pxor, pxor), u, x, sign);
  } else {
    e.move_vec(u, x);
  }
  op3(e, shift, d, u, t);
  op2(e, VENEER_DUAL(Pshufd, pshufd), t, t, 0xee);
  op3(e, shift, u, u, t);
  op3(e, VENEER_DUAL(Pblendw, pblendw), d, d, u, 0xf0);
  if (is_signed) op3(e, VENEER_DUAL(Pxor, pxor), d, d, sign);
  finish(e, in, d);
}

void shift_by(Emitter& e, const Inst& in, Value v, Shift kind) {
  const Inst& by = e.inst(in.args[1]);
  if (in.esize == 8)
    return kind == Shift::Left ? bytes_left(e, in, v) : bytes_right(e, in, v, kind == Shift::Arithmetic);
  if (by.op == Op::VDup && by.esize == in.esize) return by_one_amount(e, in, v, kind);
  if (in.esize == 16)
    return e.host.avx512 ? halves_by_host(e, in, v, kind) : halves_by_multiplication(e, in, v, kind);
  if (e.host.avx2) return words_by_host(e, in, v, kind);
  in.esize == 32 ? words_one_by_one(e, in, v, kind) : doubles_one_by_one(e, in, v, kind);
}

}  // namespace

void emit_VShlBy(Emitter& e, const Inst& in, Value v) {
  shift_by(e, in, v, Shift::Left);
}
void emit_VShrBy(Emitter& e, const Inst& in, Value v) {
  shift_by(e, in, v, Shift::Right);
}
void emit_VSarBy(Emitter& e, const Inst& in, Value v) {
  shift_by(e, in, v, Shift::Arithmetic);
}

}  // namespace veneer::tier1
