#include "isa/aarch64/features.h"

#include <gtest/gtest.h>

#include "isa/aarch64/code_bytes.h"
#include "isa/aarch64/isa.h"

namespace veneer::a64 {
namespace {

Features features(std::string_view text) {
  const Result<Features> f = choose_features(text);
  EXPECT_TRUE(f) << (f ? "" : f.error().message);
  return f ? *f : Features{};
}

bool is_undefined(std::string_view cpu, u32 word) {
  const u32 code[] = {word};
  ir::Block block;
  Aarch64Isa(features(cpu)).lift(0, code_bytes(code), {.max_insns = 1}, block);
  const ir::Inst& end = block.insts.back();
  return end.op == ir::Op::Trap && static_cast<ir::TrapKind>(end.aux) == ir::TrapKind::Undefined;
}

TEST(Aarch64Features, LevelsOfTheArchitecture) {
  EXPECT_EQ(cpuinfo_features(features("armv8.0-a")), "fp asimd cpuid");
  EXPECT_EQ(cpuinfo_features(features("armv8.2-a,fp16")),
            "fp asimd crc32 atomics fphp asimdhp cpuid asimdrdm dcpop");
  EXPECT_EQ(cpuinfo_features(features("max")), cpuinfo_features({}));
  const Result<Features> later = choose_features("armv8.3-a");
  ASSERT_FALSE(later);
  EXPECT_NE(later.error().message.find("paca pacg are missing"), std::string::npos) << later.error().message;
}

TEST(Aarch64Features, WhatTheKernelTellsFollows) {
  const Features least = features("armv8.0-a");
  EXPECT_EQ(hwcap(least, 1), 0x803u);
  EXPECT_EQ(hwcap(least, 2), 0u);
  EXPECT_EQ(id_register(least, IdReg::Isar0), 0u);
  EXPECT_EQ(id_register(features("armv8.0-a,aes"), IdReg::Isar0), u64{1} << 4);
  EXPECT_EQ(id_register(features("armv8.0-a,pmull,sha512"), IdReg::Isar0), 2u << 4 | 1u << 8 | 2u << 12);
  EXPECT_EQ(id_register(features("armv8.0-a,fp16"), IdReg::Pfr0), 1u << 16 | 1u << 20);
}

TEST(Aarch64Features, InstructionsOfWhatIsSwitchedOffAreUndefined) {
  struct {
    const char* feature;
    u32 word;
  } cases[] = {
      {"lse", 0xb8200020},      // ldadd w0, w0, [x1]
      {"crc32", 0x1ac24020},    // crc32b
      {"rdm", 0x6e828420},      // sqrdmlah v0.4s, v1.4s, v2.4s
      {"dpb", 0xd50b7c20},      // dc cvap
      {"jscvt", 0x1e7e0020},    // fjcvtzs
      {"fcma", 0x6e82e420},     // fcadd v0.4s, v1.4s, v2.4s, #90
      {"lrcpc", 0x38bfc020},    // ldaprb
      {"aes", 0x4e284820},      // aese
      {"pmull", 0x0ee2e020},    // pmull v0.1q, v1.1d, v2.1d
      {"sha1", 0x5e020020},     // sha1c
      {"sha256", 0x5e024020},   // sha256h
      {"sha512", 0xce628020},   // sha512h
      {"sha3", 0xce020c20},     // eor3
      {"dotprod", 0x4e829420},  // sdot
      {"i8mm", 0x4e82a420},     // smmla
      {"bf16", 0x1e634020},     // bfcvt
      {"fp16", 0x1ee22820},     // fadd h0, h1, h2
      {"fp16", 0x4e421420},     // fadd v0.8h, v1.8h, v2.8h
      {"fp16", 0x5f1fe420},     // scvtf h0, h1, #1
  };
  for (const auto& c : cases) {
    EXPECT_FALSE(is_undefined("armv8.0-a," + std::string(c.feature), c.word))
        << c.feature << std::hex << c.word;
    EXPECT_TRUE(is_undefined("max,no" + std::string(c.feature), c.word)) << c.feature << std::hex << c.word;
  }
  // Conversions from and to halves, and products of bytes, are of every processor.
  for (u32 word : {0x1ee24020u, 0x0e217820u, 0x0e22e020u})
    EXPECT_FALSE(is_undefined("armv8.0-a", word)) << std::hex << word;
  // Complex halves are of both.
  EXPECT_TRUE(is_undefined("max,nofp16", 0x6e42e420));
}

}  // namespace
}  // namespace veneer::a64
