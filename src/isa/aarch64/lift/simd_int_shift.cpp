// Advanced SIMD shift by immediate, vector and scalar, and modified immediate (Arm ARM C4.1.96).
#include <bit>

#include "isa/aarch64/lift/simd_int.h"

namespace veneer::a64 {

namespace {

// immh:immb holds the element's size in its highest bit: esize + amount for left shifts, 2 * esize - amount for
// right ones.
unsigned immediate(Insn i) {
  return i.bits(22, 16);
}
unsigned shift_esize(Insn i) {
  return 8u * std::bit_floor(i.bits(22, 19));
}
unsigned right_amount(Insn i) {
  return 2 * shift_esize(i) - immediate(i);
}
unsigned left_amount(Insn i) {
  return immediate(i) - shift_esize(i);
}

u64 in_each(unsigned esize, u64 v) {
  for (unsigned at = esize; at < 64; at *= 2) v |= v << at;
  return v;
}

enum class Kind { Right, Left, RightAccumulate, RightInsert, LeftInsert };

// One element size and width; the scalar forms apply it to a lone element.
Value shifted(Lifter& l, Insn i, Op op, Kind kind, bool q, Value n, Value d) {
  const unsigned esize = shift_esize(i), right = right_amount(i), left = left_amount(i);
  const u64 ones = esize == 64 ? ~u64{0} : (u64{1} << esize) - 1;
  switch (kind) {
    case Kind::Right: return l.b.v1(op, esize, q, n, right);
    case Kind::Left: return l.b.v1(op, esize, q, n, left);
    case Kind::RightAccumulate: return l.b.v2(Op::VAdd, esize, q, d, l.b.v1(op, esize, q, n, right));
    case Kind::RightInsert: {
      const u64 kept = right == esize ? ones : ones & ~(ones >> right);
      const Value rest = l.b.v2(Op::VAnd, 8, q, d, l.b.vconst(in_each(esize, kept), true));
      return l.b.v2(Op::VOr, 8, q, rest, l.b.v1(Op::VShr, esize, q, n, right));
    }
    case Kind::LeftInsert: break;
  }
  const u64 kept = left == 0 ? 0 : (u64{1} << left) - 1;
  const Value rest = l.b.v2(Op::VAnd, 8, q, d, l.b.vconst(in_each(esize, kept), true));
  return l.b.v2(Op::VOr, 8, q, rest, l.b.v1(Op::VShl, esize, q, n, left));
}

bool vector(Lifter& l, Insn i, Op op, Kind kind) {
  if (shift_esize(i) == 64 && !i.q()) return false;
  l.set_v(i.rd(), shifted(l, i, op, kind, i.q(), l.v(i.rn()), l.v(i.rd())));
  return true;
}
bool scalar(Lifter& l, Insn i, Op op, Kind kind, bool only64) {
  if (i.bits(22, 19) == 0 || (only64 && shift_esize(i) != 64)) return false;
  const unsigned esize = shift_esize(i);
  const Value n = scalar_operand(l, esize, l.v(i.rn())), d = scalar_operand(l, esize, l.v(i.rd()));
  set_scalar(l, i.rd(), esize, shifted(l, i, op, kind, true, n, d));
  return true;
}

enum class Narrow { Plain, Rounding, Saturating };

// esize is that of the result here, as the immediate's highest bit says.
Value narrowed(Lifter& l, Insn i, Op op, Narrow kind, bool round, Value n) {
  const unsigned esize = shift_esize(i), amount = right_amount(i);
  if (kind == Narrow::Saturating) return l.b.v1(op, esize, true, n, amount, round ? 1 : 0);
  const Value v = l.b.v1(kind == Narrow::Rounding ? Op::VRShr : Op::VShr, esize * 2, true, n, amount);
  return l.b.v1(Op::VXtn, esize, true, v);
}
bool narrow(Lifter& l, Insn i, Op op, Narrow kind, bool round) {
  set_narrow(l, i, narrowed(l, i, op, kind, round, l.v(i.rn())));
  return true;
}
bool narrow_scalar(Lifter& l, Insn i, Op op, bool round) {
  if (i.bits(22, 19) == 0 || i.bit(22)) return false;
  const unsigned esize = shift_esize(i);
  const Value n = scalar_operand(l, esize * 2, l.v(i.rn()));
  set_scalar(l, i.rd(), esize, narrowed(l, i, op, Narrow::Saturating, round, n));
  return true;
}
bool widen(Lifter& l, Insn i, Op op) {
  const unsigned esize = shift_esize(i);
  const Value v = l.b.v1(op, esize, true, l.v(i.rn()), upper(i));
  l.set_v(i.rd(), left_amount(i) ? l.b.v1(Op::VShl, esize * 2, true, v, left_amount(i)) : v);
  return true;
}

// --- modified immediate
u64 imm8(Insn i) {
  return i.bits(18, 16) << 5 | i.bits(9, 5);
}
u64 word(Insn i) {
  return in_each(32, imm8(i) << i.bits(14, 13) * 8);
}
u64 half(Insn i) {
  return in_each(16, imm8(i) << (i.bit(13) ? 8 : 0));
}
u64 ones(Insn i) {
  return in_each(32, i.bit(12) ? imm8(i) << 16 | 0xffff : imm8(i) << 8 | 0xff);
}
u64 byte_mask(Insn i) {
  u64 v = 0;
  for (unsigned k = 0; k < 8; ++k)
    if (imm8(i) >> k & 1) v |= u64{0xff} << k * 8;
  return v;
}
bool move(Lifter& l, Insn i, u64 v) {
  l.set_v(i.rd(), l.b.vconst(v, i.q()));
  return true;
}
bool modify(Lifter& l, Insn i, Op op, u64 v) {
  l.set_v(i.rd(), l.b.v2(op, 8, i.q(), l.v(i.rd()), l.b.vconst(v, true)));
  return true;
}

}  // namespace

#define VENEER_SHIFT(name, op, kind, only64)         \
  bool lift_##name##_i_b(Lifter& l, Insn i) {        \
    return vector(l, i, Op::op, Kind::kind);         \
  }                                                  \
  bool lift_##name##_i_h(Lifter& l, Insn i) {        \
    return vector(l, i, Op::op, Kind::kind);         \
  }                                                  \
  bool lift_##name##_i_s(Lifter& l, Insn i) {        \
    return vector(l, i, Op::op, Kind::kind);         \
  }                                                  \
  bool lift_##name##_i_d(Lifter& l, Insn i) {        \
    return vector(l, i, Op::op, Kind::kind);         \
  }                                                  \
  bool lift_##name##_is(Lifter& l, Insn i) {         \
    return scalar(l, i, Op::op, Kind::kind, only64); \
  }
VENEER_SHIFT(SSHR, VSar, Right, true)
VENEER_SHIFT(USHR, VShr, Right, true)
VENEER_SHIFT(SSRA, VSar, RightAccumulate, true)
VENEER_SHIFT(USRA, VShr, RightAccumulate, true)
VENEER_SHIFT(SRSHR, VRSar, Right, true)
VENEER_SHIFT(URSHR, VRShr, Right, true)
VENEER_SHIFT(SRSRA, VRSar, RightAccumulate, true)
VENEER_SHIFT(URSRA, VRShr, RightAccumulate, true)
VENEER_SHIFT(SRI, VShr, RightInsert, true)
VENEER_SHIFT(SHL, VShl, Left, true)
VENEER_SHIFT(SLI, VShl, LeftInsert, true)
VENEER_SHIFT(SQSHLU, VSqShluImm, Left, false)
VENEER_SHIFT(SQSHL, VSqShlImm, Left, false)
VENEER_SHIFT(UQSHL, VUqShlImm, Left, false)
#undef VENEER_SHIFT

#define VENEER_NARROW(name, op, kind, round)          \
  bool lift_##name##_i_b(Lifter& l, Insn i) {         \
    return narrow(l, i, Op::op, Narrow::kind, round); \
  }                                                   \
  bool lift_##name##_i_h(Lifter& l, Insn i) {         \
    return narrow(l, i, Op::op, Narrow::kind, round); \
  }                                                   \
  bool lift_##name##_i_s(Lifter& l, Insn i) {         \
    return narrow(l, i, Op::op, Narrow::kind, round); \
  }
VENEER_NARROW(SHRN, VShr, Plain, false)
VENEER_NARROW(RSHRN, VRShr, Rounding, true)
VENEER_NARROW(SQSHRN, VSqShrn, Saturating, false)
VENEER_NARROW(SQRSHRN, VSqShrn, Saturating, true)
VENEER_NARROW(UQSHRN, VUqShrn, Saturating, false)
VENEER_NARROW(UQRSHRN, VUqShrn, Saturating, true)
VENEER_NARROW(SQSHRUN, VSqShrun, Saturating, false)
VENEER_NARROW(SQRSHRUN, VSqShrun, Saturating, true)
#undef VENEER_NARROW

bool lift_SQSHRN_is(Lifter& l, Insn i) {
  return narrow_scalar(l, i, Op::VSqShrn, false);
}
bool lift_SQRSHRN_is(Lifter& l, Insn i) {
  return narrow_scalar(l, i, Op::VSqShrn, true);
}
bool lift_UQSHRN_is(Lifter& l, Insn i) {
  return narrow_scalar(l, i, Op::VUqShrn, false);
}
bool lift_UQRSHRN_is(Lifter& l, Insn i) {
  return narrow_scalar(l, i, Op::VUqShrn, true);
}
bool lift_SQSHRUN_is(Lifter& l, Insn i) {
  return narrow_scalar(l, i, Op::VSqShrun, false);
}
bool lift_SQRSHRUN_is(Lifter& l, Insn i) {
  return narrow_scalar(l, i, Op::VSqShrun, true);
}

bool lift_SSHLL_i_b(Lifter& l, Insn i) {
  return widen(l, i, Op::VSXtl);
}
bool lift_SSHLL_i_h(Lifter& l, Insn i) {
  return widen(l, i, Op::VSXtl);
}
bool lift_SSHLL_i_s(Lifter& l, Insn i) {
  return widen(l, i, Op::VSXtl);
}
bool lift_USHLL_i_b(Lifter& l, Insn i) {
  return widen(l, i, Op::VUXtl);
}
bool lift_USHLL_i_h(Lifter& l, Insn i) {
  return widen(l, i, Op::VUXtl);
}
bool lift_USHLL_i_s(Lifter& l, Insn i) {
  return widen(l, i, Op::VUXtl);
}

bool lift_MOVI_word(Lifter& l, Insn i) {
  return move(l, i, word(i));
}
bool lift_MOVI_half(Lifter& l, Insn i) {
  return move(l, i, half(i));
}
bool lift_MOVI_ones(Lifter& l, Insn i) {
  return move(l, i, ones(i));
}
bool lift_MOVI_byte(Lifter& l, Insn i) {
  return move(l, i, in_each(8, imm8(i)));
}
bool lift_MOVI_double(Lifter& l, Insn i) {
  return move(l, i, byte_mask(i));
}
bool lift_MVNI_word(Lifter& l, Insn i) {
  return move(l, i, ~word(i));
}
bool lift_MVNI_half(Lifter& l, Insn i) {
  return move(l, i, ~half(i));
}
bool lift_MVNI_ones(Lifter& l, Insn i) {
  return move(l, i, ~ones(i));
}
bool lift_ORR_word(Lifter& l, Insn i) {
  return modify(l, i, Op::VOr, word(i));
}
bool lift_ORR_half(Lifter& l, Insn i) {
  return modify(l, i, Op::VOr, half(i));
}
bool lift_BIC_word(Lifter& l, Insn i) {
  return modify(l, i, Op::VAndNot, word(i));
}
bool lift_BIC_half(Lifter& l, Insn i) {
  return modify(l, i, Op::VAndNot, half(i));
}

}  // namespace veneer::a64
