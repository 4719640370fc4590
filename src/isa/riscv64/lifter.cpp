#include "isa/riscv64/lifter.h"

namespace veneer::rv64 {

namespace {

// The canonical NaN (Unprivileged ISA 20.3).
constexpr u64 canonical_nan(Type type) {
  return type == Type::F16 ? 0x7e00 : 0x7fc00000;
}

}  // namespace

Value Lifter::f(Type type, unsigned n) {
  if (type == Type::F64) return raw_f(n);
  Value& narrow = narrow_[n];
  if (narrow.valid() && b.type_of(narrow) == type) return narrow;
  const unsigned width = ir::bit_width(type);
  const Value bits = b.emit(Op::FToBits, Type::I64, {raw_f(n)});
  const Value boxed = compare(Op::CmpEq, b.sar(bits, width), b.i64(~u64{0}));
  const Value low = b.select(boxed, b.trunc(bits), b.i32(static_cast<u32>(canonical_nan(type))));
  return narrow = b.emit(Op::BitsToF, type, {low});
}

void Lifter::set_f(unsigned n, Value v) {
  const Type type = b.type_of(v);
  narrow_[n] = Value{};
  if (type == Type::F64) return b.set(ir::vec(n), v);
  const Value box = b.vconst(~u64{0} << ir::bit_width(type), false);
  b.set(ir::vec(n), b.v2(Op::VOr, 64, true, b.emit(Op::FToV, Type::V128, {v}), box));
  narrow_[n] = v;
}

}  // namespace veneer::rv64
