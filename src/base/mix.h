// A hash for telling things apart, not against who means harm.
#pragma once

#include <algorithm>
#include <cstring>
#include <span>

#include "base/types.h"

namespace veneer {

constexpr u64 mix(u64 hash, u64 word) {
  hash = (hash ^ word) * 0x9e3779b97f4a7c15;
  return hash ^ hash >> 29;
}

inline u64 mix(u64 hash, std::span<const u8> bytes) {
  for (usize at = 0; at < bytes.size(); at += sizeof(u64)) {
    u64 word = 0;
    std::memcpy(&word, bytes.data() + at, std::min(sizeof word, bytes.size() - at));
    hash = mix(hash, word);
  }
  return hash;
}

}  // namespace veneer
