// Floating-point conversions of scalars, and rounding to integral values.
#include <bit>
#include <cmath>

#include "translate/tier1/emit.h"
#include "translate/tier1/emit_fp_convert.h"
#include "translate/tier1/emit_fp_half.h"

namespace veneer::tier1 {

void in_each_element(Emitter& e, Xmm t, Gp g, bool wide, double number) {
  const u64 bits = wide ? std::bit_cast<u64>(number) : std::bit_cast<u32>(static_cast<float>(number));
  e.a.mov(g, wide ? bits : bits << 32 | bits);
  e.host.avx ? e.a.vmovq(t, g) : e.a.movq(t, g);
  op3(e, VENEER_DUAL(Punpcklqdq, punpcklqdq), t, t, t);
}
void power_of_two(Emitter& e, Xmm t, Gp g, bool wide, int n) {
  in_each_element(e, t, g, wide, std::ldexp(1.0, n));
}
Dual multiplication(bool wide, bool vector) {
  if (vector) return wide ? VENEER_DUAL(Mulpd, mulpd) : VENEER_DUAL(Mulps, mulps);
  return wide ? VENEER_DUAL(Mulsd, mulsd) : VENEER_DUAL(Mulss, mulss);
}

namespace {

Type operand_type(const Emitter& e, const Inst& in) {
  return ir::result_type(e.inst(in.args[0]));
}

void round_scalar(Emitter& e, bool wide, Xmm d, Xmm x, int mode) {
  if (wide) {
    e.host.avx ? e.a.vroundsd(d, x, x, mode) : e.a.roundsd(d, x, mode);
  } else {
    e.host.avx ? e.a.vroundss(d, x, x, mode) : e.a.roundss(d, x, mode);
  }
}

// `rounded`, which is x rounded to zero, goes away from zero where at least a half was lost. Exact but for
// infinities, which raise Invalid. t is lost.
void add_lost_half(Emitter& e, bool wide, Xmm rounded, Xmm x, Xmm t) {
  const Dual add = wide ? VENEER_DUAL(Addsd, addsd) : VENEER_DUAL(Addss, addss);
  op3(e, wide ? VENEER_DUAL(Subsd, subsd) : VENEER_DUAL(Subss, subss), t, x, rounded);
  // Twice what was lost, rounded to zero, is one or zero, with its sign.
  op3(e, add, t, t, t);
  round_scalar(e, wide, t, t, host_round(Round::Zero) | kQuietly);
  op3(e, add, rounded, rounded, t);
}

// Between half precision and single, or from it to double: the host converts four at a time, so that what lies
// above is cleared first.
void convert_half(Emitter& e, const Inst& in, Value v) {
  const bool checks = e.may_want_default_nan();
  if (checks) e.clobber_flags();
  const Xmm x = e.use_vec(in.args[0]);
  const Xmm d = e.def_vec_early(v);
  const Label back = e.a.newLabel();
  const Label cold = checks ? e.cold_fallback(in, {x, {}, {}}, d, back) : Label{};
  const auto check = [&] {
    if (checks) check_nan(e, {.vector = false, .wide = false}, d, d, d, cold);
  };
  if (in.type == Type::F16) {
    e.zero_above(d, x, operand_type(e, in));
    check();
    e.a.vcvtps2ph(d, d, 4);  // rounded as MXCSR says
  } else {
    half_to_single(e, d, x);
    check();
    if (in.type == Type::F64) e.a.vcvtss2sd(d, d, d);
  }
  e.a.bind(back);
}

}  // namespace

void emit_FCvt(Emitter& e, const Inst& in, Value v) {
  const Type from = operand_type(e, in);
  if (from == Type::F16 || in.type == Type::F16) {
    // From double, it would be rounded twice.
    const bool may_underflow = in.type == Type::F16 && e.exact_underflow();
    if (!e.host_half_fp() || may_underflow || !e.host.f16c || from == Type::F64) return e.fallback(v, in);
    return convert_half(e, in, v);
  }
  if (!e.host_fp()) return e.fallback(v, in);
  const bool narrows = in.type == Type::F32;
  const bool checks = (narrows && checks_tiny(e)) || e.may_want_default_nan();
  if (checks) e.clobber_flags();
  const Xmm x = e.use_vec(in.args[0]);
  const Xmm t = checks ? e.temp_vec() : x;
  const Xmm d = checks ? e.def_vec_early(v) : e.def_vec(v);
  if (narrows) {
    e.host.avx ? e.a.vcvtsd2ss(d, x, x) : e.a.cvtsd2ss(d, x);
  } else {
    e.host.avx ? e.a.vcvtss2sd(d, x, x) : e.a.cvtss2sd(d, x);
  }
  if (!checks) return;
  const FpFormat result{.vector = false, .wide = !narrows};
  const Label back = e.a.newLabel();
  const Label cold = e.cold_fallback(in, {x, {}, {}}, d, back);
  if (e.may_want_default_nan()) check_nan(e, result, d, d, t, cold);
  if (narrows) check_tiny(e, result, d, t, cold);
  e.a.bind(back);
}

// Out of range and NaN, the host gives the most negative number: then the reference says what the guest gets.
// It raises Invalid alone there, so Inexact must not have been raised before that is known.
void emit_FToInt(Emitter& e, const Inst& in, Value v) {
  const Type from = operand_type(e, in);
  const bool away = rounding(in) == Round::NearestAway;
  const int mode = away ? host_round(Round::Zero) : host_round(rounding(in));
  if (!e.host_fp()) return e.fallback(v, in);
  if (from == Type::F16 && !(e.host_half_fp() && e.host.f16c)) return e.fallback(v, in);
  // The scaling may overflow where the conversion is Invalid alone.
  if (fraction_bits(in) && (e.exact_exceptions() || from == Type::F16)) return e.fallback(v, in);
  e.clobber_flags();
  const bool wide = from == Type::F64, avx = e.host.avx;
  const Xmm x = e.use_vec(in.args[0]);
  Xmm source = x;
  if (from == Type::F16) {
    source = e.temp_vec();
    half_to_single(e, source, x);
  } else if (fraction_bits(in)) {
    source = e.temp_vec();
    power_of_two(e, source, e.temp_gp(), wide, static_cast<int>(fraction_bits(in)));
    op3(e, multiplication(wide, false), source, source, x);
  }
  Xmm rounded = source;
  const bool rounds = rounding(in) != Round::Zero;
  if (rounds) {
    rounded = e.temp_vec();
    round_scalar(e, wide, rounded, source, mode | kQuietly);
  }
  const Xmm half = away ? e.temp_vec() : rounded;
  const Gp d = e.def_gp_early(v);
  const Label back = e.a.newLabel();
  const Label cold = e.cold_fallback(in, {x, {}, {}}, d, back);
  if (away) add_lost_half(e, wide, rounded, source, half);
  if (is_unsigned(in)) {
    auto compare = [&](Mem m) {
      wide ? (avx ? e.a.vucomisd(rounded, m) : e.a.ucomisd(rounded, m))
           : (avx ? e.a.vucomiss(rounded, m) : e.a.ucomiss(rounded, m));
    };
    compare(Emitter::constant(VecConst::Zero));
    e.a.jb(cold);  // negative, or a NaN
    const bool long_result = in.type == Type::I64;
    compare(Emitter::constant(wide ? (long_result ? VecConst::TwoTo63F64 : VecConst::TwoTo32F64)
                                   : (long_result ? VecConst::TwoTo63F32 : VecConst::TwoTo32F32)));
    e.a.jae(cold);
  }
  const Gp to = in.type == Type::I64 || is_unsigned(in) ? d : d.r32();
  wide ? (avx ? e.a.vcvttsd2si(to, rounded) : e.a.cvttsd2si(to, rounded))
       : (avx ? e.a.vcvttss2si(to, rounded) : e.a.cvttss2si(to, rounded));
  if (!is_unsigned(in)) {
    e.a.cmp(to, 1);  // overflows for the most negative number alone
    e.a.jo(cold);
  }
  if (rounds) round_scalar(e, wide, rounded, source, mode);  // raises Inexact
  e.a.bind(back);
}

void emit_IntToF(Emitter& e, const Inst& in, Value v) {
  const bool half = in.type == Type::F16;
  const bool converts_half = e.host_half_fp() && e.host.f16c && e.names_current_rounding(in);
  if (!e.host_fp() || (half && (fraction_bits(in) || !converts_half))) return e.fallback(v, in);
  const Type from = operand_type(e, in);
  const bool wide = in.type == Type::F64, u = is_unsigned(in);
  const int fraction = static_cast<int>(fraction_bits(in));
  // Rounding that is named does not matter to what is exact.
  const bool named = !half && !e.names_current_rounding(in) && !(wide && from == Type::I32);
  if (named && fraction) return e.fallback(v, in);
  if (named || (u && from == Type::I64)) e.clobber_flags();
  const Gp x = u && from == Type::I32 ? e.use_gp_clean(in.args[0]) : e.use_gp(in.args[0]);
  const Gp source = from == Type::I32 && !u ? x.r32() : x;
  const Xmm d = e.def_vec_early(v);
  const Xmm t = fraction ? e.temp_vec() : d;
  const Gp g = fraction || named ? e.temp_gp() : x;
  const Label back = e.a.newLabel();
  if (named) {
    const int exact = wide ? 53 : 24;  // bits of a magnitude
    if (u) {
      e.a.mov(g, x);
      e.a.shr(g, exact);
    } else {
      from == Type::I64 ? void(e.a.mov(g, x)) : void(e.a.movsxd(g, x.r32()));
      // Between -2^exact and 2^exact.
      e.a.sar(g, exact);
      e.a.inc(g);
      e.a.shr(g, 1);
    }
    e.a.jnz(e.cold_fallback(in, {x, {}, {}}, d, back));
  } else if (u && from == Type::I64) {
    e.a.test(x, x);
    e.a.js(e.cold_fallback(in, {x, {}, {}}, d, back));
  }
  // The host's instruction merges into its destination: cleared, it waits for nothing.
  if (e.host.avx) {
    e.a.vxorps(d, d, d);
    wide ? e.a.vcvtsi2sd(d, d, source) : e.a.vcvtsi2ss(d, d, source);
  } else {
    e.a.xorps(d, d);
    wide ? e.a.cvtsi2sd(d, source) : e.a.cvtsi2ss(d, source);
  }
  if (fraction) {  // exact, since there is no exponent so small
    power_of_two(e, t, g, wide, -fraction);
    op3(e, multiplication(wide, false), d, d, t);
  }
  // What a single could not hold is an infinity, or the greatest number, in half precision anyway.
  if (half) e.a.vcvtps2ph(d, d, 4);
  e.a.bind(back);
}

// Within 32 bits, the host's conversion is the guest's. Beyond, it is one of 64 bits that is cut off; the
// fraction that this may lose is not to be told.
void emit_FJcvtzs(Emitter& e, const Inst& in, Value v) {
  if (!e.host_fp()) return e.fallback(v, in);
  e.clobber_flags();
  const Xmm x = e.use_vec(in.args[0]);
  const Gp d = e.def_gp_early(v);
  const Label back = e.a.newLabel();
  const Label cold = e.cold_fallback(in, {x, {}, {}}, d, back);
  const auto convert = [&](Gp to) { e.host.avx ? e.a.vcvttsd2si(to, x) : e.a.cvttsd2si(to, x); };
  convert(d.r32());
  e.a.cmp(d.r32(), 1);
  if (e.exact_exceptions()) {
    e.a.jo(cold);
  } else {
    e.a.jno(back);
    convert(d);
    e.a.cmp(d, 1);
    e.a.jo(cold);
  }
  e.a.bind(back);
}

// Whether converting it back gives the same bits: no fraction was lost, and it is not -0.
void emit_FJcvtzsExact(Emitter& e, const Inst& in, Value v) {
  if (!e.host_fp()) return e.fallback(v, in);
  e.clobber_flags();
  const Xmm x = e.use_vec(in.args[0]);
  const Xmm t = e.temp_vec();
  const Gp bits = e.temp_gp();
  const Gp d = e.def_gp_early(v);
  if (e.host.avx) {
    e.a.vcvttsd2si(d.r32(), x);
    e.a.vxorps(t, t, t);
    e.a.vcvtsi2sd(t, t, d.r32());
    e.a.vmovq(bits, x);
    e.a.vmovq(d, t);
  } else {
    e.a.cvttsd2si(d.r32(), x);
    e.a.xorps(t, t);
    e.a.cvtsi2sd(t, d.r32());
    e.a.movq(bits, x);
    e.a.movq(d, t);
  }
  e.a.cmp(bits, d);
  e.a.sete(d.r8());
  e.a.movzx(d.r32(), d.r8());
}

namespace {

// By magnitude, and with the sign again: of zeros it is lost. Beyond 2^52 or 2^32, and for NaNs, by the
// reference.
void round_away(Emitter& e, const Inst& in, Value v) {
  const bool wide = in.type == Type::F64, avx = e.host.avx;
  e.clobber_flags();
  const Xmm x = e.use_vec(in.args[0]);
  const Xmm t = e.temp_vec(), magnitude = e.temp_vec();
  const Xmm d = e.def_vec_early(v);
  const Label back = e.a.newLabel();
  const Label cold = e.cold_fallback(in, {x, {}, {}}, d, back);
  const Mem abs = Emitter::constant(wide ? VecConst::AbsF64 : VecConst::AbsF32);
  const Mem limit = Emitter::constant(wide ? VecConst::TwoTo52F64 : VecConst::TwoTo32F32);
  op3(e, VENEER_DUAL(Andps, andps), magnitude, x, abs);
  wide ? (avx ? e.a.vucomisd(magnitude, limit) : e.a.ucomisd(magnitude, limit))
       : (avx ? e.a.vucomiss(magnitude, limit) : e.a.ucomiss(magnitude, limit));
  e.a.jae(cold);
  e.a.jp(cold);
  if (in.imm & 1) round_scalar(e, wide, d, x, host_round(Round::Zero));  // raises Inexact
  if (!avx) e.move_vec(d, magnitude);
  round_scalar(e, wide, d, magnitude, host_round(Round::Zero) | kQuietly);
  add_lost_half(e, wide, d, magnitude, t);
  op3(e, VENEER_DUAL(Andps, andps), d, d, abs);
  op3(e, VENEER_DUAL(Andps, andps), t, x, Emitter::constant(wide ? VecConst::SignF64 : VecConst::SignF32));
  op3(e, VENEER_DUAL(Orps, orps), d, d, t);
  e.a.bind(back);
}

}  // namespace

void emit_FRoundInt(Emitter& e, const Inst& in, Value v) {
  int mode = host_round(rounding(in));
  const bool half = in.type == Type::F16 || (is_vector(in) && in.esize == 16);
  if (rounding(in) == Round::NearestAway && !half && !is_vector(in) && e.host_fp()) return round_away(e, in, v);
  if (mode < 0) return e.fallback(v, in);
  if (!(in.imm & 1)) mode |= kQuietly;
  if (half_supported(e, in, false) && !e.may_want_default_nan()) return emit_half_round(e, in, v, mode);
  if (half || !e.host_fp()) return e.fallback(v, in);
  const FpFormat format{.vector = is_vector(in), .wide = is_vector(in) ? in.esize == 64 : in.type == Type::F64};
  if (e.may_want_default_nan()) e.clobber_flags();
  const Xmm x = e.use_vec(in.args[0]);
  const Xmm t = e.may_want_default_nan() ? e.temp_vec() : x;
  const Xmm d = e.def_vec_early(v);
  if (!is_vector(in)) {
    round_scalar(e, format.wide, d, x, mode);
  } else {
    Xmm source = x;
    if (!in.q) {
      low_half(e, d, x);
      source = d;
    }
    op2(e, format.wide ? VENEER_DUAL(Roundpd, roundpd) : VENEER_DUAL(Roundps, roundps), d, source, mode);
  }
  if (!e.may_want_default_nan()) return;
  const Label back = e.a.newLabel();
  check_nan(e, format, d, d, t, e.cold_fallback(in, {x, {}, {}}, d, back));
  e.a.bind(back);
}

}  // namespace veneer::tier1
