// What the floating-point extensions have in common: formats, rounding, comparisons.
#pragma once

#include <optional>

#include "isa/riscv64/lifter.h"

namespace veneer::rv64 {

using ir::Round;

// The format of bits 26 and 25; None for Q, which there is not.
inline Type format(u32 fmt) {
  switch (fmt) {
    case 0: return Type::F32;
    case 1: return Type::F64;
    case 2: return Type::F16;
    default: return Type::None;
  }
}
inline Type format(Insn i) {
  return format(i.bits(26, 25));
}

// Of the field rm; nothing where it is reserved (Unprivileged ISA, table 26). Dynamic is Round::Current.
inline std::optional<Round> rounding(Insn i) {
  switch (i.rm()) {
    case 0: return Round::NearestEven;
    case 1: return Round::Zero;
    case 2: return Round::Down;
    case 3: return Round::Up;
    case 4: return Round::NearestAway;
    case 7: return Round::Current;
    default: return std::nullopt;
  }
}
// One value compared with another, into a register: cond as after Arm's FCMP. `signalling`: quiet NaNs are
// invalid, too.
inline bool order(Lifter& l, Insn i, bool signalling, ir::Cond cond) {
  const Type type = format(i);
  if (type == Type::None) return false;
  const Value flags = l.b.emit(Op::FlagsFcmp, type, {l.f(type, i.rs1()), l.f(type, i.rs2())}, signalling);
  l.set_x(i.rd(), l.bool_to_x(l.b.emit(Op::CondTest, Type::I1, {flags}, static_cast<u64>(cond))));
  return true;
}

}  // namespace veneer::rv64
