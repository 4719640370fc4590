// FMULX, and what reciprocals and square roots are made of: estimates and Newton-Raphson steps (Arm ARM,
// shared/functions/float: FPMulX, FPRecipEstimate, FPRSqrtEstimate, FPRecipStepFused, FPRSqrtStepFused).
#include <array>

#include "translate/softfp/estimate.h"
#include "translate/tier1/emit.h"
#include "translate/tier1/emit_fp_forms.h"

namespace veneer::tier1 {

namespace {

Mem constant_of(const Inst& in, VecConst f32, VecConst f64) {
  return Emitter::constant(is_double(in) ? f64 : f32);
}
constexpr Dual kGreaterWord = VENEER_DUAL(Pcmpgtd, pcmpgtd), kGreaterDouble = VENEER_DUAL(Pcmpgtq, pcmpgtq);
Dual greater(const Inst& in) {
  return is_double(in) ? kGreaterDouble : kGreaterWord;
}

// Jumps to `cold` where x or y is an infinity or a NaN: by integers, which raise nothing. t and u are lost.
void check_finite(Emitter& e, const Inst& in, Xmm x, Xmm y, Xmm t, Xmm u, Label cold) {
  const Mem abs = constant_of(in, VecConst::AbsF32, VecConst::AbsF64);
  const Mem greatest = constant_of(in, VecConst::GreatestF32, VecConst::GreatestF64);
  op3(e, VENEER_DUAL(Pand, pand), t, x, abs);
  op3(e, greater(in), t, t, greatest);
  op3(e, VENEER_DUAL(Pand, pand), u, y, abs);
  op3(e, greater(in), u, u, greatest);
  op3(e, VENEER_DUAL(Por, por), t, t, u);
  check_mask(e, format(in), t, cold);
}

// c - x * y, fused.
void fused_step(Emitter& e, const Inst& in, Xmm d, Xmm x, Xmm y, Mem c) {
  e.a.vmovaps(d, c);
  if (is_vector(in)) {
    is_double(in) ? e.a.vfnmadd231pd(d, x, y) : e.a.vfnmadd231ps(d, x, y);
  } else {
    is_double(in) ? e.a.vfnmadd231sd(d, x, y) : e.a.vfnmadd231ss(d, x, y);
  }
}

}  // namespace

// Zero times infinity is the one product that is not the host's; it raises nothing.
void emit_FMulX(Emitter& e, const Inst& in, Value v) {
  if (!supported(e, in)) return e.fallback(v, in);
  e.clobber_flags();
  const Xmm x = operand(e, in, e.use_vec(in.args[0])), y = operand(e, in, e.use_vec(in.args[1]));
  const Xmm t = e.temp_vec(), u = e.temp_vec(), d = e.def_vec_early(v);
  const Label back = e.a.newLabel();
  const Label cold = e.cold_fallback(in, {x, y, {}}, d, back);
  check_finite(e, in, x, y, t, u, cold);
  op3(e, form(in, VENEER_FP(Mul, mul)), d, x, y);
  check_tiny(e, format(in), d, t, cold);
  e.a.bind(back);
}

void emit_FRecpStep(Emitter& e, const Inst& in, Value v) {
  if (!supported(e, in) || !e.host.fma) return e.fallback(v, in);
  e.clobber_flags();
  const Xmm x = operand(e, in, e.use_vec(in.args[0])), y = operand(e, in, e.use_vec(in.args[1]));
  const Xmm t = e.temp_vec(), u = e.temp_vec(), d = e.def_vec_early(v);
  const Label back = e.a.newLabel();
  check_finite(e, in, x, y, t, u, e.cold_fallback(in, {x, y, {}}, d, back));
  fused_step(e, in, d, x, y, constant_of(in, VecConst::TwoF32, VecConst::TwoF64));
  e.a.bind(back);
  if (is_vector(in)) finish(e, in, d);
}

// Rounded once: half of a rounded number is exact, unless the number before it was halved was too great.
void emit_FRsqrtStep(Emitter& e, const Inst& in, Value v) {
  if (!supported(e, in) || !e.host.fma || e.exact_underflow()) return e.fallback(v, in);
  e.clobber_flags();
  const Xmm x = operand(e, in, e.use_vec(in.args[0])), y = operand(e, in, e.use_vec(in.args[1]));
  const Xmm t = e.temp_vec(), u = e.temp_vec(), d = e.def_vec_early(v);
  const Label back = e.a.newLabel();
  const Label cold = e.cold_fallback(in, {x, y, {}}, d, back);
  check_finite(e, in, x, y, t, u, cold);
  fused_step(e, in, d, x, y, constant_of(in, VecConst::ThreeF32, VecConst::ThreeF64));
  // Rounding towards zero, what is too great is the greatest number.
  op3(e, VENEER_DUAL(Pand, pand), t, d, constant_of(in, VecConst::AbsF32, VecConst::AbsF64));
  op3(e, is_double(in) ? VENEER_DUAL(Pcmpeqq, pcmpeqq) : VENEER_DUAL(Pcmpeqd, pcmpeqd), u, t,
      constant_of(in, VecConst::GreatestF32, VecConst::GreatestF64));
  op3(e, greater(in), t, t, constant_of(in, VecConst::GreatestF32, VecConst::GreatestF64));
  op3(e, VENEER_DUAL(Por, por), t, t, u);
  check_mask(e, format(in), t, cold);
  op3(e, form(in, VENEER_FP(Mul, mul)), d, d, constant_of(in, VecConst::HalfF32, VecConst::HalfF64));
  e.a.bind(back);
  if (is_vector(in)) finish(e, in, d);
}

// --- estimates -------------------------------------------------------------------------------------------

namespace {

// The fractions of the estimates, by the fraction's highest bits: of an odd exponent first, for square roots.
template <typename T, unsigned kShift>
struct EstimateTables {
  std::array<T, 256> recip{};
  std::array<T, 512> rsqrt{};
  EstimateTables() {
    for (unsigned i = 0; i < 256; ++i) {
      recip[i] = T{softfp::recip_estimate_fixed(256 + i) & 0xff} << kShift;
      rsqrt[i] = T{softfp::rsqrt_estimate_fixed(256 + i) & 0xff} << kShift;
      rsqrt[256 + i] = T{softfp::rsqrt_estimate_fixed((256 + i) / 2) & 0xff} << kShift;
    }
  }
};
const EstimateTables<u32, 15>& words() {
  static const EstimateTables<u32, 15> tables;
  return tables;
}
const EstimateTables<u64, 44>& doubles() {
  static const EstimateTables<u64, 44> tables;
  return tables;
}

// x in every element that it does not fill, so that only it decides about the cold path.
Xmm spread(Emitter& e, const Inst& in, Xmm x) {
  if (is_vector(in) && in.q) return x;
  const Xmm t = e.temp_vec();
  is_vector(in) || is_double(in) ? e.a.vpunpcklqdq(t, x, x) : e.a.vpshufd(t, x, 0);
  e.release(x);
  return t;
}

// d = the table's entries for the `bits` highest bits below the sign's and (for `above` of them) the exponent's
// others. g, u and mask are lost.
void look_up(Emitter& e, const Inst& in, Xmm d, Xmm x, const void* table, int above, Gp g, Xmm u, Xmm mask) {
  const bool wide = is_double(in);
  const int exponent = wide ? 11 : 8, width = wide ? 64 : 32, fraction = 8;
  op_imm(e, kShl.of(wide ? 64 : 32), u, x, 1 + exponent - above);
  op_imm(e, kShr.of(wide ? 64 : 32), u, u, width - fraction - above);
  e.load_table_address(g, table);
  all_ones(e, mask);
  zero(e, d);
  wide ? e.a.vpgatherqq(d, x86::Mem(g, u, 3, 0), mask) : e.a.vpgatherdd(d, x86::Mem(g, u, 2, 0), mask);
}

// Jumps to `cold` unless least <= x <= greatest, as signed integers. t and u are lost.
void check_range(Emitter& e, const Inst& in, Xmm x, Mem least, Mem greatest, Xmm t, Xmm u, Label cold) {
  e.a.vmovaps(t, least);
  op3(e, greater(in), t, t, x);
  op3(e, greater(in), u, x, greatest);
  op3(e, VENEER_DUAL(Por, por), t, t, u);
  e.a.vptest(t, t);
  e.a.jnz(cold);
}

void finish_estimate(Emitter& e, const Inst& in, Xmm d) {
  if (!is_vector(in)) {
    is_double(in) ? low_half(e, d, d) : e.zero_above(d, d, Type::F32);
  } else {
    finish(e, in, d);
  }
}

}  // namespace

// Of numbers that are normal, as their reciprocals are.
void emit_FRecpE(Emitter& e, const Inst& in, Value v) {
  if (!supported(e, in) || !e.host.avx2) return e.fallback(v, in);
  e.clobber_flags();
  const bool wide = is_double(in);
  const Xmm x = spread(e, in, e.use_vec(in.args[0]));
  const Xmm t = e.temp_vec(), u = e.temp_vec(), d = e.def_vec_early(v);
  const Gp g = e.temp_gp();
  const Label back = e.a.newLabel();
  const Label cold = e.cold_fallback(in, {x, {}, {}}, d, back);
  e.a.vpand(d, x, constant_of(in, VecConst::AbsF32, VecConst::AbsF64));
  check_range(e, in, d, constant_of(in, VecConst::LeastNormalF32, VecConst::LeastNormalF64),
              constant_of(in, VecConst::RecipGreatestF32, VecConst::RecipGreatestF64), t, u, cold);
  look_up(e, in, d, x, wide ? static_cast<const void*>(doubles().recip.data()) : words().recip.data(), 0, g, u,
          t);
  const int fraction = wide ? 52 : 23;
  op_imm(e, kShl.of(wide ? 64 : 32), t, x, 1);
  op_imm(e, kShr.of(wide ? 64 : 32), t, t, fraction + 1);
  op_imm(e, kShl.of(wide ? 64 : 32), t, t, fraction);
  e.a.vmovaps(u, constant_of(in, VecConst::RecipExponentF32, VecConst::RecipExponentF64));
  wide ? e.a.vpsubq(u, u, t) : e.a.vpsubd(u, u, t);
  e.a.vpor(d, d, u);
  e.a.vpand(t, x, constant_of(in, VecConst::SignF32, VecConst::SignF64));
  e.a.vpor(d, d, t);
  finish_estimate(e, in, d);
  e.a.bind(back);
}

// Of positive normal numbers.
void emit_FRsqrtE(Emitter& e, const Inst& in, Value v) {
  if (!supported(e, in) || !e.host.avx2) return e.fallback(v, in);
  e.clobber_flags();
  const bool wide = is_double(in);
  const Xmm x = spread(e, in, e.use_vec(in.args[0]));
  const Xmm t = e.temp_vec(), u = e.temp_vec(), d = e.def_vec_early(v);
  const Gp g = e.temp_gp();
  const Label back = e.a.newLabel();
  const Label cold = e.cold_fallback(in, {x, {}, {}}, d, back);
  check_range(e, in, x, constant_of(in, VecConst::LeastNormalF32, VecConst::LeastNormalF64),
              constant_of(in, VecConst::GreatestF32, VecConst::GreatestF64), t, u, cold);
  look_up(e, in, d, x, wide ? static_cast<const void*>(doubles().rsqrt.data()) : words().rsqrt.data(), 1, g, u,
          t);
  const int fraction = wide ? 52 : 23;
  op_imm(e, kShr.of(wide ? 64 : 32), t, x, fraction);
  e.a.vmovaps(u, constant_of(in, VecConst::RsqrtExponentF32, VecConst::RsqrtExponentF64));
  wide ? e.a.vpsubq(u, u, t) : e.a.vpsubd(u, u, t);
  op_imm(e, kShr.of(wide ? 64 : 32), u, u, 1);
  op_imm(e, kShl.of(wide ? 64 : 32), u, u, fraction);
  e.a.vpor(d, d, u);
  finish_estimate(e, in, d);
  e.a.bind(back);
}

}  // namespace veneer::tier1
