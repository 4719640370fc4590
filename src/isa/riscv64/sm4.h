// SM4 (GB/T 32907): its S-box and the constants of its key schedule.
#pragma once

#include <array>

#include "base/types.h"

namespace veneer::rv64 {

// An affine map of bytes, by two tables of nibbles.
struct AffineMap {
  std::array<u64, 2> low, high;

  constexpr u8 operator()(u8 byte) const { return static_cast<u8>(at(low, byte & 15) ^ at(high, byte >> 4)); }
  static constexpr u8 at(const std::array<u64, 2>& table, unsigned n) {
    return static_cast<u8>(table[n / 8] >> n % 8 * 8);
  }
};

// Both ciphers invert in the field of 256 elements, so that AES's S-box is SM4's between an affine map into
// AES's representation of the field and one back.
constexpr AffineMap kSm4ToAes = {{0x078b37bb820eb23e, 0x9814a8241d912da1},
                                 {0x37eb19c5f22edc00, 0x3fe311cdfa26d408}};
constexpr AffineMap kSm4FromAes = {{0x2098ea521ea6d46c, 0x47ff8d3579c1b30b},
                                   {0x2dcd7d9db050e000, 0xed0dbd5d709020c0}};

// CK of a round.
constexpr u32 sm4_key_constant(unsigned round) {
  u32 word = 0;
  for (unsigned n = 0; n < 4; ++n) word = word << 8 | ((4 * round + n) * 7 & 0xff);
  return word;
}

}  // namespace veneer::rv64
