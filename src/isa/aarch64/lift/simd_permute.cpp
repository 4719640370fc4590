// Advanced SIMD permute, copy, extract, table lookup and reversal, Arm ARM C4.1.96.
#include <bit>

#include "isa/aarch64/lift.h"

namespace veneer::a64 {

namespace {

bool permute(Lifter& l, Insn i, Op op) {
  const unsigned esize = 8u << i.bits(23, 22);
  if (esize == 64 && !i.q()) return false;
  l.set_v(i.rd(), l.b.v2(op, esize, i.q(), l.v(i.rn()), l.v(i.rm())));
  return true;
}

// imm5 of the copies: the lowest set bit is the element's size, what is above it the index.
struct Element {
  unsigned esize = 0, index = 0;
};
bool element_of(Insn i, Element& e) {
  const unsigned imm5 = i.bits(20, 16);
  const unsigned scale = static_cast<unsigned>(std::countr_zero(imm5));
  if (imm5 == 0 || scale > 3) return false;
  e = {8u << scale, imm5 >> (scale + 1)};
  return true;
}
Type integer_type(unsigned esize) {
  return esize == 64 ? Type::I64 : Type::I32;
}

Value get_lane(Lifter& l, Type type, unsigned n, const Element& e) {
  return l.b.emit(Op::VGetLane, type, {l.v(n)}, e.index, static_cast<u8>(e.esize), true);
}

// Tables of several registers: an index that is out of one table's range gives zero there, or leaves the byte.
bool table(Lifter& l, Insn i, bool extend) {
  const unsigned count = i.bits(14, 13) + 1;
  const bool q = i.q();
  const Value index = l.v(i.rm());
  const Value sixteen = l.b.vconst(0x1010101010101010, true);
  Value result = extend ? l.v(i.rd()) : Value{};
  Value at = index;
  for (unsigned k = 0; k < count; ++k) {
    if (k) at = l.b.v2(Op::VSub, 8, true, at, sixteen);
    const Value t = l.v((i.rn() + k) % 32);
    if (extend) {
      result = l.b.v3(Op::VTbx, 8, q, result, t, at);
    } else {
      const Value part = l.b.v2(Op::VTbl, 8, q, t, at);
      result = k ? l.b.v2(Op::VOr, 8, q, result, part) : part;
    }
  }
  l.set_v(i.rd(), result);
  return true;
}

bool reverse(Lifter& l, Insn i, Op op, unsigned container) {
  const unsigned esize = 8u << i.bits(23, 22);
  if (esize >= container) return false;
  l.set_v(i.rd(), l.b.v1(op, esize, i.q(), l.v(i.rn())));
  return true;
}

}  // namespace

bool lift_UZP1(Lifter& l, Insn i) {
  return permute(l, i, Op::VUzp1);
}
bool lift_UZP2(Lifter& l, Insn i) {
  return permute(l, i, Op::VUzp2);
}
bool lift_TRN1(Lifter& l, Insn i) {
  return permute(l, i, Op::VTrn1);
}
bool lift_TRN2(Lifter& l, Insn i) {
  return permute(l, i, Op::VTrn2);
}
bool lift_ZIP1(Lifter& l, Insn i) {
  return permute(l, i, Op::VZip1);
}
bool lift_ZIP2(Lifter& l, Insn i) {
  return permute(l, i, Op::VZip2);
}

bool lift_EXT(Lifter& l, Insn i) {
  if (!i.q() && i.bit(14)) return false;
  l.set_v(i.rd(), l.b.v2(Op::VExt, 8, i.q(), l.v(i.rn()), l.v(i.rm()), i.bits(14, 11)));
  return true;
}
bool lift_TBL(Lifter& l, Insn i) {
  return table(l, i, false);
}
bool lift_TBX(Lifter& l, Insn i) {
  return table(l, i, true);
}

bool lift_DUP_element(Lifter& l, Insn i) {
  Element e;
  if (!element_of(i, e) || (e.esize == 64 && !i.q())) return false;
  l.set_v(i.rd(), l.b.v1(Op::VDupLane, e.esize, i.q(), l.v(i.rn()), e.index));
  return true;
}
bool lift_DUP_element_scalar(Lifter& l, Insn i) {
  Element e;
  if (!element_of(i, e)) return false;
  const Value v = e.index ? l.b.v1(Op::VDupLane, e.esize, true, l.v(i.rn()), e.index) : l.v(i.rn());
  switch (e.esize) {
    case 64: l.set_v(i.rd(), l.b.emit(Op::VToF, Type::F64, {v})); break;
    case 32: l.set_v(i.rd(), l.b.emit(Op::VToF, Type::F32, {v})); break;
    case 16: l.set_v(i.rd(), l.b.emit(Op::VToF, Type::F16, {v})); break;
    default: l.set_v(i.rd(), l.b.emit(Op::BitsToF, Type::F32, {get_lane(l, Type::I32, i.rn(), e)})); break;
  }
  return true;
}
bool lift_DUP_general(Lifter& l, Insn i) {
  Element e;
  if (!element_of(i, e) || (e.esize == 64 && !i.q())) return false;
  l.set_v(i.rd(),
          l.b.emit(Op::VDup, Type::V128, {l.r(e.esize == 64, i.rn())}, 0, static_cast<u8>(e.esize), i.q()));
  return true;
}
bool lift_UMOV(Lifter& l, Insn i) {
  Element e;
  if (!element_of(i, e) || (e.esize == 64) != i.q()) return false;
  l.set_r(i.rd(), get_lane(l, integer_type(e.esize), i.rn(), e));
  return true;
}
bool lift_SMOV(Lifter& l, Insn i) {
  Element e;
  if (!element_of(i, e) || e.esize == 64 || (e.esize == 32 && !i.q())) return false;
  const Type type = i.q() ? Type::I64 : Type::I32;
  const Value v = get_lane(l, type, i.rn(), e);
  l.set_r(i.rd(), l.b.emit(Op::Sbfx, type, {v}, u64{e.esize} << 8));
  return true;
}
bool lift_INS_general(Lifter& l, Insn i) {
  Element e;
  if (!element_of(i, e)) return false;
  l.set_v(i.rd(), l.b.emit(Op::VSetLane, Type::V128, {l.v(i.rd()), l.r(e.esize == 64, i.rn())}, e.index,
                           static_cast<u8>(e.esize), true));
  return true;
}
bool lift_INS_element(Lifter& l, Insn i) {
  Element e;
  if (!element_of(i, e)) return false;
  const unsigned from = i.bits(14, 11) * 8 / e.esize;
  l.set_v(i.rd(), l.b.v2(Op::VMoveLane, e.esize, true, l.v(i.rd()), l.v(i.rn()), e.index | from << 8));
  return true;
}

bool lift_REV64_vec(Lifter& l, Insn i) {
  return reverse(l, i, Op::VRev64, 64);
}
bool lift_REV32_vec(Lifter& l, Insn i) {
  return reverse(l, i, Op::VRev32, 32);
}
bool lift_REV16_vec(Lifter& l, Insn i) {
  return reverse(l, i, Op::VRev16, 16);
}

}  // namespace veneer::a64
