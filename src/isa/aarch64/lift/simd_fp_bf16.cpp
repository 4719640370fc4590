// BFloat16 dot products and multiplications (Arm ARM C4.1, Advanced SIMD three-register extension and vector
// x indexed element; FEAT_BF16).
#include "isa/aarch64/lift.h"

namespace veneer::a64 {

namespace {

Value accumulate(Lifter& l, Insn i, Op op, bool q, Value m, u64 imm = 0) {
  Value acc = l.v(i.rd()), n = l.v(i.rn());
  return l.b.v3(op, 32, q, acc, n, m, imm);
}

}  // namespace

bool lift_BFDOT_v(Lifter& l, Insn i) {
  l.set_v(i.rd(), accumulate(l, i, Op::VBfDot, i.q(), l.v(i.rm())));
  return true;
}

bool lift_BFDOT_v_element(Lifter& l, Insn i) {
  unsigned index = unsigned{i.bit(11)} << 1 | i.bit(21);
  l.set_v(i.rd(), accumulate(l, i, Op::VBfDot, i.q(), l.b.v1(Op::VDupLane, 32, true, l.v(i.rm()), index)));
  return true;
}

bool lift_BFMMLA_v(Lifter& l, Insn i) {
  l.set_v(i.rd(), accumulate(l, i, Op::VBfMmla, true, l.v(i.rm())));
  return true;
}

// Q chooses the top or bottom BFloat16 of each 32 bits; the operation is always on whole registers.
bool lift_BFMLAL_v(Lifter& l, Insn i) {
  l.set_v(i.rd(), accumulate(l, i, Op::VBfMlal, true, l.v(i.rm()), i.q()));
  return true;
}

bool lift_BFMLAL_v_element(Lifter& l, Insn i) {
  unsigned index = unsigned{i.bit(11)} << 2 | unsigned{i.bit(21)} << 1 | i.bit(20);
  Value m = l.b.v1(Op::VDupLane, 16, true, l.v(i.bits(19, 16)), index);
  l.set_v(i.rd(), accumulate(l, i, Op::VBfMlal, true, m, i.q()));
  return true;
}

}  // namespace veneer::a64
