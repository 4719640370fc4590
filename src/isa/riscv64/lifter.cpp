#include "isa/riscv64/lifter.h"

namespace veneer::rv64 {

Value Lifter::f(Type type, unsigned n) {
  if (type == Type::F64) return raw_f(n);
  Value& narrow = narrow_[n];
  if (!has_narrow(type, n)) narrow = b.emit(Op::FUnbox, type, {raw_f(n)});
  return narrow;
}

bool Lifter::has_narrow(Type type, unsigned n) {
  return narrow_[n].valid() && b.type_of(narrow_[n]) == type;
}

Value Lifter::low_f(Type type, unsigned n) {
  if (type == Type::F64) return raw_f(n);
  // What is boxed for certain has the value of its low bits.
  if (put_[n] == type && has_narrow(type, n)) return narrow_[n];
  const Value bits = b.trunc(b.emit(Op::FToBits, Type::I64, {raw_f(n)}));
  return b.emit(Op::BitsToF, type, {bits});
}

void Lifter::set_f(unsigned n, Value v) {
  const Type type = b.type_of(v);
  narrow_[n] = Value{};
  put_[n] = type;
  if (type == Type::F64) return b.set(ir::vec(n), v);
  b.set(ir::vec(n), b.emit(Op::FBox, Type::F64, {v}, 0, static_cast<u8>(ir::bit_width(type))));
  narrow_[n] = v;
}

}  // namespace veneer::rv64
