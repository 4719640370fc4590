// Advanced SIMD floating point: order of lanes, halves, what lies above the result, complex numbers.
#include <gtest/gtest.h>

#include <limits>

#include "isa/aarch64/fp_run.h"

namespace veneer::a64::test {
namespace {

using F4 = std::array<float, 4>;
using D2 = std::array<double, 2>;

TEST(FpSimd, ImmediatesFillTheLanes) {
  Machine m;
  ASSERT_TRUE(m.run(0x6f07f600));  // fmov v0.2d, #-1.0
  EXPECT_EQ(m.get_2d(0), (D2{-1, -1}));
  ASSERT_TRUE(m.run(0x4f00f400));  // fmov v0.4s, #2.0
  EXPECT_EQ(m.get_4s(0), (F4{2, 2, 2, 2}));
  ASSERT_TRUE(m.run(0x0f00f400));  // fmov v0.2s, #2.0
  EXPECT_EQ(m.get_4s(0), (F4{2, 2, 0, 0}));
  ASSERT_TRUE(m.run(0x4f03fe00));  // fmov v0.8h, #1.0
  EXPECT_EQ(m.state.v[0].d[0], 0x3c00'3c00'3c00'3c00u);
  EXPECT_EQ(m.state.v[0].d[1], 0x3c00'3c00'3c00'3c00u);
}

TEST(FpSimd, SixtyFourBitFormsClearTheUpperHalfAndIgnoreIt) {
  Machine m;
  m.set_4s(0, 9, 9, 9, 9);
  m.set_4s(1, 1, 2, std::numeric_limits<float>::infinity(), 1);
  m.set_4s(2, 10, 20, -std::numeric_limits<float>::infinity(), 1);
  ASSERT_TRUE(m.run(0x0e22d420));  // fadd v0.2s, v1.2s, v2.2s
  EXPECT_EQ(m.get_4s(0), (F4{11, 22, 0, 0}));
  EXPECT_EQ(m.fpsr(), 0u);
}

TEST(FpSimd, Pairwise) {
  Machine m;
  m.set_4s(1, 1, 2, 3, 4);
  m.set_4s(2, 10, 20, 30, 40);
  ASSERT_TRUE(m.run(0x6e22d420));  // faddp v0.4s, v1.4s, v2.4s
  EXPECT_EQ(m.get_4s(0), (F4{3, 7, 30, 70}));
  m.set_2d(1, 1.5, 2.25);
  ASSERT_TRUE(m.run(0x7e70d820));  // faddp d0, v1.2d
  EXPECT_EQ(m.get_2d(0), (D2{3.75, 0}));
}

TEST(FpSimd, AcrossLanes) {
  Machine m;
  m.set_4s(1, -1, 7, 5, 6);
  ASSERT_TRUE(m.run(0x6e30f820));  // fmaxv s0, v1.4s
  EXPECT_EQ(m.get_4s(0), (F4{7, 0, 0, 0}));
  // Of two NaNs, that of the lower pair comes out.
  m.state.v[1] = Vec{.w = {0x3f80'0000, 0x7fc0'0001, 0x7fc0'0002, 0x3f80'0000}};
  ASSERT_TRUE(m.run(0x6e30f820));
  EXPECT_EQ(m.scalar(0, 32), 0x7fc0'0001u);
}

TEST(FpSimd, ComparesWithZeroAndByMagnitude) {
  Machine m;
  m.set_4s(1, -1, -0.0f, 2, std::numeric_limits<float>::quiet_NaN());
  m.set_4s(2, -0.5f, 0, -3, 1);
  ASSERT_TRUE(m.run(0x6ea0d820));  // fcmle v0.4s, v1.4s, #0.0
  EXPECT_EQ(m.state.v[0].d[0], ~u64{0});
  EXPECT_EQ(m.state.v[0].d[1], 0u);
  EXPECT_EQ(m.fpsr(), fpsr::kIOC);
  ASSERT_TRUE(m.run(0x4ea0e820));  // fcmlt v0.4s, v1.4s, #0.0
  EXPECT_EQ(m.state.v[0].d[0], 0xffff'ffffu);
  ASSERT_TRUE(m.run(0x6ea2ec20));  // facgt v0.4s, v1.4s, v2.4s
  EXPECT_EQ(m.state.v[0].d[0], 0xffff'ffffu);
  EXPECT_EQ(m.state.v[0].d[1], 0u);
}

TEST(FpSimd, MultiplyAccumulateByElement) {
  Machine m;
  m.set_4s(0, 100, 200, 300, 400);
  m.set_4s(1, 1, 2, 3, 4);
  m.set_4s(2, 7, 8, 9, 10);
  ASSERT_TRUE(m.run(0x4fa21820));  // fmla v0.4s, v1.4s, v2.s[3]
  EXPECT_EQ(m.get_4s(0), (F4{110, 220, 330, 440}));
  ASSERT_TRUE(m.run(0x4ea2cc20));  // fmls v0.4s, v1.4s, v2.4s
  EXPECT_EQ(m.get_4s(0), (F4{103, 204, 303, 400}));
  m.set_2d(1, 3, 99);
  m.set_2d(2, 99, 5);
  ASSERT_TRUE(m.run(0x5fc29820));  // fmul d0, d1, v2.d[1]
  EXPECT_EQ(m.get_2d(0), (D2{15, 0}));
}

TEST(FpSimd, ComplexAdd) {
  Machine m;
  m.set_4s(1, 1, 2, 3, 4);
  m.set_4s(2, 10, 20, 30, 40);
  ASSERT_TRUE(m.run(0x6e82e420));  // fcadd v0.4s, v1.4s, v2.4s, #90: a + ib
  EXPECT_EQ(m.get_4s(0), (F4{-19, 12, -37, 34}));
  ASSERT_TRUE(m.run(0x6e82f420));  // #270: a - ib
  EXPECT_EQ(m.get_4s(0), (F4{21, -8, 43, -26}));
  m.set_2d(1, 1, 2);
  m.set_2d(2, 10, 20);
  ASSERT_TRUE(m.run(0x6ec2e420));  // fcadd v0.2d, v1.2d, v2.2d, #90
  EXPECT_EQ(m.get_2d(0), (D2{-19, 12}));
  ASSERT_TRUE(m.run(0x6ec2f420));  // #270
  EXPECT_EQ(m.get_2d(0), (D2{21, -8}));
}

TEST(FpSimd, ComplexMultiplyIsTwoRotations) {
  Machine m;
  m.set_4s(0, 0, 0, 0, 0);
  m.set_4s(1, 2, 3, -1, 4);
  m.set_4s(2, 5, 7, 6, -2);
  ASSERT_TRUE(m.run(0x6e82c420));  // fcmla v0.4s, v1.4s, v2.4s, #0
  ASSERT_TRUE(m.run(0x6e82cc20));  // fcmla v0.4s, v1.4s, v2.4s, #90
  EXPECT_EQ(m.get_4s(0), (F4{2 * 5 - 3 * 7, 2 * 7 + 3 * 5, -6 + 8, 2 + 24}));
  ASSERT_TRUE(m.run(0x6e82d420));  // #180
  ASSERT_TRUE(m.run(0x6e82dc20));  // #270: the product is subtracted again
  EXPECT_EQ(m.get_4s(0), (F4{0, 0, 0, 0}));
}

TEST(FpSimd, NarrowingWritesTheLowerOrTheUpperHalf) {
  Machine m;
  m.set_2d(1, 1.5, -2);
  m.set_4s(0, 9, 8, 7, 6);
  ASSERT_TRUE(m.run(0x4e616820));  // fcvtn2 v0.4s, v1.2d
  EXPECT_EQ(m.get_4s(0), (F4{9, 8, 1.5f, -2}));
  ASSERT_TRUE(m.run(0x0e616820));  // fcvtn v0.2s, v1.2d
  EXPECT_EQ(m.get_4s(0), (F4{1.5f, -2, 0, 0}));
  m.set_4s(1, 1, 2, 3, 4);
  ASSERT_TRUE(m.run(0x0e617820));  // fcvtl v0.2d, v1.2s
  EXPECT_EQ(m.get_2d(0), (D2{1, 2}));
  ASSERT_TRUE(m.run(0x4e617820));  // fcvtl2 v0.2d, v1.4s
  EXPECT_EQ(m.get_2d(0), (D2{3, 4}));
}

TEST(FpSimd, FcvtxnRoundsToOdd) {
  Machine m;
  m.set_d(1, 1 + 0x1p-30);
  ASSERT_TRUE(m.run(0x7e616820));  // fcvtxn s0, d1
  EXPECT_EQ(m.scalar(0, 32), 0x3f80'0001u);
  EXPECT_EQ(m.fpsr(), fpsr::kIXC);
}

TEST(FpSimd, FixedPoint) {
  Machine m;
  m.state.v[1] = Vec{.w = {0x100, 0xffff'ff00, 0x180, 0}};
  ASSERT_TRUE(m.run(0x4f38e420));  // scvtf v0.4s, v1.4s, #8
  EXPECT_EQ(m.get_4s(0), (F4{1, -1, 1.5f, 0}));
  m.set_2d(1, 2.5, -1);
  ASSERT_TRUE(m.run(0x6f7ffc20));  // fcvtzu v0.2d, v1.2d, #1
  EXPECT_EQ(m.state.v[0].d[0], 5u);
  EXPECT_EQ(m.state.v[0].d[1], 0u);
  EXPECT_EQ(m.fpsr(), fpsr::kIOC);
}

TEST(FpSimd, BFloat16Products) {
  Machine m;
  // Pairs (1, 2), (3, 4), ... times (1, 1) in every pair of the second operand but the last: (2, 0.5).
  m.state.v[1] = Vec{.h = {0x3f80, 0x4000, 0x4040, 0x4080, 0x40a0, 0x40c0, 0x40e0, 0x4100}};
  m.state.v[2] = Vec{.h = {0x3f80, 0x3f80, 0x3f80, 0x3f80, 0x3f80, 0x3f80, 0x4000, 0x3f00}};
  m.set_4s(0, 100, 100, 100, 100);
  ASSERT_TRUE(m.run(0x6e42fc20));  // bfdot v0.4s, v1.8h, v2.8h
  EXPECT_EQ(m.get_4s(0), (F4{103, 107, 111, 118}));
  m.set_4s(0, 0, 0, 0, 0);
  ASSERT_TRUE(m.run(0x4f62f820));  // bfdot v0.4s, v1.8h, v2.2h[3]
  EXPECT_EQ(m.get_4s(0), (F4{3, 8, 13, 18}));
  m.set_4s(0, 0, 0, 0, 0);
  ASSERT_TRUE(m.run(0x2ec2fc20));  // bfmlalb v0.4s, v1.8h, v2.8h
  EXPECT_EQ(m.get_4s(0), (F4{1, 3, 5, 14}));
  m.set_4s(0, 0, 0, 0, 0);
  ASSERT_TRUE(m.run(0x6ec2fc20));  // bfmlalt v0.4s, v1.8h, v2.8h
  EXPECT_EQ(m.get_4s(0), (F4{2, 4, 6, 4}));
}

TEST(FpSimd, ReservedEncodingsAreUndefined) {
  const u32 words[] = {
      0x0e62d420,  // fadd v0.1d, v1.1d, v2.1d
      0x6e70f820,  // fmaxv d0, v1.2d
      0x2e30f820,  // fmaxv s0, v1.2s
      0x2f07f600,  // fmov v0.1d, #-1.0
      0x5fe29820,  // fmul d0, d1, by an element with L set
      0x7e216820,  // fcvtxn h0, s1
      0x2e216820,  // fcvtxn v0.4h, v1.4s
      0x6e02c420,  // fcmla v0.16b, v1.16b, v2.16b, #0
      0x2ec2c420,  // fcmla v0.1d, v1.1d, v2.1d, #0
      0x2f823820,  // fcmla v0.2s, v1.2s, v2.s[1], #90
      0x2f621820,  // fcmla v0.4h, v1.4h, v2.h[3], #0
      0x5f08e420,  // scvtf b0, b1, #8
      0x2e42ec20,  // bfmmla of 64 bits
      0x4e22ec20,  // fmlal v0.4s, v1.4h, v2.4h: FEAT_FHM is not there
      0x6e61e820,  // frint32x v0.2d, v1.2d: FEAT_FRINTTS is not there
  };
  for (u32 word : words) {
    Machine m;
    EXPECT_FALSE(m.run(word)) << std::hex << word;
  }
}

}  // namespace
}  // namespace veneer::a64::test
