// Vector shifts by immediates and by elements.
#include "translate/tier1/emit.h"
#include "translate/tier1/emit_vector_saturate.h"

namespace veneer::tier1 {

namespace {

u64 each_byte(u64 b) {
  return b * 0x0101010101010101;
}

// d &= the same byte everywhere.
void mask_bytes(Emitter& e, Xmm d, u64 byte) {
  const Gp g = e.temp_gp();
  const Xmm t = e.temp_vec();
  e.a.mov(g, each_byte(byte));
  e.host.avx ? e.a.vmovq(t, g) : e.a.movq(t, g);
  op3(e, VENEER_DUAL(Punpcklqdq, punpcklqdq), t, t, t);
  op3(e, VENEER_DUAL(Pand, pand), d, d, t);
}

void shift_left(Emitter& e, unsigned esize, Xmm d, Xmm x, int n) {
  switch (esize) {
    case 8:
      op_imm(e, VENEER_DUAL(Psllw, psllw), d, x, n);
      mask_bytes(e, d, 0xffu << n & 0xff);
      break;
    case 16: op_imm(e, VENEER_DUAL(Psllw, psllw), d, x, n); break;
    case 32: op_imm(e, VENEER_DUAL(Pslld, pslld), d, x, n); break;
    default: op_imm(e, VENEER_DUAL(Psllq, psllq), d, x, n); break;
  }
}
void shift_right(Emitter& e, unsigned esize, Xmm d, Xmm x, int n) {
  switch (esize) {
    case 8:
      op_imm(e, VENEER_DUAL(Psrlw, psrlw), d, x, n);
      mask_bytes(e, d, 0xffu >> n);
      break;
    case 16: op_imm(e, VENEER_DUAL(Psrlw, psrlw), d, x, n); break;
    case 32: op_imm(e, VENEER_DUAL(Psrld, psrld), d, x, n); break;
    default: op_imm(e, VENEER_DUAL(Psrlq, psrlq), d, x, n); break;
  }
}
// Not for bytes.
void shift_arithmetic(Emitter& e, unsigned esize, Xmm d, Xmm x, int n) {
  switch (esize) {
    case 16: op_imm(e, VENEER_DUAL(Psraw, psraw), d, x, n); break;
    case 32: op_imm(e, VENEER_DUAL(Psrad, psrad), d, x, n); break;
    default: {
      // The logical shift, with the sign's bits above: 0 > x tells the sign.
      const Xmm t = e.temp_vec();
      e.host.avx ? e.a.vpxor(t, t, t) : e.a.pxor(t, t);
      op3(e, VENEER_DUAL(Pcmpgtq, pcmpgtq), t, t, x);
      if (n < 64) {
        op_imm(e, VENEER_DUAL(Psllq, psllq), t, t, 64 - n);
        op_imm(e, VENEER_DUAL(Psrlq, psrlq), d, x, n);
        op3(e, VENEER_DUAL(Por, por), d, d, t);
      } else {
        e.move_vec(d, t);
      }
    }
  }
}

}  // namespace

void emit_VShl(Emitter& e, const Inst& in, Value v) {
  const Xmm x = e.use_vec(in.args[0]);
  const Xmm d = e.def_vec_early(v);
  shift_left(e, in.esize, d, x, static_cast<int>(in.imm));
  finish(e, in, d);
}
void emit_VShr(Emitter& e, const Inst& in, Value v) {
  const Xmm x = e.use_vec(in.args[0]);
  const Xmm d = e.def_vec_early(v);
  shift_right(e, in.esize, d, x, static_cast<int>(in.imm));
  finish(e, in, d);
}
void emit_VSar(Emitter& e, const Inst& in, Value v) {
  const Xmm x = e.use_vec(in.args[0]);
  const int n = static_cast<int>(in.imm);
  if (in.esize == 8) {
    // (x >> n logically, ^ m) - m, with m the place of the sign after the shift.
    const Xmm m = e.temp_vec(), d = e.def_vec_early(v);
    const int k = n > 7 ? 7 : n;
    const Gp g = e.temp_gp();
    e.a.mov(g, each_byte(0x80u >> k));
    e.host.avx ? e.a.vmovq(m, g) : e.a.movq(m, g);
    op3(e, VENEER_DUAL(Punpcklqdq, punpcklqdq), m, m, m);
    shift_right(e, 8, d, x, k);
    op3(e, VENEER_DUAL(Pxor, pxor), d, d, m);
    op3(e, VENEER_DUAL(Psubb, psubb), d, d, m);
    finish(e, in, d);
    return;
  }
  const Xmm d = e.def_vec_early(v);
  shift_arithmetic(e, in.esize, d, x, n);
  finish(e, in, d);
}

namespace {

// x >> n of bytes, rounded: PAVGB halves the last time, rounding up.
void rounding_shift_bytes(Emitter& e, Xmm d, Xmm x, int n) {
  if (n > 1) {
    shift_right(e, 8, d, x, n - 1);
  } else {
    e.move_vec(d, x);
  }
  const Xmm t = e.temp_vec();
  zero(e, t);
  op3(e, VENEER_DUAL(Pavgb, pavgb), d, d, t);
}

}  // namespace

// (x >> n) + (x >> (n - 1) & 1)
void emit_VRShr(Emitter& e, const Inst& in, Value v) {
  if (in.esize == 8) {
    const Xmm bytes = e.use_vec(in.args[0]);
    const Xmm rounded = e.def_vec_early(v);
    rounding_shift_bytes(e, rounded, bytes, static_cast<int>(in.imm));
    return finish(e, in, rounded);
  }
  const Xmm x = e.use_vec(in.args[0]);
  const Xmm t = e.temp_vec(), d = e.def_vec_early(v);
  const int n = static_cast<int>(in.imm), width = in.esize;
  shift_left(e, in.esize, t, x, width - n);
  shift_right(e, in.esize, t, t, width - 1);
  shift_right(e, in.esize, d, x, n);
  op3(e, kAdd.of(in.esize), d, d, t);
  finish(e, in, d);
}
void emit_VRSar(Emitter& e, const Inst& in, Value v) {
  const Xmm x = e.use_vec(in.args[0]);
  const int n = static_cast<int>(in.imm), width = in.esize;
  if (in.esize == 8) {
    // Of x + 128, from which 128 >> n is taken; all comes to nothing by a shift of eight.
    const Xmm t = e.temp_vec(), d = e.def_vec_early(v);
    if (n == 8) return zero(e, d);
    op3(e, VENEER_DUAL(Pxor, pxor), t, x, sign_bits(8));
    rounding_shift_bytes(e, d, t, n);
    const Gp g = e.temp_gp();
    e.a.mov(g, each_byte(0x80u >> n));
    e.host.avx ? e.a.vmovq(t, g) : e.a.movq(t, g);
    op3(e, VENEER_DUAL(Punpcklqdq, punpcklqdq), t, t, t);
    op3(e, VENEER_DUAL(Psubb, psubb), d, d, t);
    return finish(e, in, d);
  }
  const Xmm t = e.temp_vec(), d = e.def_vec_early(v);
  shift_left(e, in.esize, t, x, width - n);
  shift_right(e, in.esize, t, t, width - 1);
  shift_arithmetic(e, in.esize, d, x, n);
  op3(e, kAdd.of(in.esize), d, d, t);
  finish(e, in, d);
}

namespace {

// Half words, as words in one 256-bit register: VPSLLV and its like have no narrower form.
void shift_halves_by_register(Emitter& e, const Inst& in, Value v, bool is_signed, bool round) {
  const Xmm x = e.use_vec(in.args[0]), y = e.use_vec(in.args[1]);
  const Xmm t = e.temp_vec(), u = e.temp_vec(), d = e.def_vec_early(v);
  const auto wide = [](const Xmm& r) { return x86::ymm(r.id()); };
  // The signed low bytes of y, and x, as words.
  e.a.vpsllw(t, y, 8);
  e.a.vpsraw(t, t, 8);
  e.a.vpmovsxwd(wide(t), t);
  is_signed ? e.a.vpmovsxwd(wide(u), x) : e.a.vpmovzxwd(wide(u), x);
  e.release(x);
  e.release(y);
  const Xmm w = e.temp_vec();
  const auto right = [&](const Xmm& to, const Xmm& by) {
    is_signed ? e.a.vpsravd(wide(to), wide(u), wide(by)) : e.a.vpsrlvd(wide(to), wide(u), wide(by));
  };
  e.a.vpsllvd(wide(d), wide(u), wide(t));  // zero where the amount is negative
  e.a.vpxor(w, w, w);
  e.a.vpsubd(wide(w), wide(w), wide(t));
  if (round) {
    const Xmm bit = e.temp_vec();
    e.a.vpcmpeqd(wide(bit), wide(bit), wide(bit));
    e.a.vpaddd(wide(bit), wide(bit), wide(w));
    right(bit, bit);  // the last bit that goes out
    e.a.vpslld(wide(bit), wide(bit), 31);
    e.a.vpsrld(wide(bit), wide(bit), 31);
    right(w, w);
    e.a.vpaddd(wide(w), wide(w), wide(bit));
  } else {
    right(w, w);
  }
  e.a.vblendvps(wide(d), wide(d), wide(w), wide(t));
  e.a.vpxor(w, w, w);
  e.a.vpblendw(wide(d), wide(w), wide(d), 0x55);
  e.a.vpackusdw(wide(d), wide(d), wide(d));
  e.a.vpermq(wide(d), wide(d), 0x08);
  e.a.vzeroupper();
  finish(e, in, d);
}

}  // namespace

namespace {

// Words and double words by the host's variable shifts, which give zero for amounts beyond the element (or the
// sign).
struct VariableShifts {
  Emitter& e;
  bool wide, is_signed;

  void left(Xmm d, Xmm x, Xmm by) const { wide ? e.a.vpsllvq(d, x, by) : e.a.vpsllvd(d, x, by); }
  // d is not x. `sign` is lost when the element is wide and signed.
  void right(Xmm d, Xmm x, Xmm by, Xmm sign) const {
    if (!is_signed) {
      wide ? e.a.vpsrlvq(d, x, by) : e.a.vpsrlvd(d, x, by);
    } else if (!wide) {
      e.a.vpsravd(d, x, by);
    } else {  // of the complement when negative
      sign_of(sign, x);
      e.a.vpxor(d, x, sign);
      e.a.vpsrlvq(d, d, by);
      e.a.vpxor(d, d, sign);
    }
  }
  // d = ones where x is negative. d is not x.
  void sign_of(Xmm d, Xmm x) const {
    if (!wide) {
      e.a.vpsrad(d, x, 31);
      return;
    }
    e.a.vpxor(d, d, d);
    e.a.vpcmpgtq(d, d, x);
  }
};

struct ShiftKind {
  bool is_signed, round, saturate = false;
};

// d = x << by, which has lost nothing if shifting it back gives x; elsewhere it becomes the greatest or the
// least number. ok = ones where it has lost nothing. w and sign are lost.
void saturate_left(const VariableShifts& s, Xmm d, Xmm x, Xmm by, Xmm ok, Xmm w, Xmm sign) {
  asmjit::x86::Assembler& a = s.e.a;
  s.right(ok, d, by, sign);
  s.wide ? a.vpcmpeqq(ok, ok, x) : a.vpcmpeqd(ok, ok, x);
  if (!s.is_signed) {
    all_ones(s.e, w);
  } else {
    s.sign_of(w, x);
    a.vpxor(w, w, Emitter::constant(s.wide ? VecConst::AbsF64 : VecConst::AbsF32));
  }
  s.wide ? a.vblendvpd(d, w, d, ok) : a.vblendvps(d, w, d, ok);
}

// USHL and its like: the signed low byte of each element says how far, to the left or (negative) to the right.
void shift_by_register(Emitter& e, const Inst& in, Value v, ShiftKind kind) {
  const bool wide = in.esize == 64;
  if (e.host.avx2 && in.esize == 16 && !kind.saturate)
    return shift_halves_by_register(e, in, v, kind.is_signed, kind.round);
  if (!e.host.avx2 || in.esize < 32) return e.fallback(v, in);
  const VariableShifts s{e, wide, kind.is_signed};
  const Xmm x = e.use_vec(in.args[0]), y = e.use_vec(in.args[1]);
  const Xmm t = e.temp_vec(), u = e.temp_vec(), w = e.temp_vec();
  const Xmm sign = wide && kind.is_signed ? e.temp_vec() : u;
  const Xmm ok = kind.saturate ? e.temp_vec() : u;
  const Xmm d = e.def_vec_early(v);
  // The low byte alone, as an unsigned amount: a negative one is 128 and more, beyond the element.
  const Gp g = e.temp_gp();
  e.a.mov(g.r32(), 0xff);
  e.a.vmovd(u, g.r32());
  wide ? e.a.vpbroadcastq(u, u) : e.a.vpbroadcastd(u, u);
  e.a.vpand(t, y, u);
  s.left(d, x, t);
  if (kind.saturate) saturate_left(s, d, x, t, ok, w, sign);
  // Its negative, likewise.
  e.a.vpxor(t, t, t);
  e.a.vpsubb(t, t, y);
  e.a.vpand(t, t, u);
  s.right(w, x, t, sign);
  if (kind.round) {  // and the last bit that went out
    e.a.vpcmpeqd(u, u, u);
    wide ? e.a.vpaddq(t, t, u) : e.a.vpaddd(t, t, u);
    s.right(u, x, t, sign);
    wide ? e.a.vpsllq(u, u, 63) : e.a.vpslld(u, u, 31);
    wide ? e.a.vpsrlq(u, u, 63) : e.a.vpsrld(u, u, 31);
    wide ? e.a.vpaddq(w, w, u) : e.a.vpaddd(w, w, u);
  }
  if (kind.is_signed || kind.round || kind.saturate) {
    wide ? e.a.vpsllq(t, y, 56) : e.a.vpslld(t, y, 24);
    wide ? e.a.vblendvpd(d, d, w, t) : e.a.vblendvps(d, d, w, t);
  } else {
    // One of the two is zero; or the amount is, which is its own negative: both are x then.
    e.a.vpor(d, d, w);
  }
  finish(e, in, d);
  if (!kind.saturate) return;
  // Neither to the right nor without loss.
  s.sign_of(w, t);
  e.a.vpor(ok, ok, w);
  all_ones(e, w);
  e.a.vpandn(ok, ok, w);
  if (!in.q) low_half(e, ok, ok);
  note_saturation(e, ok);
}

}  // namespace

void emit_VUShl(Emitter& e, const Inst& in, Value v) {
  shift_by_register(e, in, v, {.is_signed = false, .round = false});
}
void emit_VSShl(Emitter& e, const Inst& in, Value v) {
  shift_by_register(e, in, v, {.is_signed = true, .round = false});
}
void emit_VSRShl(Emitter& e, const Inst& in, Value v) {
  shift_by_register(e, in, v, {.is_signed = true, .round = true});
}
void emit_VURShl(Emitter& e, const Inst& in, Value v) {
  shift_by_register(e, in, v, {.is_signed = false, .round = true});
}

void emit_VSqShl(Emitter& e, const Inst& in, Value v) {
  shift_by_register(e, in, v, {.is_signed = true, .round = false, .saturate = true});
}
void emit_VUqShl(Emitter& e, const Inst& in, Value v) {
  shift_by_register(e, in, v, {.is_signed = false, .round = false, .saturate = true});
}
void emit_VSqRShl(Emitter& e, const Inst& in, Value v) {
  shift_by_register(e, in, v, {.is_signed = true, .round = true, .saturate = true});
}
void emit_VUqRShl(Emitter& e, const Inst& in, Value v) {
  shift_by_register(e, in, v, {.is_signed = false, .round = true, .saturate = true});
}

}  // namespace veneer::tier1
