// Cryptographic instructions, Arm ARM C4.1.96.
#include "isa/aarch64/lift.h"

namespace veneer::a64 {

namespace {

bool one(Lifter& l, Insn i, Op op) {
  l.set_v(i.rd(), l.b.v1(op, 0, true, l.v(i.rn())));
  return true;
}
// (Vd, Vn)
bool two(Lifter& l, Insn i, Op op) {
  l.set_v(i.rd(), l.b.v2(op, 0, true, l.v(i.rd()), l.v(i.rn())));
  return true;
}
// (Vd, Vn, Vm)
bool three(Lifter& l, Insn i, Op op) {
  l.set_v(i.rd(), l.b.v3(op, 0, true, l.v(i.rd()), l.v(i.rn()), l.v(i.rm())));
  return true;
}

Value rotate_left(Lifter& l, Value v, unsigned n) {
  if (n == 0) return v;
  return l.b.v2(Op::VOr, 64, true, l.b.v1(Op::VShl, 64, true, v, n), l.b.v1(Op::VShr, 64, true, v, 64 - n));
}

}  // namespace

bool lift_AESE(Lifter& l, Insn i) {
  return two(l, i, Op::AesE);
}
bool lift_AESD(Lifter& l, Insn i) {
  return two(l, i, Op::AesD);
}
bool lift_AESMC(Lifter& l, Insn i) {
  return one(l, i, Op::AesMc);
}
bool lift_AESIMC(Lifter& l, Insn i) {
  return one(l, i, Op::AesImc);
}
bool lift_SHA1C(Lifter& l, Insn i) {
  return three(l, i, Op::Sha1C);
}
bool lift_SHA1P(Lifter& l, Insn i) {
  return three(l, i, Op::Sha1P);
}
bool lift_SHA1M(Lifter& l, Insn i) {
  return three(l, i, Op::Sha1M);
}
bool lift_SHA1SU0(Lifter& l, Insn i) {
  return three(l, i, Op::Sha1Su0);
}
bool lift_SHA1H(Lifter& l, Insn i) {
  return one(l, i, Op::Sha1H);
}
bool lift_SHA1SU1(Lifter& l, Insn i) {
  return two(l, i, Op::Sha1Su1);
}
bool lift_SHA256H(Lifter& l, Insn i) {
  return three(l, i, Op::Sha256H);
}
bool lift_SHA256H2(Lifter& l, Insn i) {
  return three(l, i, Op::Sha256H2);
}
bool lift_SHA256SU0(Lifter& l, Insn i) {
  return two(l, i, Op::Sha256Su0);
}
bool lift_SHA256SU1(Lifter& l, Insn i) {
  return three(l, i, Op::Sha256Su1);
}
bool lift_SHA512H(Lifter& l, Insn i) {
  return three(l, i, Op::Sha512H);
}
bool lift_SHA512H2(Lifter& l, Insn i) {
  return three(l, i, Op::Sha512H2);
}
bool lift_SHA512SU0(Lifter& l, Insn i) {
  return two(l, i, Op::Sha512Su0);
}
bool lift_SHA512SU1(Lifter& l, Insn i) {
  return three(l, i, Op::Sha512Su1);
}

bool lift_RAX1(Lifter& l, Insn i) {
  l.set_v(i.rd(), l.b.v2(Op::VXor, 64, true, l.v(i.rn()), rotate_left(l, l.v(i.rm()), 1)));
  return true;
}
bool lift_EOR3(Lifter& l, Insn i) {
  const Value x = l.b.v2(Op::VXor, 8, true, l.v(i.rn()), l.v(i.rm()));
  l.set_v(i.rd(), l.b.v2(Op::VXor, 8, true, x, l.v(i.ra())));
  return true;
}
bool lift_BCAX(Lifter& l, Insn i) {
  const Value x = l.b.v2(Op::VAndNot, 8, true, l.v(i.rm()), l.v(i.ra()));
  l.set_v(i.rd(), l.b.v2(Op::VXor, 8, true, l.v(i.rn()), x));
  return true;
}
bool lift_XAR(Lifter& l, Insn i) {
  const unsigned right = i.bits(15, 10);
  const Value x = l.b.v2(Op::VXor, 8, true, l.v(i.rn()), l.v(i.rm()));
  l.set_v(i.rd(), rotate_left(l, x, (64 - right) % 64));
  return true;
}

}  // namespace veneer::a64
