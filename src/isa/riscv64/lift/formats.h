// What the floating-point extensions have in common: formats, rounding, comparisons.
#pragma once

#include <optional>

#include "isa/riscv64/lifter.h"

namespace veneer::rv64 {

using ir::Round;

// The format that a field of two bits says; None for one that the processor does not have, as Q. Halves are of
// `half`: Zfhmin has those instructions that only move and convert.
inline Type format(const Lifter& l, u32 fmt, Extension half = Extension::zfh) {
  switch (fmt) {
    case 0: return Type::F32;
    case 1: return l.has(Extension::d) ? Type::F64 : Type::None;
    case 2: return l.has(half) ? Type::F16 : Type::None;
    default: return Type::None;
  }
}
inline Type format(const Lifter& l, Insn i, Extension half = Extension::zfh) {
  return format(l, i.bits(26, 25), half);
}

// Of the field rm; nothing where it is reserved (Unprivileged ISA, table 26). Dynamic is Round::Current, and
// checked, which is emitted at once: where the instruction is reserved for another reason, it traps in the same
// way.
inline std::optional<Round> rounding(Lifter& l, Insn i) {
  switch (i.rm()) {
    case 0: return Round::NearestEven;
    case 1: return Round::Zero;
    case 2: return Round::Down;
    case 3: return Round::Up;
    case 4: return Round::NearestAway;
    case 7: l.use_dynamic_rounding(); return Round::Current;
    default: return std::nullopt;
  }
}
// One value compared with another, into a register: cond as after Arm's FCMP. `signalling`: quiet NaNs are
// invalid, too.
inline bool order(Lifter& l, Insn i, bool signalling, ir::Cond cond) {
  const Type type = format(l, i);
  if (type == Type::None) return false;
  const Value flags = l.b.emit(Op::FlagsFcmp, type, {l.f(type, i.rs1()), l.f(type, i.rs2())}, signalling);
  l.set_x(i.rd(), l.bool_to_x(l.b.emit(Op::CondTest, Type::I1, {flags}, static_cast<u64>(cond))));
  return true;
}

}  // namespace veneer::rv64
