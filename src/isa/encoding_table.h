// Tables of instruction encodings, made at compile time from lines with a pattern: one character a bit, the
// most significant first; '0' and '1' are fixed, anything else is a field's or ignored. A word is looked up by
// a few of its bits (a bucket), and then compared with the few lines that are left, the most specific first.
//
// Two lines may match the same word only when one is a special case of the other; nested_or_apart() proves it.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <string_view>

#include "base/types.h"

namespace veneer::isa {

// The bits of a pattern that are fixed to 0 or 1 (the mask), or that are fixed to 1 (the value).
template <usize kWidth>
consteval u32 fixed_bits(std::string_view pattern, bool value) {
  if (pattern.size() != kWidth) throw "a pattern has one character for each bit";
  u32 bits = 0;
  for (char c : pattern) bits = bits << 1 | (c == '1' || (!value && c == '0') ? 1u : 0u);
  return bits;
}

// `Line` has u32 members `mask` and `value`.
template <class Line, usize kLines>
constexpr bool nested_or_apart(const Line (&lines)[kLines]) {
  for (usize i = 0; i < kLines; ++i)
    for (usize j = i + 1; j < kLines; ++j) {
      const u32 both = lines[i].mask & lines[j].mask;
      if ((lines[i].value ^ lines[j].value) & both) continue;
      if (lines[i].mask == lines[j].mask || (both != lines[i].mask && both != lines[j].mask)) return false;
    }
  return true;
}

// `Key` says by which bits words are put into buckets: static members kBits (their number), spread(bucket) (the
// word that has these bits) and index(word).
template <class Key>
class EncodingBuckets {
 public:
  static constexpr unsigned kCount = 1u << Key::kBits;
  static constexpr u32 kMask = Key::spread(kCount - 1);

  template <class Line, usize kLines>
  static constexpr usize entry_count(const Line (&lines)[kLines]) {
    usize n = 0;
    for (const Line& line : lines) n += usize{1} << (Key::kBits - std::popcount(line.mask & kMask));
    return n;
  }
};

template <class Key, usize kLines, usize kEntries>
struct EncodingIndex {
  std::array<u16, EncodingBuckets<Key>::kCount + 1> start{};
  std::array<u16, kEntries> lines{};

  template <class Line>
  constexpr explicit EncodingIndex(const Line (&table)[kLines]) {
    std::array<u16, kLines> order{};
    for (usize i = 0; i < kLines; ++i) order[i] = static_cast<u16>(i);
    std::sort(order.begin(), order.end(), [&](u16 a, u16 b) {
      const int bits_a = std::popcount(table[a].mask), bits_b = std::popcount(table[b].mask);
      return bits_a != bits_b ? bits_a > bits_b : a < b;
    });
    u16 at = 0;
    for (unsigned bucket = 0; bucket < EncodingBuckets<Key>::kCount; ++bucket) {
      start[bucket] = at;
      for (u16 line : order)
        if (((table[line].value ^ Key::spread(bucket)) & table[line].mask & EncodingBuckets<Key>::kMask) == 0)
          lines[at++] = line;
    }
    start[EncodingBuckets<Key>::kCount] = at;
  }

  // Null when no line matches that is `wanted`.
  template <class Line, class Wanted>
  const Line* find(const Line (&table)[kLines], u32 word, Wanted wanted) const {
    const unsigned bucket = Key::index(word);
    for (unsigned i = start[bucket]; i < start[bucket + 1]; ++i) {
      const Line& line = table[lines[i]];
      if ((word & line.mask) == line.value && wanted(line)) return &line;
    }
    return nullptr;
  }
};

template <class Key, auto& kTable>
inline constexpr EncodingIndex<Key, std::size(kTable), EncodingBuckets<Key>::entry_count(kTable)>
    kEncodingIndex{kTable};

}  // namespace veneer::isa
