// Floating-point conversions, scalar and by element.
#include "translate/interp/eval_fp.h"
#include "translate/softfp/convert.h"

namespace veneer::interp {
namespace {

using softfp::Double;
using softfp::Half;
using softfp::Single;

// The immediate of conversions to and from fixed point.
unsigned fraction_bits(const ir::Inst& in) {
  return in.imm & 0xff;
}
bool is_unsigned(const ir::Inst& in) {
  return (in.imm >> 8 & 1) != 0;
}
softfp::NanAsInteger nan_of(const ir::Inst& in) {
  return static_cast<softfp::NanAsInteger>(in.imm >> 9 & 1);
}

u64 sign_extend(u64 v, unsigned width) {
  return static_cast<u64>(static_cast<s64>(v << (64 - width)) >> (64 - width));
}

}  // namespace

Vec eval_FCvt(CpuState& s, const ir::Inst& in, const Vec* a) {
  FpScope fp(s, in);
  return with_format(ir::bit_width(in.type), [&](auto to) {
    using To = decltype(to);
    return with_format(in.esize, [&](auto from) {
      using From = decltype(from);
      Vec r{};
      if constexpr (std::is_same_v<To, From>) {
        r = a[0];
      } else {
        set_lane<To>(r, 0, softfp::convert<To, From>(fp.env, lane<From>(a[0])));
      }
      return r;
    });
  });
}

Vec eval_FToInt(CpuState& s, const ir::Inst& in, const Vec* a) {
  FpScope fp(s);
  Vec r{};
  r.d[0] = with_format(in.esize, [&](auto format) {
    using F = decltype(format);
    return softfp::to_fixed<F>(fp.env, lane<F>(a[0]), ir::bit_width(in.type), fraction_bits(in),
                               is_unsigned(in), rounding_of(in, fp.env), nan_of(in));
  });
  return r;
}

Vec eval_IntToF(CpuState& s, const ir::Inst& in, const Vec* a) {
  FpScope fp(s, in);
  const u64 v = in.esize != 32 ? a[0].d[0] : is_unsigned(in) ? a[0].w[0] : sign_extend(a[0].w[0], 32);
  return by_element(in, [&](auto format, unsigned) {
    return softfp::from_fixed<decltype(format)>(fp.env, v, fraction_bits(in), is_unsigned(in));
  });
}

Vec eval_FJcvtzs(CpuState& s, const ir::Inst&, const Vec* a) {
  FpScope fp(s);
  Vec r{};
  r.w[0] = softfp::to_js_integer(fp.env, a[0].d[0]).value;
  return r;
}

Vec eval_FJcvtzsExact(CpuState& s, const ir::Inst&, const Vec* a) {
  softfp::Env env = softfp::env_of_fpcr(s.fpcr);
  Vec r{};
  r.b[0] = softfp::to_js_integer(env, a[0].d[0]).exact;
  return r;
}

Vec eval_VFToInt(CpuState& s, const ir::Inst& in, const Vec* a) {
  FpScope fp(s);
  return by_element(in, [&](auto format, unsigned i) {
    using F = decltype(format);
    return static_cast<typename F::Bits>(softfp::to_fixed<F>(fp.env, lane<F>(a[0], i), in.esize,
                                                             fraction_bits(in), is_unsigned(in),
                                                             rounding_of(in, fp.env), nan_of(in)));
  });
}

Vec eval_VFToIntN(CpuState& s, const ir::Inst& in, const Vec* a) {
  FpScope fp(s);
  Vec r{};
  const unsigned width = in.esize / 2;
  with_format(in.esize, [&](auto format) {
    using F = decltype(format);
    for (unsigned i = 0; i < 128u / in.esize; ++i) {
      const u64 v = softfp::to_fixed<F>(fp.env, lane<F>(a[0], i), width, fraction_bits(in), is_unsigned(in),
                                        rounding_of(in, fp.env), nan_of(in));
      std::memcpy(r.b + i * width / 8, &v, width / 8);
    }
  });
  return r;
}

Vec eval_VIntToF(CpuState& s, const ir::Inst& in, const Vec* a) {
  FpScope fp(s);
  return by_element(in, [&](auto format, unsigned i) {
    using F = decltype(format);
    u64 v = lane<F>(a[0], i);
    if (!is_unsigned(in)) v = sign_extend(v, in.esize);
    return softfp::from_fixed<F>(fp.env, v, fraction_bits(in), is_unsigned(in));
  });
}

Vec eval_VFCvtL(CpuState& s, const ir::Inst& in, const Vec* a) {
  FpScope fp(s);
  Vec r{};
  const bool upper = (in.imm & 1) != 0;
  if (in.esize == 16) {
    for (unsigned i = 0; i < 4; ++i)
      r.w[i] = softfp::convert<Single, Half>(fp.env, a[0].h[i + (upper ? 4 : 0)]);
  } else {
    for (unsigned i = 0; i < 2; ++i)
      r.d[i] = softfp::convert<Double, Single>(fp.env, a[0].w[i + (upper ? 2 : 0)]);
  }
  return r;
}

Vec eval_VFCvtN(CpuState& s, const ir::Inst& in, const Vec* a) {
  FpScope fp(s);
  Vec r{};
  if (in.esize == 32) {
    for (unsigned i = 0; i < 4; ++i) r.h[i] = softfp::convert<Half, Single>(fp.env, a[0].w[i]);
  } else {
    for (unsigned i = 0; i < 2; ++i) r.w[i] = softfp::convert<Single, Double>(fp.env, a[0].d[i]);
  }
  return r;
}

Vec eval_VFCvtXN(CpuState& s, const ir::Inst&, const Vec* a) {
  FpScope fp(s);
  Vec r{};
  for (unsigned i = 0; i < 2; ++i) {
    r.w[i] = softfp::convert<Single, Double>(fp.env, a[0].d[i], softfp::Rounding::Odd);
  }
  return r;
}

}  // namespace veneer::interp
