// Where the emitter's files find things in CpuState, and registers by number.
#pragma once

#include "translate/tier1/registers.h"

namespace veneer::tier1 {

constexpr usize x_offset(unsigned guest) {
  return offsetof(CpuState, x) + guest * sizeof(u64);
}
constexpr usize v_offset(unsigned guest) {
  return offsetof(CpuState, v) + guest * sizeof(Vec);
}
constexpr usize slot_offset(unsigned slot) {
  return offsetof(CpuState, spill) + slot * sizeof(Vec);
}

inline x86::Gp gp32(unsigned r) {
  return x86::gpd(r);
}
inline x86::Gp gp64(unsigned r) {
  return x86::gpq(r);
}

}  // namespace veneer::tier1
