// Where the emitter's files find things in CpuState, and registers by number.
#pragma once

#include "translate/ir/types.h"
#include "translate/tier1/registers.h"

namespace veneer::tier1 {

constexpr usize x_offset(unsigned guest) {
  return offsetof(CpuState, x) + guest * sizeof(u64);
}
// By number from ir::kRegVec0.
constexpr usize v_offset(unsigned guest) {
  constexpr unsigned kNarrow = ir::kRegWide0 - ir::kRegVec0;
  return guest < kNarrow ? offsetof(CpuState, v) + guest * sizeof(Vec)
                         : offsetof(CpuState, wide) + (guest - kNarrow) * sizeof(Vec);
}
constexpr usize slot_offset(unsigned slot) {
  constexpr unsigned kFirst = sizeof(CpuState::spill) / sizeof(Vec);
  return slot < kFirst ? offsetof(CpuState, spill) + slot * sizeof(Vec)
                       : offsetof(CpuState, more_spill) + (slot - kFirst) * sizeof(Vec);
}

inline x86::Gp gp32(unsigned r) {
  return x86::gpd(r);
}
inline x86::Gp gp64(unsigned r) {
  return x86::gpq(r);
}

}  // namespace veneer::tier1
