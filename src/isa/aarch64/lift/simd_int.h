// What the integer Advanced SIMD lifts have in common.
#pragma once

#include "isa/aarch64/lift.h"

namespace veneer::a64 {

inline unsigned esize_of(Insn i) {
  return 8u << i.bits(23, 22);
}

// The low element of a register, alone: so that the rest neither saturates nor shows.
inline Value scalar_operand(Lifter& l, unsigned esize, Value v) {
  switch (esize) {
    case 64: return l.b.emit(Op::FToV, Type::V128, {l.b.emit(Op::VToF, Type::F64, {v})});
    case 32: return l.b.emit(Op::FToV, Type::V128, {l.b.emit(Op::VToF, Type::F32, {v})});
    case 16: return l.b.emit(Op::FToV, Type::V128, {l.b.emit(Op::VToF, Type::F16, {v})});
    default: return l.b.v2(Op::VAnd, 8, true, v, l.b.vconst(0xff, false));
  }
}
inline void set_scalar(Lifter& l, unsigned rd, unsigned esize, Value v) {
  l.set_v(rd, esize == 64 ? l.b.v1(Op::VZeroHi, 64, true, v) : scalar_operand(l, esize, v));
}

// A narrowed result, in the low half: kept there, or ("2" forms, q) put above what is there.
inline void set_narrow(Lifter& l, Insn i, Value v) {
  l.set_v(i.rd(), i.q() ? l.b.v2(Op::VCombine, 64, true, l.v(i.rd()), v) : v);
}

// The half that widening instructions read.
inline u64 upper(Insn i) {
  return i.q() ? 1 : 0;
}

}  // namespace veneer::a64
