// From integers of one width to another (Unprivileged ISA 31.11.2 to 31.11.7, 31.11.12, 31.11.14).
#include <optional>

#include "isa/riscv64/execute/executor.h"

namespace veneer::rv64 {

namespace {

// By the low four bits of funct6, of vw*: which operand is signed. The others are only signed or not.
u64 widened(u64 value, unsigned bits, bool is_signed) {
  return is_signed ? static_cast<u64>(Execution::extend(value, bits)) : value;
}

// Results of 2 * SEW, all of which fit 64 bits.
std::optional<u64> wide(u32 funct6, unsigned bits, u64 a, u64 b, u64 wide_a, u64 d) {
  const bool is_signed = funct6 & 1;
  const u64 x = widened(a, bits, is_signed), y = widened(b, bits, is_signed);
  const u64 sa = widened(a, bits, true), sb = widened(b, bits, true);
  switch (funct6) {
    case 0x30:
    case 0x31: return x + y;
    case 0x32:
    case 0x33: return x - y;
    case 0x34:
    case 0x35: return wide_a + y;
    case 0x36:
    case 0x37: return wide_a - y;
    case 0x38:
    case 0x3b: return x * y;
    case 0x3a: return sa * b;  // vs2 is signed
    case 0x3c:
    case 0x3d: return d + x * y;
    case 0x3e: return d + sa * b;  // the scalar is unsigned, vs2 signed
    case 0x3f: return d + a * sb;
    default: return std::nullopt;
  }
}

bool extends(Execution& e) {
  const unsigned from = e.sew >> (4 - (e.vs1() >> 1));
  e.each([&](u64 n) {
    e.set(e.vd(), e.sew, n,
          e.vs1() & 1 ? static_cast<u64>(e.get_signed(e.vs2(), from, n)) : e.get(e.vs2(), from, n));
  });
  return true;
}

}  // namespace

bool execute_widening(Execution& e) {
  const u32 funct6 = e.i.bits(31, 26), funct3 = e.i.rm();
  const unsigned sew = e.sew;
  if (funct3 == 2 && funct6 == 0x12) return extends(e);
  if (funct3 == 2 || funct3 == 6) {
    if (!wide(funct6, sew, 0, 0, 0, 0)) return false;
    const bool wide_operand = funct6 >= 0x34 && funct6 <= 0x37;
    e.each([&](u64 n) {
      const u64 a = wide_operand ? 0 : e.get(e.vs2(), sew, n),
                wide_a = wide_operand ? e.get(e.vs2(), 2 * sew, n) : 0;
      e.set(e.vd(), 2 * sew, n, *wide(funct6, sew, a, e.operand(sew, n), wide_a, e.get(e.vd(), 2 * sew, n)));
    });
    return true;
  }
  if ((funct3 != 0 && funct3 != 3 && funct3 != 4) || (funct6 != 0x2c && funct6 != 0x2d)) return false;
  e.each([&](u64 n) {  // vnsrl, vnsra
    const unsigned shift = e.operand(sew, n) & (2 * sew - 1);
    const u64 value = e.get(e.vs2(), 2 * sew, n);
    e.set(e.vd(), sew, n,
          funct6 & 1 ? static_cast<u64>(Execution::extend(value, 2 * sew) >> shift) : value >> shift);
  });
  return true;
}

}  // namespace veneer::rv64
