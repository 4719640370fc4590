// What instructions of 32 and of 16 bits, and several extensions, lift alike.
#pragma once

#include "isa/riscv64/lifter.h"

namespace veneer::rv64 {

// A load of `bits`, extended to a register; a store of its low bits.
inline void load(Lifter& l, unsigned rd, unsigned rs1, s64 offset, unsigned bits, bool is_signed) {
  l.set_x(rd, l.b.load(Type::I64, bits, l.x(rs1), offset, is_signed));
}
inline void store(Lifter& l, unsigned rs1, s64 offset, unsigned rs2, unsigned bits) {
  const Value value = bits == 64 ? l.x(rs2) : l.w(rs2);
  l.b.store(bits, l.x(rs1), value, offset);
}

// A jump to an address that is known. A link register makes it a call (Unprivileged ISA 2.5.1, table 3).
inline bool is_link(unsigned n) {
  return n == kRa || n == kT0;
}
inline void jump(Lifter& l, unsigned rd, GuestAddr target) {
  l.set_x(rd, l.b.i64(l.next_pc));
  l.b.branch(target, is_link(rd) ? ir::BranchKind::Call : ir::BranchKind::Jump);
}
inline void jump_register(Lifter& l, unsigned rd, unsigned rs1, s64 offset) {
  Value target = l.b.add(l.x(rs1), l.b.i64(static_cast<u64>(offset)));
  target = l.b.and_(target, l.b.i64(~u64{1}));
  l.set_x(rd, l.b.i64(l.next_pc));
  ir::BranchKind kind = is_link(rd) ? ir::BranchKind::Call : ir::BranchKind::Jump;
  if (!is_link(rd) && is_link(rs1)) kind = ir::BranchKind::Return;
  l.b.branch_ind(target, kind);
}
inline void branch(Lifter& l, Value condition, GuestAddr target) {
  l.b.branch_cond(condition, target);
}

// General registers as the lanes of a vector, and back.
inline Value in_low_lane(Lifter& l, Value v) {
  return l.b.emit(Op::VDup, Type::V128, {v}, 0, 64, false);
}
inline Value in_lanes(Lifter& l, Value low, Value high) {
  return l.b.emit(Op::VSetLane, Type::V128, {in_low_lane(l, low), high}, 1, 64, true);
}
inline Value lane(Lifter& l, Value v, unsigned n) {
  return l.b.emit(Op::VGetLane, Type::I64, {v}, n, 64, true);
}

inline Value add_immediate(Lifter& l, unsigned rs1, s64 imm) {
  return l.b.add(l.x(rs1), l.b.i64(static_cast<u64>(imm)));
}
inline Value add_immediate_word(Lifter& l, unsigned rs1, s64 imm) {
  return l.b.add(l.w(rs1), l.b.i32(static_cast<u32>(imm)));
}

}  // namespace veneer::rv64
