// Zvbb (Unprivileged ISA 34.2), without branches that depend on data (Zvkt).
#include <bit>
#include <optional>
#include <utility>

#include "isa/riscv64/execute/executor.h"

namespace veneer::rv64 {

namespace {

u64 bytes_reversed(u64 a, unsigned bits) {
  return __builtin_bswap64(a) >> (64 - bits);
}
u64 bits_of_bytes_reversed(u64 a) {
  for (const auto& [mask, by] :
       {std::pair{0x5555555555555555, 1}, {0x3333333333333333, 2}, {0x0f0f0f0f0f0f0f0f, 4}})
    a = (a & static_cast<u64>(mask)) << by | (a >> by & static_cast<u64>(mask));
  return a;
}
u64 rotated(u64 a, u64 left, unsigned bits) {
  const unsigned by = left & (bits - 1);
  return a << by | a >> ((bits - by) & 63);
}

// By the field vs1 of what has one operand.
std::optional<u64> unary(unsigned field, u64 a, unsigned bits) {
  const auto zeros_above = static_cast<unsigned>(std::countl_zero(a)) - (64 - bits);
  switch (field) {
    case 8: return bits_of_bytes_reversed(a);
    case 9: return bytes_reversed(a, bits);
    case 10: return bits_of_bytes_reversed(bytes_reversed(a, bits));
    case 12: return zeros_above;
    case 13: return static_cast<unsigned>(std::countr_zero(bits == 64 ? a : a | u64{1} << bits));
    case 14: return static_cast<unsigned>(std::popcount(a));
    default: return std::nullopt;
  }
}

std::optional<u64> binary(u32 funct6, u64 a, u64 b, unsigned bits) {
  switch (funct6) {
    case 0x01: return a & ~b;
    case 0x14: return rotated(a, 0 - b, bits);
    case 0x15: return rotated(a, b, bits);
    default: return std::nullopt;
  }
}

}  // namespace

bool execute_bit_manipulation(Execution& e) {
  const u32 funct6 = e.i.bits(31, 26), funct3 = e.i.rm();
  const unsigned sew = e.sew;
  if (funct3 == 2) {
    if (funct6 != 0x12 || !unary(e.vs1(), 0, sew)) return false;
    e.each([&](u64 n) { e.set(e.vd(), sew, n, *unary(e.vs1(), e.get(e.vs2(), sew, n), sew)); });
    return true;
  }
  if (funct3 != 0 && funct3 != 3 && funct3 != 4) return false;
  if (funct6 == 0x35) {  // vwsll
    e.each([&](u64 n) {
      e.set(e.vd(), 2 * sew, n, e.get(e.vs2(), sew, n) << (e.operand(sew, n) & (2 * sew - 1)));
    });
    return true;
  }
  // The immediate's sixth bit is in funct6.
  const u32 operation = funct3 == 3 && funct6 == 0x15 ? 0x14 : funct6;
  if (!binary(operation, 0, 0, sew)) return false;
  e.each([&](u64 n) {
    e.set(e.vd(), sew, n, *binary(operation, e.get(e.vs2(), sew, n), e.operand(sew, n), sew));
  });
  return true;
}

}  // namespace veneer::rv64
