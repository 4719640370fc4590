// Vector operations that saturate, and set FPSR.QC when they do (CpuState::saturated: any bit).
#include "translate/tier1/emit_vector_saturate.h"

#include "translate/tier1/emit.h"

namespace veneer::tier1 {

namespace {

void exclusive_or(Emitter& e, Xmm d, Xmm a, const asmjit::Operand& b) {
  op3(e, VENEER_DUAL(Pxor, pxor), d, a, b);
}

// d = ones in the elements of x that are negative. d is not x.
void sign_of(Emitter& e, unsigned esize, Xmm d, Xmm x) {
  zero(e, d);
  op3(e, kGt.of(esize), d, d, x);
}

// d = x >> n, with the sign for 16 bits and more; t is lost. d may be x.
void shift_arithmetic(Emitter& e, unsigned esize, Xmm d, Xmm x, int n, Xmm t) {
  if (esize == 64) {
    // Of the complement when negative.
    sign_of(e, 64, t, x);
    exclusive_or(e, d, x, t);
    op_imm(e, VENEER_DUAL(Psrlq, psrlq), d, d, n);
    exclusive_or(e, d, d, t);
    return;
  }
  op_imm(e, esize == 16 ? VENEER_DUAL(Psraw, psraw) : VENEER_DUAL(Psrad, psrad), d, x, n);
}

// --- narrowing -------------------------------------------------------------------------------------------

enum class Narrow { SignedToSigned, SignedToUnsigned, Unsigned };

// d = the wide elements of w, saturated, in the low half. w stays; t is lost.
void narrow(Emitter& e, const Inst& in, Narrow kind, Xmm d, Xmm w, Xmm t) {
  const unsigned esize = in.esize;
  if (esize == 32) {
    // t: the high words beside the low ones; fits where they are the low words' signs, or zero.
    op2(e, VENEER_DUAL(Pshufd, pshufd), t, w, 0xf5);
    if (kind == Narrow::SignedToSigned) {
      op_imm(e, VENEER_DUAL(Psrad, psrad), d, w, 31);
    } else {
      zero(e, d);
    }
    op3(e, VENEER_DUAL(Pcmpeqd, pcmpeqd), d, d, t);  // it fits
    // What it saturates to: by the sign of the wide element.
    switch (kind) {
      case Narrow::SignedToSigned:
        op_imm(e, VENEER_DUAL(Psrad, psrad), t, t, 31);
        exclusive_or(e, t, t, Emitter::constant(VecConst::AbsF32));
        break;
      case Narrow::SignedToUnsigned:
        op_imm(e, VENEER_DUAL(Psrad, psrad), t, t, 31);
        exclusive_or(e, t, t, Emitter::constant(VecConst::AllOnes));
        break;
      case Narrow::Unsigned: all_ones(e, t); break;
    }
    // w ^ ((w ^ t) where it does not fit)
    exclusive_or(e, d, d, Emitter::constant(VecConst::AllOnes));
    exclusive_or(e, t, t, w);
    op3(e, VENEER_DUAL(Pand, pand), t, t, d);
    exclusive_or(e, t, t, w);
    op2(e, VENEER_DUAL(Pshufd, pshufd), d, d, 0x08);
    op2(e, VENEER_DUAL(Pshufd, pshufd), t, t, 0x08);
    low_half(e, d, d);
    note_saturation(e, d);
    low_half(e, d, t);
    return;
  }
  const bool bytes = esize == 8;
  if (kind == Narrow::Unsigned) {
    op3(e, bytes ? VENEER_DUAL(Pminuw, pminuw) : VENEER_DUAL(Pminud, pminud), d, w,
        Emitter::constant(bytes ? VecConst::Halves00ff : VecConst::Words0000ffff));
    exclusive_or(e, t, d, w);
    op3(e, bytes ? VENEER_DUAL(Packuswb, packuswb) : VENEER_DUAL(Packusdw, packusdw), d, d, d);
  } else {
    const bool to_signed = kind == Narrow::SignedToSigned;
    const Dual pack = to_signed ? (bytes ? VENEER_DUAL(Packsswb, packsswb) : VENEER_DUAL(Packssdw, packssdw))
                                : (bytes ? VENEER_DUAL(Packuswb, packuswb) : VENEER_DUAL(Packusdw, packusdw));
    op3(e, pack, d, w, w);
    const Dual widen = to_signed ? (bytes ? VENEER_DUAL(Pmovsxbw, pmovsxbw) : VENEER_DUAL(Pmovsxwd, pmovsxwd))
                                 : (bytes ? VENEER_DUAL(Pmovzxbw, pmovzxbw) : VENEER_DUAL(Pmovzxwd, pmovzxwd));
    op2(e, widen, t, d);
    exclusive_or(e, t, t, w);
  }
  note_saturation(e, t);
  low_half(e, d, d);
}

void narrowing(Emitter& e, const Inst& in, Value v, Narrow kind) {
  const Xmm x = e.use_vec(in.args[0]);
  const Xmm t = e.temp_vec(), d = e.def_vec_early(v);
  narrow(e, in, kind, d, x, t);
}

// (x >> n) and, rounding, the last bit that was shifted out: no sum overflows.
void narrowing_shift(Emitter& e, const Inst& in, Value v, Narrow kind) {
  const unsigned wide = in.esize * 2u;
  const int n = static_cast<int>(in.imm);
  const Xmm x = e.use_vec(in.args[0]);
  const Xmm w = e.temp_vec(), t = e.temp_vec(), d = e.def_vec_early(v);
  const auto shift = [&](Xmm to, int by) {
    kind == Narrow::Unsigned ? op_imm(e, kShr.of(wide), to, x, by) : shift_arithmetic(e, wide, to, x, by, t);
  };
  if (in.aux & 1) {
    if (n == 1) {
      e.move_vec(w, x);
    } else {
      shift(w, n - 1);
    }
    // The bit: all but the lowest are shifted out and back.
    op_imm(e, kShl.of(wide), w, w, static_cast<int>(wide) - 1);
    op_imm(e, kShr.of(wide), w, w, static_cast<int>(wide) - 1);
    shift(d, n);
    op3(e, kAdd.of(wide), w, w, d);
  } else {
    shift(w, n);
  }
  narrow(e, in, kind, d, w, t);
}

}  // namespace

void emit_VSaturated(Emitter& e, const Inst& in, Value) {
  const Xmm x = e.use_vec(in.args[0]);
  const Xmm t = e.temp_vec();
  const Mem qc = state_mem(offsetof(CpuState, saturated), 16);
  op3(e, VENEER_DUAL(Por, por), t, x, qc);
  e.host.avx ? e.a.vmovaps(qc, t) : e.a.movaps(qc, t);
}

void emit_VSqXtn(Emitter& e, const Inst& in, Value v) {
  narrowing(e, in, v, Narrow::SignedToSigned);
}
void emit_VSqXtun(Emitter& e, const Inst& in, Value v) {
  narrowing(e, in, v, Narrow::SignedToUnsigned);
}
void emit_VUqXtn(Emitter& e, const Inst& in, Value v) {
  narrowing(e, in, v, Narrow::Unsigned);
}
void emit_VSqShrn(Emitter& e, const Inst& in, Value v) {
  narrowing_shift(e, in, v, Narrow::SignedToSigned);
}
void emit_VSqShrun(Emitter& e, const Inst& in, Value v) {
  narrowing_shift(e, in, v, Narrow::SignedToUnsigned);
}
void emit_VUqShrn(Emitter& e, const Inst& in, Value v) {
  narrowing_shift(e, in, v, Narrow::Unsigned);
}

// --- negation and absolute value -------------------------------------------------------------------------

namespace {

// d holds the result, but for the least number of x, which must become the greatest: its complement.
void fix_least(Emitter& e, const Inst& in, Xmm d, Xmm x, Xmm t) {
  if (e.host.avx) {
    e.a.emit(kEq.of(in.esize).avx, t, x, sign_bits(in.esize));
  } else {
    e.a.movaps(t, x);
    e.a.emit(kEq.of(in.esize).sse, t, sign_bits(in.esize));
  }
  exclusive_or(e, d, d, t);
  finish(e, in, d);
  if (!in.q) low_half(e, t, t);
  note_saturation(e, t);
}

}  // namespace

void emit_VSqNeg(Emitter& e, const Inst& in, Value v) {
  const Xmm x = e.use_vec(in.args[0]);
  const Xmm t = e.temp_vec(), d = e.def_vec_early(v);
  zero(e, d);
  op3(e, kSub.of(in.esize), d, d, x);
  fix_least(e, in, d, x, t);
}
void emit_VSqAbs(Emitter& e, const Inst& in, Value v) {
  const Xmm x = e.use_vec(in.args[0]);
  const Xmm t = e.temp_vec(), d = e.def_vec_early(v);
  sign_of(e, in.esize, t, x);
  exclusive_or(e, d, x, t);
  op3(e, kSub.of(in.esize), d, d, t);
  fix_least(e, in, d, x, t);
}

// --- doubling multiplication, high half ------------------------------------------------------------------

namespace {

// Only the product of the least number with itself does not fit; it comes out as the least number.
void doubling_high(Emitter& e, const Inst& in, Value v, bool round) {
  const Xmm x = e.use_vec(in.args[0]), y = e.use_vec(in.args[1]);
  const Xmm t = e.temp_vec(), d = e.def_vec_early(v);
  if (in.esize == 16) {
    if (round) {
      op3(e, VENEER_DUAL(Pmulhrsw, pmulhrsw), d, x, y);
    } else {
      op3(e, VENEER_DUAL(Pmulhw, pmulhw), d, x, y);
      op3(e, VENEER_DUAL(Pmullw, pmullw), t, x, y);
      op_imm(e, VENEER_DUAL(Psllw, psllw), d, d, 1);
      op_imm(e, VENEER_DUAL(Psrlw, psrlw), t, t, 15);
      op3(e, VENEER_DUAL(Por, por), d, d, t);
    }
  } else {
    // Even and odd words by themselves: PMULDQ takes the even ones.
    const Xmm u = e.temp_vec();
    op2(e, VENEER_DUAL(Pshufd, pshufd), t, x, 0xf5);
    op2(e, VENEER_DUAL(Pshufd, pshufd), u, y, 0xf5);
    op3(e, VENEER_DUAL(Pmuldq, pmuldq), t, t, u);
    op3(e, VENEER_DUAL(Pmuldq, pmuldq), d, x, y);
    if (round) {
      all_ones(e, u);  // 2^30 in each double word: what, doubled, rounds
      op_imm(e, VENEER_DUAL(Psrlq, psrlq), u, u, 63);
      op_imm(e, VENEER_DUAL(Psllq, psllq), u, u, 30);
      op3(e, VENEER_DUAL(Paddq, paddq), t, t, u);
      op3(e, VENEER_DUAL(Paddq, paddq), d, d, u);
    }
    op3(e, VENEER_DUAL(Paddq, paddq), t, t, t);
    op3(e, VENEER_DUAL(Paddq, paddq), d, d, d);
    op_imm(e, VENEER_DUAL(Psrlq, psrlq), d, d, 32);
    op3(e, VENEER_DUAL(Pblendw, pblendw), d, d, t, 0xcc);
  }
  fix_least(e, in, d, d, t);
}

}  // namespace

void emit_VSqDmulh(Emitter& e, const Inst& in, Value v) {
  doubling_high(e, in, v, false);
}
void emit_VSqRdmulh(Emitter& e, const Inst& in, Value v) {
  doubling_high(e, in, v, true);
}

// Of the low or (imm) upper halves; the product of the least number with itself, doubled, is the least of the
// wide ones.
void emit_VSqDmull(Emitter& e, const Inst& in, Value v) {
  const Xmm x = e.use_vec(in.args[0]), y = e.use_vec(in.args[1]);
  const Xmm t = e.temp_vec(), d = e.def_vec_early(v);
  if (in.esize == 32) {
    multiply_words(e, d, x, y, t, in.imm & 1, true);
  } else {
    const Dual interleave = in.imm & 1 ? VENEER_DUAL(Punpckhwd, punpckhwd) : VENEER_DUAL(Punpcklwd, punpcklwd);
    op3(e, VENEER_DUAL(Pmulhw, pmulhw), t, x, y);
    op3(e, VENEER_DUAL(Pmullw, pmullw), d, x, y);
    op3(e, interleave, d, d, t);
  }
  const unsigned wide = in.esize * 2u;
  op3(e, kAdd.of(wide), d, d, d);
  e.move_vec(t, d);
  op3(e, kEq.of(wide), t, t, sign_bits(wide));
  exclusive_or(e, d, d, t);
  note_saturation(e, t);
}

// --- addition and subtraction of wide elements -----------------------------------------------------------

void emit_saturating_signed(Emitter& e, const Inst& in, Value v, bool subtracts) {
  const Xmm x = e.use_vec(in.args[0]), y = e.use_vec(in.args[1]);
  const Xmm t = e.temp_vec(), u = e.temp_vec(), d = e.def_vec_early(v);
  op3(e, subtracts ? kSub.of(in.esize) : kAdd.of(in.esize), d, x, y);
  // It has overflowed where the result's sign is neither operand's (for a difference: not x's, and those
  // differ).
  exclusive_or(e, t, x, d);
  exclusive_or(e, u, y, subtracts ? x : d);
  op3(e, VENEER_DUAL(Pand, pand), t, t, u);
  sign_of(e, in.esize, u, t);
  // There it is what x's sign says: d ^= (d ^ (sign of x ^ 0x7f..)) & overflow
  sign_of(e, in.esize, t, x);
  exclusive_or(e, t, t, Emitter::constant(in.esize == 32 ? VecConst::AbsF32 : VecConst::AbsF64));
  exclusive_or(e, t, t, d);
  op3(e, VENEER_DUAL(Pand, pand), t, t, u);
  exclusive_or(e, d, d, t);
  finish(e, in, d);
  if (!in.q) low_half(e, u, u);
  note_saturation(e, u);
}

void emit_saturating_unsigned(Emitter& e, const Inst& in, Value v, bool subtracts) {
  const Xmm x = e.use_vec(in.args[0]), y = e.use_vec(in.args[1]);
  const Xmm t = e.temp_vec(), u = e.temp_vec(), d = e.def_vec_early(v);
  op3(e, subtracts ? kSub.of(in.esize) : kAdd.of(in.esize), d, x, y);
  // A carry: the sum is below x. A borrow: x is below y. By signed comparison, all signs flipped.
  exclusive_or(e, t, subtracts ? y : x, sign_bits(in.esize));
  exclusive_or(e, u, subtracts ? x : d, sign_bits(in.esize));
  op3(e, kGt.of(in.esize), t, t, u);
  if (subtracts) {
    e.move_vec(u, t);
    op3(e, VENEER_DUAL(Pandn, pandn), u, u, d);
    e.move_vec(d, u);
  } else {
    op3(e, VENEER_DUAL(Por, por), d, d, t);
  }
  finish(e, in, d);
  if (!in.q) low_half(e, t, t);
  note_saturation(e, t);
}

// --- addition of the other signedness --------------------------------------------------------------------

// A sum below the signed operand, as signed numbers, has gone beyond the greatest.
void emit_VSuqAdd(Emitter& e, const Inst& in, Value v) {
  const Xmm x = e.use_vec(in.args[0]), y = e.use_vec(in.args[1]);
  const Xmm t = e.temp_vec(), u = e.temp_vec(), d = e.def_vec_early(v);
  op3(e, kAdd.of(in.esize), d, x, y);
  op3(e, kGt.of(in.esize), t, x, d);
  finish(e, in, d);
  if (!in.q) low_half(e, t, t);
  // d ^= (d ^ 0x7f..) & overflow
  all_ones(e, u);
  exclusive_or(e, u, u, sign_bits(in.esize));
  exclusive_or(e, u, u, d);
  op3(e, VENEER_DUAL(Pand, pand), u, u, t);
  exclusive_or(e, d, d, u);
  note_saturation(e, t);
}

// Adding a number that is not negative, a sum below the unsigned operand has gone beyond the greatest; adding
// one that is, a sum above it has gone below zero.
void emit_VUsqAdd(Emitter& e, const Inst& in, Value v) {
  const Xmm x = e.use_vec(in.args[0]), y = e.use_vec(in.args[1]);
  const Xmm t = e.temp_vec(), u = e.temp_vec(), sum = e.temp_vec(), d = e.def_vec_early(v);
  op3(e, kAdd.of(in.esize), sum, x, y);
  exclusive_or(e, t, x, sign_bits(in.esize));
  exclusive_or(e, u, sum, sign_bits(in.esize));
  op3(e, kGt.of(in.esize), t, t, u);
  sign_of(e, in.esize, u, y);
  exclusive_or(e, t, t, u);  // it does not fit
  if (!in.q) low_half(e, t, t);
  op3(e, VENEER_DUAL(Pandn, pandn), u, u, t);  // and is too great: all ones
  op3(e, VENEER_DUAL(Pandn, pandn), d, t, sum);
  op3(e, VENEER_DUAL(Por, por), d, d, u);
  finish(e, in, d);
  note_saturation(e, t);
}

// --- shifts to the left ----------------------------------------------------------------------------------

namespace {

// x << n, and where bits that count were lost, what `kind` saturates to.
void shift_left_saturating(Emitter& e, const Inst& in, Value v, Narrow kind) {
  if (in.esize == 8) return e.fallback(v, in);
  const int n = static_cast<int>(in.imm);
  const Xmm x = e.use_vec(in.args[0]);
  const Xmm t = e.temp_vec(), u = e.temp_vec(), d = e.def_vec_early(v);
  op_imm(e, kShl.of(in.esize), d, x, n);
  if (kind == Narrow::SignedToSigned) {
    shift_arithmetic(e, in.esize, t, d, n, u);
  } else {
    op_imm(e, kShr.of(in.esize), t, d, n);
  }
  op3(e, kEq.of(in.esize), t, t, x);  // nothing was lost
  sign_of(e, in.esize, u, x);
  if (kind == Narrow::SignedToUnsigned) {
    op3(e, VENEER_DUAL(Pandn, pandn), u, u, t);  // nothing was lost, and it is not negative
    e.move_vec(t, u);
    sign_of(e, in.esize, u, x);
    exclusive_or(e, u, u, Emitter::constant(VecConst::AllOnes));  // negative: zero
  } else if (kind == Narrow::Unsigned) {
    all_ones(e, u);
  } else {
    // 0x7f.. or 0x80..: the sign, exclusive-or all ones but the highest.
    exclusive_or(e, u, u, Emitter::constant(VecConst::AllOnes));
    exclusive_or(e, u, u, sign_bits(in.esize));
  }
  exclusive_or(e, u, u, d);
  exclusive_or(e, t, t, Emitter::constant(VecConst::AllOnes));
  op3(e, VENEER_DUAL(Pand, pand), u, u, t);
  exclusive_or(e, d, d, u);
  finish(e, in, d);
  if (!in.q) low_half(e, t, t);
  note_saturation(e, t);
}

}  // namespace

void emit_VSqShlImm(Emitter& e, const Inst& in, Value v) {
  shift_left_saturating(e, in, v, Narrow::SignedToSigned);
}
void emit_VUqShlImm(Emitter& e, const Inst& in, Value v) {
  shift_left_saturating(e, in, v, Narrow::Unsigned);
}
void emit_VSqShluImm(Emitter& e, const Inst& in, Value v) {
  shift_left_saturating(e, in, v, Narrow::SignedToUnsigned);
}

}  // namespace veneer::tier1
