// Data processing (immediate), Arm ARM C4.1.92.
#include "isa/aarch64/bitmask.h"
#include "isa/aarch64/lift.h"

namespace veneer::a64 {

namespace {

u64 pc_relative(Insn i) {
  return static_cast<u64>(i.sbits(23, 5)) << 2 | i.bits(30, 29);
}

Value add_sub_operand(Lifter& l, Insn i) {
  return l.b.constant(Lifter::gtype(i.sf()), u64{i.bits(21, 10)} << (i.bit(22) ? 12 : 0));
}

std::optional<u64> bitmask(Insn i) {
  return decode_bitmask(i.bit(22), i.bits(15, 10), i.bits(21, 16), i.sf());
}

bool logical(Lifter& l, Insn i, Op op) {
  const auto imm = bitmask(i);
  if (!imm) return false;
  const Value operand = l.b.constant(Lifter::gtype(i.sf()), *imm);
  // MOV (bitmask immediate).
  if (op == Op::Or && i.rn() == 31) {
    l.set_r_sp(i.rd(), operand);
    return true;
  }
  l.set_r_sp(i.rd(), l.b.bin(op, l.r(i.sf(), i.rn()), operand));
  return true;
}

unsigned mov_shift(Insn i) {
  return i.bits(22, 21) * 16;
}
bool mov_reserved(Insn i) {
  return !i.sf() && i.bit(22);
}

constexpr u64 field(unsigned lsb, unsigned width) {
  return lsb | width << 8;
}
bool bitfield_reserved(Insn i) {
  return i.sf() != i.bit(22) || (!i.sf() && (i.bit(21) || i.bit(15)));
}

}  // namespace

bool lift_ADR(Lifter& l, Insn i) {
  l.set_r(i.rd(), l.b.i64(l.pc + pc_relative(i)));
  return true;
}

bool lift_ADRP(Lifter& l, Insn i) {
  l.set_r(i.rd(), l.b.i64((l.pc & ~u64{0xfff}) + (pc_relative(i) << 12)));
  return true;
}

bool lift_ADD_imm(Lifter& l, Insn i) {
  l.set_r_sp(i.rd(), l.b.add(l.r_sp(i.sf(), i.rn()), add_sub_operand(l, i)));
  return true;
}
bool lift_SUB_imm(Lifter& l, Insn i) {
  l.set_r_sp(i.rd(), l.b.sub(l.r_sp(i.sf(), i.rn()), add_sub_operand(l, i)));
  return true;
}
bool lift_ADDS_imm(Lifter& l, Insn i) {
  const Value x = l.r_sp(i.sf(), i.rn()), y = add_sub_operand(l, i);
  if (i.rd() != 31) l.set_r(i.rd(), l.b.add(x, y));
  l.set_nzcv(l.b.flags(Op::FlagsAdd, x, y));
  return true;
}
bool lift_SUBS_imm(Lifter& l, Insn i) {
  const Value x = l.r_sp(i.sf(), i.rn()), y = add_sub_operand(l, i);
  if (i.rd() != 31) l.set_r(i.rd(), l.b.sub(x, y));
  l.set_nzcv(l.b.flags(Op::FlagsSub, x, y));
  return true;
}

bool lift_AND_imm(Lifter& l, Insn i) {
  return logical(l, i, Op::And);
}
bool lift_ORR_imm(Lifter& l, Insn i) {
  return logical(l, i, Op::Or);
}
bool lift_EOR_imm(Lifter& l, Insn i) {
  return logical(l, i, Op::Xor);
}
bool lift_ANDS_imm(Lifter& l, Insn i) {
  const auto imm = bitmask(i);
  if (!imm) return false;
  const Value result = l.b.and_(l.r(i.sf(), i.rn()), l.b.constant(Lifter::gtype(i.sf()), *imm));
  l.set_r(i.rd(), result);
  l.set_nzcv(l.b.flags(Op::FlagsLogic, result));
  return true;
}

bool lift_MOVN(Lifter& l, Insn i) {
  if (mov_reserved(i)) return false;
  l.set_r(i.rd(), l.b.constant(Lifter::gtype(i.sf()), ~(u64{i.bits(20, 5)} << mov_shift(i))));
  return true;
}
bool lift_MOVZ(Lifter& l, Insn i) {
  if (mov_reserved(i)) return false;
  l.set_r(i.rd(), l.b.constant(Lifter::gtype(i.sf()), u64{i.bits(20, 5)} << mov_shift(i)));
  return true;
}
bool lift_MOVK(Lifter& l, Insn i) {
  if (mov_reserved(i)) return false;
  const Value imm = l.b.constant(Lifter::gtype(i.sf()), i.bits(20, 5));
  l.set_r(i.rd(), l.b.bin(Op::Bfi, l.r(i.sf(), i.rd()), imm, field(mov_shift(i), 16)));
  return true;
}

bool lift_UBFM(Lifter& l, Insn i) {
  if (bitfield_reserved(i)) return false;
  const unsigned r = i.bits(21, 16), s = i.bits(15, 10), width = i.sf() ? 64 : 32;
  const Value x = l.r(i.sf(), i.rn());
  if (s == width - 1) {
    l.set_r(i.rd(), l.b.shr(x, r));
  } else if (s + 1 == r) {
    l.set_r(i.rd(), l.b.shl(x, width - 1 - s));
  } else if (s >= r) {
    l.set_r(i.rd(), l.b.un(Op::Ubfx, x, field(r, s - r + 1)));
  } else {
    l.set_r(i.rd(), l.b.shl(l.b.un(Op::Ubfx, x, field(0, s + 1)), width - r));
  }
  return true;
}

bool lift_SBFM(Lifter& l, Insn i) {
  if (bitfield_reserved(i)) return false;
  const unsigned r = i.bits(21, 16), s = i.bits(15, 10), width = i.sf() ? 64 : 32;
  const Value x = l.r(i.sf(), i.rn());
  if (s == width - 1) {
    l.set_r(i.rd(), l.b.sar(x, r));
  } else if (i.sf() && r == 0 && s == 31) {
    l.set_r(i.rd(), l.b.sext(l.b.trunc(x)));
  } else if (s >= r) {
    l.set_r(i.rd(), l.b.un(Op::Sbfx, x, field(r, s - r + 1)));
  } else {
    l.set_r(i.rd(), l.b.shl(l.b.un(Op::Sbfx, x, field(0, s + 1)), width - r));
  }
  return true;
}

bool lift_BFM(Lifter& l, Insn i) {
  if (bitfield_reserved(i)) return false;
  const unsigned r = i.bits(21, 16), s = i.bits(15, 10), width = i.sf() ? 64 : 32;
  const Value dst = l.r(i.sf(), i.rd()), src = l.r(i.sf(), i.rn());
  if (s >= r) {
    l.set_r(i.rd(), l.b.bin(Op::Bfi, dst, l.b.shr(src, r), field(0, s - r + 1)));
  } else {
    l.set_r(i.rd(), l.b.bin(Op::Bfi, dst, src, field(width - r, s + 1)));
  }
  return true;
}

bool lift_EXTR(Lifter& l, Insn i) {
  const unsigned lsb = i.bits(15, 10);
  if (i.sf() != i.bit(22) || (!i.sf() && lsb >= 32)) return false;
  const Value high = l.r(i.sf(), i.rn()), low = l.r(i.sf(), i.rm());
  if (i.rn() == i.rm()) {
    l.set_r(i.rd(), l.b.bin(Op::Ror, high, l.b.constant(Lifter::gtype(i.sf()), lsb)));
  } else {
    l.set_r(i.rd(), l.b.bin(Op::Extr, high, low, lsb));
  }
  return true;
}

}  // namespace veneer::a64
