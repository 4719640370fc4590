#include "isa/aarch64/decoder.h"

#include <gtest/gtest.h>

#include "isa/aarch64/random_code.h"

namespace veneer::a64 {
namespace {

// What encodings.inc promises: where two lines match a word, one's fixed bits include the other's.
TEST(Decoder, LinesThatOverlapAreNested) {
  for (const Line& a : lines())
    for (const Line& b : lines()) {
      if (&a >= &b) continue;
      const u32 both = a.mask & b.mask;
      if ((a.value & both) != (b.value & both)) continue;
      EXPECT_TRUE(both == a.mask || both == b.mask) << a.name << " and " << b.name;
      EXPECT_NE(a.mask, b.mask) << a.name << " and " << b.name << " are the same";
    }
}

TEST(Decoder, TheMoreSpecificLineWins) {
  Random random(1);
  for (const Line& line : lines())
    for (int i = 0; i < 50; ++i) {
      const u32 word = random_word(line, random);
      const Encoding* hit = decode(word);
      ASSERT_NE(hit, nullptr) << line.name;
      for (const Line& other : lines())
        if ((word & other.mask) == other.value && other.name != hit->name) {
          // All of its fixed bits are among the winner's.
          u32 winner = 0;
          for (const Line& l : lines())
            if (l.name == hit->name && (word & l.mask) == l.value) winner |= l.mask;
          EXPECT_EQ(other.mask & ~winner, 0u) << other.name << " against " << hit->name;
        }
    }
}

TEST(Decoder, WhatNoLineMatchesIsUndefined) {
  Random random(2);
  for (int i = 0; i < 200000; ++i) {
    const u32 word = static_cast<u32>(random.bits());
    bool any = false;
    for (const Line& line : lines()) any |= (word & line.mask) == line.value;
    ASSERT_EQ(decode(word) != nullptr, any) << std::hex << word;
  }
}

}  // namespace
}  // namespace veneer::a64
