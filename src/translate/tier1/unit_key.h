// By what units are found: the guest address, and the mode that the code was made for.
#pragma once

#include "translate/cpu_state.h"
#include "translate/tier1/unit.h"

namespace veneer::tier1 {

inline u64 key_of(GuestAddr pc, FpMode mode) {
  return pc << 3 | static_cast<u64>(mode);
}
inline FpMode mode_of(const CpuState& state) {
  if (state.fpcr & fpcr::kRoundAway) return FpMode::Reference;
  if (state.fpcr & (fpcr::kFZ16 | fpcr::kAHP)) return FpMode::Half;
  if (state.fpcr & fpcr::kDN) return FpMode::DefaultNan;
  return state.fpcr & fpcr::kFZ ? FpMode::Flush : FpMode::Default;
}

}  // namespace veneer::tier1
