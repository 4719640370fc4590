// Scalar floating-point instructions: what a program would notice first if they were wrong.
#include <gtest/gtest.h>

#include <limits>

#include "isa/aarch64/fp_run.h"

namespace veneer::a64::test {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr u64 kQuietNan = 0x7ff8'0000'0000'0123, kSignallingNan = 0x7ff0'0000'0000'0123;
constexpr u64 kSign = u64{1} << 63;

TEST(FpMove, ImmediatesExpand) {
  Machine m;
  ASSERT_TRUE(m.run(0x1e6e1000));  // fmov d0, #1.0
  EXPECT_EQ(m.scalar(0, 64), 0x3ff0'0000'0000'0000u);
  ASSERT_TRUE(m.run(0x1e381000));  // fmov s0, #-0.125
  EXPECT_EQ(m.scalar(0, 32), 0xbe00'0000u);
  ASSERT_TRUE(m.run(0x1ee7f000));  // fmov h0, #31.0
  EXPECT_EQ(m.scalar(0, 16), 0x4fc0u);
}

TEST(FpMove, BetweenRegisterFiles) {
  Machine m;
  m.state.v[1].d[0] = 0x1122'3344'5566'f788;
  m.state.v[1].d[1] = 0x99aa'bbcc'ddee'ff00;
  const struct {
    u32 word;
    u64 x0;
  } to_general[] = {
      {0x9eae0020, 0x99aa'bbcc'ddee'ff00},  // fmov x0, v1.d[1]
      {0x9e660020, 0x1122'3344'5566'f788},  // fmov x0, d1
      {0x1e260020, 0x5566'f788},            // fmov w0, s1
      {0x1ee60020, 0xf788},                 // fmov w0, h1
      {0x9ee60020, 0xf788},                 // fmov x0, h1
  };
  for (const auto& c : to_general) {
    m.state.x[0] = ~u64{0};
    ASSERT_TRUE(m.run(c.word));
    EXPECT_EQ(m.state.x[0], c.x0) << std::hex << c.word;
  }
  m.state.x[1] = 0x0123'4567'89ab'cdef;
  m.set_d(0, 1.0);
  ASSERT_TRUE(m.run(0x9eaf0020));  // fmov v0.d[1], x1
  EXPECT_EQ(m.state.v[0].d[0], 0x3ff0'0000'0000'0000u);
  EXPECT_EQ(m.state.v[0].d[1], 0x0123'4567'89ab'cdefu);
  ASSERT_TRUE(m.run(0x9e670020));  // fmov d0, x1
  EXPECT_EQ(m.scalar(0, 64), 0x0123'4567'89ab'cdefu);
  ASSERT_TRUE(m.run(0x1e270020));  // fmov s0, w1
  EXPECT_EQ(m.scalar(0, 32), 0x89ab'cdefu);
  ASSERT_TRUE(m.run(0x1ee70020));  // fmov h0, w1
  EXPECT_EQ(m.scalar(0, 16), 0xcdefu);
}

TEST(FpMove, ClearsWhatIsAboveTheScalar) {
  Machine m;
  m.set_s(1, 2.5f);
  ASSERT_TRUE(m.run(0x1e204021));  // fmov s1, s1
  EXPECT_EQ(m.scalar(1, 32), 0x4020'0000u);
}

TEST(FpArithmetic, RoundsAsFpcrSays) {
  const struct {
    u32 fpcr;
    u64 sum;
  } cases[] = {
      {0, 0x3ff0'0000'0000'0000},         // to nearest even
      {1u << 22, 0x3ff0'0000'0000'0001},  // up
      {2u << 22, 0x3ff0'0000'0000'0000},  // down
      {3u << 22, 0x3ff0'0000'0000'0000},  // towards zero
  };
  for (const auto& c : cases) {
    Machine m;
    m.set_fpcr(c.fpcr);
    m.set_d(1, 1.0);
    m.set_d(2, 0x1p-60);
    ASSERT_TRUE(m.run(0x1e622820));  // fadd d0, d1, d2
    EXPECT_EQ(m.scalar(0, 64), c.sum) << std::hex << c.fpcr;
    EXPECT_EQ(m.fpsr(), fpsr::kIXC);
  }
}

TEST(FpArithmetic, NegationsOfFusedMultiplyAdd) {
  const struct {
    u32 word;
    double result;
    u64 nan_accumulator, nan_factor;  // the NaN that comes out of one that goes in
  } cases[] = {
      {0x1f420c20, 7 + 2 * 3, kQuietNan, kQuietNan},                   // fmadd d0, d1, d2, d3
      {0x1f428c20, 7 - 2 * 3, kQuietNan, kQuietNan | kSign},           // fmsub
      {0x1f620c20, -7 - 2 * 3, kQuietNan | kSign, kQuietNan | kSign},  // fnmadd
      {0x1f628c20, -7 + 2 * 3, kQuietNan | kSign, kQuietNan},          // fnmsub
  };
  for (const auto& c : cases) {
    Machine m;
    m.set_d(1, 2);
    m.set_d(2, 3);
    m.set_d(3, 7);
    ASSERT_TRUE(m.run(c.word));
    EXPECT_EQ(m.d(0), c.result) << std::hex << c.word;
    m.set_bits(3, kQuietNan, 64);
    ASSERT_TRUE(m.run(c.word));
    EXPECT_EQ(m.scalar(0, 64), c.nan_accumulator) << std::hex << c.word;
    m.set_d(3, 7);
    m.set_bits(1, kQuietNan, 64);
    ASSERT_TRUE(m.run(c.word));
    EXPECT_EQ(m.scalar(0, 64), c.nan_factor) << std::hex << c.word;
    EXPECT_EQ(m.fpsr(), 0u);
  }
}

TEST(FpArithmetic, FnmulNegatesItsResultAlsoWhenNan) {
  Machine m;
  m.set_d(1, 3);
  m.set_d(2, 0);
  ASSERT_TRUE(m.run(0x1e628820));  // fnmul d0, d1, d2
  EXPECT_EQ(m.scalar(0, 64), kSign);
  m.set_bits(1, kQuietNan, 64);
  ASSERT_TRUE(m.run(0x1e628820));
  EXPECT_EQ(m.scalar(0, 64), kQuietNan | kSign);
}

TEST(FpArithmetic, MaximumAndMaximumNumberDifferOnQuietNans) {
  Machine m;
  m.set_d(1, 1.5);
  m.set_bits(2, kQuietNan, 64);
  ASSERT_TRUE(m.run(0x1e624820));  // fmax d0, d1, d2
  EXPECT_EQ(m.scalar(0, 64), kQuietNan);
  ASSERT_TRUE(m.run(0x1e626820));  // fmaxnm d0, d1, d2
  EXPECT_EQ(m.d(0), 1.5);
  EXPECT_EQ(m.fpsr(), 0u);
}

TEST(FpCompare, SetsNzcv) {
  const struct {
    double a, b;
    u32 nzcv;
  } cases[] = {{1, 2, 0b1000}, {2, 2, 0b0110}, {3, 2, 0b0010}, {-0.0, 0.0, 0b0110}, {-kInf, kInf, 0b1000}};
  for (const auto& c : cases) {
    Machine m;
    m.set_d(0, c.a);
    m.set_d(1, c.b);
    ASSERT_TRUE(m.run(0x1e612000));  // fcmp d0, d1
    EXPECT_EQ(m.nzcv(), c.nzcv) << c.a << " " << c.b;
  }
}

TEST(FpCompare, QuietNansSignalOnlyInFcmpe) {
  Machine m;
  m.set_bits(0, kQuietNan, 64);
  ASSERT_TRUE(m.run(0x1e602008));  // fcmp d0, #0.0
  EXPECT_EQ(m.nzcv(), 0b0011u);
  EXPECT_EQ(m.fpsr(), 0u);
  ASSERT_TRUE(m.run(0x1e612010));  // fcmpe d0, d1
  EXPECT_EQ(m.nzcv(), 0b0011u);
  EXPECT_EQ(m.fpsr(), fpsr::kIOC);
}

TEST(FpConditionalCompare, RaisesNothingWhereTheConditionFails) {
  Machine m;
  m.set_bits(0, kSignallingNan, 64);
  m.set_bits(1, kSignallingNan, 64);
  m.set_nzcv(0);
  ASSERT_TRUE(m.run(0x1e610405));  // fccmp d0, d1, #5, eq
  EXPECT_EQ(m.nzcv(), 5u);
  EXPECT_EQ(m.fpsr(), 0u);
  m.set_nzcv(0);
  ASSERT_TRUE(m.run(0x1e61141a));  // fccmpe d0, d1, #10, ne
  EXPECT_EQ(m.nzcv(), 0b0011u);
  EXPECT_EQ(m.fpsr(), fpsr::kIOC);
}

TEST(FpConditionalCompare, NvMeansAlways) {
  Machine m;
  m.set_d(0, 1);
  m.set_d(1, 2);
  ASSERT_TRUE(m.run(0x1e61f405));  // fccmp d0, d1, #5, nv
  EXPECT_EQ(m.nzcv(), 0b1000u);
}

TEST(FpConditionalSelect, PassesNansThroughUntouched) {
  Machine m;
  m.set_bits(1, kSignallingNan, 64);
  m.set_d(2, 4);
  m.set_nzcv(0b1000);
  ASSERT_TRUE(m.run(0x1e624c20));  // fcsel d0, d1, d2, mi
  EXPECT_EQ(m.scalar(0, 64), kSignallingNan);
  EXPECT_EQ(m.fpsr(), 0u);
  m.set_nzcv(0);
  ASSERT_TRUE(m.run(0x1e624c20));
  EXPECT_EQ(m.d(0), 4.0);
}

TEST(FpToInteger, RoundsAsTheMnemonicSays) {
  const struct {
    u32 word;
    s64 of_minus_2_5;
  } cases[] = {
      {0x9e640020, -3},  // fcvtas x0, d1
      {0x9e600020, -2},  // fcvtns
      {0x9e680020, -2},  // fcvtps
      {0x9e700020, -3},  // fcvtms
      {0x9e780020, -2},  // fcvtzs
  };
  for (const auto& c : cases) {
    Machine m;
    m.set_d(1, -2.5);
    ASSERT_TRUE(m.run(c.word));
    EXPECT_EQ(static_cast<s64>(m.state.x[0]), c.of_minus_2_5) << std::hex << c.word;
    EXPECT_EQ(m.fpsr(), fpsr::kIXC);
  }
}

TEST(FpToInteger, Saturates) {
  const struct {
    u32 word;
    double from;
    u64 x0;
  } cases[] = {
      {0x1e780020, 1e10, 0x7fff'ffff},  // fcvtzs w0, d1
      {0x1e780020, -1e10, 0x8000'0000},
      {0x1e780020, kInf, 0x7fff'ffff},
      {0x1e790020, -1, 0},  // fcvtzu w0, d1
      {0x1e790020, 1e10, 0xffff'ffff},
      {0x1e58f020, 0x1p27, 0x7fff'ffff},  // fcvtzs w0, d1, #4
  };
  for (const auto& c : cases) {
    Machine m;
    m.set_d(1, c.from);
    m.state.x[0] = ~u64{0};
    ASSERT_TRUE(m.run(c.word));
    EXPECT_EQ(m.state.x[0], c.x0) << std::hex << c.word << " " << c.from;
    EXPECT_EQ(m.fpsr(), fpsr::kIOC);
  }
  Machine m;
  m.set_bits(1, kQuietNan, 64);
  ASSERT_TRUE(m.run(0x1e780020));
  EXPECT_EQ(m.state.x[0], 0u);
  EXPECT_EQ(m.fpsr(), fpsr::kIOC);
}

TEST(FpToInteger, HalfPrecisionScalarsStayWithin16Bits) {
  Machine m;
  m.set_bits(1, 0xc400, 16);       // -4.0
  ASSERT_TRUE(m.run(0x5ef9b820));  // fcvtzs h0, h1
  EXPECT_EQ(m.scalar(0, 16), 0xfffcu);
  ASSERT_TRUE(m.run(0x5f1cfc20));  // fcvtzs h0, h1, #4
  EXPECT_EQ(m.scalar(0, 16), 0xffc0u);
  m.set_bits(1, 0xfffc, 16);       // -4
  ASSERT_TRUE(m.run(0x5e79d820));  // scvtf h0, h1
  EXPECT_EQ(m.scalar(0, 16), 0xc400u);
  EXPECT_EQ(m.fpsr(), 0u);
}

TEST(FpFromInteger, Scales) {
  Machine m;
  m.state.x[1] = 0xffff'ffff'ffff'ffe8;  // w1 = -24
  ASSERT_TRUE(m.run(0x1e42f020));        // scvtf d0, w1, #4
  EXPECT_EQ(m.d(0), -1.5);
  ASSERT_TRUE(m.run(0x9e630020));  // ucvtf d0, x1
  EXPECT_EQ(m.d(0), 0x1p64);
  EXPECT_EQ(m.fpsr(), fpsr::kIXC);
}

TEST(FpConvert, BetweenPrecisions) {
  Machine m;
  m.set_bits(1, 0x3c01, 16);
  ASSERT_TRUE(m.run(0x1ee24020));  // fcvt s0, h1
  EXPECT_EQ(m.scalar(0, 32), 0x3f80'2000u);
  m.set_d(1, 65520);               // half way past the largest half: rounds to infinity
  ASSERT_TRUE(m.run(0x1e63c020));  // fcvt h0, d1
  EXPECT_EQ(m.scalar(0, 16), 0x7c00u);
  EXPECT_EQ(m.fpsr(), fpsr::kOFC | fpsr::kIXC);
  m.set_bits(1, 0x7fa0'0000, 32);  // signalling: becomes quiet
  ASSERT_TRUE(m.run(0x1e22c020));  // fcvt d0, s1
  EXPECT_EQ(m.scalar(0, 64), 0x7ffc'0000'0000'0000u);
  m.set_bits(1, 0x3f81'8000, 32);  // half way between two: the even one
  ASSERT_TRUE(m.run(0x1e634020));  // bfcvt h0, s1
  EXPECT_EQ(m.scalar(0, 16), 0x3f82u);
}

TEST(FpRoundToIntegral, OnlyFrintxRaisesInexact) {
  Machine m;
  m.set_d(1, -2.5);
  ASSERT_TRUE(m.run(0x1e67c020));  // frinti d0, d1
  EXPECT_EQ(m.d(0), -2.0);
  ASSERT_TRUE(m.run(0x1e664020));  // frinta d0, d1
  EXPECT_EQ(m.d(0), -3.0);
  EXPECT_EQ(m.fpsr(), 0u);
  ASSERT_TRUE(m.run(0x1e674020));  // frintx d0, d1
  EXPECT_EQ(m.d(0), -2.0);
  EXPECT_EQ(m.fpsr(), fpsr::kIXC);
}

TEST(FpJavaScript, ConvertsModulo2To32AndSaysWhetherExactly) {
  const struct {
    double from;
    u64 x0;
    u32 nzcv, fpsr;
  } cases[] = {
      {-7, 0xffff'fff9, 0b0100, 0},   {7.5, 7, 0, fpsr::kIXC},
      {0x1p32 + 5, 5, 0, fpsr::kIOC}, {-0.0, 0, 0, 0},
      {kInf, 0, 0, fpsr::kIOC},       {0x1p200, 0, 0, fpsr::kIOC},
  };
  for (const auto& c : cases) {
    Machine m;
    m.set_d(1, c.from);
    m.set_nzcv(0b1011);
    ASSERT_TRUE(m.run(0x1e7e0020));  // fjcvtzs w0, d1
    EXPECT_EQ(m.state.x[0], c.x0) << c.from;
    EXPECT_EQ(m.nzcv(), c.nzcv) << c.from;
    EXPECT_EQ(m.fpsr(), c.fpsr) << c.from;
  }
}

// FPToFixedJS(): "zero" with a fraction is not exact. QEMU 7.2 sets Z.
TEST(FpJavaScript, FlushedDenormalIsNotExact) {
  Machine m;
  m.set_fpcr(fpcr::kFZ);
  m.set_bits(1, 1, 64);
  ASSERT_TRUE(m.run(0x1e7e0020));
  EXPECT_EQ(m.state.x[0], 0u);
  EXPECT_EQ(m.nzcv(), 0u);
  EXPECT_EQ(m.fpsr(), fpsr::kIDC);
}

TEST(FpScalar, ReservedEncodingsAreUndefined) {
  const u32 words[] = {
      0x1ea22820,  // fadd with ftype 10
      0x1e224020,  // fcvt s0, s1
      0x1ee34020,  // fcvt from h1 to ftype 10
      0x1e020420,  // scvtf s0, w1, #63
      0x1e424020,  // scvtf d0, w1, #48
      0x1e660020,  // fmov w0, d1
      0x9e260020,  // fmov x0, s1
      0x1eae0020,  // fmov w0, v1.d[1]
      0x1e684020,  // frint32z d0, d1: FEAT_FRINTTS is not there
  };
  for (u32 word : words) {
    Machine m;
    EXPECT_FALSE(m.run(word)) << std::hex << word;
  }
}

}  // namespace
}  // namespace veneer::a64::test
