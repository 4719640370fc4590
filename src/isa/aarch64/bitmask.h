// Immediates of the logical instructions: a rotated run of ones, replicated (Arm ARM, DecodeBitMasks).
#pragma once

#include <bit>
#include <optional>

#include "base/types.h"

namespace veneer::a64 {

// nullopt when the encoding is reserved.
constexpr std::optional<u64> decode_bitmask(bool n, unsigned imms, unsigned immr, bool is64) {
  if (!is64 && n) return std::nullopt;
  const unsigned selector = (n ? 64u : 0u) | (~imms & 0x3f);
  if (selector < 2) return std::nullopt;
  const unsigned size = std::bit_floor(selector);
  const unsigned s = imms & (size - 1), r = immr & (size - 1);
  if (s == size - 1) return std::nullopt;
  u64 element = (u64{1} << (s + 1)) - 1;
  const u64 mask = size == 64 ? ~u64{0} : (u64{1} << size) - 1;
  if (r) element = (element >> r | element << (size - r)) & mask;
  u64 value = 0;
  for (unsigned at = 0; at < 64; at += size) value |= element << at;
  return is64 ? value : value & 0xffffffff;
}

}  // namespace veneer::a64
