// Zfa (Unprivileged ISA, chapter 25).
#include <array>
#include <bit>

#include "isa/riscv64/lift.h"
#include "isa/riscv64/lift/formats.h"

namespace veneer::rv64 {

namespace {

// Of FLI, by its number; 1 is the smallest positive normal number of the format, 30 infinity, 31 the NaN.
constexpr std::array<double, 30> kImmediates = {-1.0, 0.0,    0x1p-16, 0x1p-15, 0x1p-8, 0x1p-7, 0.0625, 0.125,
                                                0.25, 0.3125, 0.375,   0.4375,  0.5,    0.625,  0.75,   0.875,
                                                1.0,  1.25,   1.5,     1.75,    2.0,    2.5,    3.0,    4.0,
                                                8.0,  16.0,   128.0,   256.0,   0x1p15, 0x1p16};

struct Layout {
  unsigned exponent, fraction;
};
constexpr Layout layout(Type type) {
  if (type == Type::F64) return {11, 52};
  return type == Type::F32 ? Layout{8, 23} : Layout{5, 10};
}

// All of them are exact in every format, but for 2^16, which a half takes for infinity.
constexpr u64 immediate(Type type, unsigned number) {
  const auto [exponent, fraction] = layout(type);
  const u64 infinity = ((u64{1} << exponent) - 1) << fraction;
  if (number == 1) return u64{1} << fraction;
  if (number == 30) return infinity;
  if (number == 31) return infinity | u64{1} << (fraction - 1);
  const u64 bits = std::bit_cast<u64>(kImmediates[number]);
  const int bias = (1 << (exponent - 1)) - 1;
  const int biased = static_cast<int>(bits >> 52 & 0x7ff) - 1023 + bias;
  const u64 significand = (bits & ((u64{1} << 52) - 1)) >> (52 - fraction);
  const u64 sign = bits >> 63 << (exponent + fraction);
  if (biased > 2 * bias) return sign | infinity;
  if (biased <= 0) return sign | (u64{1} << fraction | significand) >> (1 - biased);
  return sign | static_cast<u64>(biased) << fraction | significand;
}
static_assert(immediate(Type::F16, 2) == 0x0100 && immediate(Type::F16, 29) == 0x7c00);
static_assert(immediate(Type::F32, 0) == 0xbf800000 && immediate(Type::F64, 21) == 0x4004000000000000);

bool pick_or_nan(Lifter& l, Insn i, Op op) {
  const Type type = format(l, i);
  if (type == Type::None) return false;
  l.set_f(i.rd(), l.b.bin(op, l.f(type, i.rs1()), l.f(type, i.rs2())));
  return true;
}

bool round_to_integral(Lifter& l, Insn i, bool inexact) {
  const Type type = format(l, i);
  const auto round = rounding(l, i);
  if (type == Type::None || !round) return false;
  l.set_f(i.rd(),
          l.b.emit(Op::FRoundInt, type, {l.f(type, i.rs1())}, inexact, 0, false, static_cast<u8>(*round)));
  return true;
}

}  // namespace

bool lift_FLI(Lifter& l, Insn i) {
  const Type type = format(l, i);
  if (type == Type::None) return false;
  l.set_f(i.rd(), l.b.constant(type, immediate(type, i.rs1())));
  return true;
}
bool lift_FMINM(Lifter& l, Insn i) {
  return pick_or_nan(l, i, Op::FMin);
}
bool lift_FMAXM(Lifter& l, Insn i) {
  return pick_or_nan(l, i, Op::FMax);
}
bool lift_FROUND(Lifter& l, Insn i) {
  return round_to_integral(l, i, false);
}
bool lift_FROUNDNX(Lifter& l, Insn i) {
  return round_to_integral(l, i, true);
}
// As JavaScript converts, which Arm has an instruction for, too.
bool lift_FCVTMOD_W_D(Lifter& l, Insn i) {
  l.set_x(i.rd(), l.b.emit(Op::FJcvtzs, Type::F64, {l.f(Type::F64, i.rs1())}));
  return true;
}
bool lift_FLEQ(Lifter& l, Insn i) {
  return order(l, i, false, ir::Cond::LS);
}
bool lift_FLTQ(Lifter& l, Insn i) {
  return order(l, i, false, ir::Cond::MI);
}

}  // namespace veneer::rv64
