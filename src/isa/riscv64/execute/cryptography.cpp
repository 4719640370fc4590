// Zvbc, and Zvksed of many registers (Unprivileged ISA, chapter 34), without a branch or an access that depends
// on data but for those of the reference.
#include <array>
#include <bit>

#include "isa/riscv64/execute/executor.h"
#include "isa/riscv64/sm4.h"
#include "translate/interp/eval.h"

namespace veneer::rv64 {

namespace {

using Words = std::array<u32, 4>;

u128 carryless_product(u64 a, u64 c) {
  u128 sum = 0;
  for (unsigned n = 0; n < 64; ++n) sum ^= (u128{a} << n) & (u128{0} - (c >> n & 1));
  return sum;
}

// Group n of the registers from reg on.
Words group(const Execution& e, unsigned reg, u64 n) {
  Words out;
  std::memcpy(out.data(), e.bytes(reg) + n * sizeof out, sizeof out);
  return out;
}
void set_group(Execution& e, u64 n, const Words& words) {
  std::memcpy(e.bytes(e.vd()) + n * sizeof words, words.data(), sizeof words);
}

// f(n) of every group of the body. False when vl or vstart is no multiple of groups.
template <class Fn>
bool each_group(Execution& e, Fn f) {
  constexpr u64 kElements = std::tuple_size_v<Words>;
  if (e.vl % kElements != 0 || e.vstart % kElements != 0) return false;
  for (u64 n = e.vstart / kElements; n < e.vl / kElements; ++n) f(n);
  return true;
}

// --- SM4

// ShiftRows leaves columns alone that are all the same.
u32 sm4_substituted(CpuState& s, u32 word) {
  const auto mapped = [](const AffineMap& map, u32 w) {
    u32 out = 0;
    for (unsigned at = 0; at < 32; at += 8) out |= u32{map(static_cast<u8>(w >> at))} << at;
    return out;
  };
  const u32 in = mapped(kSm4ToAes, word);
  const std::array<Vec, 2> args = {Vec{.w = {in, in, in, in}}, Vec{}};
  return mapped(kSm4FromAes, interp::eval_fn(ir::Op::AesE)(s, ir::Inst{.op = ir::Op::AesE}, args.data()).w[0]);
}
Words sm4_rounds(CpuState& s, Words x, const Words& keys, std::initializer_list<int> rotations) {
  for (u32 key : keys) {
    const u32 word = sm4_substituted(s, x[1] ^ x[2] ^ x[3] ^ key);
    u32 sum = x[0] ^ word;
    for (int by : rotations) sum ^= std::rotl(word, by);
    x = {x[1], x[2], x[3], sum};
  }
  return x;
}
bool sm4(Execution& e, bool scalar_key) {
  return each_group(e, [&](u64 n) {
    const Words keys = group(e, e.vs2(), scalar_key ? 0 : n);
    set_group(e, n, sm4_rounds(e.s, group(e, e.vd(), n), keys, {2, 10, 18, 24}));
  });
}
bool sm4_keys(Execution& e) {
  Words constants;
  for (unsigned round = 0; round < 4; ++round) constants[round] = sm4_key_constant(4 * (e.vs1() & 7) + round);
  return each_group(
      e, [&](u64 n) { set_group(e, n, sm4_rounds(e.s, group(e, e.vs2(), n), constants, {13, 23})); });
}

}  // namespace

bool execute_cryptography(Execution& e) {
  constexpr u32 kGroups = 0x77;
  if ((e.i.raw & 0x7f) != kGroups) return false;
  constexpr u32 kKeys = 0x21, kScalarKey = 0x29;
  const u32 funct6 = e.i.bits(31, 26);
  if (funct6 == kKeys ? sm4_keys(e) : sm4(e, funct6 == kScalarKey)) {
    e.s.control[kVstart] = 0;
    if (e.mode.started()) update_mode(e.s);
  } else {
    e.s.exit = Exit::Trap;
    e.s.exit_info = static_cast<u32>(ir::TrapKind::Undefined);
  }
  return true;
}

bool execute_carryless_product(Execution& e) {
  const u32 funct6 = e.i.bits(31, 26), funct3 = e.i.rm();
  if ((funct6 != 0x0c && funct6 != 0x0d) || (funct3 != 2 && funct3 != 6)) return false;
  e.each([&](u64 n) {
    const u128 product = carryless_product(e.get(e.vs2(), 64, n), e.operand(64, n));
    e.set(e.vd(), 64, n, static_cast<u64>(funct6 == 0x0d ? product >> 64 : product));
  });
  return true;
}

}  // namespace veneer::rv64
