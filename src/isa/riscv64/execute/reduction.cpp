// Reductions of integers (Unprivileged ISA 31.14).
#include <algorithm>

#include "isa/riscv64/execute/executor.h"

namespace veneer::rv64 {

namespace {

template <class Fn>
bool reduce(Execution& e, unsigned bits, Fn f) {
  if (e.vl == 0) return true;
  u64 sum = e.get(e.vs1(), bits, 0);
  e.each([&](u64 n) { sum = f(sum, n); });
  e.set(e.vd(), bits, 0, sum);
  return true;
}

}  // namespace

bool execute_reduction(Execution& e) {
  const u32 funct6 = e.i.bits(31, 26), funct3 = e.i.rm();
  const unsigned sew = e.sew;
  const auto element = [&](u64 n) { return e.get(e.vs2(), sew, n); };
  const auto as_signed = [sew](u64 v) { return Execution::extend(v, sew); };
  if (funct3 == 0 && funct6 == 0x30) return reduce(e, 2 * sew, [&](u64 s, u64 n) { return s + element(n); });
  if (funct3 == 0 && funct6 == 0x31)
    return reduce(e, 2 * sew, [&](u64 s, u64 n) { return s + static_cast<u64>(as_signed(element(n))); });
  if (funct3 != 2) return false;
  switch (funct6) {
    case 0x00: return reduce(e, sew, [&](u64 s, u64 n) { return s + element(n); });
    case 0x01: return reduce(e, sew, [&](u64 s, u64 n) { return s & element(n); });
    case 0x02: return reduce(e, sew, [&](u64 s, u64 n) { return s | element(n); });
    case 0x03: return reduce(e, sew, [&](u64 s, u64 n) { return s ^ element(n); });
    case 0x04: return reduce(e, sew, [&](u64 s, u64 n) { return std::min(s, element(n)); });
    case 0x05:
      return reduce(e, sew,
                    [&](u64 s, u64 n) { return as_signed(s) < as_signed(element(n)) ? s : element(n); });
    case 0x06: return reduce(e, sew, [&](u64 s, u64 n) { return std::max(s, element(n)); });
    case 0x07:
      return reduce(e, sew,
                    [&](u64 s, u64 n) { return as_signed(s) > as_signed(element(n)) ? s : element(n); });
    default: return false;
  }
}

}  // namespace veneer::rv64
