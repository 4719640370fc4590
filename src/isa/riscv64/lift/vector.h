// What lift functions of vector instructions have in common.
//
// Legal first (reserved encodings are illegal instructions), then by 128-bit parts of the register groups; what
// is rare is left to execute_vector, which does anything, one element after another (execute/executor.h).
#pragma once

#include <initializer_list>

#include "isa/riscv64/lift/operations.h"
#include "isa/riscv64/lifter.h"

namespace veneer::rv64 {

// The second operand of arithmetic: a group, a scalar, an immediate that is extended with its sign or with
// zeros.
enum class Form : u8 { V, X, I, U };

// Of two parts, with elements of `bits`.
using Lanes = Value (*)(Lifter& l, unsigned bits, Value a, Value c);

inline s64 immediate(Insn i, Form form) {
  return form == Form::U ? static_cast<s64>(i.rs1()) : Insn::extend(i.rs1(), 5);
}
// The scalar operand as an integer.
inline Value scalar(Lifter& l, Insn i, Form form) {
  return form == Form::X ? l.x(i.rs1()) : l.b.i64(static_cast<u64>(immediate(i, form)));
}
// In every lane of `bits`.
inline Value splat_scalar(Lifter& l, Insn i, Form form, unsigned bits) {
  if (form == Form::X) return l.b.emit(Op::VDup, Type::V128, {l.x(i.rs1())}, 0, static_cast<u8>(bits), true);
  return l.vector.splat(bits, static_cast<u64>(immediate(i, form)));
}

// Everything to execute_vector: `result` is where a scalar result goes, or nowhere.
Value execute(Lifter& l, Insn i, Value a, Value c);
inline bool execute(Lifter& l, Insn i, Form form) {
  execute(l, i, form == Form::V ? l.b.i64(0) : scalar(l, i, form), l.b.i64(0));
  return true;
}

// Is there such an instruction with operands that are all of the configuration's width?
bool is_legal(Lifter& l, Insn i, Form form);
// And with a mask as the result?
bool is_legal_to_mask(Lifter& l, Insn i, Form form);
// A reduction, whose scalars are vs1 and vd?
bool is_legal_reduction(Lifter& l, Insn i, bool widens);
// What the operands of a widening instruction are: both narrow, the first one wide, or there is a sum in vd.
enum class Shape { Narrow, Wide, Sum };
bool is_legal_widening(Lifter& l, Insn i, Form form, Shape shape);
// vd[n] = f(vs2[n], operand[n]).
bool each(Lifter& l, Insn i, Form form, Lanes f);

// Of words of masks: a mask as the result of comparing.
bool compare_lanes(Lifter& l, Insn i, Form form, Lanes f);

// The mask whose words are made of the lanes that lanes_of(n) has for each part n, all of them before the first
// is written.
template <class Fn>
void write_mask(Lifter& l, Insn i, Fn lanes_of) {
  VectorLifter& v = l.vector;
  const unsigned sew = v.mode().sew(), lanes = 128 / sew;
  std::array<Value, 4> words{};
  for (unsigned n = 0; n < v.parts(sew); ++n) {
    const Value bits = l.b.emit(Op::VGatherBits, Type::I64, {lanes_of(n)}, 0, static_cast<u8>(sew), true);
    Value& word = words[n * lanes / 64];
    word = word.valid() ? l.b.or_(word, l.b.shl(bits, n * lanes % 64)) : bits;
  }
  for (unsigned n = 0; n < v.mask_words(); ++n) v.write_bits(i, n, words[n]);
}

// The same instruction without a mask: where v0 is an operand instead.
inline Insn unmasked(Insn i) {
  return {i.raw | 1u << 25};
}

// Element 0 of vd, of `bits`, if vl is not 0: that of `value`.
void write_first(Lifter& l, Insn i, unsigned bits, Value value);

// vs2 by one element further up or down, the scalar where none comes from.
bool slide_one_up(Lifter& l, Insn i, Value scalar);
bool slide_one_down(Lifter& l, Insn i, Value scalar);

}  // namespace veneer::rv64
