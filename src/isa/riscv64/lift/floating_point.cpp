// F, D and Zfh (Unprivileged ISA, chapters 20, 21 and 24).
#include "isa/riscv64/lift.h"
#include "isa/riscv64/lift/formats.h"

namespace veneer::rv64 {

namespace {

u8 own_rounding(Round r) {
  return r == Round::Current ? 0 : static_cast<u8>(static_cast<u8>(r) + 1);
}

bool arithmetic(Lifter& l, Insn i, Op op, std::initializer_list<unsigned> sources) {
  const Type type = format(l, i);
  const auto round = rounding(l, i);
  if (type == Type::None || !round) return false;
  std::array<Value, 3> args{};
  usize n = 0;
  for (unsigned source : sources) args[n++] = l.f(type, source);
  l.set_f(i.rd(), l.b.emit(op, type, args, 0, 0, false, own_rounding(*round)));
  return true;
}

// The product with one sign, the addend with another.
bool multiply_add(Lifter& l, Insn i, bool negate_product, bool negate_addend) {
  const Type type = format(l, i);
  const auto round = rounding(l, i);
  if (type == Type::None || !round) return false;
  Value a = l.f(type, i.rs1()), addend = l.f(type, i.rs3());
  const Value b = l.f(type, i.rs2());
  if (negate_product) a = l.b.un(Op::FNeg, a);
  if (negate_addend) addend = l.b.un(Op::FNeg, addend);
  l.set_f(i.rd(), l.b.emit(Op::FMulAdd, type, {addend, a, b}, 0, 0, false, own_rounding(*round)));
  return true;
}

// The sign of one value on another: as integers, for NaNs go through as they are.
bool inject_sign(Lifter& l, Insn i, Op change) {
  const Type type = format(l, i);
  if (type == Type::None) return false;
  const Type bits = type == Type::F64 ? Type::I64 : Type::I32;
  const u64 sign = u64{1} << (ir::bit_width(type) - 1);
  const Value from = l.f(type, i.rs1());
  if (i.rs1() == i.rs2()) {
    // FMV, FNEG and FABS.
    l.set_f(i.rd(), change == Op::Or ? from : l.b.un(change == Op::XorNot ? Op::FNeg : Op::FAbs, from));
    return true;
  }
  const Value a = l.b.emit(Op::FToBits, bits, {from});
  Value s = l.b.and_(l.b.emit(Op::FToBits, bits, {l.f(type, i.rs2())}), l.b.constant(bits, sign));
  Value magnitude = a;
  if (change == Op::Xor) {
    magnitude = l.b.xor_(a, s);
  } else {
    if (change == Op::XorNot) s = l.b.xor_(s, l.b.constant(bits, sign));
    magnitude = l.b.or_(l.b.and_(a, l.b.constant(bits, sign - 1)), s);
  }
  l.set_f(i.rd(), l.b.emit(Op::BitsToF, type, {magnitude}));
  return true;
}

// A signalling NaN is invalid, and as good as a quiet one: of a number and a NaN the number is taken.
bool pick(Lifter& l, Insn i, Op op) {
  const Type type = format(l, i);
  if (type == Type::None) return false;
  l.set_f(i.rd(), l.b.bin(op, l.f(type, i.rs1()), l.f(type, i.rs2()), 1));
  return true;
}

bool load_f(Lifter& l, Insn i, Type type) {
  l.set_f(i.rd(), l.b.load_f(type, l.x(i.rs1()), i.i_imm()));
  return true;
}
void store_low(Lifter& l, Value address, s64 offset, unsigned n, Type type) {
  l.b.store_f(address, l.low_f(type, n), offset);
}

}  // namespace

bool lift_FLH(Lifter& l, Insn i) {
  return load_f(l, i, Type::F16);
}
bool lift_FLW(Lifter& l, Insn i) {
  return load_f(l, i, Type::F32);
}
bool lift_FLD(Lifter& l, Insn i) {
  return load_f(l, i, Type::F64);
}
bool lift_FSH(Lifter& l, Insn i) {
  store_low(l, l.x(i.rs1()), i.s_imm(), i.rs2(), Type::F16);
  return true;
}
bool lift_FSW(Lifter& l, Insn i) {
  store_low(l, l.x(i.rs1()), i.s_imm(), i.rs2(), Type::F32);
  return true;
}
bool lift_FSD(Lifter& l, Insn i) {
  store_low(l, l.x(i.rs1()), i.s_imm(), i.rs2(), Type::F64);
  return true;
}
bool lift_C_FLD(Lifter& l, Insn16 i) {
  l.set_f(i.rd_low(), l.b.load_f(Type::F64, l.x(i.rs1_low()), i.double_offset()));
  return true;
}
bool lift_C_FSD(Lifter& l, Insn16 i) {
  store_low(l, l.x(i.rs1_low()), i.double_offset(), i.rd_low(), Type::F64);
  return true;
}
bool lift_C_FLDSP(Lifter& l, Insn16 i) {
  l.set_f(i.rd(), l.b.load_f(Type::F64, l.x(kSp), i.ldsp_offset()));
  return true;
}
bool lift_C_FSDSP(Lifter& l, Insn16 i) {
  store_low(l, l.x(kSp), i.sdsp_offset(), i.rs2(), Type::F64);
  return true;
}

bool lift_FADD(Lifter& l, Insn i) {
  return arithmetic(l, i, Op::FAdd, {i.rs1(), i.rs2()});
}
bool lift_FSUB(Lifter& l, Insn i) {
  return arithmetic(l, i, Op::FSub, {i.rs1(), i.rs2()});
}
bool lift_FMUL(Lifter& l, Insn i) {
  return arithmetic(l, i, Op::FMul, {i.rs1(), i.rs2()});
}
bool lift_FDIV(Lifter& l, Insn i) {
  return arithmetic(l, i, Op::FDiv, {i.rs1(), i.rs2()});
}
bool lift_FSQRT(Lifter& l, Insn i) {
  return arithmetic(l, i, Op::FSqrt, {i.rs1()});
}
bool lift_FMADD(Lifter& l, Insn i) {
  return multiply_add(l, i, false, false);
}
bool lift_FMSUB(Lifter& l, Insn i) {
  return multiply_add(l, i, false, true);
}
bool lift_FNMSUB(Lifter& l, Insn i) {
  return multiply_add(l, i, true, false);
}
bool lift_FNMADD(Lifter& l, Insn i) {
  return multiply_add(l, i, true, true);
}
bool lift_FSGNJ(Lifter& l, Insn i) {
  return inject_sign(l, i, Op::Or);
}
bool lift_FSGNJN(Lifter& l, Insn i) {
  return inject_sign(l, i, Op::XorNot);
}
bool lift_FSGNJX(Lifter& l, Insn i) {
  return inject_sign(l, i, Op::Xor);
}
bool lift_FMIN(Lifter& l, Insn i) {
  return pick(l, i, Op::FMinNm);
}
bool lift_FMAX(Lifter& l, Insn i) {
  return pick(l, i, Op::FMaxNm);
}
bool lift_FEQ(Lifter& l, Insn i) {
  return order(l, i, false, ir::Cond::EQ);
}
bool lift_FLT(Lifter& l, Insn i) {
  return order(l, i, true, ir::Cond::MI);
}
bool lift_FLE(Lifter& l, Insn i) {
  return order(l, i, true, ir::Cond::LS);
}

bool lift_FCVT_FMT(Lifter& l, Insn i) {
  constexpr Extension kHalf = Extension::zfhmin;
  const Type to = format(l, i, kHalf), from = format(l, i.bits(21, 20), kHalf);
  const auto round = rounding(l, i);
  if (to == Type::None || from == Type::None || to == from || !round) return false;
  const bool exact = ir::bit_width(to) > ir::bit_width(from);
  l.set_f(i.rd(), l.b.emit(Op::FCvt, to, {l.f(from, i.rs1())}, 0, static_cast<u8>(ir::bit_width(from)), false,
                           exact ? u8{0} : own_rounding(*round)));
  return true;
}

// NaNs are taken for positive infinity.
bool lift_FCVT_INT(Lifter& l, Insn i) {
  const Type from = format(l, i), to = i.bit(21) ? Type::I64 : Type::I32;
  const bool is_unsigned = i.bit(20);
  const auto round = rounding(l, i);
  if (from == Type::None || !round) return false;
  constexpr u64 kGreatestForNan = 1 << 9;
  l.set_x(i.rd(), l.b.emit(Op::FToInt, to, {l.f(from, i.rs1())}, u64{is_unsigned} << 8 | kGreatestForNan,
                           static_cast<u8>(ir::bit_width(from)), false, static_cast<u8>(*round)));
  return true;
}

bool lift_FCVT_FROM_INT(Lifter& l, Insn i) {
  const Type to = format(l, i);
  const bool wide = i.bit(21);
  const auto round = rounding(l, i);
  if (to == Type::None || !round) return false;
  const Value v = wide ? l.x(i.rs1()) : l.w(i.rs1());
  l.set_f(i.rd(),
          l.b.emit(Op::IntToF, to, {v}, u64{i.bit(20)} << 8, wide ? 64 : 32, false, own_rounding(*round)));
  return true;
}

bool lift_FMV_X(Lifter& l, Insn i) {
  const Type type = format(l, i, Extension::zfhmin);
  if (type == Type::None) return false;
  const Type bits = type == Type::F32 ? Type::I32 : Type::I64;
  const Value v = l.b.emit(Op::FToBits, bits, {l.low_f(type, i.rs1())});
  l.set_x(i.rd(), type == Type::F16 ? l.b.un(Op::Sbfx, v, u64{16} << 8) : v);
  return true;
}
bool lift_FMV_F(Lifter& l, Insn i) {
  const Type type = format(l, i, Extension::zfhmin);
  if (type == Type::None) return false;
  l.set_f(i.rd(), l.b.emit(Op::BitsToF, type, {type == Type::F64 ? l.x(i.rs1()) : l.w(i.rs1())}));
  return true;
}
bool lift_FCLASS(Lifter& l, Insn i) {
  const Type type = format(l, i);
  if (type == Type::None) return false;
  l.set_x(i.rd(), l.b.emit(Op::FClass, type, {l.f(type, i.rs1())}));
  return true;
}

}  // namespace veneer::rv64
