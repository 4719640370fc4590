// By what code is recognized that an image was made of: a digest of each page, by a key that was drawn after
// the code had been read. So nobody can choose code whose digest is that of another's: two different pages have
// the same one with a probability of 2^-64, whoever chose them (NH, the universal hash of UMAC and VMAC: Black
// et al., CRYPTO '99; RFC 4418 5.2).
#pragma once

#include <array>
#include <cstring>
#include <span>

#include "base/types.h"

namespace veneer::tier1 {

constexpr usize kDigestPage = 4096;
using DigestKey = std::array<u64, kDigestPage / sizeof(u64)>;

// Of at most a page; what is missing of one counts as zeros.
inline u128 page_digest(std::span<const u8> page, const DigestKey& key) {
  DigestKey last;
  const u8* at = page.data();
  if (page.size() < kDigestPage) {
    last.fill(0);
    std::memcpy(last.data(), page.data(), page.size());
    at = static_cast<const u8*>(static_cast<const void*>(last.data()));
  }
  u128 sum = 0;
  for (usize i = 0; i < key.size(); i += 2) {
    u64 a = 0, b = 0;
    std::memcpy(&a, at + i * sizeof a, sizeof a);
    std::memcpy(&b, at + (i + 1) * sizeof b, sizeof b);
    sum += static_cast<u128>(a + key[i]) * (b + key[i + 1]);
  }
  return sum;
}

}  // namespace veneer::tier1
