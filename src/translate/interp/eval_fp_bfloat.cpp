// BFloat16 operations.
#include "translate/interp/eval_fp.h"
#include "translate/softfp/arithmetic.h"
#include "translate/softfp/bfloat.h"
#include "translate/softfp/convert.h"

namespace veneer::interp {

using softfp::BFloat;
using softfp::Single;

Vec eval_BfCvt(CpuState& s, const ir::Inst&, const Vec* a) {
  FpScope fp(s);
  Vec r{};
  r.h[0] = softfp::convert<BFloat, Single>(fp.env, a[0].w[0]);
  return r;
}

Vec eval_VBfCvtN(CpuState& s, const ir::Inst&, const Vec* a) {
  FpScope fp(s);
  Vec r{};
  for (unsigned i = 0; i < 4; ++i) r.h[i] = softfp::convert<BFloat, Single>(fp.env, a[0].w[i]);
  return r;
}

Vec eval_VBfDot(CpuState&, const ir::Inst& in, const Vec* a) {
  Vec r{};
  for (unsigned i = 0; i < (in.q ? 4u : 2u); ++i) {
    r.w[i] = softfp::bf_dot_add(a[0].w[i], a[1].h[2 * i], a[1].h[2 * i + 1], a[2].h[2 * i], a[2].h[2 * i + 1]);
  }
  return r;
}

// A 2x2 matrix plus a 2x4 one times the transpose of another.
Vec eval_VBfMmla(CpuState&, const ir::Inst&, const Vec* a) {
  Vec r{};
  for (unsigned i = 0; i < 2; ++i) {
    for (unsigned j = 0; j < 2; ++j) {
      u32 sum = a[0].w[2 * i + j];
      for (unsigned k = 0; k < 4; k += 2) {
        const u16* x = a[1].h + 4 * i + k;
        const u16* y = a[2].h + 4 * j + k;
        sum = softfp::bf_dot_add(sum, x[0], x[1], y[0], y[1]);
      }
      r.w[2 * i + j] = sum;
    }
  }
  return r;
}

Vec eval_VBfMlal(CpuState& s, const ir::Inst& in, const Vec* a) {
  FpScope fp(s);
  Vec r{};
  for (unsigned i = 0; i < 4; ++i) {
    const unsigned e = 2 * i + (in.imm & 1);
    r.w[i] = softfp::mul_add<Single>(fp.env, a[0].w[i], softfp::widen_bfloat(a[1].h[e]),
                                     softfp::widen_bfloat(a[2].h[e]));
  }
  return r;
}

}  // namespace veneer::interp
