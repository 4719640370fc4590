// Conversions of vectors: between floating-point formats, and from integers. To integers:
// emit_vector_fp_to_integer.cpp.
#include "translate/tier1/emit.h"
#include "translate/tier1/emit_fp_convert.h"
#include "translate/tier1/emit_fp_half.h"

namespace veneer::tier1 {

namespace {

constexpr int kCurrentRounding = 4;  // VCVTPS2PH's immediate: as MXCSR says

// d = the unsigned words of x, converted. t is lost.
void unsigned_words_to_single(Emitter& e, Xmm d, Xmm x, Xmm t) {
  if (e.host.avx512) {
    e.a.vcvtudq2ps(d, x);
    return;
  }
  // By way of doubles, which hold every word: 2^52 + w, less 2^52. Rounding down, 0 comes out as -0.
  const x86::Ymm wide = x86::ymm(d.id()), magic = x86::ymm(t.id());
  e.a.vpmovzxdq(wide, x);
  e.a.vbroadcastsd(magic, Emitter::constant(VecConst::TwoTo52F64));
  e.a.vpor(wide, wide, magic);
  e.a.vsubpd(wide, wide, magic);
  e.a.vcvtpd2ps(d, wide);
  e.a.vzeroupper();
  e.a.vandps(d, d, Emitter::constant(VecConst::AbsF32));
}

// By way of singles, which hold every one.
void halves_from_integers(Emitter& e, const Inst& in, Value v) {
  const Xmm x = e.use_vec(in.args[0]);
  const Xmm t = e.temp_vec(), d = e.def_vec(v);
  const x86::Vec words = singles(in, t);
  e.a.emit(is_unsigned(in) ? x86::Inst::kIdVpmovzxwd : x86::Inst::kIdVpmovsxwd, words, x);
  e.a.emit(x86::Inst::kIdVcvtdq2ps, words, words);
  e.a.emit(x86::Inst::kIdVcvtps2ph, d, words, asmjit::Imm(kCurrentRounding));
  leave_singles(e, in);
}

}  // namespace

void emit_VIntToF(Emitter& e, const Inst& in, Value v) {
  const bool wide = in.esize == 64, u = is_unsigned(in), avx = e.host.avx;
  const int fraction = static_cast<int>(fraction_bits(in));
  if (!fraction && half_supported(e, in, false)) return halves_from_integers(e, in, v);
  if (!e.host_fp() || in.esize == 16 || (!wide && u && !e.host.avx2)) return e.fallback(v, in);
  const bool by_lanes = wide && !e.host.avx512;
  if (by_lanes && u) e.clobber_flags();
  const Xmm x = e.use_vec(in.args[0]);
  const Xmm t = e.temp_vec(), d = e.def_vec_early(v);
  const Gp low = by_lanes || fraction ? e.temp_gp() : Gp{};
  const Gp high = by_lanes ? e.temp_gp() : Gp{};
  const Label back = e.a.newLabel();
  if (by_lanes) {
    avx ? e.a.vmovq(low, x) : e.a.movq(low, x);
    if (in.q) avx ? e.a.vpextrq(high, x, 1) : e.a.pextrq(high, x, 1);
    if (u) {
      const Label cold = e.cold_fallback(in, {x, {}, {}}, d, back);
      e.a.test(low, low);
      e.a.js(cold);
      if (in.q) {
        e.a.test(high, high);
        e.a.js(cold);
      }
    }
    const auto convert = [&](Xmm to, Gp from) {
      zero(e, to);
      avx ? e.a.vcvtsi2sd(to, to, from) : e.a.cvtsi2sd(to, from);
    };
    convert(d, low);
    if (in.q) {
      convert(t, high);
      op3(e, VENEER_DUAL(Punpcklqdq, punpcklqdq), d, d, t);
    }
  } else {
    // What lies above a 64-bit vector must not raise Inexact.
    if (!in.q) low_half(e, d, x);
    const Xmm source = in.q ? x : d;
    if (wide) {
      u ? e.a.vcvtuqq2pd(d, source) : e.a.vcvtqq2pd(d, source);
    } else {
      u ? unsigned_words_to_single(e, d, source, t) : op2(e, VENEER_DUAL(Cvtdq2ps, cvtdq2ps), d, source);
    }
  }
  if (fraction) {
    power_of_two(e, t, low, wide, -fraction);
    op3(e, multiplication(wide, true), d, d, t);
  }
  e.a.bind(back);
  finish(e, in, d);
}

void emit_VFCvtL(Emitter& e, const Inst& in, Value v) {
  const bool half = in.esize == 16, any_nan = in.imm & 2;
  if (half ? !e.host_half_fp() || !e.host.f16c : !e.host_fp()) return e.fallback(v, in);
  const bool checks = e.may_want_default_nan() && !any_nan;
  if (checks) e.clobber_flags();
  const Xmm x = e.use_vec(in.args[0]);
  const Xmm t = checks ? e.temp_vec() : x;
  const Xmm d = checks ? e.def_vec_early(v) : e.def_vec(v);
  Xmm source = x;
  if (in.imm & 1) {
    op3(e, VENEER_DUAL(Punpckhqdq, punpckhqdq), d, x, x);
    source = d;
  }
  if (half) {
    e.a.vcvtph2ps(d, source);
  } else {
    op2(e, VENEER_DUAL(Cvtps2pd, cvtps2pd), d, source);
  }
  if (!checks) return;
  const Label back = e.a.newLabel();
  check_nan(e, {.vector = true, .wide = !half}, d, d, t, e.cold_fallback(in, {x, {}, {}}, d, back));
  e.a.bind(back);
}

void emit_VFCvtN(Emitter& e, const Inst& in, Value v) {
  const bool half = in.esize == 32;
  if (half ? !e.host_half_fp() || e.exact_underflow() || !e.host.f16c : !e.host_fp()) return e.fallback(v, in);
  const bool checks = (!half && checks_tiny(e)) || e.may_want_default_nan();
  if (checks) e.clobber_flags();
  const Xmm x = e.use_vec(in.args[0]);
  const Xmm t = checks ? e.temp_vec() : x;
  const Xmm d = checks ? e.def_vec_early(v) : e.def_vec(v);
  const Label back = e.a.newLabel();
  const Label cold = checks ? e.cold_fallback(in, {x, {}, {}}, d, back) : Label{};
  if (half) {
    if (checks) check_nan(e, {.vector = true, .wide = false}, x, x, t, cold);
    e.a.vcvtps2ph(d, x, kCurrentRounding);
  } else {
    const FpFormat result{.vector = true, .wide = false};
    op2(e, VENEER_DUAL(Cvtpd2ps, cvtpd2ps), d, x);
    if (e.may_want_default_nan()) check_nan(e, result, d, d, t, cold);
    if (checks) check_tiny(e, result, d, t, cold);
  }
  e.a.bind(back);
}

}  // namespace veneer::tier1
