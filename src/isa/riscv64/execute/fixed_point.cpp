// Saturation and rounding (Unprivileged ISA 31.12).
#include "isa/riscv64/execute/executor.h"

namespace veneer::rv64 {

namespace {

// What vxrm adds to a value that is shifted right (31.3.8).
unsigned increment(u64 vxrm, s128 value, unsigned shift) {
  if (shift == 0) return 0;
  const bool half = value >> (shift - 1) & 1;
  const bool odd = value >> shift & 1;
  const bool rest = (value & ((s128{1} << (shift - 1)) - 1)) != 0;
  switch (vxrm) {
    case 0: return half;
    case 1: return half && (rest || odd);
    case 2: return 0;
    default: return !odd && (half || rest);
  }
}
s128 rounded(const Execution& e, s128 value, unsigned shift) {
  return (value >> shift) + increment(e.s.control[kVxrm], value, shift);
}

u64 clip(Execution& e, s128 value, bool is_signed) {
  const s128 most = (s128{1} << (is_signed ? e.sew - 1 : e.sew)) - 1, least = is_signed ? -most - 1 : 0;
  if (value <= most && value >= least) return static_cast<u64>(value);
  e.s.saturated.d[0] = 1;
  return static_cast<u64>(value > most ? most : least);
}

}  // namespace

bool execute_fixed_point(Execution& e) {
  const u32 funct6 = e.i.bits(31, 26), funct3 = e.i.rm();
  const unsigned sew = e.sew;
  const bool is_signed = funct6 & 1;
  const auto a = [&](u64 n) {
    return is_signed ? s128{e.get_signed(e.vs2(), sew, n)} : static_cast<s128>(e.get(e.vs2(), sew, n));
  };
  const auto b = [&](u64 n) {
    return is_signed ? s128{e.signed_operand(sew, n)} : static_cast<s128>(e.operand(sew, n));
  };
  const auto set = [&](auto value_of) {
    e.each([&](u64 n) { e.set(e.vd(), sew, n, static_cast<u64>(value_of(n))); });
    return true;
  };
  if (funct3 == 2 || funct3 == 6) {
    switch (funct6) {
      case 0x08:
      case 0x09: return set([&](u64 n) { return rounded(e, a(n) + b(n), 1); });
      case 0x0a:
      case 0x0b: return set([&](u64 n) { return rounded(e, a(n) - b(n), 1); });
      default: return false;
    }
  }
  if (funct3 != 0 && funct3 != 3 && funct3 != 4) return false;
  const auto wide = [&](u64 n) {
    return is_signed ? s128{e.get_signed(e.vs2(), 2 * sew, n)} : static_cast<s128>(e.get(e.vs2(), 2 * sew, n));
  };
  switch (funct6) {
    case 0x20:
    case 0x21: return set([&](u64 n) { return clip(e, a(n) + b(n), is_signed); });
    case 0x22:
    case 0x23: return set([&](u64 n) { return clip(e, a(n) - b(n), is_signed); });
    case 0x27:
      if (funct3 == 3) return false;  // vmv<nr>r
      return set([&](u64 n) { return clip(e, rounded(e, a(n) * b(n), sew - 1), true); });
    case 0x2a:
    case 0x2b: return set([&](u64 n) { return rounded(e, a(n), e.operand(sew, n) & (sew - 1)); });
    case 0x2e:
    case 0x2f:
      return set(
          [&](u64 n) { return clip(e, rounded(e, wide(n), e.operand(sew, n) & (2 * sew - 1)), is_signed); });
    default: return false;
  }
}

}  // namespace veneer::rv64
