// What a guest's processor has, as a set: members are numbers of lines in its instruction set's table.
#pragma once

#include <array>

#include "base/types.h"

namespace veneer::isa {

class FeatureSet {
 public:
  static constexpr usize kMost = 192;

  // The first `count` lines.
  static constexpr FeatureSet first(usize count) {
    FeatureSet s;
    for (usize i = 0; i < count; ++i) s.add(i);
    return s;
  }

  constexpr bool has(usize line) const { return words_[line / 64] >> line % 64 & 1; }
  constexpr bool has_all(const FeatureSet& other) const {
    for (usize i = 0; i < words_.size(); ++i)
      if (other.words_[i] & ~words_[i]) return false;
    return true;
  }
  constexpr void add_all(const FeatureSet& other) {
    for (usize i = 0; i < words_.size(); ++i) words_[i] |= other.words_[i];
  }
  constexpr void add(usize line) { words_[line / 64] |= u64{1} << line % 64; }
  constexpr void remove(usize line) { words_[line / 64] &= ~(u64{1} << line % 64); }
  constexpr bool operator==(const FeatureSet&) const = default;

 private:
  std::array<u64, kMost / 64> words_{};
};

}  // namespace veneer::isa
