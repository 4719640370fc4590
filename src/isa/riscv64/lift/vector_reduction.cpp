// Reductions of integers (Unprivileged ISA 31.14): by parts, then by halves of one part.
#include "isa/riscv64/lift.h"
#include "isa/riscv64/lift/vector.h"

namespace veneer::rv64 {

namespace {

// What an element that is not active counts as.
enum class Neutral { Zeros, Ones, Greatest, Least };

Value neutral_lanes(VectorLifter& v, unsigned bits, Neutral neutral) {
  const u64 sign = u64{1} << (bits - 1);
  return v.splat(bits, neutral == Neutral::Greatest ? sign - 1 : sign);
}

// Part n of vs2, with what is neutral where it is not active.
Value active_part(Lifter& l, Insn i, unsigned n, Neutral neutral) {
  VectorLifter& v = l.vector;
  const unsigned sew = v.mode().sew();
  const Value part = v.part(i.rs2(), n), mask = v.active(i, sew, n);
  if (!mask.valid()) return part;
  switch (neutral) {
    case Neutral::Zeros: return l.b.v2(Op::VAnd, 8, true, part, mask);
    case Neutral::Ones: return l.b.v2(Op::VOrNot, 8, true, part, mask);
    default: return l.b.v3(Op::VBsl, 8, true, mask, part, neutral_lanes(v, sew, neutral));
  }
}

// All lanes of one part, and element 0 of vs1: element 0.
void finish(Lifter& l, Insn i, unsigned bits, Op op, Value all) {
  for (unsigned bytes = 8; bytes >= bits / 8; bytes /= 2)
    all = l.b.v2(op, bits, true, all, l.b.v2(Op::VExt, 8, true, all, all, bytes));
  write_first(l, i, bits, l.b.v2(op, bits, true, all, l.vector.part(i.rs1(), 0)));
}

bool reduce(Lifter& l, Insn i, Op op, Neutral neutral) {
  VectorLifter& v = l.vector;
  if (!is_legal_reduction(l, i, false)) return false;
  const unsigned sew = v.mode().sew();
  Value all = active_part(l, i, 0, neutral);
  for (unsigned n = 1; n < v.parts(sew); ++n) all = l.b.v2(op, sew, true, all, active_part(l, i, n, neutral));
  finish(l, i, sew, op, all);
  return true;
}

// Neighbours are added up in twice their width.
bool reduce_widening(Lifter& l, Insn i, Op add_pairs) {
  VectorLifter& v = l.vector;
  if (!is_legal_reduction(l, i, true)) return false;
  const unsigned sew = v.mode().sew();
  Value all;
  for (unsigned n = 0; n < v.parts(sew); ++n) {
    const Value pairs = l.b.v1(add_pairs, sew, true, active_part(l, i, n, Neutral::Zeros));
    all = n == 0 ? pairs : l.b.v2(Op::VAdd, 2 * sew, true, all, pairs);
  }
  finish(l, i, 2 * sew, Op::VAdd, all);
  return true;
}

}  // namespace

#define REDUCE(name, op, neutral)                  \
  bool lift_##name##_VS(Lifter& l, Insn i) {       \
    return reduce(l, i, Op::op, Neutral::neutral); \
  }
REDUCE(VREDSUM, VAdd, Zeros)
REDUCE(VREDAND, VAnd, Ones)
REDUCE(VREDOR, VOr, Zeros)
REDUCE(VREDXOR, VXor, Zeros)
REDUCE(VREDMINU, VUMin, Ones)
REDUCE(VREDMIN, VSMin, Greatest)
REDUCE(VREDMAXU, VUMax, Zeros)
REDUCE(VREDMAX, VSMax, Least)
#undef REDUCE

bool lift_VWREDSUMU_VS(Lifter& l, Insn i) {
  return reduce_widening(l, i, Op::VUAddlP);
}
bool lift_VWREDSUM_VS(Lifter& l, Insn i) {
  return reduce_widening(l, i, Op::VSAddlP);
}

}  // namespace veneer::rv64
