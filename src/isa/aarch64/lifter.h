// What a lift function works with: the instruction's address, the builder, and A64's view of registers.
//
// A lift function has the signature `bool lift_NAME(Lifter& l, Insn i)`; it returns false for an encoding
// that is reserved (UNDEFINED) whatever its table line says, before having emitted anything. It is declared
// by its line in encodings/*.inc and lives in lift/<manual class>.cpp.
#pragma once

#include "isa/aarch64/features.h"
#include "isa/aarch64/insn.h"
#include "translate/ir/builder.h"
#include "translate/translator.h"

namespace veneer::a64 {

using ir::Op;
using ir::Type;
using ir::Value;

constexpr u64 kSpAlignment = 16;  // Arm ARM D1.8.2

class Lifter {
 public:
  // `options` and `features` outlive it.
  Lifter(ir::Builder& builder, const GuestIsa::LiftOptions& options, const Features& features)
      : b(builder), options_(options), features_(features) {}

  ir::Builder& b;
  GuestAddr pc = 0;  // of the instruction being lifted

  static constexpr Type gtype(bool sf) { return sf ? Type::I64 : Type::I32; }

  // General registers, 31 = zero register.
  Value r(bool sf, unsigned n) { return n == 31 ? b.constant(gtype(sf), 0) : b.get(ir::gpr(n), gtype(sf)); }
  Value x(unsigned n) { return r(true, n); }
  Value w(unsigned n) { return r(false, n); }
  void set_r(unsigned n, Value v) {
    if (n != 31) b.set(ir::gpr(n), v);
  }
  // General registers, 31 = SP.
  Value r_sp(bool sf, unsigned n) { return b.get(ir::gpr(n), gtype(sf)); }
  Value x_sp(unsigned n) { return r_sp(true, n); }
  void set_r_sp(unsigned n, Value v) {
    if (n == 31) expect_aligned(v);
    b.set(ir::gpr(n), v);
  }
  // The base register of a memory access: SP must be aligned there (stack_alignment.cpp).
  Value base(unsigned n) {
    const Value v = x_sp(n);
    if (n == 31) check_aligned(v);
    return v;
  }

  // Vector registers: whole, or the low F16/F32/F64.
  Value v(unsigned n) { return b.get(ir::vec(n), Type::V128); }
  Value f(Type type, unsigned n) { return b.get(ir::vec(n), type); }
  // A V128, or a scalar FP value (the rest of the register becomes zero).
  void set_v(unsigned n, Value value) { b.set(ir::vec(n), value); }

  void set_nzcv(Value flags) { b.set(ir::kRegNzcv, flags); }

  // The address that a data access uses: applies TBI when the block was asked to strip tags.
  // Every load, store, atomic and cache operation on an address goes through this.
  Value addr(Value base) {
    if (!options_.strip_tags) return base;
    // Sign-extends bit 55, as TBI does (Arm ARM D8.10.1).
    return b.sar(b.shl(base, 8), 8);
  }

  const Features& features() const { return features_; }

  // FP type of a scalar's two-bit ftype field: 00 single, 01 double, 11 half; None when reserved.
  static constexpr Type any_ftype(unsigned ftype) {
    switch (ftype) {
      case 0: return Type::F32;
      case 1: return Type::F64;
      case 3: return Type::F16;
      default: return Type::None;
    }
  }
  // The same for what computes: halves are FEAT_FP16's.
  Type ftype(unsigned ftype) const {
    const Type type = any_ftype(ftype);
    return type == Type::F16 && !features_.has(kHalfPrecision) ? Type::None : type;
  }

 private:
  void expect_aligned(Value sp);
  void check_aligned(Value sp);
  bool is_aligned(Value sp) const;

  const GuestIsa::LiftOptions& options_;
  const Features& features_;
  Value checked_sp_{};  // with LiftOptions::check_sp
};

}  // namespace veneer::a64
