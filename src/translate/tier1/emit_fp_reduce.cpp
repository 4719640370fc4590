// Sums of the elements of a vector, in their order. A NaN stays one, so that it is looked for at the end.
#include "translate/tier1/emit.h"
#include "translate/tier1/emit_fp_forms.h"
#include "translate/tier1/emit_fp_half.h"

namespace veneer::tier1 {

namespace {

// Each sum is rounded to a half, and taken as a single again.
void add_halves(Emitter& e, const Inst& in, Value v) {
  constexpr int kCurrentRounding = 4;
  e.clobber_flags();
  const Xmm sum = e.use_vec(in.args[0]), x = e.use_vec(in.args[1]);
  const Xmm four = e.temp_vec(), t = e.temp_vec(), d = e.def_vec_early(v);
  const Label back = e.a.newLabel();
  const Label cold = e.cold_fallback(in, {sum, x, {}}, d, back);
  half_to_single(e, d, sum);
  for (unsigned n = 0; n < in.imm; ++n) {
    if (n % 4 == 0) {
      n == 0 ? e.a.vmovq(four, x) : e.a.vpunpckhqdq(four, x, x);
      // What does not count must not raise anything.
      if (const unsigned unneeded = in.imm - n < 4 ? 16 * static_cast<unsigned>(4 - (in.imm - n)) : 0) {
        e.a.vpsllq(four, four, unneeded);
        e.a.vpsrlq(four, four, unneeded);
      }
      e.a.vcvtph2ps(four, four);
    }
    if (n % 4) e.a.vpshufd(t, four, n % 4);
    e.a.vaddss(d, d, n % 4 ? t : four);
    e.a.vcvtps2ph(d, d, kCurrentRounding);
    if (n + 1 < in.imm) e.a.vcvtph2ps(d, d);
  }
  e.a.vcvtph2ps(t, d);
  e.a.vucomiss(t, t);
  e.a.jp(cold);
  e.a.vpblendw(d, sum, d, 1);
  e.a.bind(back);
}

}  // namespace

void emit_VFReduceAdd(Emitter& e, const Inst& in, Value v) {
  if (half_supported(e, in, false)) return add_halves(e, in, v);
  if (!supported(e, in)) return e.fallback(v, in);
  e.clobber_flags();
  const bool wide = in.esize == 64;
  const Xmm sum = e.use_vec(in.args[0]), x = e.use_vec(in.args[1]);
  const Xmm t = e.temp_vec(), d = e.def_vec_early(v);
  const Dual add = wide ? VENEER_DUAL(Addsd, addsd) : VENEER_DUAL(Addss, addss);
  op3(e, add, d, sum, x);
  for (unsigned n = 1; n < in.imm; ++n) {
    op2(e, VENEER_DUAL(Pshufd, pshufd), t, x, wide ? 0xee : static_cast<int>(n));
    op3(e, add, d, d, t);
  }
  const Label back = e.a.newLabel();
  check_nan(e, {.vector = false, .wide = wide}, d, d, t, e.cold_fallback(in, {sum, x, {}}, d, back));
  e.a.bind(back);
}

}  // namespace veneer::tier1
