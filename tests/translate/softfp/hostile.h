// Operands that floating-point code gets wrong, and a stream of random ones near them.
#pragma once

#include <vector>

#include "translate/softfp/format.h"

namespace veneer::softfp {

// Zeros, denormals, the edges of every range, integers' edges, NaNs of both kinds; each with both signs.
template <class F>
std::vector<typename F::Bits> hostile() {
  using Bits = typename F::Bits;
  const s32 bias = 1 - F::kMinExp;
  const s32 p = static_cast<s32>(F::kFracBits);
  std::vector<Bits> r = {F::zero(false),
                         F::pack(false, 0, 1),
                         F::pack(false, 0, 2),
                         F::pack(false, 0, 3),
                         F::pack(false, 0, F::kQuiet),
                         F::pack(false, 0, F::kFracMask),
                         F::pack(false, 1, 0),
                         F::pack(false, 1, 1),
                         F::pack(false, 1, F::kFracMask),
                         F::pack(false, 2, 0),
                         F::max_normal(false),
                         F::infinity(false),
                         F::default_nan(),
                         F::pack(false, F::kExpMax, F::kQuiet | 5),
                         F::pack(false, F::kExpMax, 1),
                         F::pack(false, F::kExpMax, F::kQuiet - 1)};
  for (const s32 e : {-p - 2,
                      -p - 1,
                      -p,
                      -8,
                      -2,
                      -1,
                      0,
                      1,
                      2,
                      3,
                      7,
                      p - 1,
                      p,
                      p + 1,
                      15,
                      30,
                      31,
                      32,
                      62,
                      63,
                      64,
                      F::kMinExp / 2,
                      F::kMinExp + p,
                      -F::kMinExp - 1,
                      -F::kMinExp}) {
    if (e < F::kMinExp || e > -F::kMinExp + 1) continue;
    for (const u64 f : {u64{0}, u64{1}, u64{F::kQuiet}, u64{F::kFracMask}, u64{F::kFracMask} - 1}) {
      r.push_back(F::pack(false, e + bias, f));
    }
  }
  const usize n = r.size();
  for (usize i = 0; i < n; ++i) r.push_back(static_cast<Bits>(r[i] | F::kSign));
  return r;
}

// SplitMix64: the sequence is the same on every run.
class Random {
 public:
  explicit Random(u64 seed) : state_(seed) {}
  u64 next() {
    u64 z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  // Half of them with exponents near `around`, so that sums cancel and products reach the edges; some with
  // long runs of equal bits in the fraction.
  template <class F>
  typename F::Bits operand(s32 around) {
    const u64 bits = next(), how = next();
    u64 fraction = bits & F::kFracMask;
    if ((how & 3) == 0) fraction &= ~u64{0} << (how >> 8) % (F::kFracBits + 1);
    if ((how & 3) == 1) fraction |= F::kFracMask >> (how >> 8) % (F::kFracBits + 1);
    s32 biased = static_cast<s32>(bits >> 53) & F::kExpMax;
    if ((how & 4) != 0) biased = around + static_cast<s32>(how >> 16 & 7) - 4;
    if (biased < 0) biased = 0;
    if (biased >= F::kExpMax) biased = F::kExpMax - 1;
    return F::pack((how & 8) != 0, biased, fraction);
  }

 private:
  u64 state_;
};

}  // namespace veneer::softfp
