#include "isa/riscv64/features.h"

#include <gtest/gtest.h>

#include <cstring>

#include "isa/riscv64/decoder.h"
#include "isa/riscv64/isa.h"

namespace veneer::rv64 {
namespace {

Features features(std::string_view text) {
  const Result<Features> f = choose_features(text);
  EXPECT_TRUE(f) << (f ? "" : f.error().message);
  return f ? *f : Features{};
}

bool is_illegal(std::string_view cpu, u32 bits) {
  u8 bytes[4];
  std::memcpy(bytes, &bits, sizeof bytes);
  const usize length = (bits & 3) == 3 ? 4 : 2;
  ir::Block block;
  Riscv64Isa(features(cpu)).lift(0, std::span(bytes).first(length), {.max_insns = 1}, block);
  const ir::Inst& end = block.insts.back();
  return end.op == ir::Op::Trap && static_cast<ir::TrapKind>(end.aux) == ir::TrapKind::Undefined;
}

TEST(Riscv64Features, ProfilesAreWhatTheirSpecificationSays) {
  EXPECT_EQ(isa_string(features("rv64gc")), "rv64imafdc_zicsr_zifencei_zaamo_zalrsc_zca_zcd");
  EXPECT_EQ(isa_string(features("rva20u64")),
            "rv64imafdc_ziccamoa_ziccif_zicclsm_ziccrse_zicntr_zicsr_za128rs_zaamo_zalrsc_zca_zcd");
  EXPECT_EQ(
      isa_string(features("rva22u64")),
      "rv64imafdc_zic64b_zicbom_zicbop_zicboz_ziccamoa_ziccif_zicclsm_ziccrse_zicntr_zicsr_zihintpause_zihpm_"
      "za128rs_za64rs_zaamo_zalrsc_zfhmin_zca_zcd_zba_zbb_zbs_zkt");
  EXPECT_EQ(isa_string(features("max")), isa_string({}));
}

// What of RVA23U64 is mandatory, by the specification of the RVA23 profiles, 1.0.
TEST(Riscv64Features, Rva23IsComplete) {
  const std::string isa = isa_string(features("rva23u64")) + "_";
  for (const char* name :
       {"zicsr", "zicntr", "zihpm",   "ziccif", "ziccrse",     "ziccamoa",  "zicclsm", "za64rs",
        "zba",   "zbb",    "zbs",     "zic64b", "zicbom",      "zicbop",    "zicboz",  "zfhmin",
        "zkt",   "zvbb",   "zvfhmin", "zvkt",   "zihintpause", "zihintntl", "zicond",  "zimop",
        "zcmop", "zcb",    "zfa",     "zawrs",  "supm",        "zvl128b",   "zve64d"})
    EXPECT_NE(isa.find("_" + std::string(name) + "_"), isa.npos) << name;
  EXPECT_TRUE(isa.starts_with("rv64imafdcv_"));
  EXPECT_EQ(isa.find("zvkned"), isa.npos);
  EXPECT_EQ(isa.find("zabha"), isa.npos);
}

TEST(Riscv64Features, GroupsOfVectorCryptography) {
  const std::string isa = isa_string(features("rva23u64,zvkng,zvksc"));
  EXPECT_NE(isa.find("_zvbb_zvbc_zve32f"), isa.npos) << isa;
  EXPECT_NE(isa.find("_zvkb_zvkg_zvkned_zvknhb_zvksed_zvksh_zvkt_zvl"), isa.npos) << isa;
}

TEST(Riscv64Features, LongRegistersAreInTheIsaLine) {
  EXPECT_EQ(isa_string(features("max")).find("zvl256b"), std::string::npos);
  EXPECT_NE(isa_string(features("max,vlen=256")).find("_zvl128b_zvl256b_supm"), std::string::npos);
}

TEST(Riscv64Features, IsaStringsAreCpus) {
  EXPECT_EQ(isa_string(features("rv64imac")), "rv64imac_zaamo_zalrsc_zca");
  EXPECT_EQ(isa_string(features("rv64gc_zba_zbb")), isa_string(features("rv64gc,zbb,zba")));
  EXPECT_EQ(isa_string(features("rv64i,d")), "rv64ifd_zicsr");
  EXPECT_FALSE(choose_features("rv64"));
  EXPECT_FALSE(choose_features("rv64mi"));
  EXPECT_FALSE(choose_features("rv64iq"));
}

TEST(Riscv64Features, WhatTheKernelTellsFollows) {
  EXPECT_EQ(hwcap(features("rv64gc")), 0x112du);
  EXPECT_EQ(hwcap(features("rv64imac")), 0x1105u);
  EXPECT_EQ(hwprobe_extensions(features("rv64i")), 0u);
  EXPECT_EQ(hwprobe_extensions(features("rv64i,zba,d")), 1u | 1u << 3);
  u64 rva23 = 0;
  for (unsigned bit : {0,  1,  2,  3,  4,  5,  6,  16, 17, 19, 26, 28, 29, 31, 32, 35, 36, 37,
                       38, 39, 40, 41, 42, 43, 44, 45, 47, 48, 49, 50, 51, 55, 56, 57, 60})
    rva23 |= u64{1} << bit;
  EXPECT_EQ(hwprobe_extensions(features("rva23u64")), rva23);
  EXPECT_EQ(hwprobe_base(features("rv64ima")), 1u);
  EXPECT_EQ(hwprobe_base(features("rv64im")), 0u);
}

TEST(Riscv64Features, InstructionsOfWhatIsSwitchedOffAreIllegal) {
  struct {
    const char *with, *without;
    u32 bits;
  } cases[] = {
      {"rv64gc,zba", "rv64gc", 0x20c5a533},             // sh1add a0,a1,a2
      {"rv64gc,zbkb", "rv64gc", 0x40c5f533},            // andn, of Zbb and of Zbkb
      {"rv64gc,zbb", "rv64gc", 0x40c5f533},             //
      {"rv64gc,zbb", "rv64gc,zbkb,nozbb", 0x60059513},  // clz, of Zbb alone
      {"rv64gc,zbkb", "rv64gc,zbb", 0x08c5c53b},        // packw, whose special case zext.h is of Zbb
      {"rv64gc,zbb", "rv64gc", 0x0805c53b},             // zext.h
      {"rv64gc,zbkb", "rv64gc", 0x0805c53b},            // the same as packw
      {"rv64i,f", "rv64i", 0x00c5f553},                 // fadd.s
      {"rv64i,d", "rv64i,f", 0x02c5f553},               // fadd.d
      {"rv64i,zfh", "rv64i,d,zfhmin", 0x04c5f553},      // fadd.h
      {"rv64i,zfhmin", "rv64i,f", 0x40258553},          // fcvt.s.h
      {"rv64i,zfhmin,d", "rv64i,zfhmin", 0x42258553},   // fcvt.d.h
      {"rv64i,zfhmin", "rv64i,f", 0xe4050553},          // fmv.x.h
      {"rv64i,c", "rv64i", 0x4501},                     // c.li a0,0
      {"rv64i,c,d", "rv64i,zca,d", 0x2108},             // c.fld
      {"rv64i,c,m,zcb", "rv64i,c,zcb", 0x9d4d},         // c.mul
      {"rv64gc,zicntr", "rv64gc", 0xc0102573},          // rdtime a0
      {"rv64gc,zihpm", "rv64gc,zicntr", 0xc0302573},    // csrr a0,hpmcounter3
      {"rv64i,f", "rv64i,zicsr", 0x00302573},           // frcsr a0
      {"rv64gc,zimop", "rv64gc", 0x81c5c573},           // mop.r.0 a0,a1
      {"rv64gc,zimop", "rv64gc", 0x82c5c573},           // mop.rr.0 a0,a1,a2
      {"rv64gc,zcmop", "rv64gc", 0x6081},               // c.mop.1
      {"rv64gc,zksed", "rv64gc", 0x30c58533},           // sm4ed a0,a1,a2,0
      {"rv64gc,zicbom", "rv64gc", 0x0015200f},          // cbo.clean
      {"rv64gc", "rv64gc,nozifencei", 0x0000100f},      // fence.i
      {"rv64gc", "rv64gc,nozalrsc", 0x1005252f},        // lr.w
      {"rv64gc", "rv64gc,nozaamo", 0x00c5252f},         // amoadd.w
      {"rv64gc,zabha", "rv64gc", 0x00c5052f},           // amoadd.b
      {"max", "max,nozacas", 0x28c5052f},               // amocas.b
  };
  for (const auto& c : cases) {
    EXPECT_FALSE(is_illegal(c.with, c.bits)) << c.with << std::hex << " " << c.bits;
    EXPECT_TRUE(is_illegal(c.without, c.bits)) << c.without << std::hex << " " << c.bits;
  }
}

// Hints are instructions of the base whatever extension gives them a meaning.
TEST(Riscv64Features, HintsAreNeverIllegal) {
  for (u32 hint : {0x00200033u, 0x0100000fu, 0x00056013u})  // ntl.p1, pause, prefetch.i
    EXPECT_FALSE(is_illegal("rv64i", hint)) << std::hex << hint;
}

TEST(Riscv64Features, WithoutShortInstructionsTheyStartAtMultiplesOfFour) {
  EXPECT_EQ(Riscv64Isa().alignment_bits(), 1u);
  EXPECT_EQ(Riscv64Isa(features("max,noc")).alignment_bits(), 2u);
}

TEST(Riscv64Features, VariantsTellProcessorsApart) {
  EXPECT_EQ(Riscv64Isa().variant(), Riscv64Isa(features("max")).variant());
  EXPECT_NE(Riscv64Isa().variant(), Riscv64Isa(features("max,nozba")).variant());
}

TEST(Riscv64Features, VectorsCanBeSwitchedOff) {
  for (const u32 word :
       {0xc1017057u, 0xc2202573u, 0x02008407u, 0x00802573u}) {  // vsetivli, vlenb, vle8.v, vstart
    u8 bytes[4];
    std::memcpy(bytes, &word, sizeof bytes);
    for (const bool wide : {true, false}) {
      ir::Block block;
      Riscv64Isa().lift(0, bytes, {.max_insns = 1, .wide = wide}, block);
      const ir::Inst& end = block.insts.back();
      EXPECT_EQ(end.op == ir::Op::Trap, !wide) << std::hex << word;
    }
  }
}

}  // namespace
}  // namespace veneer::rv64
