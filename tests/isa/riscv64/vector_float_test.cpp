// Vector instructions of floating point as they are translated, beside the executor, which takes one element
// after another: on numbers of every kind, in every rounding mode. And what random operands would hardly be.
#include <gtest/gtest.h>

#include <immintrin.h>
#include <array>
#include <bit>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string_view>
#include <vector>

#include "isa/riscv64/decoder.h"
#include "isa/riscv64/execute/executor.h"
#include "isa/riscv64/registers.h"
#include "isa/riscv64/vector_case.h"
#include "translate/interp/eval.h"
#include "translate/ir/verify.h"

namespace veneer::rv64 {
namespace {

struct Line {
  std::string_view name, section, pattern;
};
constexpr Line kLines[] = {
#define VENEER_INSN(name, section, pattern) {#name, section, #pattern},
#include "isa/riscv64/encodings/vector_floating_point.inc"
#undef VENEER_INSN
};

// funct3 1 is vv, 5 vf.
u32 op(u32 funct6, u32 funct3, unsigned vd, unsigned vs2, unsigned vs1, bool masked = false) {
  return funct6 << 26 | u32{!masked} << 25 | vs2 << 20 | vs1 << 15 | funct3 << 12 | vd << 7 | 0x57;
}

u32 fpcr_of(unsigned frm) {
  return kFpcr | frm << fpcr::kFrmShift | ((4 - frm) & 3) << fpcr::kRModeShift |
         (frm >> 2 ? fpcr::kRoundAway : 0);
}

class VectorFloats : public testing::TestWithParam<VectorCase> {
 protected:
  unsigned bytes() const { return GetParam().vlen / 8; }
  void configure(unsigned sew, int lmul, u64 vl) {
    state.control[kVtype] = std::countr_zero(sew / 8) << 3 | (lmul & 7);
    state.control[kVl] = vl;
    state.wide_bytes = static_cast<u16>(bytes());
    update_mode(state);
  }
  template <class T>
  T element(unsigned reg, unsigned n) {
    T value;
    std::memcpy(&value, reinterpret_cast<u8*>(state.wide) + reg * bytes() + n * sizeof value, sizeof value);
    return value;
  }
  template <class T>
  void set(unsigned reg, unsigned n, T value) {
    std::memcpy(reinterpret_cast<u8*>(state.wide) + reg * bytes() + n * sizeof value, &value, sizeof value);
  }
  Exit run(std::vector<u32> words, unsigned frm = 0) {
    return run_program(Riscv64Isa(Features{.vlen = GetParam().vlen}), GetParam(), state,
                       Program(std::move(words)), [&](Translator& translator, CpuState& s) {
                         const u32 host = _mm_getcsr();
                         interp::write_fpcr(s, fpcr_of(frm));
                         interp::write_fpsr(s, 0);
                         const Exit exit = translator.run(s);
                         flags = static_cast<u32>(interp::read_fpsr(s));
                         _mm_setcsr(host);
                         return exit;
                       });
  }
  CpuState state;
  u32 flags = 0;
};

class Operands {
 public:
  explicit Operands(u64 seed) : random_(seed) {}
  u64 below(u64 n) { return random_() % n; }
  // Floating-point numbers of one format, or one that is boxed.
  u64 numbers(bool boxed) {
    const unsigned bits = 16u << below(3);
    u64 all = boxed ? ~u64{0} : 0;
    for (unsigned at = 0; at < (boxed ? bits : 64); at += bits) {
      const u64 mask = (~u64{0} >> (64 - bits)) << at;
      all = (all & ~mask) | number(bits) << at;
    }
    return all;
  }

 private:
  u64 number(unsigned bits) {
    const unsigned fraction = bits == 16 ? 10 : bits == 32 ? 23 : 52;
    const u64 most = (u64{1} << (bits - 1 - fraction)) - 1, bias = most / 2, ones = (u64{1} << fraction) - 1;
    const u64 sign = below(2) << (bits - 1);
    switch (below(8)) {
      case 0: {  // near the limits of integers
        constexpr unsigned kLimits[] = {7, 8, 15, 16, 31, 32, 63, 64};
        const u64 exponent = bias + kLimits[below(8)] - below(2);
        if (exponent > most) return sign;
        const u64 few = below(2) ? u64{1} << below(fraction) : below(4);
        return sign | exponent << fraction | (below(2) ? few : ones - few);
      }
      case 1: return sign | std::array{u64{0}, bias, most}[below(3)] << fraction | below(2) << (fraction - 1);
      case 2: return random_() >> (64 - bits);
      case 3: return sign | (below(2) ? 0 : most) << fraction | (random_() & ones);
      case 4: return (below(40) - 20) & ~u64{0} >> (64 - bits);  // an integer
      default:
        return sign | (bias - 4 + below(9)) << fraction |
               (random_() & (below(4) ? ones : ones << fraction / 2 & ones));
    }
  }
  std::mt19937_64 random_;
};

TEST_P(VectorFloats, AreWhatTheExecutorHas) {
  const unsigned vlen = GetParam().vlen;
  const Riscv64Isa isa(Features{.vlen = vlen});
  Operands random(vlen);
  const char* wanted = std::getenv("VENEER_PROGRAMS");
  const u64 rounds = 100 * (wanted ? std::strtoull(wanted, nullptr, 10) : 20);
  for (u64 round = 0; round < rounds && !HasFailure(); ++round) {
    VectorMode type(0);
    do type = VectorMode::of_vtype(8 + random.below(32));
    while (type.ill());
    const u64 vlmax = type.vlmax(bytes());
    const u64 lengths[] = {vlmax, random.below(vlmax + 1), random.below(vlmax + 1), 0};
    const u64 vl = lengths[random.below(16) ? random.below(3) : 3];
    configure(type.sew(), type.lmul(), vl);
    // Instructions that there are with this configuration.
    std::vector<u32> words;
    std::string names;
    for (unsigned tries = 0; tries < 300 && words.size() < 3; ++tries) {
      const Line& line = kLines[random.below(std::size(kLines))];
      if (line.name == "VFMV_F_S") continue;
      u32 word = 0;
      for (char c : line.pattern)
        word = word << 1 | (c == '1' ? 1u : c == '0' ? 0u : static_cast<u32>(random.below(2)));
      if (random.below(2)) word &= ~(u32{7} << 7);
      if (random.below(2) && line.pattern.substr(7, 5) == "ttttt") word &= ~(u32{7} << 20);
      if (random.below(2) && line.pattern.substr(12, 5) == "sssss") word &= ~(u32{7} << 15);
      u8 code[4];
      std::memcpy(code, &word, sizeof word);
      ir::Block block;
      isa.lift(0, code, {.max_insns = 1, .mode = state.mode}, block);
      if (block.insts.back().op == ir::Op::Trap) continue;
      ASSERT_EQ(ir::verify(block), "") << line.name;
      words.push_back(word);
      names += std::string(line.name) + " ";
    }
    const unsigned frm = static_cast<unsigned>(random.below(3) ? 0 : random.below(5));
    CpuState want;
    for (unsigned n = 0; n < 32 * bytes() / 8; ++n) {
      const u64 value = random.numbers(false);
      std::memcpy(reinterpret_cast<u8*>(state.wide) + n * 8, &value, 8);
    }
    if (random.below(8) == 0) std::memset(state.wide, 0, bytes());  // no bit of the mask
    for (Vec& f : state.v) f.d[0] = random.numbers(true);
    std::memcpy(want.wide, state.wide, sizeof want.wide);
    std::memcpy(want.control, state.control, sizeof want.control);
    want.wide_bytes = state.wide_bytes;
    want.mode = state.mode;
    want.fpcr = fpcr_of(frm);
    for (const u32 word : words) {
      const unsigned sew = type.sew();
      u64 scalar = state.v[Insn{word}.rs1()].d[0];
      if (sew < 64 && scalar >> sew != ~u64{0} >> sew) scalar = sew == 32 ? 0x7fc00000 : 0x7e00;
      execute_vector(want, word, sew < 64 ? scalar & ~u64{0} >> (64 - sew) : scalar, 0);
    }
    ASSERT_EQ(run(words, frm), Exit::Syscall);
    char text[200];
    std::snprintf(text, sizeof text, "round %lu: e%u lmul %d vl %lu of %lu frm %u:", round, type.sew(),
                  type.lmul(), vl, vlmax, frm);
    for (const u32 word : words) std::snprintf(text + std::strlen(text), 12, " %08x", word);
    EXPECT_EQ(flags, want.fpsr) << text << " " << names;
    for (unsigned n = 0; n < 32 * bytes() / 4; ++n) {
      u32 a, b;
      std::memcpy(&a, reinterpret_cast<u8*>(want.wide) + n * 4, 4);
      std::memcpy(&b, reinterpret_cast<u8*>(state.wide) + n * 4, 4);
      ASSERT_EQ(a, b) << text << " " << names << " v" << n * 4 / bytes() << "+" << n * 4 % bytes();
    }
  }
}

constexpr u32 kRedusum = 1, kRedosum = 3, kRedmin = 5, kRedmax = 7, kWredusum = 0x31, kWredosum = 0x33;

TEST_P(VectorFloats, WithoutActiveElementsReductionsCopy) {
  constexpr u32 kSignalling = 0x7f80dead;
  constexpr u64 kWideSignalling = 0xfff000000000beef;
  for (const u32 funct6 : {kRedusum, kRedosum, kRedmin, kRedmax, kWredusum, kWredosum}) {
    const bool wide = funct6 >= kWredusum;
    for (const u64 vl : {u64{bytes() / 4}, u64{bytes() / 4 - 1}, u64{0}}) {
      configure(32, 0, vl);
      std::memset(state.wide, 0, sizeof state.wide);
      for (unsigned n = 0; n < bytes() / 4; ++n) set<u32>(8, n, 0x7f800001);
      set<u32>(9, 0, kSignalling);
      if (wide) set(9, 0, kWideSignalling);
      for (unsigned n = 0; n < bytes() / 8; ++n) set<u64>(10, n, 0x1111111122222222);
      ASSERT_EQ(run({op(funct6, 1, 10, 8, 9, true)}), Exit::Syscall);
      EXPECT_EQ(flags, 0u) << funct6;
      const u64 old = 0x1111111122222222;
      const u64 copied = wide ? kWideSignalling : (old & ~u64{0xffffffff}) | kSignalling;
      EXPECT_EQ(element<u64>(10, 0), vl ? copied : old) << funct6;
      EXPECT_EQ(element<u64>(10, 1), old);
      if (vl != 0) continue;
      ASSERT_EQ(run({op(funct6, 1, 10, 8, 9)}), Exit::Syscall);  // nor without a mask
      EXPECT_EQ(element<u64>(10, 0), old);
      EXPECT_EQ(flags, 0u);
    }
  }
}

TEST_P(VectorFloats, SumsOfZeros) {
  for (unsigned frm = 0; frm < 5; ++frm)
    for (const u32 sign : {0u, 0x80000000u}) {
      // Of the inactive ones nothing is added, whatever they are.
      configure(32, 1, 5);
      std::memset(state.wide, 0, sizeof state.wide);
      set<u8>(0, 0, 0x12);
      for (unsigned n = 0; n < bytes() / 2; ++n) set<u32>(8, n, n == 1 || n == 4 ? sign : 0x7f800001);
      set<u32>(10, 0, sign);
      set<u64>(11, 0, u64{sign} << 32);
      ASSERT_EQ(run({op(kRedosum, 1, 12, 8, 10, true), op(kWredosum, 1, 13, 8, 11, true)}, frm), Exit::Syscall);
      EXPECT_EQ(element<u32>(12, 0), sign) << frm;
      EXPECT_EQ(element<u64>(13, 0), u64{sign} << 32) << frm;
      EXPECT_EQ(flags, 0u);
    }
}

// The order is that of the elements: 2^24 takes no ones, one after the other.
TEST_P(VectorFloats, SumsAreInOrder) {
  const unsigned count = bytes() / 4 * 8;
  configure(32, 3, count);
  for (unsigned n = 0; n < count; ++n) set<float>(8, n, 1);
  set<float>(16, 0, 0x1p24f);
  run({op(kRedusum, 1, 17, 8, 16)});
  EXPECT_EQ(element<float>(17, 0), 0x1p24f);
  EXPECT_EQ(flags, fpsr::kIXC);
  set<float>(8, 0, -0x1p24f);
  run({op(kRedosum, 1, 17, 8, 16)});
  EXPECT_EQ(element<float>(17, 0), static_cast<float>(count - 1));
}

// Reserved rounding modes make illegal what might round, and what does not, too.
TEST_P(VectorFloats, ReservedRoundingModes) {
  constexpr u32 kConvert = 0x12, kUnary = 0x13, kWadd = 0x30, kWmacc = 0x3c;
  for (unsigned frm = 0; frm < 8; ++frm)
    for (const u32 word : {op(kConvert, 1, 10, 8, 1), op(kConvert, 1, 10, 8, 12), op(kConvert, 1, 10, 8, 20),
                           op(kUnary, 1, 10, 8, 16), op(kWadd, 1, 10, 8, 9), op(kWmacc, 5, 10, 8, 9),
                           op(kRedosum, 1, 10, 8, 9), op(kRedmax, 1, 10, 8, 9)}) {
      configure(32, 0, 2);
      const Exit exit = run({word}, frm);
      EXPECT_EQ(exit, frm <= 4 ? Exit::Syscall : Exit::Trap) << frm << std::hex << " " << word;
    }
}

// What is out of range is Invalid and not Inexact, though it has a fraction.
TEST_P(VectorFloats, OutOfRangeIsNotInexact) {
  constexpr u32 kConvert = 0x12;
  struct Number {
    double value;
    u32 is_signed, is_unsigned;
    u32 signed_flags, unsigned_flags;
  };
  constexpr u32 kInvalid = fpsr::kIOC, kInexact = fpsr::kIXC;
  constexpr Number kNumbers[] = {
      {-0.25, 0, 0, kInexact, kInexact},
      {-0.0, 0, 0, 0, 0},
      {-1.5, ~u32{0}, 0, kInexact, kInvalid},
      {2147483647.5, 0x7fffffff, 0x7fffffff, kInexact, kInexact},
      {2147483648.5, 0x7fffffff, 0x80000000, kInvalid, kInexact},
      {-2147483648.5, 0x80000000, 0, kInexact, kInvalid},
      {-2147483649.5, 0x80000000, 0, kInvalid, kInvalid},
      {4294967295.5, 0x7fffffff, 0xffffffff, kInvalid, kInexact},
      {4294967296.5, 0x7fffffff, 0xffffffff, kInvalid, kInvalid},
  };
  for (const Number& number : kNumbers) {
    configure(32, 0, 2);
    set<double>(8, 0, number.value);
    set<double>(8, 1, 0);
    run({op(kConvert, 1, 10, 8, 23)});  // vfncvt.rtz.x.f.w
    EXPECT_EQ(element<u32>(10, 0), number.is_signed) << number.value;
    EXPECT_EQ(flags, number.signed_flags) << number.value;
    run({op(kConvert, 1, 10, 8, 22)});
    EXPECT_EQ(element<u32>(10, 0), number.is_unsigned) << number.value;
    EXPECT_EQ(flags, number.unsigned_flags) << number.value;
  }
}

TEST_P(VectorFloats, GroupsMayOverlap) {
  constexpr u32 kConvert = 0x12, kWmul = 0x38;
  const unsigned count = bytes() / 4;
  configure(32, 0, count);
  const auto set_numbers = [&](unsigned reg) {
    for (unsigned n = 0; n < count; ++n) set<float>(reg, n, static_cast<float>(n) + 0.5f);
  };
  set_numbers(9);
  run({op(kConvert, 1, 8, 9, 12)});  // vfwcvt.f.f.v, to the group whose highest register it is
  for (unsigned n = 0; n < count; ++n) EXPECT_EQ(element<double>(8, n), n + 0.5);
  set_numbers(9);
  run({op(kWmul, 1, 8, 9, 9)});
  for (unsigned n = 0; n < count; ++n) EXPECT_EQ(element<double>(8, n), (n + 0.5) * (n + 0.5));
  run({op(kConvert, 1, 8, 8, 20)});  // vfncvt.f.f.w, to the lowest of them
  for (unsigned n = 0; n < count; ++n) EXPECT_EQ(element<float>(8, n), (n + 0.5f) * (n + 0.5f));
}

INSTANTIATE_TEST_SUITE_P(Tiers, VectorFloats,
                         testing::Values(VectorCase{TranslatorOptions::Tier::Interp, "", 128},
                                         VectorCase{TranslatorOptions::Tier::One, "", 128},
                                         VectorCase{TranslatorOptions::Tier::One, "", 256},
                                         VectorCase{TranslatorOptions::Tier::One, "avx512", 256},
                                         VectorCase{TranslatorOptions::Tier::One, "avx2", 128},
                                         VectorCase{TranslatorOptions::Tier::One, "all", 128}),
                         [](const auto& c) { return case_name(c.param); });

}  // namespace
}  // namespace veneer::rv64
