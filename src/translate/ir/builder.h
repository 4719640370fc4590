// Builds a block. Forwards guest state within it: a register read after a write (or a second read) in the
// same block is the same SSA value, and small integer arithmetic on constants is folded.
#pragma once

#include <array>

#include "translate/ir/element_access.h"
#include "translate/ir/ir.h"

namespace veneer::ir {

class Builder {
 public:
  explicit Builder(Block& block);

  // The general form. `esize`, `q`, `aux` as documented in ops.inc.
  Value emit(Op op, Type type, std::array<Value, 3> args = {}, u64 imm = 0, u8 esize = 0, bool q = false,
             u8 aux = 0) {
    if (may_fold(op))
      if (Value folded = fold(op, type, args, imm); folded.valid()) return folded;
    return append(op, type, args, imm, esize, q, aux);
  }

  // --- state
  Value i1(bool v) { return constant(Type::I1, v); }
  Value i32(u32 v) { return constant(Type::I32, v); }
  Value i64(u64 v) { return constant(Type::I64, v); }
  Value constant(Type type, u64 bits);
  Value vconst(u64 half, bool both_halves);
  Value get(Reg reg, Type type) {
    const Value cur = current_[reg];
    return cur.valid() && type_of(cur) == type ? cur : get_other(reg, type);
  }
  void set(Reg reg, Value v);
  void insn_start(GuestAddr pc);

  // --- integer, flags: type taken from the first operand
  Value un(Op op, Value a, u64 imm = 0) { return emit(op, type_of(a), {a}, imm); }
  Value bin(Op op, Value a, Value b, u64 imm = 0) { return emit(op, type_of(a), {a, b}, imm); }
  Value add(Value a, Value b) { return bin(Op::Add, a, b); }
  Value sub(Value a, Value b) { return bin(Op::Sub, a, b); }
  Value and_(Value a, Value b) { return bin(Op::And, a, b); }
  Value or_(Value a, Value b) { return bin(Op::Or, a, b); }
  Value xor_(Value a, Value b) { return bin(Op::Xor, a, b); }
  Value shl(Value a, unsigned n);
  Value shr(Value a, unsigned n);
  Value sar(Value a, unsigned n);
  Value zext(Value w);  // I32 -> I64
  Value sext(Value w);
  Value trunc(Value x);  // I64 -> I32
  Value flags(Op op, Value a, Value b = {}, Value carry = {});
  Value cond(Cond c);  // of the current NZCV
  Value select(Value c, Value a, Value b);

  // --- memory: address = base + disp
  Value load(Type type, unsigned bits, Value base, s64 disp = 0, bool sign = false, Order o = Order::Plain);
  void store(unsigned bits, Value base, Value v, s64 disp = 0, Order o = Order::Plain);
  Value load_f(Type type, Value base, s64 disp = 0);
  void store_f(Value base, Value v, s64 disp = 0);
  Value load_v(Value base, s64 disp = 0);
  void store_v(Value base, Value v, s64 disp = 0);
  void access_elements(unsigned bits, const ElementAccess& access, Value at, Value distance, Value count);
  Value pack_wide(unsigned bits, u32 from, u32 to, Value chosen, Value count);
  // From here on, the upper bits of every address are copies of the one below them: so many of them.
  void ignore_upper_bits(Value count) { ignored_bits_ = count; }
  bool ignores_upper_bits() const { return ignored_bits_.valid(); }
  // By the instruction set's executor.
  Value execute(u64 insn, Value a, Value b);

  // --- vector: esize in bits, q as in Inst
  Value v1(Op op, unsigned esize, bool q, Value a, u64 imm = 0, u8 aux = 0);
  Value v2(Op op, unsigned esize, bool q, Value a, Value b, u64 imm = 0, u8 aux = 0);
  Value v3(Op op, unsigned esize, bool q, Value a, Value b, Value c, u64 imm = 0, u8 aux = 0);

  // --- terminators. Exactly one, last.
  void branch(GuestAddr target, BranchKind kind = BranchKind::Jump);
  void branch_cond(Value c, GuestAddr target);
  void branch_ind(Value target, BranchKind kind);
  void branch_mode(Value c, GuestAddr target, u8 when_true, u8 otherwise);
  void branch_any_mode(GuestAddr target);
  void trap(TrapKind kind, u64 imm = 0);
  void syscall(u64 imm);

  Type type_of(Value v) const { return result_type(block_.insts[v.id]); }
  const Inst& def(Value v) const { return block_.insts[v.id]; }
  bool is_const(Value v) const { return def(v).op == Op::Const; }
  bool terminated() const { return block_.props & E; }
  usize size() const { return block_.insts.size(); }

 private:
  // Operations on one or two integers; known where emit() is inlined.
  static constexpr bool may_fold(Op op) {
    const OpInfo& what = info(op);
    return (what.props & P) && (what.arg_count == 1 || what.arg_count == 2) &&
           (what.result == 'T' || what.result == 'w' || what.result == 'x');
  }
  static constexpr bool has_address(Op op) {
    const OpInfo& what = info(op);
    return (what.props & M) && what.arg_count > 0 && op != Op::Execute && op != Op::CheckMultiple;
  }
  Value without_upper_bits(Value address);
  // What emit() does when nothing folds.
  Value append(Op op, Type type, std::array<Value, 3> args, u64 imm, u8 esize = 0, bool q = false, u8 aux = 0) {
    if (ignored_bits_.valid() && has_address(op)) args[0] = without_upper_bits(args[0]);
    block_.props |= info(op).props;
    block_.insts.emplace_back(op, type, esize, q, aux, args, imm);
    return Value{static_cast<u16>(block_.insts.size() - 1)};
  }
  Value get_other(Reg reg, Type type);
  void forget_wide();  // they have been written in CpuState
  Value fold(Op op, Type type, const std::array<Value, 3>& args, u64 imm);
  Value fold_shifts(Op op, Type type, const Inst& shifted, u64 right);
  Value fold_rotation(Type type, Value a, Value b);
  bool positive(const Inst& word) const;
  bool same(Value a, Value b) const;

  Block& block_;
  std::array<Value, kRegCount> current_{};  // the last value read from or written to each register
  struct Constant {
    u64 bits = 0;
    Type type = Type::None;
    Value value;
  };
  std::array<Constant, 8> consts_{};  // recently made constants
  u8 next_const_ = 0;
  Value ignored_bits_;
  struct {
    Value of, value;
  } shortened_;  // the last address without its upper bits
};

}  // namespace veneer::ir
