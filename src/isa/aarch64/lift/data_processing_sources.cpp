// Data processing (1, 2 and 3 source), Arm ARM C4.1.95.
#include "isa/aarch64/lift.h"

namespace veneer::a64 {

namespace {

bool two_source(Lifter& l, Insn i, Op op) {
  const Value x = l.r(i.sf(), i.rn()), y = l.r(i.sf(), i.rm());
  l.set_r(i.rd(), l.b.bin(op, x, y));
  return true;
}

bool one_source(Lifter& l, Insn i, Op op) {
  l.set_r(i.rd(), l.b.un(op, l.r(i.sf(), i.rn())));
  return true;
}

bool crc(Lifter& l, Insn i, Op op) {
  const unsigned size = i.bits(11, 10);
  if (i.sf() != (size == 3)) return false;
  l.set_r(i.rd(), l.b.emit(op, Type::I32, {l.w(i.rn()), l.x(i.rm())}, 0, static_cast<u8>(8u << size)));
  return true;
}

void accumulate(Lifter& l, Insn i, Value product, Op op, bool sf) {
  if (i.ra() == 31) {
    l.set_r(i.rd(), op == Op::Add ? product : l.b.un(Op::Neg, product));
  } else {
    l.set_r(i.rd(), l.b.bin(op, l.r(sf, i.ra()), product));
  }
}

bool multiply(Lifter& l, Insn i, Op op) {
  const Value x = l.r(i.sf(), i.rn()), y = l.r(i.sf(), i.rm());
  accumulate(l, i, l.b.bin(Op::Mul, x, y), op, i.sf());
  return true;
}

bool multiply_long(Lifter& l, Insn i, Op mul, Op op) {
  accumulate(l, i, l.b.emit(mul, Type::I64, {l.w(i.rn()), l.w(i.rm())}), op, true);
  return true;
}

}  // namespace

bool lift_UDIV(Lifter& l, Insn i) {
  return two_source(l, i, Op::DivU);
}
bool lift_SDIV(Lifter& l, Insn i) {
  return two_source(l, i, Op::DivS);
}
bool lift_LSLV(Lifter& l, Insn i) {
  return two_source(l, i, Op::Shl);
}
bool lift_LSRV(Lifter& l, Insn i) {
  return two_source(l, i, Op::Shr);
}
bool lift_ASRV(Lifter& l, Insn i) {
  return two_source(l, i, Op::Sar);
}
bool lift_RORV(Lifter& l, Insn i) {
  return two_source(l, i, Op::Ror);
}
bool lift_CRC32(Lifter& l, Insn i) {
  return crc(l, i, Op::Crc32);
}
bool lift_CRC32C(Lifter& l, Insn i) {
  return crc(l, i, Op::Crc32c);
}

bool lift_RBIT(Lifter& l, Insn i) {
  return one_source(l, i, Op::Rbit);
}
bool lift_REV16(Lifter& l, Insn i) {
  return one_source(l, i, Op::Bswap16);
}
bool lift_REV32(Lifter& l, Insn i) {
  return one_source(l, i, i.sf() ? Op::Bswap32 : Op::Bswap);
}
bool lift_REV64(Lifter& l, Insn i) {
  return one_source(l, i, Op::Bswap);
}
bool lift_CLZ(Lifter& l, Insn i) {
  return one_source(l, i, Op::Clz);
}
bool lift_CLS(Lifter& l, Insn i) {
  return one_source(l, i, Op::Cls);
}

bool lift_MADD(Lifter& l, Insn i) {
  return multiply(l, i, Op::Add);
}
bool lift_MSUB(Lifter& l, Insn i) {
  return multiply(l, i, Op::Sub);
}
bool lift_SMADDL(Lifter& l, Insn i) {
  return multiply_long(l, i, Op::MulWideS, Op::Add);
}
bool lift_SMSUBL(Lifter& l, Insn i) {
  return multiply_long(l, i, Op::MulWideS, Op::Sub);
}
bool lift_UMADDL(Lifter& l, Insn i) {
  return multiply_long(l, i, Op::MulWideU, Op::Add);
}
bool lift_UMSUBL(Lifter& l, Insn i) {
  return multiply_long(l, i, Op::MulWideU, Op::Sub);
}
bool lift_SMULH(Lifter& l, Insn i) {
  l.set_r(i.rd(), l.b.bin(Op::MulHiS, l.x(i.rn()), l.x(i.rm())));
  return true;
}
bool lift_UMULH(Lifter& l, Insn i) {
  l.set_r(i.rd(), l.b.bin(Op::MulHiU, l.x(i.rn()), l.x(i.rm())));
  return true;
}

}  // namespace veneer::a64
