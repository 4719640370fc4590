// Zkne, Zknd, Zknh, Zksh, Zksed and Zbkx (Unprivileged ISA, chapter 31).
#include <array>

#include "isa/riscv64/lift.h"
#include "isa/riscv64/lift/cryptography.h"
#include "isa/riscv64/lift/operations.h"
#include "isa/riscv64/sm4.h"

namespace veneer::rv64 {

namespace {

Value zeros(Lifter& l) {
  return l.b.vconst(0, true);
}

// ShiftRows and SubBytes of the state in two registers, and, in a middle round, MixColumns of the half that is
// asked for, which is the low one. With the registers the other way round, the columns are, and so are those of
// what comes out.
bool aes_round(Lifter& l, Insn i, Op round, std::optional<Op> mix) {
  const Value low = l.x(i.rs1()), high = l.x(i.rs2());
  auto& last = l.aes;
  const bool other_half = last.state.valid() && last.round == round && last.mix == mix.value_or(round) &&
                          last.low.id == high.id && last.high.id == low.id;
  Value state = last.state;
  if (!other_half) {
    state = l.b.v2(round, 8, true, in_lanes(l, low, high), zeros(l));
    if (mix) state = l.b.v1(*mix, 8, true, state);
    last = {round, mix.value_or(round), low, high, state};
  }
  l.set_x(i.rd(), lane(l, state, other_half ? 1 : 0));
  return true;
}

// Rotations to the right and, last of three, one or a shift.
Value rotated(Lifter& l, Value v, unsigned by) {
  return l.b.bin(Op::Ror, v, l.b.constant(l.b.type_of(v), by));
}
bool sum_of_three(Lifter& l, Insn i, Value v, unsigned a, unsigned b, unsigned c) {
  l.set_x(i.rd(), l.b.xor_(l.b.xor_(rotated(l, v, a), rotated(l, v, b)), rotated(l, v, c)));
  return true;
}
bool sigma(Lifter& l, Insn i, Value v, unsigned a, unsigned b, unsigned shift) {
  l.set_x(i.rd(), l.b.xor_(l.b.xor_(rotated(l, v, a), rotated(l, v, b)), l.b.shr(v, shift)));
  return true;
}
bool permutation(Lifter& l, Insn i, unsigned a, unsigned b) {
  const Value v = l.w(i.rs1());
  l.set_x(i.rd(), l.b.xor_(l.b.xor_(v, rotated(l, v, 32 - a)), rotated(l, v, 32 - b)));
  return true;
}

Value sm4_sbox(Lifter& l, Value byte) {
  const Value all = l.b.emit(Op::VDup, Type::V128, {byte}, 0, 8, true);
  return l.b.and_(l.b.trunc(lane(l, sm4_substituted(l, all), 0)), l.b.i32(0xff));
}

// SM4ED and SM4KS: `spread` is the linear transformation of a byte.
template <class Fn>
bool sm4(Lifter& l, Insn i, Fn spread) {
  const unsigned by = 8 * i.bits(31, 30);
  const Value byte = l.b.trunc(l.b.un(Op::Ubfx, l.x(i.rs2()), by | u64{8} << 8));
  const Value word = spread(sm4_sbox(l, byte));
  l.set_x(i.rd(), l.b.xor_(by == 0 ? word : rotated(l, word, 32 - by), l.w(i.rs1())));
  return true;
}
// Some bits of it, shifted to the left.
Value shifted_bits(Lifter& l, Value v, u32 mask, unsigned by) {
  return l.b.shl(l.b.and_(v, l.b.i32(mask)), by);
}

}  // namespace

// Without a memory access that depends on the bytes. ShiftRows changes nothing where all columns are the same.
Value sm4_substituted(Lifter& l, Value words) {
  if (!l.sm4_tables[0].valid()) {
    const auto table = [&](const std::array<u64, 2>& bytes) {
      return in_lanes(l, l.b.i64(bytes[0]), l.b.i64(bytes[1]));
    };
    l.sm4_tables = {table(kSm4ToAes.low), table(kSm4ToAes.high), table(kSm4FromAes.low),
                    table(kSm4FromAes.high)};
  }
  const Value nibble = l.b.vconst(0x0f0f0f0f0f0f0f0f, true);
  const auto mapped = [&](unsigned map, Value v) {
    const Value low = l.b.v2(Op::VAnd, 64, true, v, nibble);
    const Value high = l.b.v2(Op::VAnd, 64, true, l.b.v1(Op::VShr, 64, true, v, 4), nibble);
    return l.b.v2(Op::VXor, 64, true, l.b.v2(Op::VTbl, 8, true, l.sm4_tables[map], low),
                  l.b.v2(Op::VTbl, 8, true, l.sm4_tables[map + 1], high));
  };
  return mapped(2, l.b.v2(Op::AesE, 8, true, mapped(0, words), zeros(l)));
}

bool lift_AES64ES(Lifter& l, Insn i) {
  return aes_round(l, i, Op::AesE, std::nullopt);
}
bool lift_AES64ESM(Lifter& l, Insn i) {
  return aes_round(l, i, Op::AesE, Op::AesMc);
}
bool lift_AES64DS(Lifter& l, Insn i) {
  return aes_round(l, i, Op::AesD, std::nullopt);
}
bool lift_AES64DSM(Lifter& l, Insn i) {
  return aes_round(l, i, Op::AesD, Op::AesImc);
}
bool lift_AES64IM(Lifter& l, Insn i) {
  l.set_x(i.rd(), lane(l, l.b.v1(Op::AesImc, 8, true, in_lanes(l, l.x(i.rs1()), l.b.i64(0))), 0));
  return true;
}
// SubWord: of four columns that are the same ShiftRows makes the same.
bool lift_AES64KS1I(Lifter& l, Insn i) {
  constexpr std::array<u8, 11> kRoundConstants = {0x01, 0x02, 0x04, 0x08, 0x10, 0x20,
                                                  0x40, 0x80, 0x1b, 0x36, 0};
  const unsigned round = i.bits(23, 20);
  if (round >= kRoundConstants.size()) return false;
  const Value word = l.b.trunc(l.b.shr(l.x(i.rs1()), 32));
  const Value columns = l.b.emit(Op::VDup, Type::V128, {word}, 0, 32, true);
  Value v = l.b.trunc(lane(l, l.b.v2(Op::AesE, 8, true, columns, zeros(l)), 0));
  if (round != 10) v = rotated(l, v, 8);
  v = l.b.zext(l.b.xor_(v, l.b.i32(kRoundConstants[round])));
  l.set_x(i.rd(), l.b.or_(v, l.b.shl(v, 32)));
  return true;
}
bool lift_AES64KS2(Lifter& l, Insn i) {
  const Value low = l.b.xor_(l.b.shr(l.x(i.rs1()), 32), l.b.zext(l.w(i.rs2())));
  const Value high = l.b.xor_(low, l.b.shr(l.x(i.rs2()), 32));
  l.set_x(i.rd(), l.b.or_(low, l.b.shl(high, 32)));
  return true;
}

bool lift_SHA256SUM0(Lifter& l, Insn i) {
  return sum_of_three(l, i, l.w(i.rs1()), 2, 13, 22);
}
bool lift_SHA256SUM1(Lifter& l, Insn i) {
  return sum_of_three(l, i, l.w(i.rs1()), 6, 11, 25);
}
bool lift_SHA256SIG0(Lifter& l, Insn i) {
  return sigma(l, i, l.w(i.rs1()), 7, 18, 3);
}
bool lift_SHA256SIG1(Lifter& l, Insn i) {
  return sigma(l, i, l.w(i.rs1()), 17, 19, 10);
}
bool lift_SHA512SUM0(Lifter& l, Insn i) {
  return sum_of_three(l, i, l.x(i.rs1()), 28, 34, 39);
}
bool lift_SHA512SUM1(Lifter& l, Insn i) {
  return sum_of_three(l, i, l.x(i.rs1()), 14, 18, 41);
}
bool lift_SHA512SIG0(Lifter& l, Insn i) {
  return sigma(l, i, l.x(i.rs1()), 1, 8, 7);
}
bool lift_SHA512SIG1(Lifter& l, Insn i) {
  return sigma(l, i, l.x(i.rs1()), 19, 61, 6);
}
bool lift_SM3P0(Lifter& l, Insn i) {
  return permutation(l, i, 9, 17);
}
bool lift_SM3P1(Lifter& l, Insn i) {
  return permutation(l, i, 15, 23);
}

bool lift_SM4ED(Lifter& l, Insn i) {
  return sm4(l, i, [&](Value v) {
    Value out = v;
    for (unsigned by : {2, 8, 18}) out = l.b.xor_(out, l.b.shl(v, by));
    return l.b.xor_(out, l.b.xor_(shifted_bits(l, v, 0x3f, 26), shifted_bits(l, v, 0xc0, 10)));
  });
}
bool lift_SM4KS(Lifter& l, Insn i) {
  return sm4(l, i, [&](Value v) {
    Value out = v;
    out = l.b.xor_(out, shifted_bits(l, v, 0x07, 29));
    out = l.b.xor_(out, shifted_bits(l, v, 0xfe, 7));
    out = l.b.xor_(out, shifted_bits(l, v, 0x01, 23));
    return l.b.xor_(out, shifted_bits(l, v, 0xf8, 13));
  });
}

// Bytes of rs1 by the bytes of rs2; 0 where there is no such byte.
bool lift_XPERM8(Lifter& l, Insn i) {
  // An index of 8 to 15 finds the zeros above, one from 16 on nothing.
  const Value table = in_low_lane(l, l.x(i.rs1())), index = in_low_lane(l, l.x(i.rs2()));
  l.set_x(i.rd(), lane(l, l.b.v2(Op::VTbl, 8, true, table, index), 0));
  return true;
}
// Nibbles: spread to a byte each, the even and the odd ones apart.
bool lift_XPERM4(Lifter& l, Insn i) {
  const Value mask = l.b.i64(0x0f0f0f0f0f0f0f0f);
  const auto even = [&](Value v) { return l.b.and_(v, mask); };
  const auto odd = [&](Value v) { return l.b.and_(l.b.shr(v, 4), mask); };
  const Value source = l.x(i.rs1()), index = l.x(i.rs2());
  // The nibbles in their order, a byte each.
  const Value table = l.b.v2(Op::VZip1, 8, true, in_low_lane(l, even(source)), in_low_lane(l, odd(source)));
  const auto look_up = [&](Value which) {
    return lane(l, l.b.v2(Op::VTbl, 8, true, table, in_low_lane(l, which)), 0);
  };
  l.set_x(i.rd(), l.b.or_(look_up(even(index)), l.b.shl(look_up(odd(index)), 4)));
  return true;
}

}  // namespace veneer::rv64
