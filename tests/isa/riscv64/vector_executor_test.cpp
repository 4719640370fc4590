// What vector instructions are translated to beside what the executor does, element after element: in every
// configuration, with every kind of vl, mask and distance.
#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <random>
#include <vector>

#include "isa/riscv64/execute/executor.h"
#include "isa/riscv64/registers.h"
#include "isa/riscv64/vector_case.h"

namespace veneer::rv64 {
namespace {

constexpr unsigned kA0 = 10, kA1 = 11, kA2 = 12;

// funct3: 0 vv, 3 vi, 4 vx, 2 and 6 those of multiplication. vs1 is a register, which for the forms with a
// scalar is a1, or an immediate.
struct Form {
  u32 funct6, funct3;
  unsigned vd, vs2, vs1;
  bool may_be_masked = true, may_be_unmasked = true;
};
constexpr unsigned kV = 24;  // as vs1: a group
constexpr Form kForms[] = {
    // vslideup and vslidedown; from the first and to the last registers, and onto themselves
    {0x0e, 4, 8, 16, kA1},
    {0x0e, 4, 16, 0, kA1, false},
    {0x0e, 4, 8, 24, kA1},
    {0x0e, 3, 8, 16, 0},
    {0x0e, 3, 8, 16, 1},
    {0x0e, 3, 8, 16, 5},
    {0x0e, 3, 8, 16, 31},
    {0x0f, 4, 8, 24, kA1},
    {0x0f, 4, 16, 16, kA1},
    {0x0f, 4, 16, 0, kA1, false},
    {0x0f, 3, 16, 16, 0},
    {0x0f, 3, 16, 16, 3},
    {0x0f, 3, 8, 24, 16},
    {0x0f, 3, 8, 24, 31},
    // by one
    {0x0e, 6, 8, 16, kA1},
    {0x0f, 6, 8, 16, kA1},
    {0x0f, 6, 16, 16, kA1},
    // vrgather, vrgatherei16, vcompress
    {0x0c, 0, 8, 16, kV},
    {0x0c, 0, 16, 0, kV, false},
    {0x0c, 4, 8, 16, kA1},
    {0x0c, 3, 8, 16, 0},
    {0x0c, 3, 8, 16, 7},
    {0x0c, 3, 8, 16, 31},
    {0x0e, 0, 8, 16, kV},
    {0x17, 2, 8, 16, kV, false},
    {0x17, 2, 8, 16, 0, false},
    {0x17, 2, 16, 8, 7, false},
    // vmv.s.x
    {0x10, 6, 16, 0, kA1, false},
    // vmsbf, vmsof, vmsif, viota, vid, vcpop, vfirst
    {0x14, 2, 4, 24, 1},
    {0x14, 2, 5, 24, 2},
    {0x14, 2, 6, 24, 3},
    {0x14, 2, 4, 7, 1},
    {0x14, 2, 5, 7, 2},
    {0x14, 2, 6, 7, 3},
    {0x14, 2, 8, 24, 16},
    {0x14, 2, 8, 7, 16},
    {0x14, 2, 8, 0, 17},
    {0x10, 2, kA2, 24, 16},
    {0x10, 2, kA2, 24, 17},
    // vmadc, vmsbc, vadc, vsbc
    {0x11, 0, 4, 16, kV},
    {0x11, 4, 4, 16, kA1},
    {0x11, 3, 4, 16, 31},
    {0x13, 0, 4, 16, kV},
    {0x13, 4, 16, 16, kA1},
    {0x10, 0, 8, 16, kV, true, false},
    {0x12, 4, 8, 16, kA1, true, false},
    // Reductions of integers
    {0x00, 2, 7, 16, 24},
    {0x01, 2, 7, 16, 24},
    {0x02, 2, 7, 16, 24},
    {0x03, 2, 16, 16, 24},
    {0x04, 2, 7, 16, 24},
    {0x05, 2, 7, 16, 24},
    {0x06, 2, 7, 16, 24},
    {0x07, 2, 7, 16, 24},
    {0x30, 0, 7, 16, 24},
    {0x31, 0, 16, 16, 24},
    // The greatest and the least of elements
    {0x04, 0, 8, 16, kV},
    {0x05, 4, 8, 16, kA1},
    {0x06, 4, 8, 16, kA1},
    {0x07, 0, 8, 16, kV},
};

u32 word_of(const Form& f, bool masked) {
  return f.funct6 << 26 | u32{!masked} << 25 | f.vs2 << 20 | f.vs1 << 15 | f.funct3 << 12 | f.vd << 7 | 0x57;
}
bool has_scalar(u32 funct3) {
  return funct3 == 4 || funct3 == 6;
}
bool is_signed_immediate(u32 funct6) {
  return funct6 == 0x11;
}
bool is_to_general(const Form& f) {
  return f.funct6 == 0x10 && f.funct3 == 2;
}

class BesideExecutor : public testing::TestWithParam<VectorCase> {
 protected:
  static constexpr u64 kSeed = 11, kRandomMask = 1;
  std::mt19937_64 random{kSeed};
  const Riscv64Isa isa{Features{.vlen = GetParam().vlen}};

  u8* v(CpuState& s, unsigned n) const { return reinterpret_cast<u8*>(s.wide) + n * GetParam().vlen / 8; }

  bool exists(u32 word, VectorMode mode) const {
    u8 bytes[4];
    std::memcpy(bytes, &word, sizeof bytes);
    ir::Block block;
    isa.lift(0, bytes, {.max_insns = 1, .mode = mode.bits()}, block);
    return block.insts.back().op != ir::Op::Trap;
  }

  // Anything; small numbers that may be past VLMAX in the last group and few bits in v7.
  void fill(CpuState& s, VectorMode mode, unsigned index_bits, u64 mask) {
    for (Vec& part : s.wide)
      for (u64& half : part.d) half = random() & (random() % 4 ? ~u64{0} : random());
    const u64 vlmax = mode.vlmax(GetParam().vlen / 8);
    const usize size = index_bits / 8;
    for (usize at = 0; at < usize{8} * GetParam().vlen / 8; at += size) {
      const u64 number = random() % (vlmax + vlmax / 2 + 1);
      std::memcpy(v(s, kV) + at, &number, size);
    }
    std::memset(v(s, 7), 0, GetParam().vlen / 8);
    v(s, 7)[random() % (GetParam().vlen / 8)] = 0x10;
    for (usize at = 0; at < GetParam().vlen / 8; at += 8) {
      const u64 bits = mask == kRandomMask ? random() : mask;
      std::memcpy(v(s, 0) + at, &bits, 8);
    }
  }

  void run(CpuState& s, const std::vector<u32>& words) {
    EXPECT_EQ(run_program(isa, GetParam(), s, Program(words)), Exit::Syscall)
        << std::hex << words.back() << " at " << s.pc;
  }

  static void model(CpuState& s, const Form& f, u32 word) {
    u64 a = 0;
    if (has_scalar(f.funct3)) a = s.x[kSlots[f.vs1]];
    if (f.funct3 == 3)
      a = is_signed_immediate(f.funct6) ? static_cast<u64>(Insn::extend(f.vs1, 5)) : u64{f.vs1};
    const u64 result = execute_vector(s, word, a, 0);
    if (is_to_general(f)) s.x[kSlots[f.vd]] = result;
  }

  bool same(const CpuState& a, const CpuState& b) const {
    return std::memcmp(a.wide, b.wide, usize{32} * GetParam().vlen / 8) == 0 &&
           a.x[kSlots[kA2]] == b.x[kSlots[kA2]] && a.control[kVl] == b.control[kVl];
  }

  // All forms, one after the other. Where the result is not the same, it is looked for which one it was.
  void compare(u32 vtype, u64 avl, bool immediate, u64 scalar, unsigned index_bits, u64 mask) {
    const VectorMode mode = VectorMode::of_vtype(vtype);
    const u32 configuration = immediate ? 3u << 30 | vtype << 20 | static_cast<u32>(avl) << 15 | 7 << 12 | 0x57
                                        : vtype << 20 | kA0 << 15 | 7 << 12 | 0x57;
    std::vector<std::pair<Form, u32>> forms;
    for (const Form& f : kForms)
      for (const bool masked : {false, true})
        if (masked ? f.may_be_masked : f.may_be_unmasked)
          if (const u32 word = word_of(f, masked); exists(word, mode)) forms.emplace_back(f, word);
    auto start = std::make_unique<CpuState>();
    start->wide_bytes = static_cast<u16>(GetParam().vlen / 8);
    start->x[kSlots[kA0]] = avl;
    start->x[kSlots[kA1]] = scalar;
    fill(*start, mode, index_bits, mask);
    const auto differs = [&](usize count) {
      auto want = std::make_unique<CpuState>(*start), got = std::make_unique<CpuState>(*start);
      std::vector<u32> words{configuration};
      configure(*want, vtype, avl);
      for (usize n = 0; n < count; ++n) {
        words.push_back(forms[n].second);
        model(*want, forms[n].first, forms[n].second);
      }
      run(*got, words);
      return !same(*want, *got);
    };
    if (!differs(forms.size())) return;
    usize count = 1;
    while (count < forms.size() && !differs(count)) ++count;
    ADD_FAILURE() << "instruction " << std::hex << forms[count - 1].second << ", vtype " << vtype << ", vl "
                  << std::dec << avl << (immediate ? ", known" : "") << ", scalar " << scalar << ", mask "
                  << std::hex << mask;
  }
};

TEST_P(BesideExecutor, EveryConfiguration) {
  for (u32 vtype = 0; vtype < 32; ++vtype) {
    const VectorMode mode = VectorMode::of_vtype(vtype);
    if (mode.ill()) continue;
    const u64 vlmax = mode.vlmax(GetParam().vlen / 8);
    const u64 scalars[] = {0, 1, vlmax / 2 + 1, vlmax - 1, vlmax, vlmax + 1, ~u64{0}, u64{1} << 63, random()};
    unsigned turn = 0;
    for (const u64 avl : {u64{0}, u64{1}, vlmax / 2 + 1, vlmax - 1, vlmax})
      for (const bool immediate : {false, true}) {
        if (avl > vlmax || (immediate && avl > 31)) continue;
        // With each another mask and scalar.
        for (unsigned again = 0; again < 2; ++again) {
          constexpr u64 kMasks[] = {kRandomMask, 0, kRandomMask, ~u64{0}, kRandomMask};
          const u64 mask = kMasks[turn % std::size(kMasks)];
          const unsigned index_bits = turn % 2 ? 16 : mode.sew();
          compare(vtype, avl, immediate, scalars[turn % std::size(scalars)], index_bits, mask);
          ++turn;
          if (HasFailure()) return;
        }
      }
  }
}

INSTANTIATE_TEST_SUITE_P(Tiers, BesideExecutor,
                         testing::Values(VectorCase{TranslatorOptions::Tier::Interp, "", 128},
                                         VectorCase{TranslatorOptions::Tier::Interp, "", 256},
                                         VectorCase{TranslatorOptions::Tier::One, "", 128},
                                         VectorCase{TranslatorOptions::Tier::One, "", 256},
                                         VectorCase{TranslatorOptions::Tier::One, "avx512", 256},
                                         VectorCase{TranslatorOptions::Tier::One, "all", 128},
                                         VectorCase{TranslatorOptions::Tier::One, "all", 256}),
                         [](const auto& c) { return case_name(c.param); });

}  // namespace
}  // namespace veneer::rv64
