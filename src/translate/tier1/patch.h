// Changing code that other threads may be running: one store of eight aligned bytes at most.
#pragma once

#include <cstring>

#include "base/types.h"

namespace veneer::tier1 {

// `site` is a rel32 that lies within eight aligned bytes.
inline void patch_displacement(u8* site, const u8* target) {
  const s32 displacement = static_cast<s32>(target - (site + 4));
  __atomic_store_n(static_cast<s32*>(static_cast<void*>(site)), displacement, __ATOMIC_RELEASE);
}

// Makes the five-byte nop (or jump) at a unit's entry, which is aligned to 16, a jump.
inline void patch_entry(u8* entry, const u8* target) {
  u64 bytes;
  std::memcpy(&bytes, entry, sizeof bytes);
  const s32 displacement = static_cast<s32>(target - (entry + 5));
  u8 jump[8];
  std::memcpy(jump, &bytes, sizeof jump);
  jump[0] = 0xe9;
  std::memcpy(jump + 1, &displacement, sizeof displacement);
  std::memcpy(&bytes, jump, sizeof bytes);
  __atomic_store_n(static_cast<u64*>(static_cast<void*>(entry)), bytes, __ATOMIC_RELEASE);
}

}  // namespace veneer::tier1
