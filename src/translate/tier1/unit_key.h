// By what units are found: the guest address, and the mode that the code was made for.
#pragma once

#include "translate/cpu_state.h"

namespace veneer::tier1 {

inline u64 key_of(GuestAddr pc, u32 mode) {
  return pc | (mode ? 1 : 0);
}
inline u32 mode_of(const CpuState& state) {
  return state.fpcr & fpcr::kExactMode ? 1 : 0;
}

}  // namespace veneer::tier1
