// Permutations (Unprivileged ISA 31.16).
#include "isa/riscv64/execute/executor.h"

namespace veneer::rv64 {

namespace {

void gather(Execution& e, auto index_of) {
  const u64 vlmax = e.vlmax();
  e.each([&](u64 n) {
    const u64 index = index_of(n);
    e.set(e.vd(), e.sew, n, index < vlmax ? e.get(e.vs2(), e.sew, index) : 0);
  });
}

void slide_up(Execution& e, u64 distance) {
  e.each([&](u64 n) {
    if (n >= distance) e.set(e.vd(), e.sew, n, e.get(e.vs2(), e.sew, n - distance));
  });
}
void slide_down(Execution& e, u64 distance) {
  const u64 vlmax = e.vlmax();
  e.each([&](u64 n) {
    const bool inside = distance < vlmax && n + distance < vlmax;
    e.set(e.vd(), e.sew, n, inside ? e.get(e.vs2(), e.sew, n + distance) : 0);
  });
}
void slide_1(Execution& e, bool up) {
  e.each([&](u64 n) {
    const bool end = up ? n == 0 : n + 1 == e.vl;
    e.set(e.vd(), e.sew, n, end ? e.scalar : e.get(e.vs2(), e.sew, up ? n - 1 : n + 1));
  });
}

void compress(Execution& e) {
  u64 to = 0;
  for (u64 n = 0; n < e.vl; ++n)
    if (e.bit(e.vs1(), n)) e.set(e.vd(), e.sew, to++, e.get(e.vs2(), e.sew, n));
}

void move_registers(Execution& e) {
  // vstart counts elements of SEW.
  const u64 size = u64{e.vs1() + 1} * e.s.wide_bytes, from = e.vstart * e.sew / 8;
  if (from < size) std::memmove(e.bytes(e.vd()) + from, e.bytes(e.vs2()) + from, size - from);
}

}  // namespace

bool execute_permutation(Execution& e, u64& result) {
  const u32 funct6 = e.i.bits(31, 26), funct3 = e.i.rm();
  constexpr u32 kVV = 0, kVI = 3, kVX = 4, kMVV = 2, kMVX = 6;
  const u64 x = e.scalar;
  if (funct3 == kVV || funct3 == kVX || funct3 == kVI) {
    switch (funct6) {
      case 0x0c: gather(e, [&](u64 n) { return funct3 == kVV ? e.get(e.vs1(), e.sew, n) : x; }); return true;
      case 0x0e:
        if (funct3 == kVV) {
          gather(e, [&](u64 n) { return e.get(e.vs1(), 16, n); });
        } else {
          slide_up(e, x);
        }
        return true;
      case 0x0f: slide_down(e, x); return true;
      case 0x27: move_registers(e); return true;
      default: return false;
    }
  }
  if (funct3 == kMVX && (funct6 == 0x0e || funct6 == 0x0f)) {
    slide_1(e, funct6 == 0x0e);
    return true;
  }
  if (funct3 == kMVV && funct6 == 0x17) {
    compress(e);
    return true;
  }
  if (funct6 != 0x10) return false;
  if (funct3 == kMVV) result = static_cast<u64>(e.get_signed(e.vs2(), e.sew, 0));
  if (funct3 == kMVX && e.vstart < e.vl) e.set(e.vd(), e.sew, 0, x);
  return true;
}

}  // namespace veneer::rv64
