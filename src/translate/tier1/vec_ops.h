// Emitting SSE or AVX forms of the same operation.
#pragma once

#include "translate/tier1/emitter.h"

namespace veneer::tier1 {

using Id = x86::Inst::Id;

// A host instruction in its two-operand SSE and three-operand (or, unary, two-operand) AVX form.
struct Dual {
  Id sse, avx;
};
#define VENEER_DUAL(sse, avx)                 \
  ::veneer::tier1::Dual {                     \
    x86::Inst::kId##sse, x86::Inst::kIdV##avx \
  }

// d = a OP b. d may be a or, with AVX or when the operation commutes, b.
inline void op3(Emitter& e, Dual op, Xmm d, Xmm a, const asmjit::Operand& b) {
  if (e.host.avx) {
    e.a.emit(op.avx, d, a, b);
    return;
  }
  e.move_vec(d, a);
  e.a.emit(op.sse, d, b);
}
inline void op3(Emitter& e, Dual op, Xmm d, Xmm a, const asmjit::Operand& b, int imm) {
  if (e.host.avx) {
    e.a.emit(op.avx, d, a, b, asmjit::Imm(imm));
    return;
  }
  e.move_vec(d, a);
  e.a.emit(op.sse, d, b, asmjit::Imm(imm));
}
// d = OP a
inline void op2(Emitter& e, Dual op, Xmm d, const asmjit::Operand& a) {
  e.a.emit(e.host.avx ? op.avx : op.sse, d, a);
}
inline void op2(Emitter& e, Dual op, Xmm d, const asmjit::Operand& a, int imm) {
  e.a.emit(e.host.avx ? op.avx : op.sse, d, a, asmjit::Imm(imm));
}
// d = a shifted (or otherwise changed) by an immediate.
inline void op_imm(Emitter& e, Dual op, Xmm d, Xmm a, int imm) {
  if (e.host.avx) {
    e.a.emit(op.avx, d, a, asmjit::Imm(imm));
    return;
  }
  e.move_vec(d, a);
  e.a.emit(op.sse, d, asmjit::Imm(imm));
}

// The low half, zero above.
inline void low_half(Emitter& e, Xmm d, Xmm s) {
  e.host.avx ? e.a.vmovq(d, s) : e.a.movq(d, s);
}

inline constexpr Dual kNone{x86::Inst::kIdNone, x86::Inst::kIdNone};

// The operation's host instruction for each element size; kNone where there is none.
struct BySize {
  Dual b, h, w, d;
  Dual of(unsigned esize) const {
    switch (esize) {
      case 8: return b;
      case 16: return h;
      case 32: return w;
      default: return d;
    }
  }
};
inline constexpr BySize kAdd{VENEER_DUAL(Paddb, paddb), VENEER_DUAL(Paddw, paddw), VENEER_DUAL(Paddd, paddd),
                             VENEER_DUAL(Paddq, paddq)};
inline constexpr BySize kSub{VENEER_DUAL(Psubb, psubb), VENEER_DUAL(Psubw, psubw), VENEER_DUAL(Psubd, psubd),
                             VENEER_DUAL(Psubq, psubq)};
inline constexpr BySize kEq{VENEER_DUAL(Pcmpeqb, pcmpeqb), VENEER_DUAL(Pcmpeqw, pcmpeqw),
                            VENEER_DUAL(Pcmpeqd, pcmpeqd), VENEER_DUAL(Pcmpeqq, pcmpeqq)};
inline constexpr BySize kGt{VENEER_DUAL(Pcmpgtb, pcmpgtb), VENEER_DUAL(Pcmpgtw, pcmpgtw),
                            VENEER_DUAL(Pcmpgtd, pcmpgtd), VENEER_DUAL(Pcmpgtq, pcmpgtq)};

inline constexpr BySize kShl{kNone, VENEER_DUAL(Psllw, psllw), VENEER_DUAL(Pslld, pslld),
                             VENEER_DUAL(Psllq, psllq)};
inline constexpr BySize kShr{kNone, VENEER_DUAL(Psrlw, psrlw), VENEER_DUAL(Psrld, psrld),
                             VENEER_DUAL(Psrlq, psrlq)};

// The sign bit of each element.
inline Mem sign_bits(unsigned esize) {
  return Emitter::constant(esize == 8    ? VecConst::Bytes80
                           : esize == 16 ? VecConst::Halves8000
                           : esize == 32 ? VecConst::Words80000000
                                         : VecConst::Doubles8000);
}

// What lies above a 64-bit vector is zero.
inline void finish(Emitter& e, const Inst& in, Xmm d) {
  if (!in.q) low_half(e, d, d);
}

// d = the products of words 0 and 1 of x and y, or (upper) 2 and 3: put in the even places, where PMULDQ reads.
// t is lost.
inline void multiply_words(Emitter& e, Xmm d, Xmm x, Xmm y, Xmm t, bool upper, bool is_signed) {
  const int control = upper ? 0xfa : 0x50;
  op2(e, VENEER_DUAL(Pshufd, pshufd), t, y, control);
  op2(e, VENEER_DUAL(Pshufd, pshufd), d, x, control);
  op3(e, is_signed ? VENEER_DUAL(Pmuldq, pmuldq) : VENEER_DUAL(Pmuludq, pmuludq), d, d, t);
}

inline void zero(Emitter& e, Xmm d) {
  e.host.avx ? e.a.vpxor(d, d, d) : e.a.pxor(d, d);
}
inline void all_ones(Emitter& e, Xmm d) {
  e.host.avx ? e.a.vpcmpeqd(d, d, d) : e.a.pcmpeqd(d, d);
}

}  // namespace veneer::tier1
