#include "translate/softfp/estimate.h"

#include "translate/softfp/round.h"

namespace veneer::softfp {
namespace {

// The eight bits below the leading one of a significand, which has it at bit 62.
unsigned leading_fraction(u64 significand) {
  return static_cast<unsigned>(significand >> 54) & 0xff;
}

}  // namespace

unsigned recip_estimate_fixed(unsigned a) {
  const unsigned midpoint = 2 * a + 1;
  return ((1u << 19) / midpoint + 1) / 2;
}

unsigned rsqrt_estimate_fixed(unsigned a) {
  // The midpoint of the interval that a stands for; above a half, intervals are twice as wide.
  a = a < 256 ? 2 * a + 1 : ((a | 1) * 2);
  unsigned b = 512;
  while (a * (b + 1) * (b + 1) < 1u << 28) ++b;
  return (b + 1) / 2;
}

template <class F>
typename F::Bits recip_estimate(Env& env, typename F::Bits v) {
  const Unpacked x = unpack<F>(env, v);
  if (x.nan()) return process_nan<F>(env, v);
  if (x.infinity()) return F::zero(x.sign);
  if (x.zero()) {
    env.raise(fpsr::kDZC);
    return F::infinity(x.sign);
  }
  if (x.scale() < F::kMinExp - 2) {
    env.raise(fpsr::kOFC | fpsr::kIXC);
    return overflows_to_infinity(env.rounding, x.sign) ? F::infinity(x.sign) : F::max_normal(x.sign);
  }
  // The reciprocal of these is below the smallest normal number.
  if (flushes<F>(env, Use::Arithmetic) && x.scale() >= -F::kMinExp) {
    env.raise(fpsr::kUFC);
    return F::zero(x.sign);
  }
  const unsigned estimate = recip_estimate_fixed(256 + leading_fraction(x.significand));
  u64 mantissa = u64{estimate} << (F::kFracBits - 8);
  s32 biased = -x.scale() - F::kMinExp;  // 1/x is in (2^(-scale-1), 2^-scale], and has a leading one
  if (biased <= 0) {
    mantissa >>= 1 - biased;
    return F::pack(x.sign, 0, mantissa);
  }
  return F::pack(x.sign, biased, mantissa & F::kFracMask);
}

template <class F>
typename F::Bits rsqrt_estimate(Env& env, typename F::Bits v) {
  const Unpacked x = unpack<F>(env, v);
  if (x.nan()) return process_nan<F>(env, v);
  if (x.zero()) {
    env.raise(fpsr::kDZC);
    return F::infinity(x.sign);
  }
  if (x.sign) return invalid<F>(env);
  if (x.infinity()) return F::zero(false);
  // x = m * 2^(2n) with m in [0.25, 1).
  const bool odd = (x.scale() & 1) != 0;
  const unsigned fraction = 256 + leading_fraction(x.significand);
  const unsigned estimate = rsqrt_estimate_fixed(odd ? fraction : fraction >> 1);
  const s32 half_scale = (x.scale() + (odd ? 1 : 2)) / 2;
  const u64 mantissa = u64{estimate & 0xff} << (F::kFracBits - 8);
  return F::pack(false, 1 - half_scale - F::kMinExp, mantissa);
}

template <class F>
typename F::Bits recip_exponent(Env& env, typename F::Bits v) {
  const Unpacked x = unpack<F>(env, v);
  if (x.nan()) return process_nan<F>(env, v);
  const s32 biased = F::biased(v);
  return F::pack(x.sign, biased == 0 ? F::kExpMax - 1 : F::kExpMax - biased, 0);
}

#define INSTANTIATE(F)                               \
  template F::Bits recip_estimate<F>(Env&, F::Bits); \
  template F::Bits rsqrt_estimate<F>(Env&, F::Bits); \
  template F::Bits recip_exponent<F>(Env&, F::Bits);
INSTANTIATE(Half)
INSTANTIATE(Single)
INSTANTIATE(Double)
#undef INSTANTIATE

}  // namespace veneer::softfp
