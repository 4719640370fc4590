// What the architecture says about NaNs, zeros, infinities, denormals and the edges of formats.
#include <gtest/gtest.h>

#include <array>
#include <tuple>
#include <utility>

#include "translate/interp/eval.h"
#include "translate/softfp/arithmetic.h"
#include "translate/softfp/bfloat.h"
#include "translate/softfp/compare.h"
#include "translate/softfp/convert.h"
#include "translate/softfp/estimate.h"

namespace veneer::softfp {
namespace {

constexpr u32 kOne = 0x3f800000, kTwo = 0x40000000, kInf = 0x7f800000, kNegZero = 0x80000000;
constexpr u32 kQuietA = 0x7fc00001, kQuietB = 0xffc00002, kSignalling = 0x7f800003;
constexpr u32 kDefault = 0x7fc00000, kDenormal = 0x00000001, kMinNormal = 0x00800000;
constexpr u32 kMaxNormal = 0x7f7fffff;

// A result and the exceptions that came with it.
struct Outcome {
  u64 value;
  u32 flags;
  bool operator==(const Outcome&) const = default;
  friend std::ostream& operator<<(std::ostream& os, const Outcome& o) {
    return os << std::hex << o.value << " flags " << o.flags;
  }
};
template <typename Fn>
Outcome with(Env env, Fn f) {
  const u64 value = f(env);
  return {value, env.flags};
}
template <typename Fn>
Outcome plain(Fn f) {
  return with(Env{}, f);
}
Env rounding(Rounding r) {
  Env env;
  env.rounding = r;
  return env;
}
Env flushing() {
  Env env;
  env.flush = true;
  return env;
}

TEST(SoftFpNan, FirstSignallingThenFirstQuiet) {
  EXPECT_EQ(plain([](Env& e) { return add<Single>(e, kQuietA, kQuietB); }), (Outcome{kQuietA, 0}));
  EXPECT_EQ(plain([](Env& e) { return add<Single>(e, kOne, kQuietB); }), (Outcome{kQuietB, 0}));
  EXPECT_EQ(plain([](Env& e) { return mul<Single>(e, kQuietA, kSignalling); }),
            (Outcome{kSignalling | 0x400000, fpsr::kIOC}));
  EXPECT_EQ(plain([](Env& e) { return mul_add<Single>(e, kQuietB, kOne, kSignalling); }),
            (Outcome{kSignalling | 0x400000, fpsr::kIOC}));
}

TEST(SoftFpNan, DefaultNanReplacesEveryPayload) {
  Env env;
  env.default_nan = true;
  EXPECT_EQ(with(env, [](Env& e) { return sub<Single>(e, kQuietB, kOne); }), (Outcome{kDefault, 0}));
  EXPECT_EQ(with(env, [](Env& e) { return sqrt<Single>(e, kSignalling); }), (Outcome{kDefault, fpsr::kIOC}));
  EXPECT_EQ(with(env, [](Env& e) { return convert<Double, Single>(e, kQuietB); }),
            (Outcome{0x7ff8000000000000, 0}));
}

TEST(SoftFpNan, QuietAddendDoesNotHideAnUndefinedProduct) {
  EXPECT_EQ(plain([](Env& e) { return mul_add<Single>(e, kQuietA, 0, kInf); }),
            (Outcome{kDefault, fpsr::kIOC}));
  EXPECT_EQ(plain([](Env& e) { return mul_add<Single>(e, kQuietA, kOne, kInf); }), (Outcome{kQuietA, 0}));
}

TEST(SoftFpNan, ConversionKeepsTheTopOfThePayload) {
  EXPECT_EQ(plain([](Env& e) { return convert<Half, Single>(e, 0xff802001); }), (Outcome{0xfe01, fpsr::kIOC}));
  EXPECT_EQ(plain([](Env& e) { return convert<Double, Half>(e, 0x7e01); }), (Outcome{0x7ff8040000000000, 0}));
  EXPECT_EQ(plain([](Env& e) { return convert<BFloat, Single>(e, 0x7f800001); }),
            (Outcome{0x7fc0, fpsr::kIOC}));
}

TEST(SoftFpNan, StepsNegateTheFirstOperandEvenWhenItIsOne) {
  EXPECT_EQ(plain([](Env& e) { return recip_step<Single>(e, kQuietA, kOne); }),
            (Outcome{kQuietA ^ 0x80000000, 0}));
  EXPECT_EQ(plain([](Env& e) { return rsqrt_step<Single>(e, kOne, kQuietA); }), (Outcome{kQuietA, 0}));
}

TEST(SoftFpZero, SignOfExactZeroSums) {
  EXPECT_EQ(plain([](Env& e) { return sub<Single>(e, kOne, kOne); }), (Outcome{0, 0}));
  const Env down = rounding(Rounding::Down);
  EXPECT_EQ(with(down, [](Env& e) { return sub<Single>(e, kOne, kOne); }), (Outcome{kNegZero, 0}));
  EXPECT_EQ(with(down, [](Env& e) { return add<Single>(e, 0, kNegZero); }), (Outcome{kNegZero, 0}));
  EXPECT_EQ(with(down, [](Env& e) { return add<Single>(e, 0, 0); }), (Outcome{0, 0}));
  EXPECT_EQ(plain([](Env& e) { return sqrt<Single>(e, kNegZero); }), (Outcome{kNegZero, 0}));
}

TEST(SoftFpZero, ZeroTimesInfinity) {
  EXPECT_EQ(plain([](Env& e) { return mul<Single>(e, kNegZero, kInf); }), (Outcome{kDefault, fpsr::kIOC}));
  EXPECT_EQ(plain([](Env& e) { return mulx<Single>(e, kNegZero, kInf); }), (Outcome{kTwo | kNegZero, 0}));
  EXPECT_EQ(plain([](Env& e) { return recip_step<Single>(e, kNegZero, kInf); }), (Outcome{kTwo, 0}));
  EXPECT_EQ(plain([](Env& e) { return rsqrt_step<Single>(e, kInf, 0); }), (Outcome{0x3fc00000, 0}));
}

TEST(SoftFpDivide, ByZero) {
  EXPECT_EQ(plain([](Env& e) { return div<Single>(e, kOne, kNegZero); }),
            (Outcome{kInf | kNegZero, fpsr::kDZC}));
  EXPECT_EQ(plain([](Env& e) { return div<Single>(e, kInf, 0); }), (Outcome{kInf, 0}));
  EXPECT_EQ(plain([](Env& e) { return div<Single>(e, 0, 0); }), (Outcome{kDefault, fpsr::kIOC}));
}

TEST(SoftFpOverflow, FollowsTheRoundingMode) {
  const u32 flags = fpsr::kOFC | fpsr::kIXC;
  const auto sum = [](Env& e) { return add<Single>(e, kMaxNormal, kMaxNormal); };
  EXPECT_EQ(with(rounding(Rounding::NearestEven), sum), (Outcome{kInf, flags}));
  EXPECT_EQ(with(rounding(Rounding::Up), sum), (Outcome{kInf, flags}));
  EXPECT_EQ(with(rounding(Rounding::Down), sum), (Outcome{kMaxNormal, flags}));
  EXPECT_EQ(with(rounding(Rounding::Zero), sum), (Outcome{kMaxNormal, flags}));
}

TEST(SoftFpUnderflow, TininessBeforeOrAfterRounding) {
  // Just below the smallest normal number, and rounds up to it.
  const auto product = [](Env& e) { return mul<Single>(e, 0x00ffffff, 0x3f000000); };
  EXPECT_EQ(plain(product), (Outcome{kMinNormal, fpsr::kUFC | fpsr::kIXC}));
  Env after;
  after.tininess = Tininess::AfterRounding;
  // With an unbounded exponent 0x7fffff.8 * 2^-149 is representable: tiny either way.
  EXPECT_EQ(with(after, product), (Outcome{kMinNormal, fpsr::kUFC | fpsr::kIXC}));
  // 2^-126 - 2^-200.
  const auto below = [](Env& e) { return mul_add<Single>(e, kMinNormal, 0x8d800000, 0x0d800000); };
  EXPECT_EQ(plain(below), (Outcome{kMinNormal, fpsr::kUFC | fpsr::kIXC}));
  EXPECT_EQ(with(after, below), (Outcome{kMinNormal, fpsr::kIXC}));
  // An exact denormal is no underflow.
  EXPECT_EQ(plain([](Env& e) { return mul<Single>(e, kMinNormal, 0x3f000000); }), (Outcome{0x00400000, 0}));
}

TEST(SoftFpFlush, OperandsAndResults) {
  EXPECT_EQ(with(flushing(), [](Env& e) { return add<Single>(e, kDenormal, kOne); }),
            (Outcome{kOne, fpsr::kIDC}));
  EXPECT_EQ(with(flushing(), [](Env& e) { return mul<Single>(e, kMinNormal | kNegZero, 0x3f000000); }),
            (Outcome{kNegZero, fpsr::kUFC}));
  EXPECT_EQ(with(flushing(), [](Env& e) { return max<Single>(e, kDenormal, kNegZero); }),
            (Outcome{0, fpsr::kIDC}));
  // A result that would round up to the smallest normal is flushed all the same.
  EXPECT_EQ(with(flushing(), [](Env& e) { return mul<Double>(e, 0x001fffffffffffff, 0x3fe0000000000000); }),
            (Outcome{0, fpsr::kUFC}));
  // Half answers to FZ16 alone, which raises nothing for operands and does not concern conversions.
  EXPECT_EQ(with(flushing(), [](Env& e) { return add<Half>(e, 1, 1); }), (Outcome{2, 0}));
  Env half;
  half.flush_half = true;
  EXPECT_EQ(with(half, [](Env& e) { return add<Half>(e, 1, 0x3c00); }), (Outcome{0x3c00, 0}));
  EXPECT_EQ(with(half, [](Env& e) { return mul<Half>(e, 0x0400, 0x3800); }), (Outcome{0, fpsr::kUFC}));
  EXPECT_EQ(with(half, [](Env& e) { return convert<Single, Half>(e, 1); }), (Outcome{0x33800000, 0}));
  EXPECT_EQ(with(half, [](Env& e) { return convert<Half, Single>(e, 0x33800000); }), (Outcome{1, 0}));
}

TEST(SoftFpAltHalf, HasNeitherInfinitiesNorNans) {
  Env env;
  env.alt_half = true;
  EXPECT_EQ(with(env, [](Env& e) { return convert<Single, Half>(e, 0x7fff); }), (Outcome{0x47ffe000, 0}));
  EXPECT_EQ(with(env, [](Env& e) { return convert<Half, Single>(e, 0x47ffe000); }), (Outcome{0x7fff, 0}));
  EXPECT_EQ(with(env, [](Env& e) { return convert<Half, Single>(e, 0x48000000); }),
            (Outcome{0x7fff, fpsr::kIOC}));
  EXPECT_EQ(with(env, [](Env& e) { return convert<Half, Single>(e, kInf | kNegZero); }),
            (Outcome{0xffff, fpsr::kIOC}));
  EXPECT_EQ(with(env, [](Env& e) { return convert<Half, Single>(e, kQuietB); }), (Outcome{0x8000, fpsr::kIOC}));
  // Arithmetic is not a conversion.
  EXPECT_EQ(with(env, [](Env& e) { return add<Half>(e, 0x7c00, 0x3c00); }), (Outcome{0x7c00, 0}));
}

TEST(SoftFpMax, QuietNanIsAMissingNumber) {
  EXPECT_EQ(plain([](Env& e) { return max_num<Single>(e, kQuietA, kOne | kNegZero); }),
            (Outcome{kOne | kNegZero, 0}));
  EXPECT_EQ(plain([](Env& e) { return min_num<Single>(e, kInf, kQuietA); }), (Outcome{kInf, 0}));
  EXPECT_EQ(plain([](Env& e) { return max_num<Single>(e, kQuietA, kQuietB); }), (Outcome{kQuietA, 0}));
  EXPECT_EQ(plain([](Env& e) { return max_num<Single>(e, kOne, kSignalling); }),
            (Outcome{kSignalling | 0x400000, fpsr::kIOC}));
  EXPECT_EQ(plain([](Env& e) { return max<Single>(e, kQuietA, kOne); }), (Outcome{kQuietA, 0}));
  EXPECT_EQ(plain([](Env& e) { return max<Single>(e, kNegZero, 0); }), (Outcome{0, 0}));
  EXPECT_EQ(plain([](Env& e) { return min<Single>(e, 0, kNegZero); }), (Outcome{kNegZero, 0}));
}

TEST(SoftFpRoundToIntegral, EveryMode) {
  // 2.5, -2.5, 0.5, -0.25
  const u32 values[] = {0x40200000, 0xc0200000, 0x3f000000, 0xbe800000};
  const std::pair<Rounding, std::array<u32, 4>> expected[] = {
      {Rounding::NearestEven, {0x40000000, 0xc0000000, 0, kNegZero}},
      {Rounding::Up, {0x40400000, 0xc0000000, kOne, kNegZero}},
      {Rounding::Down, {0x40000000, 0xc0400000, 0, kOne | kNegZero}},
      {Rounding::Zero, {0x40000000, 0xc0000000, 0, kNegZero}},
      {Rounding::NearestAway, {0x40400000, 0xc0400000, kOne, kNegZero}},
  };
  for (const auto& [mode, results] : expected) {
    for (usize i = 0; i < 4; ++i) {
      Env env;
      EXPECT_EQ(round_to_integral<Single>(env, values[i], mode, false), results[i]) << int(mode) << ' ' << i;
      EXPECT_EQ(env.flags, 0u);
      round_to_integral<Single>(env, values[i], mode, true);
      EXPECT_EQ(env.flags, fpsr::kIXC);
    }
  }
}

TEST(SoftFpToFixed, Saturates) {
  const auto s32_of = [](u64 v) {
    return plain([v](Env& e) { return to_fixed<Double>(e, v, 32, 0, false, Rounding::Zero); });
  };
  EXPECT_EQ(s32_of(0x41dfffffffc00000), (Outcome{0x7fffffff, 0}));
  EXPECT_EQ(s32_of(0x41dfffffffe00000), (Outcome{0x7fffffff, fpsr::kIXC}));
  EXPECT_EQ(s32_of(0x41e0000000000000), (Outcome{0x7fffffff, fpsr::kIOC}));
  EXPECT_EQ(s32_of(0xc1e0000000000000), (Outcome{0x80000000, 0}));
  EXPECT_EQ(s32_of(0xfff0000000000000), (Outcome{0x80000000, fpsr::kIOC}));
  EXPECT_EQ(s32_of(0x7ff8000000000000), (Outcome{0, fpsr::kIOC}));
  const auto u64_of = [](u64 v, unsigned fbits) {
    return plain([=](Env& e) { return to_fixed<Double>(e, v, 64, fbits, true, Rounding::Zero); });
  };
  EXPECT_EQ(u64_of(0xbfe0000000000000, 0), (Outcome{0, fpsr::kIXC}));
  EXPECT_EQ(u64_of(0xbff0000000000000, 0), (Outcome{0, fpsr::kIOC}));
  EXPECT_EQ(u64_of(0x3fefffffffffffff, 64), (Outcome{0xfffffffffffff800, 0}));
  EXPECT_EQ(u64_of(0x3ff0000000000000, 64), (Outcome{~u64{0}, fpsr::kIOC}));
}

TEST(SoftFpFromFixed, Extremes) {
  EXPECT_EQ(plain([](Env& e) { return from_fixed<Double>(e, u64{1} << 63, 0, false); }),
            (Outcome{0xc3e0000000000000, 0}));
  EXPECT_EQ(plain([](Env& e) { return from_fixed<Single>(e, ~u64{0}, 0, true); }),
            (Outcome{0x5f800000, fpsr::kIXC}));
  EXPECT_EQ(plain([](Env& e) { return from_fixed<Half>(e, 65520, 0, true); }),
            (Outcome{0x7c00, fpsr::kOFC | fpsr::kIXC}));
  EXPECT_EQ(plain([](Env& e) { return from_fixed<Half>(e, 1, 32, true); }),
            (Outcome{0, fpsr::kUFC | fpsr::kIXC}));
}

TEST(SoftFpConvert, ToOdd) {
  const auto odd = [](u64 v) {
    return plain([v](Env& e) { return convert<Single, Double>(e, v, Rounding::Odd); });
  };
  EXPECT_EQ(odd(0x3ff0000000000001), (Outcome{kOne | 1, fpsr::kIXC}));
  EXPECT_EQ(odd(0x3ff0000000000000), (Outcome{kOne, 0}));
  EXPECT_EQ(odd(0x7fefffffffffffff), (Outcome{kMaxNormal, fpsr::kOFC | fpsr::kIXC}));
  EXPECT_EQ(odd(0x0010000000000000), (Outcome{1, fpsr::kUFC | fpsr::kIXC}));
}

TEST(SoftFpJavaScript, ModuloTwoToThe32) {
  const auto js = [](u64 v, bool flush = false) {
    Env env;
    env.flush = flush;
    const JsInteger r = to_js_integer(env, v);
    return std::tuple{r.value, r.exact, env.flags};
  };
  EXPECT_EQ(js(0x4000000000000000), std::tuple(2u, true, 0u));
  EXPECT_EQ(js(0xc004000000000000), std::tuple(~u32{1}, false, fpsr::kIXC));      // -2.5
  EXPECT_EQ(js(0x41f0000000100000), std::tuple(1u, false, fpsr::kIOC));           // 2^32 + 1
  EXPECT_EQ(js(0xc1f0000000100000), std::tuple(~u32{0}, false, fpsr::kIOC));      // -(2^32 + 1)
  EXPECT_EQ(js(0x41e0000000000000), std::tuple(0x80000000u, false, fpsr::kIOC));  // 2^31
  EXPECT_EQ(js(0xc1e0000000000000), std::tuple(0x80000000u, true, 0u));           // -2^31
  EXPECT_EQ(js(0x7e37e43c8800759c), std::tuple(0u, false, fpsr::kIOC));           // 1e300
  EXPECT_EQ(js(0x7ff0000000000000), std::tuple(0u, false, fpsr::kIOC));
  EXPECT_EQ(js(0x7ff8000000000000), std::tuple(0u, false, fpsr::kIOC));
  EXPECT_EQ(js(0x0000000000000000), std::tuple(0u, true, 0u));
  EXPECT_EQ(js(0x8000000000000000), std::tuple(0u, false, 0u));  // -0 is not an integer
  EXPECT_EQ(js(0x0000000000000001), std::tuple(0u, false, fpsr::kIXC));
  EXPECT_EQ(js(0x0000000000000001, true), std::tuple(0u, false, fpsr::kIDC));
}

TEST(SoftFpEstimate, Edges) {
  EXPECT_EQ(plain([](Env& e) { return recip_estimate<Single>(e, kOne); }), (Outcome{0x3f7f8000, 0}));
  EXPECT_EQ(plain([](Env& e) { return rsqrt_estimate<Single>(e, kOne); }), (Outcome{0x3f7f8000, 0}));
  EXPECT_EQ(plain([](Env& e) { return recip_estimate<Single>(e, kNegZero); }),
            (Outcome{kInf | kNegZero, fpsr::kDZC}));
  EXPECT_EQ(plain([](Env& e) { return rsqrt_estimate<Single>(e, kNegZero); }),
            (Outcome{kInf | kNegZero, fpsr::kDZC}));
  EXPECT_EQ(plain([](Env& e) { return rsqrt_estimate<Single>(e, kOne | kNegZero); }),
            (Outcome{kDefault, fpsr::kIOC}));
  // Below 2^-128 the reciprocal overflows; above 2^126 it is denormal.
  EXPECT_EQ(plain([](Env& e) { return recip_estimate<Single>(e, 0x001fffff); }),
            (Outcome{kInf, fpsr::kOFC | fpsr::kIXC}));
  EXPECT_EQ(plain([](Env& e) { return recip_estimate<Single>(e, 0x7f000000); }), (Outcome{0x003fe000, 0}));
  EXPECT_EQ(with(flushing(), [](Env& e) { return recip_estimate<Single>(e, 0x7f000000); }),
            (Outcome{0, fpsr::kUFC}));
  EXPECT_EQ(plain([](Env& e) { return recip_exponent<Single>(e, kInf); }), (Outcome{0, 0}));
  EXPECT_EQ(plain([](Env& e) { return recip_exponent<Single>(e, kNegZero); }), (Outcome{0xff000000, 0}));
}

TEST(SoftFpBFloat, DotProductRoundsToOddAndFlushes) {
  EXPECT_EQ(bf_dot_add(kOne, 0x4000, 0x4040, 0x3f80, 0x4000), 0x41100000u);  // 1 + (2 * 1 + 3 * 2)
  EXPECT_EQ(bf_dot_add(kOne, 0x0080, 0, 0x4000, 0), kOne | 1);               // a little more than one
  EXPECT_EQ(bf_dot_add(0, 0x0080, 0, 0x3f00, 0), 0u);                        // a denormal product
  EXPECT_EQ(bf_dot_add(kDenormal, 0, 0, 0, 0), 0u);
  EXPECT_EQ(bf_dot_add(kNegZero, 0x8000, 0x8000, 0x3f80, 0x3f80), kNegZero);
  EXPECT_EQ(bf_dot_add(0, 0x7f7f, 0, 0x7f7f, 0), kInf);
  EXPECT_EQ(bf_dot_add(0xff800000, 0x7f80, 0, 0x3f80, 0), kDefault);
  EXPECT_EQ(bf_dot_add(0xffc12345, 0, 0, 0, 0), kDefault);
}

TEST(SoftFpEval, FpsrAccumulatesAndUpperHalfIsZero) {
  CpuState state;
  state.fpsr = fpsr::kIDC;
  ir::Inst in{.op = ir::Op::FDiv, .type = ir::Type::V128, .esize = 32, .q = false};
  const Vec args[2] = {{.w = {kOne, kOne, kOne, kOne}}, {.w = {0, kTwo, 0, 0}}};
  const Vec r = interp::eval_fn(in.op)(state, in, args);
  EXPECT_EQ(r.w[0], kInf);
  EXPECT_EQ(r.w[1], 0x3f000000u);
  EXPECT_EQ(r.d[1], 0u);
  EXPECT_EQ(state.fpsr, fpsr::kIDC | fpsr::kDZC);
  in = {.op = ir::Op::FJcvtzsExact, .type = ir::Type::I1};
  const Vec half{.d = {0x3fe0000000000000, 0}};
  EXPECT_EQ(interp::eval_fn(in.op)(state, in, &half).d[0], 0u);
  EXPECT_EQ(state.fpsr, fpsr::kIDC | fpsr::kDZC);
}

}  // namespace
}  // namespace veneer::softfp
