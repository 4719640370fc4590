// Integers of one width (Unprivileged ISA 31.11).
#include <algorithm>
#include <optional>

#include "isa/riscv64/execute/executor.h"

namespace veneer::rv64 {

namespace {

constexpr bool is_opi(u32 funct3) {
  return funct3 == 0 || funct3 == 3 || funct3 == 4;
}
constexpr bool is_opm(u32 funct3) {
  return funct3 == 2 || funct3 == 6;
}

u64 high(const Execution& e, s128 product) {
  return static_cast<u64>(product >> e.sew);
}

struct Operands {
  u64 a, b;    // of vs2, and the other
  s64 sa, sb;  // the same, signed
  u64 d;       // what is in vd
};

std::optional<u64> opi(const Execution& e, u32 funct6, const Operands& o) {
  const unsigned shift = o.b & (e.sew - 1);
  switch (funct6) {
    case 0x00: return o.a + o.b;
    case 0x02: return o.a - o.b;
    case 0x03: return o.b - o.a;
    case 0x04: return std::min(o.a, o.b);
    case 0x05: return static_cast<u64>(std::min(o.sa, o.sb));
    case 0x06: return std::max(o.a, o.b);
    case 0x07: return static_cast<u64>(std::max(o.sa, o.sb));
    case 0x09: return o.a & o.b;
    case 0x0a: return o.a | o.b;
    case 0x0b: return o.a ^ o.b;
    case 0x25: return o.a << shift;
    case 0x28: return o.a >> shift;
    case 0x29: return static_cast<u64>(o.sa >> shift);
    default: return std::nullopt;
  }
}

std::optional<bool> compare(u32 funct6, const Operands& o) {
  switch (funct6) {
    case 0x18: return o.a == o.b;
    case 0x19: return o.a != o.b;
    case 0x1a: return o.a < o.b;
    case 0x1b: return o.sa < o.sb;
    case 0x1c: return o.a <= o.b;
    case 0x1d: return o.sa <= o.sb;
    case 0x1e: return o.a > o.b;
    case 0x1f: return o.sa > o.sb;
    default: return std::nullopt;
  }
}

std::optional<u64> opm(const Execution& e, u32 funct6, const Operands& o) {
  switch (funct6) {
    case 0x20: return o.b == 0 ? ~u64{0} : o.a / o.b;
    case 0x21: return o.sb == 0 ? ~u64{0} : o.sb == -1 ? 0 - o.a : static_cast<u64>(o.sa / o.sb);
    case 0x22: return o.b == 0 ? o.a : o.a % o.b;
    case 0x23: return o.sb == 0 ? o.a : o.sb == -1 ? 0 : static_cast<u64>(o.sa % o.sb);
    case 0x24: return static_cast<u64>(u128{o.a} * o.b >> e.sew);
    case 0x25: return o.a * o.b;
    case 0x26: return high(e, s128{o.sa} * static_cast<s128>(o.b));
    case 0x27: return high(e, s128{o.sa} * o.sb);
    case 0x29: return o.d * o.b + o.a;
    case 0x2b: return o.a - o.d * o.b;
    case 0x2d: return o.d + o.a * o.b;
    case 0x2f: return o.d - o.a * o.b;
    default: return std::nullopt;
  }
}

Operands operands(const Execution& e, u64 n) {
  return {e.get(e.vs2(), e.sew, n), e.operand(e.sew, n), e.get_signed(e.vs2(), e.sew, n),
          e.signed_operand(e.sew, n), e.get(e.vd(), e.sew, n)};
}

// vadc, vsbc, vmadc, vmsbc: with a carry or borrow from v0, for the first two and where vm is 0.
bool carries(Execution& e, u32 funct6) {
  if (funct6 < 0x10 || funct6 > 0x13) return false;
  for (u64 n = e.vstart; n < e.vl; ++n) {
    const Operands o = operands(e, n);
    const u64 carry = e.masked() && e.bit(0, n);
    const bool subtracts = funct6 & 2;
    const u128 result = subtracts ? u128{o.a} - o.b - carry : u128{o.a} + o.b + carry;
    if (funct6 & 1) {
      e.set_bit(e.vd(), n, result >> e.sew & 1);
    } else {
      e.set(e.vd(), e.sew, n, static_cast<u64>(result));
    }
  }
  return true;
}

// vmerge, and vmv.v where nothing is masked.
bool merges(Execution& e, u32 funct6) {
  if (funct6 != 0x17) return false;
  for (u64 n = e.vstart; n < e.vl; ++n)
    e.set(e.vd(), e.sew, n, e.active(n) ? e.operand(e.sew, n) : e.get(e.vs2(), e.sew, n));
  return true;
}

}  // namespace

bool execute_integer(Execution& e) {
  const u32 funct6 = e.i.bits(31, 26), funct3 = e.i.rm();
  if (is_opi(funct3)) {
    if (carries(e, funct6) || merges(e, funct6)) return true;
    const Operands none{};
    if (compare(funct6, none)) {
      e.each([&](u64 n) { e.set_bit(e.vd(), n, *compare(funct6, operands(e, n))); });
      return true;
    }
    if (!opi(e, funct6, none)) return false;
    e.each([&](u64 n) { e.set(e.vd(), e.sew, n, *opi(e, funct6, operands(e, n))); });
    return true;
  }
  if (!is_opm(funct3) || !opm(e, funct6, Operands{0, 1, 0, 1, 0})) return false;
  e.each([&](u64 n) { e.set(e.vd(), e.sew, n, *opm(e, funct6, operands(e, n))); });
  return true;
}

}  // namespace veneer::rv64
