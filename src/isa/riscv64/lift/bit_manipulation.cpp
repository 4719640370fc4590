// Zba, Zbb, Zbs, Zbc, Zbkb and Zicond (Unprivileged ISA, chapters 28 and 11).
#include "isa/riscv64/lift.h"
#include "isa/riscv64/lift/operations.h"

namespace veneer::rv64 {

namespace {

Value zero_extended(Lifter& l, unsigned n) {
  return l.b.zext(l.w(n));
}

bool shift_and_add(Lifter& l, Insn i, Value v, unsigned by) {
  l.set_x(i.rd(), l.b.add(l.b.shl(v, by), l.x(i.rs2())));
  return true;
}

bool pick(Lifter& l, Insn i, Op less, bool greater) {
  const Value a = l.x(i.rs1()), b = l.x(i.rs2());
  const Value first = l.compare(less, a, b);
  l.set_x(i.rd(), greater ? l.b.select(first, b, a) : l.b.select(first, a, b));
  return true;
}

bool rotate(Lifter& l, Insn i, Value v, Value by) {
  l.set_x(i.rd(), l.b.bin(Op::Ror, v, by));
  return true;
}

Value one_bit(Lifter& l, Value index) {
  return l.b.bin(Op::Shl, l.b.i64(1), index);
}
Value register_index(Lifter& l, Insn i) {
  return l.x(i.rs2());
}
Value immediate_index(Lifter& l, Insn i) {
  return l.b.i64(i.bits(25, 20));
}

// The product of two polynomials over GF(2), as a V128.
Value carryless(Lifter& l, Insn i) {
  return l.b.v2(Op::VPMull, 64, false, in_low_lane(l, l.x(i.rs1())), in_low_lane(l, l.x(i.rs2())));
}

// Ones in every byte that is not 0: a byte's top bit from its other seven, which carry into it, and its own.
Value spread_bytes(Lifter& l, Value v) {
  const Value low = l.b.i64(0x7f7f7f7f7f7f7f7f);
  const Value carried = l.b.or_(l.b.add(l.b.and_(v, low), low), v);
  const Value ones = l.b.and_(l.b.shr(carried, 7), l.b.i64(0x0101010101010101));
  return l.b.bin(Op::Mul, ones, l.b.i64(0xff));
}

}  // namespace

#define SHIFT_ADD(n)                                          \
  bool lift_SH##n##ADD(Lifter& l, Insn i) {                   \
    return shift_and_add(l, i, l.x(i.rs1()), n);              \
  }                                                           \
  bool lift_SH##n##ADD_UW(Lifter& l, Insn i) {                \
    return shift_and_add(l, i, zero_extended(l, i.rs1()), n); \
  }
SHIFT_ADD(1)
SHIFT_ADD(2)
SHIFT_ADD(3)
#undef SHIFT_ADD

bool lift_ADD_UW(Lifter& l, Insn i) {
  return shift_and_add(l, i, zero_extended(l, i.rs1()), 0);
}
bool lift_SLLI_UW(Lifter& l, Insn i) {
  l.set_x(i.rd(), l.b.shl(zero_extended(l, i.rs1()), i.bits(25, 20)));
  return true;
}

#define LOGIC(name, op)                                           \
  bool lift_##name(Lifter& l, Insn i) {                           \
    l.set_x(i.rd(), l.b.bin(Op::op, l.x(i.rs1()), l.x(i.rs2()))); \
    return true;                                                  \
  }
LOGIC(ANDN, AndNot)
LOGIC(ORN, OrNot)
LOGIC(XNOR, XorNot)
#undef LOGIC

#define COUNT(name, op)                            \
  bool lift_##name(Lifter& l, Insn i) {            \
    l.set_x(i.rd(), l.b.un(Op::op, l.x(i.rs1()))); \
    return true;                                   \
  }                                                \
  bool lift_##name##W(Lifter& l, Insn i) {         \
    l.set_x(i.rd(), l.b.un(Op::op, l.w(i.rs1()))); \
    return true;                                   \
  }
COUNT(CLZ, Clz)
COUNT(CTZ, Ctz)
COUNT(CPOP, Popcount)
#undef COUNT

bool lift_MIN(Lifter& l, Insn i) {
  return pick(l, i, Op::CmpLtS, false);
}
bool lift_MINU(Lifter& l, Insn i) {
  return pick(l, i, Op::CmpLtU, false);
}
bool lift_MAX(Lifter& l, Insn i) {
  return pick(l, i, Op::CmpLtS, true);
}
bool lift_MAXU(Lifter& l, Insn i) {
  return pick(l, i, Op::CmpLtU, true);
}

#define EXTEND(name, op, bits)                                     \
  bool lift_##name(Lifter& l, Insn i) {                            \
    l.set_x(i.rd(), l.b.un(Op::op, l.x(i.rs1()), u64{bits} << 8)); \
    return true;                                                   \
  }
EXTEND(SEXT_B, Sbfx, 8)
EXTEND(SEXT_H, Sbfx, 16)
EXTEND(ZEXT_H, Ubfx, 16)
#undef EXTEND

bool lift_ROR(Lifter& l, Insn i) {
  return rotate(l, i, l.x(i.rs1()), l.x(i.rs2()));
}
bool lift_RORW(Lifter& l, Insn i) {
  return rotate(l, i, l.w(i.rs1()), l.w(i.rs2()));
}
bool lift_ROL(Lifter& l, Insn i) {
  return rotate(l, i, l.x(i.rs1()), l.b.un(Op::Neg, l.x(i.rs2())));
}
bool lift_ROLW(Lifter& l, Insn i) {
  return rotate(l, i, l.w(i.rs1()), l.b.un(Op::Neg, l.w(i.rs2())));
}
bool lift_RORI(Lifter& l, Insn i) {
  return rotate(l, i, l.x(i.rs1()), l.b.i64(i.bits(25, 20)));
}
bool lift_RORIW(Lifter& l, Insn i) {
  return rotate(l, i, l.w(i.rs1()), l.b.i32(i.bits(24, 20)));
}

bool lift_ORC_B(Lifter& l, Insn i) {
  l.set_x(i.rd(), spread_bytes(l, l.x(i.rs1())));
  return true;
}
bool lift_REV8(Lifter& l, Insn i) {
  l.set_x(i.rd(), l.b.un(Op::Bswap, l.x(i.rs1())));
  return true;
}
// The bits of each byte: of all, and then the bytes put back.
bool lift_BREV8(Lifter& l, Insn i) {
  l.set_x(i.rd(), l.b.un(Op::Bswap, l.b.un(Op::Rbit, l.x(i.rs1()))));
  return true;
}

#define SINGLE_BIT(name, change)                                 \
  bool lift_##name(Lifter& l, Insn i) {                          \
    const Value v = l.x(i.rs1()), index = register_index(l, i);  \
    l.set_x(i.rd(), change);                                     \
    return true;                                                 \
  }                                                              \
  bool lift_##name##I(Lifter& l, Insn i) {                       \
    const Value v = l.x(i.rs1()), index = immediate_index(l, i); \
    l.set_x(i.rd(), change);                                     \
    return true;                                                 \
  }
SINGLE_BIT(BCLR, l.b.bin(Op::AndNot, v, one_bit(l, index)))
SINGLE_BIT(BEXT, l.b.and_(l.b.bin(Op::Shr, v, index), l.b.i64(1)))
SINGLE_BIT(BINV, l.b.xor_(v, one_bit(l, index)))
SINGLE_BIT(BSET, l.b.or_(v, one_bit(l, index)))
#undef SINGLE_BIT

bool lift_CLMUL(Lifter& l, Insn i) {
  l.set_x(i.rd(), lane(l, carryless(l, i), 0));
  return true;
}
bool lift_CLMULH(Lifter& l, Insn i) {
  l.set_x(i.rd(), lane(l, carryless(l, i), 1));
  return true;
}
bool lift_CLMULR(Lifter& l, Insn i) {
  const Value product = carryless(l, i);
  l.set_x(i.rd(), l.b.emit(Op::Extr, Type::I64, {lane(l, product, 1), lane(l, product, 0)}, 63));
  return true;
}

bool lift_PACK(Lifter& l, Insn i) {
  l.set_x(i.rd(), l.b.bin(Op::Bfi, l.x(i.rs1()), l.x(i.rs2()), 32 | u64{32} << 8));
  return true;
}
bool lift_PACKH(Lifter& l, Insn i) {
  const Value low = l.b.un(Op::Ubfx, l.x(i.rs1()), u64{8} << 8);
  l.set_x(i.rd(), l.b.bin(Op::Bfi, low, l.x(i.rs2()), 8 | u64{8} << 8));
  return true;
}
bool lift_PACKW(Lifter& l, Insn i) {
  l.set_x(i.rd(), l.b.bin(Op::Bfi, l.w(i.rs1()), l.w(i.rs2()), 16 | u64{16} << 8));
  return true;
}

bool lift_CZERO_EQZ(Lifter& l, Insn i) {
  const Value zero = l.compare(Op::CmpEq, l.x(i.rs2()), l.b.i64(0));
  l.set_x(i.rd(), l.b.select(zero, l.b.i64(0), l.x(i.rs1())));
  return true;
}
bool lift_CZERO_NEZ(Lifter& l, Insn i) {
  const Value set = l.compare(Op::CmpNe, l.x(i.rs2()), l.b.i64(0));
  l.set_x(i.rd(), l.b.select(set, l.b.i64(0), l.x(i.rs1())));
  return true;
}

}  // namespace veneer::rv64
