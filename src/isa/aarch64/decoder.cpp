#include "isa/aarch64/decoder.h"

#include <algorithm>
#include <array>
#include <bit>

#include "isa/aarch64/lift.h"

namespace veneer::a64 {

namespace {

consteval u32 fixed_bits(std::string_view pattern, bool value) {
  if (pattern.size() != 32) throw "a pattern has 32 characters";
  u32 bits = 0;
  for (char c : pattern) bits = bits << 1 | (c == '1' || (!value && c == '0') ? 1u : 0u);
  return bits;
}

constexpr Encoding kLines[] = {
#define VENEER_INSN(name, section, pattern) \
  Encoding{#name, section, fixed_bits(#pattern, false), fixed_bits(#pattern, true), lift_##name},
#include "isa/aarch64/encodings.inc"
#undef VENEER_INSN
};
constexpr usize kLineCount = std::size(kLines);

// Two lines may match the same word only when one is a special case of the other.
constexpr bool nested_or_apart() {
  for (usize i = 0; i < kLineCount; ++i)
    for (usize j = i + 1; j < kLineCount; ++j) {
      const u32 both = kLines[i].mask & kLines[j].mask;
      if ((kLines[i].value ^ kLines[j].value) & both) continue;
      if (kLines[i].mask == kLines[j].mask || (both != kLines[i].mask && both != kLines[j].mask)) return false;
    }
  return true;
}
static_assert(nested_or_apart(), "two lines of the encodings table overlap, and neither is within the other");

// The most specific first, so that the first match is the right one.
constexpr auto kOrdered = [] {
  std::array<u16, kLineCount> order{};
  for (usize i = 0; i < kLineCount; ++i) order[i] = static_cast<u16>(i);
  std::sort(order.begin(), order.end(), [](u16 a, u16 b) {
    const int bits_a = std::popcount(kLines[a].mask), bits_b = std::popcount(kLines[b].mask);
    return bits_a != bits_b ? bits_a > bits_b : a < b;
  });
  return order;
}();

// Bits 28..21 tell the classes of the manual, and most instructions within them, apart.
constexpr unsigned kBucketShift = 21, kBucketCount = 256;
constexpr u32 kBucketMask = (kBucketCount - 1) << kBucketShift;
constexpr bool may_be_in(const Encoding& line, unsigned bucket) {
  return ((line.value ^ bucket << kBucketShift) & line.mask & kBucketMask) == 0;
}

constexpr usize kEntryCount = [] {
  usize n = 0;
  for (const Encoding& line : kLines) n += usize{1} << (8 - std::popcount(line.mask & kBucketMask));
  return n;
}();

struct Buckets {
  std::array<u16, kBucketCount + 1> start{};
  std::array<u16, kEntryCount> lines{};
};

constexpr Buckets kBuckets = [] {
  Buckets b;
  u16 at = 0;
  for (unsigned bucket = 0; bucket < kBucketCount; ++bucket) {
    b.start[bucket] = at;
    for (u16 line : kOrdered)
      if (may_be_in(kLines[line], bucket)) b.lines[at++] = line;
  }
  b.start[kBucketCount] = at;
  return b;
}();

}  // namespace

const Encoding* decode(u32 word) {
  const unsigned bucket = word >> kBucketShift & (kBucketCount - 1);
  for (unsigned i = kBuckets.start[bucket]; i < kBuckets.start[bucket + 1]; ++i) {
    const Encoding& line = kLines[kBuckets.lines[i]];
    if ((word & line.mask) == line.value) return &line;
  }
  return nullptr;
}

}  // namespace veneer::a64
