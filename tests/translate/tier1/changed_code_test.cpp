// FENCE.I: translations of what has changed are made anew, those of what has not are kept.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "isa/riscv64/isa.h"
#include "isa/riscv64/registers.h"
#include "translate/translator.h"

namespace veneer {
namespace {

constexpr u32 kFenceI = 0x0000100f, kEcall = 0x00000073;
constexpr u32 addi(unsigned rd, unsigned rs1, u32 value) {
  return value << 20 | rs1 << 15 | rd << 7 | 0x13;
}
constexpr unsigned kA0 = 10;

class Source : public CodeSource {
 public:
  static constexpr GuestAddr kBase = 0x100000;
  std::span<const u8> fetch(GuestAddr pc) override {
    fetches++;
    const std::span<const u8> bytes(reinterpret_cast<const u8*>(words.data()), words.size() * sizeof(u32));
    return pc - kBase < bytes.size() ? bytes.subspan(pc - kBase) : std::span<const u8>{};
  }
  bool may_change(GuestAddr, GuestAddr) override { return changeable; }
  bool read(GuestAddr start, std::span<u8> out) override {
    compared++;
    std::fill(out.begin(), out.end(), u8{0});
    if (start == kBase) std::memcpy(out.data(), words.data(), words.size() * sizeof(u32));
    return is_there;
  }
  // One block, then another.
  std::vector<u32> words = {addi(kA0, kA0, 1), kFenceI, addi(kA0, kA0, 2), kEcall};
  bool changeable = true, is_there = true;
  unsigned fetches = 0, compared = 0;
};

class ChangedCode : public testing::Test {
 protected:
  static TranslatorOptions options() {
    TranslatorOptions out;
    out.tier = TranslatorOptions::Tier::One;
    return out;
  }
  ChangedCode() : translator(isa, source, options()) { translator.attach(state); }
  ~ChangedCode() override { translator.detach(state); }
  u64 run() {
    state.x[rv64::kSlots[kA0]] = 0;
    state.pc = Source::kBase;
    EXPECT_EQ(translator.run(state), Exit::Syscall);
    return state.x[rv64::kSlots[kA0]];
  }
  rv64::Riscv64Isa isa;
  Source source;
  Translator translator;
  CpuState state;
};

TEST_F(ChangedCode, WhatIsTheSameIsNotTranslatedAgain) {
  EXPECT_EQ(run(), 3u);
  const unsigned fetches = source.fetches;
  for (int i = 0; i < 10; i++) EXPECT_EQ(run(), 3u);
  EXPECT_EQ(source.fetches, fetches);
}

TEST_F(ChangedCode, WhatHasChangedIs) {
  EXPECT_EQ(run(), 3u);
  source.words[2] = addi(kA0, kA0, 40);
  EXPECT_EQ(run(), 41u);  // right behind the fence
  source.words[0] = addi(kA0, kA0, 7);
  EXPECT_EQ(run(), 41u);  // before it, code may be as it was
  EXPECT_EQ(run(), 47u);
}

TEST_F(ChangedCode, WhatCannotChangeIsNotCompared) {
  source.changeable = false;
  for (int i = 0; i < 3; i++) EXPECT_EQ(run(), 3u);
  EXPECT_EQ(source.compared, 0u);
}

// A unit made after the page was compared, of code that was there in between only.
TEST_F(ChangedCode, WhatHasChangedBackIsTranslatedAgain) {
  EXPECT_EQ(run(), 3u);
  source.words[0] = addi(kA0, kA0, 5);
  translator.invalidate_changed(0, ~GuestAddr{0});
  source.words[0] = addi(kA0, kA0, 1);
  translator.invalidate_changed(0, ~GuestAddr{0});
  EXPECT_EQ(run(), 3u);
  source.words[2] = addi(kA0, kA0, 6);
  EXPECT_EQ(run(), 7u);
  source.words[2] = addi(kA0, kA0, 2);
  EXPECT_EQ(run(), 3u);
}

TEST_F(ChangedCode, WhatIsNotThereAnyMoreIsDropped) {
  EXPECT_EQ(run(), 3u);
  source.words[0] = addi(kA0, kA0, 5);
  source.is_there = false;
  translator.invalidate_changed(0, ~GuestAddr{0});
  EXPECT_EQ(run(), 7u);
}

TEST_F(ChangedCode, OfARangeOnlyThatIsCompared) {
  EXPECT_EQ(run(), 3u);
  source.words[0] = addi(kA0, kA0, 5);
  source.words[2] = addi(kA0, kA0, 6);
  const unsigned fetches = source.fetches, compared = source.compared;
  translator.invalidate_changed(Source::kBase + 4096, Source::kBase + 8192);
  EXPECT_EQ(source.compared, compared);
  translator.invalidate_changed(Source::kBase, Source::kBase + 4);
  EXPECT_EQ(run(), 11u);
  EXPECT_GT(source.fetches, fetches);
}

}  // namespace
}  // namespace veneer
