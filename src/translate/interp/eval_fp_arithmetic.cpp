// Floating-point arithmetic, comparisons and estimates, scalar and by element.
#include "translate/interp/eval_fp.h"
#include "translate/interp/int_operand.h"
#include "translate/softfp/arithmetic.h"
#include "translate/softfp/compare.h"
#include "translate/softfp/convert.h"
#include "translate/softfp/estimate.h"

namespace veneer::interp {
namespace {

using softfp::Env;
using softfp::Order;

template <typename Fn>
Vec unary(CpuState& s, const ir::Inst& in, const Vec* a, Fn f) {
  FpScope fp(s, in);
  return by_element(in, [&](auto format, unsigned i) {
    using F = decltype(format);
    return f(format, fp.env, lane<F>(a[0], i));
  });
}

template <typename Fn>
Vec binary(CpuState& s, const ir::Inst& in, const Vec* a, Fn f) {
  FpScope fp(s, in);
  return by_element(in, [&](auto format, unsigned i) {
    using F = decltype(format);
    return f(format, fp.env, lane<F>(a[0], i), lane<F>(a[1], i));
  });
}

// All ones or zeros by a predicate of the order.
template <typename Fn>
Vec compare(CpuState& s, const ir::Inst& in, const Vec* a, bool signal_all, Fn holds) {
  return binary(s, in, a, [&](auto format, Env& env, auto x, auto y) {
    using F = decltype(format);
    using Bits = typename F::Bits;
    const bool b = holds(softfp::compare<F>(env, x, y, signal_all));
    return static_cast<Bits>(b ? ~Bits{0} : Bits{0});
  });
}

}  // namespace

#define UNARY(Name, function)                                                                               \
  Vec eval_##Name(CpuState& s, const ir::Inst& in, const Vec* a) {                                          \
    return unary(s, in, a,                                                                                  \
                 [](auto format, Env& env, auto x) { return softfp::function<decltype(format)>(env, x); }); \
  }
UNARY(FSqrt, sqrt)
UNARY(FRecpE, recip_estimate)
UNARY(FRsqrtE, rsqrt_estimate)
UNARY(FRecpX, recip_exponent)
#undef UNARY

#define BINARY(Name, function)                                          \
  Vec eval_##Name(CpuState& s, const ir::Inst& in, const Vec* a) {      \
    return binary(s, in, a, [](auto format, Env& env, auto x, auto y) { \
      return softfp::function<decltype(format)>(env, x, y);             \
    });                                                                 \
  }
BINARY(FAdd, add)
BINARY(FSub, sub)
BINARY(FMul, mul)
BINARY(FDiv, div)
BINARY(FMulX, mulx)
BINARY(FMax, max)
BINARY(FMin, min)
BINARY(FRecpStep, recip_step)
BINARY(FRsqrtStep, rsqrt_step)
#undef BINARY

Vec eval_FMaxNm(CpuState& s, const ir::Inst& in, const Vec* a) {
  const auto rule = static_cast<softfp::Signalling>(in.imm & 1);
  return binary(s, in, a, [rule](auto format, Env& env, auto x, auto y) {
    return softfp::max_num<decltype(format)>(env, x, y, rule);
  });
}
Vec eval_FMinNm(CpuState& s, const ir::Inst& in, const Vec* a) {
  const auto rule = static_cast<softfp::Signalling>(in.imm & 1);
  return binary(s, in, a, [rule](auto format, Env& env, auto x, auto y) {
    return softfp::min_num<decltype(format)>(env, x, y, rule);
  });
}

Vec eval_FClass(CpuState&, const ir::Inst& in, const Vec* a) {
  return with_format(ir::bit_width(in.type), [&](auto format) {
    return integer(softfp::classify<decltype(format)>(lane<decltype(format)>(a[0])));
  });
}

Vec eval_FAbs(CpuState&, const ir::Inst& in, const Vec* a) {
  return by_element(in, [&](auto format, unsigned i) {
    using F = decltype(format);
    return static_cast<typename F::Bits>(lane<F>(a[0], i) & ~F::kSign);
  });
}

Vec eval_FNeg(CpuState&, const ir::Inst& in, const Vec* a) {
  return by_element(in, [&](auto format, unsigned i) {
    using F = decltype(format);
    return F::negate(lane<F>(a[0], i));
  });
}

Vec eval_FMulAdd(CpuState& s, const ir::Inst& in, const Vec* a) {
  FpScope fp(s, in);
  return by_element(in, [&](auto format, unsigned i) {
    using F = decltype(format);
    return softfp::mul_add<F>(fp.env, lane<F>(a[0], i), lane<F>(a[1], i), lane<F>(a[2], i));
  });
}

Vec eval_VFReduceAdd(CpuState& s, const ir::Inst& in, const Vec* a) {
  FpScope fp(s);
  Vec r = a[0];
  with_format(in.esize, [&](auto format) {
    using F = decltype(format);
    for (unsigned i = 0; i < in.imm; ++i)
      set_lane<F>(r, 0, softfp::add<F>(fp.env, lane<F>(r, 0), lane<F>(a[1], i)));
  });
  return r;
}

Vec eval_FRoundInt(CpuState& s, const ir::Inst& in, const Vec* a) {
  return unary(s, in, a, [&](auto format, Env& env, auto x) {
    return softfp::round_to_integral<decltype(format)>(env, x, rounding_of(in, env), (in.imm & 1) != 0);
  });
}

Vec eval_FCmpEq(CpuState& s, const ir::Inst& in, const Vec* a) {
  return compare(s, in, a, false, [](Order o) { return o == Order::Equal; });
}
Vec eval_FCmpGe(CpuState& s, const ir::Inst& in, const Vec* a) {
  return compare(s, in, a, true, [](Order o) { return o == Order::Greater || o == Order::Equal; });
}
Vec eval_FCmpGt(CpuState& s, const ir::Inst& in, const Vec* a) {
  return compare(s, in, a, true, [](Order o) { return o == Order::Greater; });
}

Vec eval_FlagsFcmp(CpuState& s, const ir::Inst& in, const Vec* a) {
  FpScope fp(s);
  const Order order = with_format(ir::bit_width(in.type), [&](auto format) {
    using F = decltype(format);
    return softfp::compare<F>(fp.env, lane<F>(a[0]), lane<F>(a[1]), (in.imm & 1) != 0);
  });
  Vec r{};
  switch (order) {
    case Order::Less: r.h[0] = Nzcv::kN; break;
    case Order::Equal: r.h[0] = Nzcv::kZ | Nzcv::kC; break;
    case Order::Greater: r.h[0] = Nzcv::kC; break;
    case Order::Unordered: r.h[0] = Nzcv::kC | Nzcv::kV; break;
  }
  return r;
}

}  // namespace veneer::interp
