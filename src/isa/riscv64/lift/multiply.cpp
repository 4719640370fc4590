// M (Unprivileged ISA, chapter 12).
#include "isa/riscv64/lift.h"

namespace veneer::rv64 {

namespace {

Value zero_of(Lifter& l, Value v) {
  return l.b.constant(l.b.type_of(v), 0);
}

// x / 0 is -1, and the quotient that overflows is the dividend.
Value quotient(Lifter& l, Op op, Value a, Value b) {
  const Value by_zero = l.compare(Op::CmpEq, b, zero_of(l, b));
  return l.b.select(by_zero, l.b.constant(l.b.type_of(a), ~u64{0}), l.b.bin(op, a, b));
}

// The IR's x / 0 is 0, so that the remainder is x, as it is to be; and that of the overflow is 0.
Value remainder(Lifter& l, Op op, Value a, Value b) {
  return l.b.sub(a, l.b.bin(Op::Mul, l.b.bin(op, a, b), b));
}

}  // namespace

bool lift_MUL(Lifter& l, Insn i) {
  l.set_x(i.rd(), l.b.bin(Op::Mul, l.x(i.rs1()), l.x(i.rs2())));
  return true;
}
bool lift_MULW(Lifter& l, Insn i) {
  l.set_x(i.rd(), l.b.bin(Op::Mul, l.w(i.rs1()), l.w(i.rs2())));
  return true;
}
bool lift_MULH(Lifter& l, Insn i) {
  l.set_x(i.rd(), l.b.bin(Op::MulHiS, l.x(i.rs1()), l.x(i.rs2())));
  return true;
}
bool lift_MULHU(Lifter& l, Insn i) {
  l.set_x(i.rd(), l.b.bin(Op::MulHiU, l.x(i.rs1()), l.x(i.rs2())));
  return true;
}
// A negative first operand is 2^64 less than what MulHiU takes it for.
bool lift_MULHSU(Lifter& l, Insn i) {
  const Value a = l.x(i.rs1()), b = l.x(i.rs2());
  const Value excess = l.b.and_(l.b.sar(a, 63), b);
  l.set_x(i.rd(), l.b.sub(l.b.bin(Op::MulHiU, a, b), excess));
  return true;
}

#define DIVIDE(name, function, op, source)                                      \
  bool lift_##name(Lifter& l, Insn i) {                                         \
    l.set_x(i.rd(), function(l, Op::op, l.source(i.rs1()), l.source(i.rs2()))); \
    return true;                                                                \
  }
DIVIDE(DIV, quotient, DivS, x)
DIVIDE(DIVU, quotient, DivU, x)
DIVIDE(REM, remainder, DivS, x)
DIVIDE(REMU, remainder, DivU, x)
DIVIDE(DIVW, quotient, DivS, w)
DIVIDE(DIVUW, quotient, DivU, w)
DIVIDE(REMW, remainder, DivS, w)
DIVIDE(REMUW, remainder, DivU, w)
#undef DIVIDE

}  // namespace veneer::rv64
