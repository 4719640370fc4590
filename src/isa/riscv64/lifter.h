// What a lift function works with: the instruction's address, the builder, and RISC-V's view of registers.
//
// A lift function has the signature `bool lift_NAME(Lifter& l, Insn i)`, one of a 16-bit instruction takes an
// Insn16; it returns false for an encoding that is reserved whatever its table line says, before having emitted
// anything. It is declared by its line in encodings/*.inc and lives in lift/<extension>.cpp.
#pragma once

#include <array>
#include <utility>

#include "isa/riscv64/features.h"
#include "isa/riscv64/insn.h"
#include "isa/riscv64/registers.h"
#include "isa/riscv64/vector_lifter.h"
#include "translate/ir/builder.h"
#include "translate/translator.h"

namespace veneer::rv64 {

using ir::Op;
using ir::Type;
using ir::Value;

class Lifter {
 public:
  // `features` outlive it. `mode`: see CpuState.
  Lifter(ir::Builder& builder, const Features& features, u8 mode)
      : b(builder), vector(builder, mode, features.vlen / 8), features_(features) {}

  ir::Builder& b;
  VectorLifter vector;
  GuestAddr pc = 0;       // of the instruction being lifted
  GuestAddr next_pc = 0;  // of the one that follows it

  // General registers, and their low halves.
  Value x(unsigned n) { return n == kZero ? b.i64(0) : b.get(ir::gpr(kSlots[n]), Type::I64); }
  Value w(unsigned n) { return n == kZero ? b.i32(0) : b.get(ir::gpr(kSlots[n]), Type::I32); }
  // An I64, or an I32, which is sign-extended (Unprivileged ISA 4.2).
  void set_x(unsigned n, Value v) {
    if (n == kZero) return;
    b.set(ir::gpr(kSlots[n]), b.type_of(v) == Type::I32 ? b.sext(v) : v);
  }
  // Floating-point registers: 64 bits, of which a narrower value takes the low ones, the others being ones.
  // What is not boxed so is the canonical NaN (Unprivileged ISA 21.2).
  Value f(Type type, unsigned n);
  void set_f(unsigned n, Value v);
  // The low bits, boxed or not.
  Value low_f(Type type, unsigned n);
  Value raw_f(unsigned n) { return b.get(ir::vec(n), Type::F64); }

  // Before what rounds as frm says, which does not change within a block.
  void use_dynamic_rounding() {
    if (!std::exchange(checked_rounding_, true)) b.emit(Op::CheckRounding, Type::None);
  }

  Value bool_to_x(Value condition) { return b.emit(Op::BoolToInt, Type::I64, {condition}); }
  Value compare(Op op, Value a, Value c) { return b.emit(op, b.type_of(a), {a, c}); }

  // The last round of AES of this block: the other half of its state is asked for next, by the registers in the
  // other order.
  struct {
    Op round{}, mix{};
    Value low, high, state;
  } aes;

  // SM4's S-box, as this block looks it up: see sm4_substituted.
  std::array<Value, 4> sm4_tables{};

  // What an instruction asks that is of one extension in one format or register and of another in another.
  bool has(Extension e) const { return features_.has(e); }

 private:
  bool has_narrow(Type type, unsigned n);

  const Features& features_;
  // Narrow values that this block has put into a register, or taken out of it, unboxed.
  std::array<Value, 32> narrow_{};
  bool checked_rounding_ = false;
  // The types of values that this block has put into registers.
  std::array<Type, 32> put_{};
};

}  // namespace veneer::rv64
