// Single and Double against the host's SSE arithmetic, in its four rounding modes and with flags, and Half
// conversions against F16C. The host detects tininess after rounding and propagates the first NaN operand.
#include <gtest/gtest.h>
#include <immintrin.h>

#include <bit>

#include "translate/softfp/arithmetic.h"
#include "translate/softfp/compare.h"
#include "translate/softfp/convert.h"
#include "translate/softfp/hostile.h"

namespace veneer::softfp {
namespace {

constexpr Rounding kModes[] = {Rounding::NearestEven, Rounding::Down, Rounding::Up, Rounding::Zero};

// The host's MXCSR for a while: all exceptions masked, flags clear.
class HostMode {
 public:
  explicit HostMode(Rounding r) : saved_(_mm_getcsr()) {
    for (u32 i = 0; i < 4; ++i) {
      if (kModes[i] == r) control_ = 0x1f80 | i << 13;
    }
    _mm_setcsr(control_);
  }
  ~HostMode() { _mm_setcsr(saved_); }
  HostMode(const HostMode&) = delete;
  HostMode& operator=(const HostMode&) = delete;

  // The flags raised since the last call, at their FPSR positions. The host's denormal-operand flag has no
  // counterpart.
  u32 take_flags() {
    const u32 x = _mm_getcsr();
    _mm_setcsr(control_);
    return (x & 1 ? fpsr::kIOC : 0) | (x & 4 ? fpsr::kDZC : 0) | (x & 8 ? fpsr::kOFC : 0) |
           (x & 16 ? fpsr::kUFC : 0) | (x & 32 ? fpsr::kIXC : 0);
  }

 private:
  u32 saved_, control_ = 0x1f80;
};

template <class F>
struct Host;
template <>
struct Host<Single> {
  using V = __m128;
  static V in(u32 v) { return _mm_castsi128_ps(_mm_cvtsi32_si128(static_cast<int>(v))); }
  static u32 out(V v) { return static_cast<u32>(_mm_cvtsi128_si32(_mm_castps_si128(v))); }
  static V add(V a, V b) { return _mm_add_ss(a, b); }
  static V sub(V a, V b) { return _mm_sub_ss(a, b); }
  static V mul(V a, V b) { return _mm_mul_ss(a, b); }
  static V div(V a, V b) { return _mm_div_ss(a, b); }
  static V sqrt(V a) { return _mm_sqrt_ss(a); }
  [[gnu::target("fma")]] static u32 mul_add(u32 c, u32 a, u32 b) {
    return out(_mm_fmadd_ss(in(a), in(b), in(c)));
  }
};
template <>
struct Host<Double> {
  using V = __m128d;
  static V in(u64 v) { return _mm_castsi128_pd(_mm_cvtsi64_si128(static_cast<s64>(v))); }
  static u64 out(V v) { return static_cast<u64>(_mm_cvtsi128_si64(_mm_castpd_si128(v))); }
  static V add(V a, V b) { return _mm_add_sd(a, b); }
  static V sub(V a, V b) { return _mm_sub_sd(a, b); }
  static V mul(V a, V b) { return _mm_mul_sd(a, b); }
  static V div(V a, V b) { return _mm_div_sd(a, b); }
  static V sqrt(V a) { return _mm_sqrt_sd(a, a); }
  [[gnu::target("fma")]] static u64 mul_add(u64 c, u64 a, u64 b) {
    return out(_mm_fmadd_sd(in(a), in(b), in(c)));
  }
};

Env host_like(Rounding r) {
  Env env;
  env.rounding = r;
  env.tininess = Tininess::AfterRounding;
  env.nan_choice = NanChoice::FirstOperand;
  return env;
}

// Keeps the compiler from moving host arithmetic across the changes of MXCSR.
template <typename T>
T opaque(T v) {
  __asm__ volatile("" : "+x"(v) : : "memory");
  return v;
}

// The sign of a NaN that the host generates differs from Arm's.
template <class F>
bool same(typename F::Bits ours, typename F::Bits host) {
  return ours == host || (ours == F::default_nan() && host == F::negate(F::default_nan()));
}

// Counts disagreements rather than asserting on each of millions, and shows the first.
class Disagreements {
 public:
  template <class F>
  void check(const char* what, Rounding mode, const Env& env, typename F::Bits ours, typename F::Bits host,
             u32 host_flags, typename F::Bits a, typename F::Bits b, typename F::Bits c = 0) {
    if (same<F>(ours, host) && env.flags == host_flags) return;
    if (count_++ != 0) return;
    ADD_FAILURE() << what << F::kWidth << std::hex << " mode " << int(mode) << " of " << u64{a} << ", "
                  << u64{b} << ", " << u64{c} << ": " << u64{ours} << " flags " << env.flags << ", host "
                  << u64{host} << " flags " << host_flags;
  }
  ~Disagreements() { EXPECT_EQ(count_, 0u); }

 private:
  usize count_ = 0;
};

template <class F>
void compare_binary(HostMode& host, Rounding mode, Disagreements& d, typename F::Bits a, typename F::Bits b) {
  using H = Host<F>;
  const auto x = opaque(H::in(a)), y = opaque(H::in(b));
  const auto one = [&](const char* what, auto ours, auto theirs) {
    host.take_flags();
    const auto r = H::out(opaque(theirs(x, y)));
    const u32 flags = host.take_flags();
    Env env = host_like(mode);
    const auto v = ours(env, a, b);
    d.check<F>(what, mode, env, v, r, flags, a, b);
  };
  one("add", add<F>, H::add);
  one("sub", sub<F>, H::sub);
  one("mul", mul<F>, H::mul);
  one("div", div<F>, H::div);
}

template <class F>
void compare_fma(HostMode& host, Rounding mode, Disagreements& d, typename F::Bits c, typename F::Bits a,
                 typename F::Bits b) {
  // The host looks at the addend last when it chooses a NaN, and lets a quiet addend hide 0 * infinity.
  if (F::is_nan(a) || F::is_nan(b) || F::is_nan(c)) return;
  host.take_flags();
  const auto r = Host<F>::mul_add(c, a, b);
  const u32 flags = host.take_flags();
  Env env = host_like(mode);
  const auto v = mul_add<F>(env, c, a, b);
  d.check<F>("fma", mode, env, v, r, flags, c, a, b);
}

template <class F>
void compare_sqrt(HostMode& host, Rounding mode, Disagreements& d, typename F::Bits a) {
  host.take_flags();
  const auto r = Host<F>::out(opaque(Host<F>::sqrt(opaque(Host<F>::in(a)))));
  const u32 flags = host.take_flags();
  Env env = host_like(mode);
  const auto v = sqrt<F>(env, a);
  d.check<F>("sqrt", mode, env, v, r, flags, a, 0);
}

template <class F>
class AgainstHost : public testing::Test {};
using HostFormats = testing::Types<Single, Double>;
TYPED_TEST_SUITE(AgainstHost, HostFormats);

TYPED_TEST(AgainstHost, HostileOperands) {
  using F = TypeParam;
  const auto table = hostile<F>();
  const bool fma = __builtin_cpu_supports("fma");
  Disagreements d;
  for (const Rounding mode : kModes) {
    HostMode host(mode);
    for (const auto a : table) {
      compare_sqrt<F>(host, mode, d, a);
      for (const auto b : table) compare_binary<F>(host, mode, d, a, b);
    }
    if (!fma) continue;
    for (usize i = 0; i < table.size(); i += 3) {
      for (usize j = 0; j < table.size(); j += 2) {
        for (usize k = 0; k < table.size(); k += 3) compare_fma<F>(host, mode, d, table[i], table[j], table[k]);
      }
    }
  }
}

TYPED_TEST(AgainstHost, RandomOperands) {
  using F = TypeParam;
  const bool fma = __builtin_cpu_supports("fma");
  Disagreements d;
  Random random(F::kWidth);
  for (const Rounding mode : kModes) {
    HostMode host(mode);
    for (int i = 0; i < 60000; ++i) {
      const s32 around = static_cast<s32>(random.next() & F::kExpMax);
      const auto a = random.operand<F>(around), b = random.operand<F>(around);
      compare_sqrt<F>(host, mode, d, a);
      compare_binary<F>(host, mode, d, a, b);
      if (!fma) continue;
      // An addend near the product, where cancellation happens.
      const s32 product = F::biased(a) + F::biased(b) + F::kMinExp;
      compare_fma<F>(host, mode, d, random.operand<F>(product), a, b);
    }
  }
}

// Through memory the exponents' extremes meet: the host's conversions between Single and Double.
TEST(AgainstHostConvert, SingleAndDouble) {
  Disagreements d;
  Random random(7);
  for (const Rounding mode : kModes) {
    HostMode host(mode);
    const auto narrow = [&](u64 v) {
      host.take_flags();
      const u32 r = Host<Single>::out(opaque(_mm_cvtsd_ss(_mm_setzero_ps(), opaque(Host<Double>::in(v)))));
      const u32 flags = host.take_flags();
      Env env = host_like(mode);
      const u32 ours = convert<Single, Double>(env, v);
      d.check<Single>("convert to ", mode, env, ours, r, flags, static_cast<u32>(v >> 32), static_cast<u32>(v));
    };
    const auto widen = [&](u32 v) {
      host.take_flags();
      const u64 r = Host<Double>::out(opaque(_mm_cvtss_sd(_mm_setzero_pd(), opaque(Host<Single>::in(v)))));
      const u32 flags = host.take_flags();
      Env env = host_like(mode);
      const u64 ours = convert<Double, Single>(env, v);
      d.check<Double>("convert to ", mode, env, ours, r, flags, v, 0);
    };
    for (const u64 v : hostile<Double>()) narrow(v);
    for (const u32 v : hostile<Single>()) widen(v);
    for (int i = 0; i < 60000; ++i) {
      // Within and just beyond the range of Single.
      narrow(random.operand<Double>(1023 + static_cast<s32>(random.next() % 320) - 160));
      widen(random.operand<Single>(4));
    }
  }
}

TEST(AgainstHostConvert, Integers) {
  Disagreements d;
  Random random(9);
  for (const Rounding mode : kModes) {
    HostMode host(mode);
    for (int i = 0; i < 60000; ++i) {
      const u64 v = static_cast<u64>(static_cast<s64>(random.next()) >> random.next() % 64);
      host.take_flags();
      const u64 r = Host<Double>::out(opaque(_mm_cvtsi64_sd(_mm_setzero_pd(), static_cast<s64>(v))));
      const u32 flags = host.take_flags();
      Env env = host_like(mode);
      d.check<Double>("from integer ", mode, env, from_fixed<Double>(env, v, 0, false), r, flags, v, 0);

      const u64 f = random.operand<Double>(1023 + static_cast<s32>(random.next() % 70));
      host.take_flags();
      const u64 n = opaque(static_cast<u64>(_mm_cvtsd_si64(opaque(Host<Double>::in(f)))));
      const u32 n_flags = host.take_flags();
      Env to = host_like(mode);
      u64 ours = to_fixed<Double>(to, f, 64, 0, false, mode);
      // The host does not saturate.
      if ((to.flags & fpsr::kIOC) != 0) ours = u64{1} << 63;
      d.check<Double>("to integer ", mode, to, ours, n, n_flags, f, 0);
    }
  }
}

[[gnu::target("f16c")]] u32 host_half_to_single(u16 v) {
  return static_cast<u32>(
      _mm_cvtsi128_si32(_mm_castps_si128(opaque(_mm_cvtph_ps(opaque(_mm_cvtsi32_si128(v)))))));
}
// Rounds as MXCSR says.
[[gnu::target("f16c")]] u16 host_single_to_half(u32 v) {
  return static_cast<u16>(
      _mm_cvtsi128_si32(opaque(_mm_cvtps_ph(opaque(Host<Single>::in(v)), _MM_FROUND_CUR_DIRECTION))));
}

TEST(AgainstHostConvert, HalfExhaustively) {
  if (!__builtin_cpu_supports("f16c")) GTEST_SKIP() << "the host has no F16C";
  Disagreements d;
  Random random(3);
  for (const Rounding mode : kModes) {
    HostMode host(mode);
    for (u32 v = 0; v < 0x10000; ++v) {
      host.take_flags();
      const u32 r = host_half_to_single(static_cast<u16>(v));
      const u32 flags = host.take_flags();
      Env env = host_like(mode);
      d.check<Single>("half to ", mode, env, convert<Single, Half>(env, static_cast<u16>(v)), r, flags, v, 0);
      // The value, its neighbours, and the middle between it and the next.
      for (const u32 s :
           {r, r + 1, r - 1, r + 0x1000, r + 0xfff, r + 0x1001, r ^ static_cast<u32>(random.next() % 0x2000)}) {
        host.take_flags();
        const u16 h = host_single_to_half(s);
        const u32 h_flags = host.take_flags();
        Env back = host_like(mode);
        d.check<Half>("single to ", mode, back, convert<Half, Single>(back, s), h, h_flags,
                      static_cast<u16>(s >> 16), static_cast<u16>(s));
      }
    }
  }
}

// Double has more than twice Half's precision, so rounding twice gives the same as rounding once for the
// basic operations.
TEST(AgainstHostHalf, ArithmeticThroughDouble) {
  Disagreements d;
  const auto table = hostile<Half>();
  Random random(5);
  for (const Rounding mode : kModes) {
    HostMode host(mode);
    const auto check = [&](const char* what, u16 ours, const Env& env, u64 r, u32 host_flags, u16 a, u16 b) {
      Env env2;
      env2.rounding = mode;
      const u16 h = convert<Half, Double>(env2, r);
      const u32 either = (host_flags | env2.flags) & (fpsr::kIXC | fpsr::kIOC | fpsr::kOFC | fpsr::kDZC);
      Env shown = env;
      shown.flags &= ~fpsr::kUFC;
      d.check<Half>(what, mode, shown, ours, h, either, a, b);
    };
    const auto wide = [](u16 v) {
      Env env;
      return Host<Double>::in(convert<Double, Half>(env, v));
    };
    const auto pair = [&](u16 a, u16 b) {
      using H = Host<Double>;
      if (Half::is_nan(a) || Half::is_nan(b)) return;
      const auto x = opaque(wide(a)), y = opaque(wide(b));
      const auto one = [&](const char* what, auto ours, auto theirs) {
        host.take_flags();
        const u64 r = H::out(opaque(theirs(x, y)));
        const u32 flags = host.take_flags();
        Env env;
        env.rounding = mode;
        const u16 v = ours(env, a, b);
        check(what, v, env, r == Double::negate(Double::default_nan()) ? Double::default_nan() : r, flags, a,
              b);
      };
      one("add", add<Half>, H::add);
      one("sub", sub<Half>, H::sub);
      one("mul", mul<Half>, H::mul);
      one("div", div<Half>, H::div);
    };
    for (const u16 a : table) {
      for (const u16 b : table) pair(a, b);
    }
    for (int i = 0; i < 40000; ++i) pair(static_cast<u16>(random.next()), static_cast<u16>(random.next()));
    for (u32 a = 0; a < 0x10000; ++a) {
      const u16 h = static_cast<u16>(a);
      if (Half::is_nan(h)) continue;
      host.take_flags();
      const u64 r = Host<Double>::out(opaque(Host<Double>::sqrt(opaque(wide(h)))));
      const u32 flags = host.take_flags();
      Env env;
      env.rounding = mode;
      const u16 v = sqrt<Half>(env, h);
      check("sqrt", v, env, r == Double::negate(Double::default_nan()) ? Double::default_nan() : r, flags, h,
            0);
    }
  }
}

TEST(AgainstHostCompare, Orders) {
  const auto table = hostile<Double>();
  for (const u64 a : table) {
    for (const u64 b : table) {
      const double x = std::bit_cast<double>(a), y = std::bit_cast<double>(b);
      const Order expected = __builtin_isunordered(x, y) ? Order::Unordered
                             : x < y                     ? Order::Less
                             : x > y                     ? Order::Greater
                                                         : Order::Equal;
      Env env;
      ASSERT_EQ(compare<Double>(env, a, b, false), expected) << std::hex << a << ' ' << b;
    }
  }
}

}  // namespace
}  // namespace veneer::softfp
