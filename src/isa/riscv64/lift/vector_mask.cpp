// Masks (Unprivileged ISA 31.15), by words of 64 bits.
#include "isa/riscv64/lift.h"
#include "isa/riscv64/lift/vector.h"

namespace veneer::rv64 {

namespace {

using WordOp = Value (*)(ir::Builder& b, Value a, Value c);

Value negated(ir::Builder& b, Value v) {
  return b.un(Op::Not, v);
}

bool logical(Lifter& l, Insn i, WordOp f) {
  VectorLifter& v = l.vector;
  if (v.mode().ill()) return false;
  if (v.mode().started()) return execute(l, i, Form::V);
  for (unsigned n = 0; n < v.mask_words(); ++n)
    v.write_bits(i, n, f(l.b, v.word(i.rs2(), n), v.word(i.rs1(), n)));
  return true;
}

// The bits of vs2 that are active.
Value active_word(Lifter& l, Insn i, unsigned n) {
  const Value mask = l.vector.active_bits(i, n), word = l.vector.word(i.rs2(), n);
  return mask.valid() ? l.b.and_(word, mask) : word;
}

// `f` of the bits that are active, as far as none has been found in the words before. Of no bits it is what
// they are all to be.
bool up_to_first(Lifter& l, Insn i, Value (*f)(ir::Builder& b, Value word)) {
  VectorLifter& v = l.vector;
  if (v.mode().ill() || v.mode().started() || i.rd() == i.rs2() || !VectorLifter::mask_survives(i))
    return false;
  const Value none = l.b.i64(0);
  Value before;
  for (unsigned n = 0; n < v.mask_words(); ++n) {
    const Value word = active_word(l, i, n), bits = f(l.b, word);
    v.write_bits(i, n, n == 0 ? bits : l.b.select(l.compare(Op::CmpEq, before, none), bits, none));
    before = n == 0 ? word : l.b.or_(before, word);
  }
  return true;
}

// How many bits of a mask are set, up to some of them.
class SetBits {
 public:
  explicit SetBits(Lifter& l) : l_(l) {}
  void set_word(unsigned n, Value word) { words_[n] = word; }
  Value below(unsigned bit) {
    const unsigned n = bit / 64;
    if (bit % 64 == 0) return before(n);
    const Value some = l_.b.and_(words_[n], l_.b.i64(~u64{0} >> (64 - bit % 64)));
    return l_.b.add(l_.b.un(Op::Popcount, some), before(n));
  }

 private:
  // Word n.
  Value before(unsigned n) {
    if (n == 0) return l_.b.i64(0);
    Value& count = before_[n];
    if (!count.valid()) count = l_.b.add(l_.b.un(Op::Popcount, words_[n - 1]), before(n - 1));
    return count;
  }

  Lifter& l_;
  std::array<Value, 4> words_{};
  std::array<Value, 5> before_{};
};

// What viota counts: the bits of vs2 that v0 has set, by words, and as lanes of ones of part n.
Value counted_word(Lifter& l, Insn i, unsigned n) {
  const Value word = l.vector.word(i.rs2(), n);
  return i.bit(25) ? word : l.b.and_(word, l.vector.word(0, n));
}
Value counted_lanes(Lifter& l, Insn i, unsigned n) {
  const unsigned sew = l.vector.mode().sew();
  const Value lanes = l.vector.expanded(i.rs2(), sew, n);
  return i.bit(25) ? lanes : l.b.v2(Op::VAnd, 8, true, lanes, l.vector.expanded(0, sew, n));
}

bool has_group(Lifter& l, Insn i) {
  return !l.vector.mode().ill() && VectorLifter::is_group(i.rd(), l.vector.mode().lmul()) &&
         VectorLifter::mask_survives(i);
}

}  // namespace

#define LOGICAL(name, expression)                                                      \
  bool lift_##name##_MM(Lifter& l, Insn i) {                                           \
    return logical(l, i, [](ir::Builder& b, Value a, Value c) { return expression; }); \
  }
LOGICAL(VMANDN, b.bin(Op::AndNot, a, c))
LOGICAL(VMAND, b.and_(a, c))
LOGICAL(VMOR, b.or_(a, c))
LOGICAL(VMXOR, b.xor_(a, c))
LOGICAL(VMORN, b.bin(Op::OrNot, a, c))
LOGICAL(VMNAND, negated(b, b.and_(a, c)))
LOGICAL(VMNOR, negated(b, b.or_(a, c)))
LOGICAL(VMXNOR, b.bin(Op::XorNot, a, c))
#undef LOGICAL

bool lift_VCPOP_M(Lifter& l, Insn i) {
  VectorLifter& v = l.vector;
  if (v.mode().ill() || v.mode().started()) return false;
  Value sum = l.b.i64(0);
  for (unsigned n = 0; n < v.mask_words(); ++n) {
    const Value set = l.b.un(Op::Popcount, active_word(l, i, n));
    sum = n == 0 ? set : l.b.add(sum, set);
  }
  l.set_x(i.rd(), sum);
  return true;
}

bool lift_VFIRST_M(Lifter& l, Insn i) {
  VectorLifter& v = l.vector;
  if (v.mode().ill() || v.mode().started()) return false;
  Value first = l.b.i64(~u64{0});
  for (unsigned n = v.mask_words(); n-- > 0;) {
    const Value word = active_word(l, i, n);
    const Value at = l.b.add(l.b.un(Op::Ctz, word), l.b.i64(64u * n));
    first = l.b.select(l.compare(Op::CmpEq, word, l.b.i64(0)), first, at);
  }
  l.set_x(i.rd(), first);
  return true;
}

bool lift_VMSBF_M(Lifter& l, Insn i) {
  return up_to_first(l, i,
                     [](ir::Builder& b, Value word) { return b.bin(Op::AndNot, b.sub(word, b.i64(1)), word); });
}
bool lift_VMSIF_M(Lifter& l, Insn i) {
  return up_to_first(l, i, [](ir::Builder& b, Value word) { return b.xor_(word, b.sub(word, b.i64(1))); });
}
bool lift_VMSOF_M(Lifter& l, Insn i) {
  return up_to_first(l, i, [](ir::Builder& b, Value word) { return b.and_(word, b.sub(b.i64(0), word)); });
}

bool lift_VIOTA_M(Lifter& l, Insn i) {
  if (!has_group(l, i) || l.vector.mode().started() ||
      VectorLifter::overlap(i.rd(), l.vector.mode().lmul(), i.rs2(), 0))
    return false;
  VectorLifter& v = l.vector;
  const unsigned sew = v.mode().sew(), lanes = 128 / sew;
  const Value zeros = v.lanes(0, 0);
  SetBits counted(l);
  for (unsigned n = 0; n < v.mask_words(); ++n) counted.set_word(n, counted_word(l, i, n));
  for (unsigned n = 0; n < v.parts(sew); ++n) {
    // Those of this part before each lane, as numbers below zero.
    Value sum = l.b.v2(Op::VExt, 8, true, zeros, counted_lanes(l, i, n), 16 - sew / 8);
    for (unsigned bytes = sew / 8; bytes < 16; bytes *= 2)
      sum = l.b.v2(Op::VAdd, sew, true, sum, l.b.v2(Op::VExt, 8, true, zeros, sum, 16 - bytes));
    const Value before =
        n == 0 ? zeros
               : l.b.emit(Op::VDup, Type::V128, {counted.below(n * lanes)}, 0, static_cast<u8>(sew), true);
    v.write(i, sew, n, l.b.v2(Op::VSub, sew, true, before, sum));
  }
  return true;
}

bool lift_VID_V(Lifter& l, Insn i) {
  if (!has_group(l, i)) return false;
  VectorLifter& v = l.vector;
  if (v.mode().started()) return execute(l, i, Form::V);
  const unsigned sew = v.mode().sew(), lanes = 128 / sew;
  for (unsigned n = 0; n < v.parts(sew); ++n) {
    u64 halves[2] = {};
    for (unsigned k = 0; k < lanes; ++k)
      halves[k / (lanes / 2)] |= u64{n * lanes + k} << k % (lanes / 2) * sew % 64;
    v.write(i, sew, n, v.lanes(halves[0], halves[1]));
  }
  return true;
}

}  // namespace veneer::rv64
