// Moves of vector elements: permutations, table lookups, lanes, widening and narrowing, reductions.
#include "translate/tier1/emit.h"
#include "translate/tier1/vec_ops.h"

namespace veneer::tier1 {

namespace {

Dual unpack_low(unsigned esize) {
  switch (esize) {
    case 8: return VENEER_DUAL(Punpcklbw, punpcklbw);
    case 16: return VENEER_DUAL(Punpcklwd, punpcklwd);
    case 32: return VENEER_DUAL(Punpckldq, punpckldq);
    default: return VENEER_DUAL(Punpcklqdq, punpcklqdq);
  }
}
Dual unpack_high(unsigned esize) {
  switch (esize) {
    case 8: return VENEER_DUAL(Punpckhbw, punpckhbw);
    case 16: return VENEER_DUAL(Punpckhwd, punpckhwd);
    case 32: return VENEER_DUAL(Punpckhdq, punpckhdq);
    default: return VENEER_DUAL(Punpckhqdq, punpckhqdq);
  }
}

void shuffle_bytes(Emitter& e, Xmm d, Xmm x, Mem control) {
  op3(e, VENEER_DUAL(Pshufb, pshufb), d, x, control);
}
void shuffle_words(Emitter& e, Xmm d, Xmm x, int control) {
  op2(e, VENEER_DUAL(Pshufd, pshufd), d, x, control);
}

}  // namespace

void emit_VZip1(Emitter& e, const Inst& in, Value v) {
  const Xmm x = e.use_vec(in.args[0]), y = e.use_vec(in.args[1]);
  const Xmm d = e.def_vec_early(v);
  op3(e, unpack_low(in.esize), d, x, y);
  finish(e, in, d);
}
void emit_VZip2(Emitter& e, const Inst& in, Value v) {
  const Xmm x = e.use_vec(in.args[0]), y = e.use_vec(in.args[1]);
  const Xmm d = e.def_vec_early(v);
  if (in.q) {
    op3(e, unpack_high(in.esize), d, x, y);
    return;
  }
  // Of 64-bit vectors: the upper half of their interleaving.
  op3(e, unpack_low(in.esize), d, x, y);
  op_imm(e, VENEER_DUAL(Psrldq, psrldq), d, d, 8);
}

namespace {

// Even (0) or odd (1) elements of a, then of b.
void unzip(Emitter& e, const Inst& in, Value v, unsigned odd) {
  const Xmm x = e.use_vec(in.args[0]), y = e.use_vec(in.args[1]);
  const Xmm d = e.def_vec_early(v);
  if (in.esize == 64) {
    op3(e, odd ? VENEER_DUAL(Punpckhqdq, punpckhqdq) : VENEER_DUAL(Punpcklqdq, punpcklqdq), d, x, y);
    return;
  }
  if (in.q) {
    if (in.esize == 32) {
      op3(e, VENEER_DUAL(Shufps, shufps), d, x, y, odd ? 0xdd : 0x88);
      return;
    }
    const Mem control = Emitter::constant(in.esize == 8 ? VecConst::Uzp1Bytes : VecConst::Uzp1Halves);
    const Xmm t = e.temp_vec();
    shuffle_bytes(e, t, y, control);
    shuffle_bytes(e, d, x, control);
    op3(e, odd ? VENEER_DUAL(Punpckhqdq, punpckhqdq) : VENEER_DUAL(Punpcklqdq, punpcklqdq), d, d, t);
    return;
  }
  // a's four or eight bytes of elements below b's.
  op3(e, VENEER_DUAL(Punpcklqdq, punpcklqdq), d, x, y);
  if (in.esize == 32) {
    shuffle_words(e, d, d, odd ? 0x0d : 0x08);
  } else {
    shuffle_bytes(e, d, d, Emitter::constant(in.esize == 8 ? VecConst::Uzp1Bytes : VecConst::Uzp1Halves));
    if (odd) op_imm(e, VENEER_DUAL(Psrldq, psrldq), d, d, 8);
  }
  low_half(e, d, d);
}

// Even or odd elements of both, in turn.
void transpose(Emitter& e, const Inst& in, Value v, bool odd) {
  const Xmm x = e.use_vec(in.args[0]), y = e.use_vec(in.args[1]);
  const Xmm d = e.def_vec_early(v);
  switch (in.esize) {
    case 64: op3(e, odd ? unpack_high(64) : unpack_low(64), d, x, y); return;
    case 32: {
      const Xmm t = e.temp_vec();
      if (odd) {
        op_imm(e, VENEER_DUAL(Psrlq, psrlq), t, x, 32);
        op3(e, VENEER_DUAL(Pblendw, pblendw), d, t, y, 0xcc);
      } else {
        op_imm(e, VENEER_DUAL(Psllq, psllq), t, y, 32);
        op3(e, VENEER_DUAL(Pblendw, pblendw), d, x, t, 0xcc);
      }
      break;
    }
    case 16: {
      const Xmm t = e.temp_vec();
      if (odd) {
        op_imm(e, VENEER_DUAL(Psrld, psrld), t, x, 16);
        op3(e, VENEER_DUAL(Pblendw, pblendw), d, t, y, 0xaa);
      } else {
        op_imm(e, VENEER_DUAL(Pslld, pslld), t, y, 16);
        op3(e, VENEER_DUAL(Pblendw, pblendw), d, x, t, 0xaa);
      }
      break;
    }
    default: {
      const Xmm t = e.temp_vec();
      if (odd) {
        op_imm(e, VENEER_DUAL(Psrlw, psrlw), t, x, 8);
        op_imm(e, VENEER_DUAL(Psrlw, psrlw), d, y, 8);
        op_imm(e, VENEER_DUAL(Psllw, psllw), d, d, 8);
      } else {
        op3(e, VENEER_DUAL(Pand, pand), t, x, Emitter::constant(VecConst::Halves00ff));
        op_imm(e, VENEER_DUAL(Psllw, psllw), d, y, 8);
      }
      op3(e, VENEER_DUAL(Por, por), d, d, t);
    }
  }
  finish(e, in, d);
}

}  // namespace

void emit_VUzp1(Emitter& e, const Inst& in, Value v) {
  unzip(e, in, v, 0);
}
void emit_VUzp2(Emitter& e, const Inst& in, Value v) {
  unzip(e, in, v, 1);
}
void emit_VTrn1(Emitter& e, const Inst& in, Value v) {
  transpose(e, in, v, false);
}
void emit_VTrn2(Emitter& e, const Inst& in, Value v) {
  transpose(e, in, v, true);
}

void emit_VExt(Emitter& e, const Inst& in, Value v) {
  const Xmm x = e.use_vec(in.args[0]), y = e.use_vec(in.args[1]);
  const Xmm d = e.def_vec_early(v);
  const int n = static_cast<int>(in.imm);
  if (in.q) {
    op3(e, VENEER_DUAL(Palignr, palignr), d, y, x, n);
    return;
  }
  op3(e, VENEER_DUAL(Punpcklqdq, punpcklqdq), d, x, y);
  op_imm(e, VENEER_DUAL(Psrldq, psrldq), d, d, n);
  low_half(e, d, d);
}

void emit_VCombine(Emitter& e, const Inst& in, Value v) {
  const Xmm x = e.use_vec(in.args[0]), y = e.use_vec(in.args[1]);
  op3(e, VENEER_DUAL(Punpcklqdq, punpcklqdq), e.def_vec_early(v), x, y);
}

// --- lanes -----------------------------------------------------------------------------------------------

void emit_VDup(Emitter& e, const Inst& in, Value v) {
  const bool wide = in.esize == 64;
  const Gp x = e.use_gp(in.args[0]);
  const Xmm d = e.def_vec(v);
  if (wide) {
    e.host.avx ? e.a.vmovq(d, x) : e.a.movq(d, x);
  } else {
    e.host.avx ? e.a.vmovd(d, x.r32()) : e.a.movd(d, x.r32());
  }
  if (wide && !in.q) return;
  if (e.host.avx2) {
    switch (in.esize) {
      case 8: e.a.vpbroadcastb(d, d); break;
      case 16: e.a.vpbroadcastw(d, d); break;
      case 32: e.a.vpbroadcastd(d, d); break;
      default: e.a.vpbroadcastq(d, d); break;
    }
  } else if (in.esize == 8) {
    shuffle_bytes(e, d, d, Emitter::constant(VecConst::Zero));
  } else if (wide) {
    op3(e, VENEER_DUAL(Punpcklqdq, punpcklqdq), d, d, d);
  } else {
    if (in.esize == 16) op2(e, VENEER_DUAL(Pshuflw, pshuflw), d, d, 0);
    shuffle_words(e, d, d, 0);
  }
  finish(e, in, d);
}

void emit_VDupLane(Emitter& e, const Inst& in, Value v) {
  const Xmm x = e.use_vec(in.args[0]);
  const Xmm d = e.def_vec_early(v);
  const int n = static_cast<int>(in.imm);
  switch (in.esize) {
    case 64: shuffle_words(e, d, x, n ? 0xee : 0x44); break;
    case 32: shuffle_words(e, d, x, n * 0x55); break;
    case 16:
      if (n < 4) {
        op2(e, VENEER_DUAL(Pshuflw, pshuflw), d, x, n * 0x55);
        shuffle_words(e, d, d, 0);
      } else {
        op2(e, VENEER_DUAL(Pshufhw, pshufhw), d, x, (n - 4) * 0x55);
        shuffle_words(e, d, d, 0xaa);
      }
      break;
    default:
      op_imm(e, VENEER_DUAL(Psrldq, psrldq), d, x, n);
      shuffle_bytes(e, d, d, Emitter::constant(VecConst::Zero));
      break;
  }
  finish(e, in, d);
}

void emit_VGetLane(Emitter& e, const Inst& in, Value v) {
  const Xmm x = e.use_vec(in.args[0]);
  const Gp d = e.def_gp(v);
  const int n = static_cast<int>(in.imm);
  switch (in.esize) {
    case 64:
      if (n) {
        e.host.avx ? e.a.vpextrq(d, x, n) : e.a.pextrq(d, x, n);
      } else {
        e.host.avx ? e.a.vmovq(d, x) : e.a.movq(d, x);
      }
      break;
    case 32:
      if (n) {
        e.host.avx ? e.a.vpextrd(d.r32(), x, n) : e.a.pextrd(d.r32(), x, n);
      } else {
        e.host.avx ? e.a.vmovd(d.r32(), x) : e.a.movd(d.r32(), x);
      }
      break;
    case 16: e.host.avx ? e.a.vpextrw(d.r32(), x, n) : e.a.pextrw(d.r32(), x, n); break;
    default: e.host.avx ? e.a.vpextrb(d.r32(), x, n) : e.a.pextrb(d.r32(), x, n); break;
  }
}

void emit_VSetLane(Emitter& e, const Inst& in, Value v) {
  const Gp g = e.use_gp(in.args[1]);
  const Xmm d = e.def_vec_copy(v, in.args[0]);
  const int n = static_cast<int>(in.imm);
  switch (in.esize) {
    case 64: e.host.avx ? e.a.vpinsrq(d, d, g, n) : e.a.pinsrq(d, g, n); break;
    case 32: e.host.avx ? e.a.vpinsrd(d, d, g.r32(), n) : e.a.pinsrd(d, g.r32(), n); break;
    case 16: e.host.avx ? e.a.vpinsrw(d, d, g.r32(), n) : e.a.pinsrw(d, g.r32(), n); break;
    default: e.host.avx ? e.a.vpinsrb(d, d, g.r32(), n) : e.a.pinsrb(d, g.r32(), n); break;
  }
}

void emit_VMoveLane(Emitter& e, const Inst& in, Value v) {
  const int to = static_cast<int>(in.imm & 0xff), from = static_cast<int>(in.imm >> 8 & 0xff);
  const Xmm x = e.use_vec(in.args[1]);
  const Xmm d = e.def_vec_copy(v, in.args[0]);
  if (in.esize == 32) {
    op3(e, VENEER_DUAL(Insertps, insertps), d, d, x, from << 6 | to << 4);
    return;
  }
  const Gp g = e.temp_gp();
  switch (in.esize) {
    case 64:
      e.host.avx ? e.a.vpextrq(g, x, from) : e.a.pextrq(g, x, from);
      e.host.avx ? e.a.vpinsrq(d, d, g, to) : e.a.pinsrq(d, g, to);
      break;
    case 16:
      e.host.avx ? e.a.vpextrw(g.r32(), x, from) : e.a.pextrw(g.r32(), x, from);
      e.host.avx ? e.a.vpinsrw(d, d, g.r32(), to) : e.a.pinsrw(d, g.r32(), to);
      break;
    default:
      e.host.avx ? e.a.vpextrb(g.r32(), x, from) : e.a.pextrb(g.r32(), x, from);
      e.host.avx ? e.a.vpinsrb(d, d, g.r32(), to) : e.a.pinsrb(d, g.r32(), to);
      break;
  }
}

// --- reversal, tables, bit counts ------------------------------------------------------------------------

namespace {

void reverse(Emitter& e, const Inst& in, Value v, VecConst bytes, VecConst halves) {
  const Xmm x = e.use_vec(in.args[0]);
  const Xmm d = e.def_vec_early(v);
  if (in.esize == 32) {
    shuffle_words(e, d, x, 0xb1);
  } else {
    shuffle_bytes(e, d, x, Emitter::constant(in.esize == 8 ? bytes : halves));
  }
  finish(e, in, d);
}

}  // namespace

void emit_VRev16(Emitter& e, const Inst& in, Value v) {
  reverse(e, in, v, VecConst::Rev16, VecConst::Rev16);
}
void emit_VRev32(Emitter& e, const Inst& in, Value v) {
  reverse(e, in, v, VecConst::Rev32Bytes, VecConst::Rev32Halves);
}
void emit_VRev64(Emitter& e, const Inst& in, Value v) {
  reverse(e, in, v, VecConst::Rev64Bytes, VecConst::Rev64Halves);
}

// PSHUFB gives zero where bit 7 of the index is set: adding 0x70 with saturation sets it for 16 and more, and
// leaves the low four bits of the others.
void emit_VTbl(Emitter& e, const Inst& in, Value v) {
  const Xmm table = e.use_vec(in.args[0]), index = e.use_vec(in.args[1]);
  const Xmm t = e.temp_vec(), d = e.def_vec_early(v);
  op3(e, VENEER_DUAL(Paddusb, paddusb), t, index, Emitter::constant(VecConst::Bytes70));
  op3(e, VENEER_DUAL(Pshufb, pshufb), d, table, t);
  finish(e, in, d);
}
void emit_VTbx(Emitter& e, const Inst& in, Value v) {
  const Xmm keep = e.use_vec(in.args[0]), table = e.use_vec(in.args[1]), index = e.use_vec(in.args[2]);
  const Xmm t = e.temp_vec(), d = e.def_vec_early(v);
  op3(e, VENEER_DUAL(Paddusb, paddusb), t, index, Emitter::constant(VecConst::Bytes70));
  op3(e, VENEER_DUAL(Pshufb, pshufb), d, table, t);
  // All ones where the old byte stays: bit 7 of t.
  const Xmm m = e.temp_vec();
  e.host.avx ? e.a.vpxor(m, m, m) : e.a.pxor(m, m);
  op3(e, VENEER_DUAL(Pcmpgtb, pcmpgtb), m, m, t);
  op3(e, VENEER_DUAL(Pand, pand), m, m, keep);
  op3(e, VENEER_DUAL(Por, por), d, d, m);
  finish(e, in, d);
}

// By nibbles; then the sums of bytes.
void emit_VCnt(Emitter& e, const Inst& in, Value v) {
  const Xmm x = e.use_vec(in.args[0]);
  const Xmm t = e.temp_vec(), u = e.temp_vec(), d = e.def_vec_early(v);
  const Mem nibble = Emitter::constant(VecConst::NibbleMask), table = Emitter::constant(VecConst::PopcountLut);
  op_imm(e, VENEER_DUAL(Psrlw, psrlw), t, x, 4);
  op3(e, VENEER_DUAL(Pand, pand), t, t, nibble);
  e.host.avx ? e.a.vmovaps(u, table) : e.a.movaps(u, table);
  op3(e, VENEER_DUAL(Pshufb, pshufb), d, u, t);
  op3(e, VENEER_DUAL(Pand, pand), t, x, nibble);
  op3(e, VENEER_DUAL(Pshufb, pshufb), u, u, t);
  op3(e, VENEER_DUAL(Paddb, paddb), d, d, u);
  if (in.esize == 64) {
    zero(e, t);
    op3(e, VENEER_DUAL(Psadbw, psadbw), d, d, t);
  } else if (in.esize > 8) {
    op3(e, VENEER_DUAL(Pmaddubsw, pmaddubsw), d, d, Emitter::constant(VecConst::Bytes01));
    if (in.esize == 32) {
      op_imm(e, VENEER_DUAL(Psrld, psrld), t, d, 16);
      op3(e, VENEER_DUAL(Paddd, paddd), d, d, t);
      op3(e, VENEER_DUAL(Pand, pand), d, d, Emitter::constant(VecConst::Words0000ffff));
    }
  }
  finish(e, in, d);
}
void emit_VRbit(Emitter& e, const Inst& in, Value v) {
  const Xmm x = e.use_vec(in.args[0]);
  const Xmm t = e.temp_vec(), u = e.temp_vec(), d = e.def_vec_early(v);
  const Mem nibble = Emitter::constant(VecConst::NibbleMask),
            table = Emitter::constant(VecConst::BitReverseLut);
  op3(e, VENEER_DUAL(Pand, pand), t, x, nibble);
  e.host.avx ? e.a.vmovaps(u, table) : e.a.movaps(u, table);
  op3(e, VENEER_DUAL(Pshufb, pshufb), d, u, t);
  op_imm(e, VENEER_DUAL(Psrlw, psrlw), t, x, 4);
  op3(e, VENEER_DUAL(Pand, pand), t, t, nibble);
  op3(e, VENEER_DUAL(Pshufb, pshufb), u, u, t);
  op_imm(e, VENEER_DUAL(Psrlw, psrlw), u, u, 4);
  op3(e, VENEER_DUAL(Por, por), d, d, u);
  finish(e, in, d);
}

}  // namespace veneer::tier1
