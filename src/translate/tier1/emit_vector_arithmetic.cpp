// Vector integer arithmetic, comparison and bitwise operations.
#include <utility>

#include "translate/tier1/emit.h"
#include "translate/tier1/emit_vector_saturate.h"
#include "translate/tier1/vec_ops.h"

namespace veneer::tier1 {

namespace {

void binary(Emitter& e, const Inst& in, Value v, Dual op) {
  if (op.sse == x86::Inst::kIdNone) return e.fallback(v, in);
  const Xmm x = e.use_vec(in.args[0]), y = e.use_vec(in.args[1]);
  const Xmm d = e.host.avx ? e.def_vec(v) : e.def_vec_early(v);
  op3(e, op, d, x, y);
  finish(e, in, d);
}
void binary_swapped(Emitter& e, const Inst& in, Value v, Dual op) {
  const Xmm x = e.use_vec(in.args[0]), y = e.use_vec(in.args[1]);
  const Xmm d = e.host.avx ? e.def_vec(v) : e.def_vec_early(v);
  op3(e, op, d, y, x);
  finish(e, in, d);
}

constexpr BySize kSMax{VENEER_DUAL(Pmaxsb, pmaxsb), VENEER_DUAL(Pmaxsw, pmaxsw), VENEER_DUAL(Pmaxsd, pmaxsd),
                       kNone};
constexpr BySize kUMax{VENEER_DUAL(Pmaxub, pmaxub), VENEER_DUAL(Pmaxuw, pmaxuw), VENEER_DUAL(Pmaxud, pmaxud),
                       kNone};
constexpr BySize kSMin{VENEER_DUAL(Pminsb, pminsb), VENEER_DUAL(Pminsw, pminsw), VENEER_DUAL(Pminsd, pminsd),
                       kNone};
constexpr BySize kUMin{VENEER_DUAL(Pminub, pminub), VENEER_DUAL(Pminuw, pminuw), VENEER_DUAL(Pminud, pminud),
                       kNone};

// Of 64 bits: by comparing, where there is no instruction for it.
enum class Extreme { Greatest, Least };
void extreme_doubles(Emitter& e, const Inst& in, Value v, Id avx512, bool is_signed, Extreme which) {
  const Xmm x = e.use_vec(in.args[0]), y = e.use_vec(in.args[1]);
  if (e.host.avx512) {
    const Xmm d = e.def_vec(v);
    e.a.emit(avx512, d, x, y);
    return finish(e, in, d);
  }
  const Xmm t = e.temp_vec(), d = e.def_vec_early(v);
  // t = x > y; x or y is chosen by it.
  if (is_signed) {
    op3(e, VENEER_DUAL(Pcmpgtq, pcmpgtq), t, x, y);
  } else {
    op3(e, VENEER_DUAL(Pxor, pxor), t, x, sign_bits(64));
    op3(e, VENEER_DUAL(Pxor, pxor), d, y, sign_bits(64));
    op3(e, VENEER_DUAL(Pcmpgtq, pcmpgtq), t, t, d);
  }
  op3(e, VENEER_DUAL(Pxor, pxor), d, x, y);
  op3(e, VENEER_DUAL(Pand, pand), d, d, t);
  op3(e, VENEER_DUAL(Pxor, pxor), d, d, which == Extreme::Greatest ? y : x);
  finish(e, in, d);
}

// PCMPGT compares as signed numbers: with the sign bits flipped, that orders unsigned ones.
void compare_unsigned(Emitter& e, const Inst& in, Value v, bool greater_equal) {
  if (in.esize != 64) {
    // a >= b when max(a, b) is a; a > b when min(a, b) is not a.
    const Xmm x = e.use_vec(in.args[0]), y = e.use_vec(in.args[1]);
    const Xmm d = e.def_vec_early(v);
    op3(e, (greater_equal ? kUMax : kUMin).of(in.esize), d, x, y);
    op3(e, kEq.of(in.esize), d, d, x);
    if (!greater_equal) {
      const Xmm t = e.temp_vec();
      all_ones(e, t);
      op3(e, VENEER_DUAL(Pxor, pxor), d, d, t);
    }
    finish(e, in, d);
    return;
  }
  Xmm x = e.use_vec(in.args[0]), y = e.use_vec(in.args[1]);
  if (greater_equal) std::swap(x, y);
  const Xmm t = e.temp_vec(), d = e.def_vec_early(v);
  op3(e, VENEER_DUAL(Pxor, pxor), t, y, sign_bits(64));
  op3(e, VENEER_DUAL(Pxor, pxor), d, x, sign_bits(64));
  op3(e, VENEER_DUAL(Pcmpgtq, pcmpgtq), d, d, t);
  if (greater_equal) {
    all_ones(e, t);
    op3(e, VENEER_DUAL(Pxor, pxor), d, d, t);
  }
  finish(e, in, d);
}

}  // namespace

void emit_VAdd(Emitter& e, const Inst& in, Value v) {
  binary(e, in, v, kAdd.of(in.esize));
}
void emit_VSub(Emitter& e, const Inst& in, Value v) {
  binary(e, in, v, kSub.of(in.esize));
}
void emit_VAnd(Emitter& e, const Inst& in, Value v) {
  binary(e, in, v, VENEER_DUAL(Pand, pand));
}
void emit_VOr(Emitter& e, const Inst& in, Value v) {
  binary(e, in, v, VENEER_DUAL(Por, por));
}
void emit_VXor(Emitter& e, const Inst& in, Value v) {
  binary(e, in, v, VENEER_DUAL(Pxor, pxor));
}
void emit_VAndNot(Emitter& e, const Inst& in, Value v) {
  binary_swapped(e, in, v, VENEER_DUAL(Pandn, pandn));
}
void emit_VOrNot(Emitter& e, const Inst& in, Value v) {
  const Xmm x = e.use_vec(in.args[0]), y = e.use_vec(in.args[1]);
  const Xmm t = e.temp_vec(), d = e.def_vec_early(v);
  all_ones(e, t);
  op3(e, VENEER_DUAL(Pxor, pxor), d, y, t);
  op3(e, VENEER_DUAL(Por, por), d, d, x);
  finish(e, in, d);
}
void emit_VNot(Emitter& e, const Inst& in, Value v) {
  const Xmm x = e.use_vec(in.args[0]);
  const Xmm t = e.temp_vec(), d = e.def_vec_early(v);
  all_ones(e, t);
  op3(e, VENEER_DUAL(Pxor, pxor), d, x, t);
  finish(e, in, d);
}
// b ^ ((a ^ b) & mask)
void emit_VBsl(Emitter& e, const Inst& in, Value v) {
  const Xmm mask = e.use_vec(in.args[0]), x = e.use_vec(in.args[1]), y = e.use_vec(in.args[2]);
  const Xmm d = e.def_vec_early(v);
  op3(e, VENEER_DUAL(Pxor, pxor), d, x, y);
  op3(e, VENEER_DUAL(Pand, pand), d, d, mask);
  op3(e, VENEER_DUAL(Pxor, pxor), d, d, y);
  finish(e, in, d);
}
void emit_VZeroHi(Emitter& e, const Inst& in, Value v) {
  const Xmm x = e.use_vec(in.args[0]);
  low_half(e, e.def_vec(v), x);
}

void emit_VNeg(Emitter& e, const Inst& in, Value v) {
  const Xmm x = e.use_vec(in.args[0]);
  const Xmm d = e.def_vec_early(v);
  zero(e, d);
  op3(e, kSub.of(in.esize), d, d, x);
  finish(e, in, d);
}
void emit_VAbs(Emitter& e, const Inst& in, Value v) {
  const Xmm x = e.use_vec(in.args[0]);
  const Xmm d = e.def_vec_early(v);
  switch (in.esize) {
    case 8: op2(e, VENEER_DUAL(Pabsb, pabsb), d, x); break;
    case 16: op2(e, VENEER_DUAL(Pabsw, pabsw), d, x); break;
    case 32: op2(e, VENEER_DUAL(Pabsd, pabsd), d, x); break;
    default: {  // (x ^ sign) - sign
      const Xmm t = e.temp_vec();
      zero(e, t);
      op3(e, VENEER_DUAL(Pcmpgtq, pcmpgtq), t, t, x);
      op3(e, VENEER_DUAL(Pxor, pxor), d, x, t);
      op3(e, VENEER_DUAL(Psubq, psubq), d, d, t);
    }
  }
  finish(e, in, d);
}

void emit_VSMax(Emitter& e, const Inst& in, Value v) {
  if (in.esize == 64) return extreme_doubles(e, in, v, x86::Inst::kIdVpmaxsq, true, Extreme::Greatest);
  binary(e, in, v, kSMax.of(in.esize));
}
void emit_VUMax(Emitter& e, const Inst& in, Value v) {
  if (in.esize == 64) return extreme_doubles(e, in, v, x86::Inst::kIdVpmaxuq, false, Extreme::Greatest);
  binary(e, in, v, kUMax.of(in.esize));
}
void emit_VSMin(Emitter& e, const Inst& in, Value v) {
  if (in.esize == 64) return extreme_doubles(e, in, v, x86::Inst::kIdVpminsq, true, Extreme::Least);
  binary(e, in, v, kSMin.of(in.esize));
}
void emit_VUMin(Emitter& e, const Inst& in, Value v) {
  if (in.esize == 64) return extreme_doubles(e, in, v, x86::Inst::kIdVpminuq, false, Extreme::Least);
  binary(e, in, v, kUMin.of(in.esize));
}

namespace {

void difference(Emitter& e, const Inst& in, Value v, const BySize& max, const BySize& min) {
  if (in.esize == 64) return e.fallback(v, in);
  const Xmm x = e.use_vec(in.args[0]), y = e.use_vec(in.args[1]);
  const Xmm t = e.temp_vec(), d = e.def_vec_early(v);
  op3(e, min.of(in.esize), t, x, y);
  op3(e, max.of(in.esize), d, x, y);
  op3(e, kSub.of(in.esize), d, d, t);
  finish(e, in, d);
}

}  // namespace

void emit_VSAbd(Emitter& e, const Inst& in, Value v) {
  difference(e, in, v, kSMax, kSMin);
}
void emit_VUAbd(Emitter& e, const Inst& in, Value v) {
  difference(e, in, v, kUMax, kUMin);
}

void emit_VCmpEq(Emitter& e, const Inst& in, Value v) {
  binary(e, in, v, kEq.of(in.esize));
}
void emit_VCmpGtS(Emitter& e, const Inst& in, Value v) {
  binary(e, in, v, kGt.of(in.esize));
}
void emit_VCmpGeS(Emitter& e, const Inst& in, Value v) {
  // Not b > a.
  const Xmm x = e.use_vec(in.args[0]), y = e.use_vec(in.args[1]);
  const Xmm t = e.temp_vec(), d = e.def_vec_early(v);
  op3(e, kGt.of(in.esize), d, y, x);
  all_ones(e, t);
  op3(e, VENEER_DUAL(Pxor, pxor), d, d, t);
  finish(e, in, d);
}
void emit_VCmpGtU(Emitter& e, const Inst& in, Value v) {
  compare_unsigned(e, in, v, false);
}
void emit_VCmpGeU(Emitter& e, const Inst& in, Value v) {
  compare_unsigned(e, in, v, true);
}
void emit_VCmpTst(Emitter& e, const Inst& in, Value v) {
  const Xmm x = e.use_vec(in.args[0]), y = e.use_vec(in.args[1]);
  const Xmm t = e.temp_vec(), d = e.def_vec_early(v);
  op3(e, VENEER_DUAL(Pand, pand), d, x, y);
  zero(e, t);
  op3(e, kEq.of(in.esize), d, d, t);
  all_ones(e, t);
  op3(e, VENEER_DUAL(Pxor, pxor), d, d, t);
  finish(e, in, d);
}

// --- halving ---------------------------------------------------------------------------------------------

namespace {

// d = d >> 1 in each element; t is lost.
void halve(Emitter& e, unsigned esize, bool is_signed, Xmm d, Xmm t) {
  if (esize == 64) {
    if (is_signed) op3(e, VENEER_DUAL(Pand, pand), t, d, sign_bits(64));
    op_imm(e, VENEER_DUAL(Psrlq, psrlq), d, d, 1);
    if (is_signed) op3(e, VENEER_DUAL(Por, por), d, d, t);
    return;
  }
  if (esize == 16) return op_imm(e, is_signed ? VENEER_DUAL(Psraw, psraw) : VENEER_DUAL(Psrlw, psrlw), d, d, 1);
  if (esize == 32) return op_imm(e, is_signed ? VENEER_DUAL(Psrad, psrad) : VENEER_DUAL(Psrld, psrld), d, d, 1);
  // Bytes: by words, without what comes over from the next; with the sign as (x + 0x80 >> 1) - 0x40.
  if (is_signed) op3(e, VENEER_DUAL(Pxor, pxor), d, d, Emitter::constant(VecConst::Bytes80));
  op_imm(e, VENEER_DUAL(Psrlw, psrlw), d, d, 1);
  all_ones(e, t);
  op3(e, VENEER_DUAL(Pxor, pxor), t, t, Emitter::constant(VecConst::Bytes80));
  op3(e, VENEER_DUAL(Pand, pand), d, d, t);
  if (!is_signed) return;
  const Mem half = Emitter::constant(VecConst::Bytes40);
  op3(e, VENEER_DUAL(Psubb, psubb), d, d, half);
}

// (a & b) + ((a ^ b) >> 1), or with OR and minus for the rounding form: no bit is lost.
void halving(Emitter& e, const Inst& in, Value v, bool is_signed, bool round) {
  if (!is_signed && round && in.esize <= 16)
    return binary(e, in, v, in.esize == 8 ? VENEER_DUAL(Pavgb, pavgb) : VENEER_DUAL(Pavgw, pavgw));
  const Xmm x = e.use_vec(in.args[0]), y = e.use_vec(in.args[1]);
  const Xmm t = e.temp_vec(), d = e.def_vec_early(v);
  op3(e, VENEER_DUAL(Pxor, pxor), t, x, y);
  halve(e, in.esize, is_signed, t, d);
  op3(e, round ? VENEER_DUAL(Por, por) : VENEER_DUAL(Pand, pand), d, x, y);
  op3(e, (round ? kSub : kAdd).of(in.esize), d, d, t);
  finish(e, in, d);
}

// ((a ^ b) >> 1) - (~a & b)
void halving_difference(Emitter& e, const Inst& in, Value v, bool is_signed) {
  const Xmm x = e.use_vec(in.args[0]), y = e.use_vec(in.args[1]);
  const Xmm t = e.temp_vec(), d = e.def_vec_early(v);
  op3(e, VENEER_DUAL(Pxor, pxor), d, x, y);
  halve(e, in.esize, is_signed, d, t);
  op3(e, VENEER_DUAL(Pandn, pandn), t, x, y);
  op3(e, kSub.of(in.esize), d, d, t);
  finish(e, in, d);
}

}  // namespace

void emit_VSHAdd(Emitter& e, const Inst& in, Value v) {
  halving(e, in, v, true, false);
}
void emit_VUHAdd(Emitter& e, const Inst& in, Value v) {
  halving(e, in, v, false, false);
}
void emit_VSHSub(Emitter& e, const Inst& in, Value v) {
  halving_difference(e, in, v, true);
}
void emit_VUHSub(Emitter& e, const Inst& in, Value v) {
  halving_difference(e, in, v, false);
}
void emit_VSRHAdd(Emitter& e, const Inst& in, Value v) {
  halving(e, in, v, true, true);
}
void emit_VURHAdd(Emitter& e, const Inst& in, Value v) {
  halving(e, in, v, false, true);
}

// --- saturating ------------------------------------------------------------------------------------------

namespace {

// QC is set when the saturated result is not the wrapped one.
void saturating(Emitter& e, const Inst& in, Value v, Dual saturated, Dual wrapped) {
  const Xmm x = e.use_vec(in.args[0]), y = e.use_vec(in.args[1]);
  const Xmm t = e.temp_vec(), d = e.def_vec_early(v);
  op3(e, wrapped, t, x, y);
  op3(e, saturated, d, x, y);
  finish(e, in, d);
  if (!in.q) low_half(e, t, t);
  op3(e, VENEER_DUAL(Pxor, pxor), t, t, d);
  note_saturation(e, t);
}

}  // namespace

void emit_VSqAdd(Emitter& e, const Inst& in, Value v) {
  if (in.esize > 16) return emit_saturating_signed(e, in, v, false);
  saturating(e, in, v, in.esize == 8 ? VENEER_DUAL(Paddsb, paddsb) : VENEER_DUAL(Paddsw, paddsw),
             kAdd.of(in.esize));
}
void emit_VUqAdd(Emitter& e, const Inst& in, Value v) {
  if (in.esize > 16) return emit_saturating_unsigned(e, in, v, false);
  saturating(e, in, v, in.esize == 8 ? VENEER_DUAL(Paddusb, paddusb) : VENEER_DUAL(Paddusw, paddusw),
             kAdd.of(in.esize));
}
void emit_VSqSub(Emitter& e, const Inst& in, Value v) {
  if (in.esize > 16) return emit_saturating_signed(e, in, v, true);
  saturating(e, in, v, in.esize == 8 ? VENEER_DUAL(Psubsb, psubsb) : VENEER_DUAL(Psubsw, psubsw),
             kSub.of(in.esize));
}
void emit_VUqSub(Emitter& e, const Inst& in, Value v) {
  if (in.esize > 16) return emit_saturating_unsigned(e, in, v, true);
  saturating(e, in, v, in.esize == 8 ? VENEER_DUAL(Psubusb, psubusb) : VENEER_DUAL(Psubusw, psubusw),
             kSub.of(in.esize));
}

}  // namespace veneer::tier1
