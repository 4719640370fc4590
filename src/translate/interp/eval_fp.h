// What the evaluation of floating-point operations has in common: the environment, and taking operands
// apart by format and element.
#pragma once

#include <cstring>

#include "translate/interp/eval_internal.h"
#include "translate/softfp/env.h"
#include "translate/softfp/format.h"

namespace veneer::interp {

// The FPCR as an environment; the exceptions raised go to FPSR when it ends.
class FpScope {
 public:
  explicit FpScope(CpuState& s) : env(softfp::env_of_fpcr(s.fpcr)), state_(s) {}
  // Of an operation that may name its own rounding.
  FpScope(CpuState& s, const ir::Inst& in) : FpScope(s) {
    if (ir::may_name_rounding(in.op) && in.aux) env.rounding = static_cast<softfp::Rounding>(in.aux - 1);
  }
  ~FpScope() { state_.fpsr |= env.flags; }
  FpScope(const FpScope&) = delete;
  FpScope& operator=(const FpScope&) = delete;

  softfp::Env env;

 private:
  CpuState& state_;
};

// ir::Round names the modes in the same order.
inline softfp::Rounding rounding_of(const ir::Inst& in, const softfp::Env& env) {
  const auto r = static_cast<ir::Round>(in.aux);
  return r == ir::Round::Current ? env.rounding : static_cast<softfp::Rounding>(r);
}

// Calls f with the format of that width as its template argument's value.
template <typename Fn>
auto with_format(unsigned width, Fn f) {
  switch (width) {
    case 16: return f(softfp::Half{});
    case 32: return f(softfp::Single{});
    default: return f(softfp::Double{});
  }
}

template <class F>
typename F::Bits lane(const Vec& v, unsigned n = 0) {
  typename F::Bits bits;
  std::memcpy(&bits, v.b + n * sizeof bits, sizeof bits);
  return bits;
}
template <class F>
void set_lane(Vec& v, unsigned n, typename F::Bits bits) {
  std::memcpy(v.b + n * sizeof bits, &bits, sizeof bits);
}

// The elements of a vector operation; one for a scalar type.
inline unsigned element_bits(const ir::Inst& in) {
  return in.type == ir::Type::V128 ? in.esize : ir::bit_width(in.type);
}
inline unsigned element_count(const ir::Inst& in) {
  return in.type == ir::Type::V128 ? (in.q ? 128u : 64u) / in.esize : 1;
}

// result[i] = f(format, i) for every element.
template <typename Fn>
Vec by_element(const ir::Inst& in, Fn f) {
  return with_format(element_bits(in), [&](auto format) {
    using F = decltype(format);
    Vec r{};
    for (unsigned i = 0; i < element_count(in); ++i) set_lane<F>(r, i, f(format, i));
    return r;
  });
}

}  // namespace veneer::interp
