// The form of a floating-point instruction: one scalar, or a vector of elements. Computations are written
// once against this and lifted in every form that the encodings have.
#pragma once

#include <optional>

#include "isa/aarch64/lifter.h"

namespace veneer::a64 {

class FpForm {
 public:
  static FpForm scalar(Lifter& l, Type type) { return {l, type, ir::bit_width(type), false}; }
  static FpForm vector(Lifter& l, unsigned esize, bool q) { return {l, Type::V128, esize, q}; }

  bool is_vector() const { return type_ == Type::V128; }
  unsigned esize() const { return esize_; }
  bool q() const { return q_; }
  Type type() const { return type_; }
  ir::Builder& b() const { return l_->b; }

  Value read(unsigned n) const { return is_vector() ? l_->v(n) : l_->f(type_, n); }
  // Writes a result of this form's type; what lies beyond it in the register becomes zero.
  void write(unsigned n, Value v) const { l_->set_v(n, v); }
  // Element `index` of a register as the operand: in a vector form, in every element.
  Value lane(unsigned n, unsigned index) const {
    if (is_vector()) return b().v1(Op::VDupLane, esize_, true, l_->v(n), index);
    if (index == 0) return read(n);
    return b().emit(Op::VToF, type_, {b().v1(Op::VDupLane, esize_, true, l_->v(n), index)});
  }
  Value zero() const { return is_vector() ? b().vconst(0, true) : b().constant(type_, 0); }
  // The register's scalar with zeros above it, for ops that exist on vectors only: they leave zeros alone.
  Value isolated(unsigned n) const { return b().emit(Op::FToV, Type::V128, {l_->f(type_, n)}); }

  Value op(Op o, std::array<Value, 3> args, u64 imm = 0, u8 aux = 0) const {
    return b().emit(o, type_, args, imm, is_vector() ? static_cast<u8>(esize_) : u8{0}, q_, aux);
  }
  Value un(Op o, Value x) const { return op(o, {x}); }
  Value bin(Op o, Value x, Value y) const { return op(o, {x, y}); }
  Value mul_add(Value acc, Value x, Value y) const { return op(Op::FMulAdd, {acc, x, y}); }
  Value round_int(Value x, ir::Round r, bool exact) const {
    return op(Op::FRoundInt, {x}, exact ? 1 : 0, static_cast<u8>(r));
  }

 private:
  FpForm(Lifter& l, Type type, unsigned esize, bool q) : l_(&l), type_(type), esize_(esize), q_(q) {}

  Lifter* l_;
  Type type_;
  unsigned esize_;
  bool q_;
};

// The forms that Advanced SIMD encodings have; none when reserved. sz is bit 22.
inline std::optional<FpForm> simd_scalar(Lifter& l, Insn i) {
  return FpForm::scalar(l, i.bit(22) ? Type::F64 : Type::F32);
}
inline std::optional<FpForm> simd_scalar_half(Lifter& l, Insn) {
  return FpForm::scalar(l, Type::F16);
}
inline std::optional<FpForm> simd_vector(Lifter& l, Insn i) {
  if (i.bit(22) && !i.q()) return std::nullopt;  // 1D
  return FpForm::vector(l, i.bit(22) ? 64 : 32, i.q());
}
inline std::optional<FpForm> simd_vector_half(Lifter& l, Insn i) {
  return FpForm::vector(l, 16, i.q());
}

// Immediate of the ops that convert between floating point and integers.
constexpr u64 conversion_imm(unsigned fbits, bool is_unsigned) {
  return fbits | u64{is_unsigned} << 8;
}

// The value of an 8-bit FP immediate at a width of 16, 32 or 64 bits (Arm ARM shared/functions/float,
// VFPExpandImm): a sign, an exponent within -3..4 of the bias, and four fraction bits.
constexpr u64 expand_fp_imm(unsigned imm8, unsigned width) {
  unsigned exp_bits = width == 16 ? 5 : width == 32 ? 8 : 11;
  unsigned frac_bits = width - exp_bits - 1;
  u64 sign = imm8 >> 7 & 1;
  bool b6 = imm8 >> 6 & 1;
  u64 middle = b6 ? (u64{1} << (exp_bits - 3)) - 1 : 0;
  u64 exp = u64{!b6} << (exp_bits - 1) | middle << 2 | (imm8 >> 4 & 3);
  u64 frac = static_cast<u64>(imm8 & 0xf) << (frac_bits - 4);
  return sign << (width - 1) | exp << frac_bits | frac;
}

}  // namespace veneer::a64
