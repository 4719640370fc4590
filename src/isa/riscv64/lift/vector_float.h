// What lift functions of vectors of floating-point numbers have in common (Unprivileged ISA 31.13).
//
// Elements that are not active must raise no exceptions: they are zeros, or ones where it is divided by them.
#pragma once

#include "isa/riscv64/lift/vector.h"

namespace veneer::rv64 {

// Is there arithmetic of this format?
inline bool has_format(const Lifter& l, unsigned bits) {
  switch (bits) {
    case 16: return l.has(Extension::zvfh);
    case 32: return true;
    case 64: return l.has(Extension::zve64d);
    default: return false;
  }
}
// And is there a configuration? Then rounding is as fcsr says, which is checked.
inline bool begins(Lifter& l, unsigned bits) {
  if (l.vector.mode().ill() || !has_format(l, bits)) return false;
  l.use_dynamic_rounding();
  return true;
}
inline Type float_type(unsigned bits) {
  return bits == 16 ? Type::F16 : bits == 32 ? Type::F32 : Type::F64;
}

// The scalar operand's bits; one that is not boxed is a NaN.
inline Value scalar_bits(Lifter& l, Insn i, unsigned bits) {
  return l.b.emit(Op::FToBits, Type::I64, {l.f(float_type(bits), i.rs1())});
}
inline bool by_elements(Lifter& l, Insn i, Form form) {
  execute(l, i, form == Form::V ? l.b.i64(0) : scalar_bits(l, i, l.vector.mode().sew()), l.b.i64(0));
  return true;
}
inline Value splat_float(Lifter& l, Insn i, unsigned bits) {
  return l.b.emit(Op::VDup, Type::V128, {scalar_bits(l, i, bits)}, 0, static_cast<u8>(bits), true);
}

inline Value binary(Lifter& l, Op op, unsigned bits, Value a, Value c) {
  return l.b.v2(op, bits, true, a, c);
}
inline Value negate(Lifter& l, unsigned bits, Value a) {
  return l.b.v1(Op::FNeg, bits, true, a);
}
inline Value multiply_add(Lifter& l, unsigned bits, Value addend, Value a, Value c) {
  return l.b.v3(Op::FMulAdd, bits, true, addend, a, c);
}
// Of numbers of both signs of zero, and NaNs: see Op::FMinNm.
inline Value pick(Lifter& l, Op op, unsigned bits, Value a, Value c) {
  constexpr u64 kSignallingAsQuiet = 1;
  return l.b.v2(op, bits, true, a, c, kSignallingAsQuiet);
}

// x, where a mask is set, and zeros; no mask is of all ones.
inline Value where(Lifter& l, Value mask, Value x) {
  return mask.valid() ? binary(l, Op::VAnd, 8, x, mask) : x;
}
// Half of a part, of numbers of `bits`, at twice the width; without looking at what NaNs become, where the
// operation that follows makes them canonical.
enum class Nans : u8 { Canonical, Any };
inline Value widened(Lifter& l, unsigned bits, Value x, unsigned half, Nans nans) {
  return l.b.v1(Op::VFCvtL, bits, true, x, half | (nans == Nans::Any ? 2 : 0));
}

}  // namespace veneer::rv64
