// Store-exclusives among threads that take turns.
#include <gtest/gtest.h>

#include "isa/aarch64/isa.h"
#include "isa/aarch64/random_code.h"

namespace veneer {
namespace {

constexpr u32 kSvc = 0xd4000001;
constexpr u32 kLoad = 0xc85f7f61;       // ldxr x1, [x27]
constexpr u32 kStore = 0xc8027f63;      // stxr w2, x3, [x27]
constexpr u32 kLoadPair = 0xc87f1361;   // ldxp x1, x4, [x27]
constexpr u32 kStorePair = 0xc8221763;  // stxp w2, x3, x5, [x27]

class Exclusive : public testing::TestWithParam<TranslatorOptions::Tier> {
 protected:
  Exclusive() {
    source_.code = {kLoad, kSvc, kStore, kSvc, kLoadPair, kSvc, kStorePair, kSvc};
    TranslatorOptions options;
    options.tier = GetParam();
    translator_ = std::make_unique<Translator>(isa_, source_, options);
    for (CpuState& s : threads_) {
      translator_->attach(s);
      s.x[27] = reinterpret_cast<u64>(&words_);
    }
  }
  ~Exclusive() override {
    for (CpuState& s : threads_) translator_->detach(s);
  }
  void run(int thread, usize instruction) {
    threads_[thread].pc = Source::kBase + instruction * sizeof(u32);
    ASSERT_EQ(translator_->run(threads_[thread]), Exit::Syscall);
  }
  void load(int thread) { run(thread, 0); }
  u64 store(int thread, u64 value) {
    threads_[thread].x[3] = value;
    run(thread, 2);
    return threads_[thread].x[2];
  }

  alignas(16) u64 words_[2] = {10, 20};
  CpuState threads_[2];
  Source source_;
  a64::Aarch64Isa isa_;
  std::unique_ptr<Translator> translator_;
};

TEST_P(Exclusive, StoresWhatWasReserved) {
  load(0);
  EXPECT_EQ(threads_[0].x[1], 10u);
  EXPECT_EQ(store(0, 11), 0u);
  EXPECT_EQ(words_[0], 11u);
  EXPECT_EQ(store(0, 12), 1u);  // the reservation is used up
  EXPECT_EQ(words_[0], 11u);
}

TEST_P(Exclusive, FailsWhenAnotherHasStored) {
  load(0);
  load(1);
  EXPECT_EQ(store(1, 11), 0u);
  EXPECT_EQ(store(0, 12), 1u);
  EXPECT_EQ(words_[0], 11u);
}

TEST_P(Exclusive, FailsWhenTheValueHasComeBack) {
  load(0);
  for (const u64 value : {11u, 10u}) {
    load(1);
    EXPECT_EQ(store(1, value), 0u);
  }
  EXPECT_EQ(words_[0], 10u);
  EXPECT_EQ(store(0, 12), 1u);
  EXPECT_EQ(words_[0], 10u);
}

TEST_P(Exclusive, PairsFailWhenTheValueHasComeBack) {
  run(0, 4);
  for (const u64 value : {11u, 10u}) {
    load(1);
    EXPECT_EQ(store(1, value), 0u);
  }
  threads_[0].x[3] = threads_[0].x[5] = 1;
  run(0, 6);
  EXPECT_EQ(threads_[0].x[2], 1u);
  EXPECT_EQ(words_[0], 10u);
  EXPECT_EQ(words_[1], 20u);
}

INSTANTIATE_TEST_SUITE_P(Tiers, Exclusive,
                         testing::Values(TranslatorOptions::Tier::Interp, TranslatorOptions::Tier::One,
                                         TranslatorOptions::Tier::Adaptive));

}  // namespace
}  // namespace veneer
