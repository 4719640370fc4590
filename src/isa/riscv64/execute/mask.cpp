// Masks (Unprivileged ISA 31.15).
#include "isa/riscv64/execute/executor.h"

namespace veneer::rv64 {

namespace {

bool logical(u32 funct6, bool a, bool b) {
  switch (funct6) {
    case 0x18: return a && !b;
    case 0x19: return a && b;
    case 0x1a: return a || b;
    case 0x1b: return a != b;
    case 0x1c: return a || !b;
    case 0x1d: return !(a && b);
    case 0x1e: return !(a || b);
    default: return a == b;
  }
}

// vmsbf, vmsof and vmsif: before, at, and up to the first that is set.
void up_to_first(Execution& e, u32 which) {
  bool found = false;
  e.each([&](u64 n) {
    const bool set = !found && e.bit(e.vs2(), n);
    const bool value = which == 1 ? !found && !set : which == 2 ? set : !found;
    e.set_bit(e.vd(), n, value);
    found |= set;
  });
}

}  // namespace

bool execute_mask(Execution& e, u64& result) {
  const u32 funct6 = e.i.bits(31, 26);
  constexpr u32 kScalar = 0x10, kUnary = 0x14, kFirstLogical = 0x18, kLastLogical = 0x1f;
  constexpr u32 kPop = 0x10, kFirst = 0x11, kIota = 0x10, kId = 0x11;
  if (e.i.rm() != 2) return false;
  if (funct6 >= kFirstLogical && funct6 <= kLastLogical) {
    for (u64 n = e.vstart; n < e.vl; ++n)
      e.set_bit(e.vd(), n, logical(funct6, e.bit(e.vs2(), n), e.bit(e.vs1(), n)));
    return true;
  }
  if (funct6 == kScalar && e.vs1() == kPop) {
    e.each([&](u64 n) { result += e.bit(e.vs2(), n); });
    return true;
  }
  if (funct6 == kScalar && e.vs1() == kFirst) {
    result = ~u64{0};
    e.each([&](u64 n) {
      if (result == ~u64{0} && e.bit(e.vs2(), n)) result = n;
    });
    return true;
  }
  if (funct6 != kUnary) return false;
  u64 before = 0;
  switch (e.vs1()) {
    case kIota:
      e.each([&](u64 n) {
        const bool counts = e.bit(e.vs2(), n);
        e.set(e.vd(), e.sew, n, before);
        before += counts;
      });
      return true;
    case kId: e.each([&](u64 n) { e.set(e.vd(), e.sew, n, n); }); return true;
    default: up_to_first(e, e.vs1()); return true;
  }
}

}  // namespace veneer::rv64
