// By what units are found: the guest address, and the mode that the code was made for.
#pragma once

#include "translate/cpu_state.h"
#include "translate/tier1/unit.h"

namespace veneer::tier1 {

// What is not the key of any unit: no code is where an address has more bits.
inline constexpr u64 kNoKey = ~u64{0} - 1;
inline constexpr unsigned kAddressBits = 48, kModeBits = 12;

// Of code that does the same in every mode of the instruction set.
inline u64 key_of(GuestAddr pc, FpMode mode) {
  return pc >> kAddressBits ? kNoKey : pc << kModeBits | static_cast<u64>(mode);
}
// Of code for one mode.
inline u64 key_of(GuestAddr pc, FpMode mode, u8 isa_mode) {
  return pc >> kAddressBits ? kNoKey : key_of(pc, mode) | u64{isa_mode} << 3 | u64{1} << (kModeBits - 1);
}
inline u64 key_of(const Unit& unit) {
  return unit.one_mode ? key_of(unit.pc, unit.mode, unit.isa_mode) : key_of(unit.pc, unit.mode);
}
inline FpMode mode_of(const CpuState& state) {
  if (state.fpcr & fpcr::kRoundAway) return FpMode::Reference;
  constexpr u32 kCanonical = fpcr::kDN | fpcr::kTinyAfterRounding;
  if ((state.fpcr & ~(fpcr::kRMode | fpcr::kFrm)) == kCanonical)
    return state.fpcr & fpcr::kRMode ? FpMode::Canonical : FpMode::CanonicalNearest;
  if (state.fpcr & (fpcr::kFZ16 | fpcr::kAHP)) return FpMode::Half;
  if (state.fpcr & fpcr::kDN) return FpMode::DefaultNan;
  return state.fpcr & fpcr::kFZ ? FpMode::Flush : FpMode::Default;
}

}  // namespace veneer::tier1
