// Vector arithmetic at its extremes, every pair of them, against what the manual says an element becomes
// (Unprivileged ISA 31.11, 31.12): quotients by zero, products that saturate, shifts by nothing and by all.
#include <gtest/gtest.h>

#include <cstring>
#include <optional>
#include <vector>

#include "isa/riscv64/registers.h"
#include "isa/riscv64/vector_case.h"

namespace veneer::rv64 {
namespace {

constexpr unsigned kA1 = 11, kA2 = 12;
constexpr unsigned kTo = 8, kFirst = 16, kSecond = 24;  // groups of registers

u32 vsetvli(unsigned rs1, unsigned sew, u32 lmul) {
  const u32 log2 = sew == 8 ? 0 : sew == 16 ? 1 : sew == 32 ? 2 : 3;
  return (log2 << 3 | lmul) << 20 | rs1 << 15 | 7 << 12 | 0x57;
}
u32 write_vxrm(u32 mode) {
  return 0x00au << 20 | mode << 15 | 5 << 12 | 0x73;
}
u32 op(u32 funct6, u32 funct3, unsigned vs1, bool masked = false) {
  return funct6 << 26 | u32{!masked} << 25 | kFirst << 20 | vs1 << 15 | funct3 << 12 | kTo << 7 | 0x57;
}

// --- what an element becomes

s128 as_signed(u64 value, unsigned bits) {
  return static_cast<s64>(value << (64 - bits)) >> (64 - bits);
}
s128 as_unsigned(u64 value, unsigned bits) {
  return static_cast<s128>(value & ~u64{0} >> (64 - bits));
}

// value / 2^shift, rounded (31.3.8).
s128 rounded(s128 value, unsigned shift, unsigned vxrm) {
  const s128 unit = s128{1} << shift, down = value >> shift, rest = value - down * unit;
  switch (vxrm) {
    case 0: return down + (rest * 2 >= unit && shift != 0);
    case 1: return down + (rest * 2 > unit || (rest * 2 == unit && down & 1));
    case 2: return down;
    default: return rest != 0 ? down | 1 : down;
  }
}

struct Result {
  u64 value = 0;
  bool saturated = false;
};
Result clipped(s128 value, unsigned bits, bool is_signed) {
  const s128 most = (s128{1} << (bits - is_signed)) - 1, least = is_signed ? -most - 1 : 0;
  if (value > most) return {static_cast<u64>(most), true};
  if (value < least) return {static_cast<u64>(least), true};
  return {static_cast<u64>(value), false};
}
Result plain(s128 value) {
  return {static_cast<u64>(value), false};
}

struct Elements {
  u64 a, b;  // of vs2, and the other
  unsigned bits, vxrm;
  s128 sa() const { return as_signed(a, bits); }
  s128 sb() const { return as_signed(b, bits); }
  s128 ua() const { return as_unsigned(a, bits); }
  s128 ub() const { return as_unsigned(b, bits); }
  unsigned shift() const { return static_cast<unsigned>(b & (bits - 1)); }
};
s128 high(u128 product, unsigned bits) {
  return static_cast<s128>(product >> bits);
}

struct Operation {
  const char* name;
  u32 funct6;
  bool multiplies;  // of the encodings of multiplication
  bool rounds;
  Result (*result)(const Elements&);
};
constexpr Operation kOperations[] = {
    {"vdivu", 0x20, true, false, [](const Elements& e) { return plain(e.ub() == 0 ? -1 : e.ua() / e.ub()); }},
    {"vdiv", 0x21, true, false, [](const Elements& e) { return plain(e.sb() == 0 ? -1 : e.sa() / e.sb()); }},
    {"vremu", 0x22, true, false,
     [](const Elements& e) { return plain(e.ub() == 0 ? e.ua() : e.ua() % e.ub()); }},
    {"vrem", 0x23, true, false,
     [](const Elements& e) { return plain(e.sb() == 0 ? e.sa() : e.sa() % e.sb()); }},
    {"vmulhu", 0x24, true, false,
     [](const Elements& e) {
       return plain(high(static_cast<u128>(e.ua()) * static_cast<u128>(e.ub()), e.bits));
     }},
    {"vmul", 0x25, true, false, [](const Elements& e) { return Result{e.a * e.b}; }},
    {"vmulhsu", 0x26, true, false, [](const Elements& e) { return plain(e.sa() * e.ub() >> e.bits); }},
    {"vmulh", 0x27, true, false, [](const Elements& e) { return plain(e.sa() * e.sb() >> e.bits); }},
    {"vsll", 0x25, false, false, [](const Elements& e) { return plain(e.ua() << e.shift()); }},
    {"vsrl", 0x28, false, false, [](const Elements& e) { return plain(e.ua() >> e.shift()); }},
    {"vsra", 0x29, false, false, [](const Elements& e) { return plain(e.sa() >> e.shift()); }},
    {"vaaddu", 0x08, true, true, [](const Elements& e) { return plain(rounded(e.ua() + e.ub(), 1, e.vxrm)); }},
    {"vaadd", 0x09, true, true, [](const Elements& e) { return plain(rounded(e.sa() + e.sb(), 1, e.vxrm)); }},
    {"vasubu", 0x0a, true, true, [](const Elements& e) { return plain(rounded(e.ua() - e.ub(), 1, e.vxrm)); }},
    {"vasub", 0x0b, true, true, [](const Elements& e) { return plain(rounded(e.sa() - e.sb(), 1, e.vxrm)); }},
    {"vsmul", 0x27, false, true,
     [](const Elements& e) { return clipped(rounded(e.sa() * e.sb(), e.bits - 1, e.vxrm), e.bits, true); }},
    {"vssrl", 0x2a, false, true, [](const Elements& e) { return plain(rounded(e.ua(), e.shift(), e.vxrm)); }},
    {"vssra", 0x2b, false, true, [](const Elements& e) { return plain(rounded(e.sa(), e.shift(), e.vxrm)); }},
};
// Of elements of twice the width.
constexpr Operation kNarrowing[] = {
    {"vnclipu", 0x2e, false, true,
     [](const Elements& e) { return clipped(rounded(e.ua(), e.shift(), e.vxrm), e.bits / 2, false); }},
    {"vnclip", 0x2f, false, true,
     [](const Elements& e) { return clipped(rounded(e.sa(), e.shift(), e.vxrm), e.bits / 2, true); }},
};

std::vector<u64> extremes(unsigned bits) {
  const u64 least = u64{1} << (bits - 1), half = u64{1} << (bits / 2);
  return {0,
          1,
          2,
          3,
          7,
          bits - 1,
          bits,
          ~u64{0},
          ~u64{1},
          least,
          least + 1,
          least - 1,
          least - 2,
          half,
          half - 1,
          half / 2,
          0 - half,
          least / 2 + 1,
          least + half,
          ~u64{0} / 3,
          0x5af0 & (least - 1)};
}

class VectorArithmetic : public testing::TestWithParam<VectorCase> {
 protected:
  u64& x(unsigned n) { return state.x[kSlots[n]]; }
  u8* v(unsigned n) { return reinterpret_cast<u8*>(state.wide) + usize{n} * GetParam().vlen / 8; }
  u64 get(unsigned reg, unsigned bits, usize n) {
    u64 value = 0;
    std::memcpy(&value, v(reg) + n * bits / 8, bits / 8);
    return value;
  }
  void set(unsigned reg, unsigned bits, usize n, u64 value) {
    std::memcpy(v(reg) + n * bits / 8, &value, bits / 8);
  }
  bool saturated() const { return (state.saturated.d[0] | state.saturated.d[1]) != 0; }
  void run(Program program) {
    state.saturated = {};
    const Riscv64Isa isa(Features{.vlen = GetParam().vlen});
    EXPECT_EQ(run_program(isa, GetParam(), state, std::move(program)), Exit::Syscall);
  }

  // Every pair, in all lanes of four registers: with a vector, and with each second one as a scalar.
  void check(const Operation& o, unsigned sew, bool narrows, unsigned vxrm) {
    const unsigned from = narrows ? 2 * sew : sew;
    const std::vector<u64> firsts = extremes(from), seconds = extremes(sew);
    const usize lanes = GetParam().vlen / sew * (narrows ? 4 : 8), pairs = firsts.size() * seconds.size();
    const u32 configure = vsetvli(kA1, sew, narrows ? 2 : 3);
    for (usize at = 0; at < pairs; at += lanes) {
      for (usize n = 0; n < lanes; ++n) {
        set(kFirst, from, n, firsts[(at + n) % firsts.size()]);
        set(kSecond, sew, n, seconds[(at + n) / firsts.size() % seconds.size()]);
      }
      x(kA1) = lanes;
      run({configure, write_vxrm(vxrm), op(o.funct6, o.multiplies ? 2 : 0, kSecond)});
      expect(o, sew, from, vxrm, lanes, std::nullopt);
    }
    for (const u64 second : seconds) {
      for (usize n = 0; n < lanes; ++n) set(kFirst, from, n, firsts[n % firsts.size()]);
      x(kA1) = lanes;
      x(kA2) = second;
      run({configure, write_vxrm(vxrm), op(o.funct6, o.multiplies ? 6 : 4, kA2)});
      expect(o, sew, from, vxrm, lanes, second);
    }
  }
  void expect(const Operation& o, unsigned sew, unsigned from, unsigned vxrm, usize lanes,
              std::optional<u64> second) {
    bool any = false;
    for (usize n = 0; n < lanes; ++n) {
      const u64 a = get(kFirst, from, n), b = second ? *second & ~u64{0} >> (64 - sew) : get(kSecond, sew, n);
      const Result want = o.result({a, second ? *second : b, from, vxrm});
      any |= want.saturated;
      ASSERT_EQ(get(kTo, sew, n), want.value & ~u64{0} >> (64 - sew))
          << o.name << " of " << sew << " bits, vxrm " << vxrm << ": " << std::hex << a << ", " << b;
    }
    ASSERT_EQ(saturated(), any) << o.name << " of " << sew << " bits, vxrm " << vxrm;
  }
  CpuState state;
};

TEST_P(VectorArithmetic, Extremes) {
  for (const Operation& o : kOperations)
    for (const unsigned sew : {8u, 16u, 32u, 64u})
      for (unsigned vxrm = 0; vxrm < (o.rounds ? 4 : 1); ++vxrm)
        ASSERT_NO_FATAL_FAILURE(check(o, sew, false, vxrm));
}

TEST_P(VectorArithmetic, NarrowedExtremes) {
  for (const Operation& o : kNarrowing)
    for (const unsigned sew : {8u, 16u, 32u})
      for (unsigned vxrm = 0; vxrm < 4; ++vxrm) ASSERT_NO_FATAL_FAILURE(check(o, sew, true, vxrm));
}

// The shift is a number: nothing, one, and as much as fits the field.
TEST_P(VectorArithmetic, ShiftsByNumbers) {
  for (const Operation& o : {kOperations[16], kOperations[17], kNarrowing[0], kNarrowing[1]})
    for (const u32 by : {0u, 1u, 7u, 8u, 15u, 31u})
      for (unsigned vxrm = 0; vxrm < 4; ++vxrm) {
        const bool narrows = o.funct6 >= 0x2e;
        const unsigned from = narrows ? 32 : 16;
        const usize lanes = GetParam().vlen / 16;
        const std::vector<u64> firsts = extremes(from);
        for (usize n = 0; n < lanes; ++n) set(kFirst, from, n, firsts[(n + by) % firsts.size()]);
        x(kA1) = lanes;
        run({vsetvli(kA1, 16, 0), write_vxrm(vxrm), op(o.funct6, 3, by)});
        ASSERT_NO_FATAL_FAILURE(expect(o, 16, from, vxrm, lanes, by));
      }
}

// What is masked or past vl does not saturate, nor is it written.
TEST_P(VectorArithmetic, OnlyWhatIsActiveSaturates) {
  struct Saturating {
    u32 funct6;
    bool narrows;
  };
  for (const Saturating o : {Saturating{0x27, false}, {0x2e, true}, {0x2f, true}})
    for (const unsigned sew : {8u, 16u, 32u})
      for (const bool active : {false, true}) {
        const unsigned from = o.narrows ? 2 * sew : sew;
        const usize lanes = GetParam().vlen / sew;
        std::memset(v(0), active ? 0xff : 0xaa, GetParam().vlen / 8);
        std::memset(v(kTo), 0x11, GetParam().vlen / 8);
        for (usize n = 0; n < lanes; ++n) {
          const bool saturates = n % 2 == 0 || n >= lanes - 2;
          set(kFirst, from, n, saturates ? u64{1} << (from - 1) : 1);
          set(kSecond, sew, n, saturates && !o.narrows ? u64{1} << (sew - 1) : 0);
        }
        x(kA1) = lanes - 2;
        run({vsetvli(kA1, sew, 0), write_vxrm(2), op(o.funct6, 0, kSecond, true)});
        EXPECT_EQ(saturated(), active) << std::hex << o.funct6 << " " << sew;
        for (usize n = 0; n < lanes; ++n) {
          const bool written = n < lanes - 2 && (active || n % 2 == 1);
          EXPECT_EQ(get(kTo, sew, n) != u64{0x1111111111111111} >> (64 - sew), written) << n;
        }
      }
}

INSTANTIATE_TEST_SUITE_P(Tiers, VectorArithmetic,
                         testing::Values(VectorCase{TranslatorOptions::Tier::Interp, "", 128},
                                         VectorCase{TranslatorOptions::Tier::One, "", 128},
                                         VectorCase{TranslatorOptions::Tier::One, "", 256},
                                         VectorCase{TranslatorOptions::Tier::One, "avx512", 128},
                                         VectorCase{TranslatorOptions::Tier::One, "avx2", 128},
                                         VectorCase{TranslatorOptions::Tier::One, "all", 128}),
                         [](const auto& c) { return case_name(c.param); });

}  // namespace
}  // namespace veneer::rv64
