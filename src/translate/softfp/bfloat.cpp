#include "translate/softfp/bfloat.h"

#include <utility>

#include "translate/softfp/convert.h"
#include "translate/softfp/real.h"

namespace veneer::softfp {
namespace {

using F = Single;

Unpacked bf_unpack(u32 v) {
  Env env;
  env.flush = true;
  return unpack<F>(env, v);
}

// To odd; what is tiny before rounding is zero, and overflow gives infinity.
u32 bf_round(const Real& v) {
  if (v.magnitude == 0) return F::zero(false);
  Env env;
  env.flush = true;
  const u32 result = round<F>(env, v, Rounding::Odd);
  return (env.flags & fpsr::kOFC) != 0 ? F::infinity(v.sign) : result;
}

u32 bf_mul(u16 a, u16 b) {
  const Unpacked x = bf_unpack(widen_bfloat(a)), y = bf_unpack(widen_bfloat(b));
  const bool sign = x.sign != y.sign;
  if (x.nan() || y.nan()) return F::default_nan();
  if ((x.infinity() && y.zero()) || (x.zero() && y.infinity())) return F::default_nan();
  if (x.infinity() || y.infinity()) return F::infinity(sign);
  if (x.zero() || y.zero()) return F::zero(sign);
  return bf_round(product(x, y));
}

u32 bf_add(u32 a, u32 b) {
  const Unpacked x = bf_unpack(a), y = bf_unpack(b);
  if (x.nan() || y.nan()) return F::default_nan();
  if (x.infinity() && y.infinity() && x.sign != y.sign) return F::default_nan();
  if (x.infinity() || y.infinity()) return F::infinity(x.infinity() ? x.sign : y.sign);
  if (x.zero() && y.zero()) return F::zero(x.sign && y.sign);
  if (x.zero()) return bf_round(term(y));
  if (y.zero()) return bf_round(term(x));
  return bf_round(sum(term(x), term(y)));
}

}  // namespace

u32 bf_dot_add(u32 addend, u16 a0, u16 a1, u16 b0, u16 b1) {
  return bf_add(addend, bf_add(bf_mul(a0, b0), bf_mul(a1, b1)));
}

}  // namespace veneer::softfp
