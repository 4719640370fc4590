// Floating-point conversions and rounding to integral values.
#include "translate/tier1/emit.h"
#include "translate/tier1/emit_fp_checks.h"

namespace veneer::tier1 {

namespace {

using ir::Round;

bool is_vector(const Inst& in) {
  return in.type == Type::V128;
}

// ROUNDSD's immediate; -1 when the host has no such mode. Bit 3 keeps Inexact from being raised.
int host_round(Round r) {
  switch (r) {
    case Round::NearestEven: return 0;
    case Round::Down: return 1;
    case Round::Up: return 2;
    case Round::Zero: return 3;
    case Round::Current: return 4;
    case Round::NearestAway: return -1;
  }
  return -1;
}
Round rounding(const Inst& in) {
  return static_cast<Round>(in.aux);
}
unsigned fraction_bits(const Inst& in) {
  return in.imm & 0xff;
}
bool is_unsigned(const Inst& in) {
  return in.imm >> 8 & 1;
}
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

}  // namespace

namespace {

// Between half precision and single, or from it to double: the host converts four at a time, so that what lies
// above is cleared first.
void convert_half(Emitter& e, const Inst& in, Value v) {
  const Xmm x = e.use_vec(in.args[0]);
  const Xmm d = e.def_vec_early(v);
  e.zero_above(d, x, operand_type(e, in));
  if (in.type == Type::F16) {
    e.a.vcvtps2ph(d, d, 4);  // rounded as MXCSR says
    return;
  }
  e.a.vcvtph2ps(d, d);
  if (in.type == Type::F64) e.a.vcvtss2sd(d, d, d);
}

}  // namespace

void emit_FCvt(Emitter& e, const Inst& in, Value v) {
  const Type from = operand_type(e, in);
  if (from == Type::F16 || in.type == Type::F16) {
    // From double, it would be rounded twice.
    const bool may_underflow = in.type == Type::F16 && e.exact_underflow();
    if (!e.default_fp() || may_underflow || !e.host.f16c || from == Type::F64) return e.fallback(v, in);
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
  const int mode = host_round(rounding(in));
  if (!e.host_fp() || from == Type::F16 || mode < 0 || fraction_bits(in)) return e.fallback(v, in);
  e.clobber_flags();
  const bool wide = from == Type::F64, avx = e.host.avx;
  const Xmm x = e.use_vec(in.args[0]);
  Xmm rounded = x;
  const bool rounds = rounding(in) != Round::Zero;
  if (rounds) {
    rounded = e.temp_vec();
    round_scalar(e, wide, rounded, x, mode | 8);
  }
  const Gp d = e.def_gp_early(v);
  const Label back = e.a.newLabel();
  const Label cold = e.cold_fallback(in, {x, {}, {}}, d, back);
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
  if (rounds) round_scalar(e, wide, rounded, x, mode);  // raises Inexact
  e.a.bind(back);
}

void emit_IntToF(Emitter& e, const Inst& in, Value v) {
  if (!e.host_fp() || in.type == Type::F16 || fraction_bits(in)) return e.fallback(v, in);
  const Type from = operand_type(e, in);
  const bool wide = in.type == Type::F64, u = is_unsigned(in);
  if (u && from == Type::I64) e.clobber_flags();
  const Gp x = u && from == Type::I32 ? e.use_gp_clean(in.args[0]) : e.use_gp(in.args[0]);
  const Gp source = from == Type::I32 && !u ? x.r32() : x;
  const Xmm d = e.def_vec_early(v);
  const Label back = e.a.newLabel();
  if (u && from == Type::I64) {
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
  e.a.bind(back);
}

void emit_FRoundInt(Emitter& e, const Inst& in, Value v) {
  int mode = host_round(rounding(in));
  const bool half = in.type == Type::F16 || (is_vector(in) && in.esize == 16);
  if (!e.host_fp() || half || mode < 0) return e.fallback(v, in);
  if (!(in.imm & 1)) mode |= 8;
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

void emit_VFToInt(Emitter& e, const Inst& in, Value v) {
  const int mode = host_round(rounding(in));
  if (!e.host_fp() || in.esize != 32 || mode < 0 || fraction_bits(in) || is_unsigned(in))
    return e.fallback(v, in);
  e.clobber_flags();
  const Xmm x = e.use_vec(in.args[0]);
  const Xmm t = e.temp_vec();
  Xmm source = x;
  if (!in.q) {
    low_half(e, t, x);
    source = t;
  }
  if (rounding(in) != Round::Zero) {
    op2(e, VENEER_DUAL(Roundps, roundps), t, source, mode);
    source = t;
  }
  const Xmm d = e.def_vec_early(v);
  op2(e, VENEER_DUAL(Cvttps2dq, cvttps2dq), d, source);
  op3(e, VENEER_DUAL(Pcmpeqd, pcmpeqd), t, d, Emitter::constant(VecConst::Words80000000));
  e.host.avx ? e.a.vptest(t, t) : e.a.ptest(t, t);
  const Label back = e.a.newLabel();
  e.a.jnz(e.cold_fallback(in, {x, {}, {}}, d, back));
  e.a.bind(back);
}

void emit_VIntToF(Emitter& e, const Inst& in, Value v) {
  if (!e.host_fp() || in.esize != 32 || fraction_bits(in) || is_unsigned(in)) return e.fallback(v, in);
  const Xmm x = e.use_vec(in.args[0]);
  const Xmm d = e.def_vec_early(v);
  Xmm source = x;
  if (!in.q) {
    low_half(e, d, x);
    source = d;
  }
  op2(e, VENEER_DUAL(Cvtdq2ps, cvtdq2ps), d, source);
}

void emit_VFCvtL(Emitter& e, const Inst& in, Value v) {
  const bool half = in.esize == 16;
  if (half ? !e.default_fp() || !e.host.f16c : !e.host_fp()) return e.fallback(v, in);
  const bool checks = e.may_want_default_nan();
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
  check_nan(e, {.vector = true, .wide = true}, d, d, t, e.cold_fallback(in, {x, {}, {}}, d, back));
  e.a.bind(back);
}

void emit_VFCvtN(Emitter& e, const Inst& in, Value v) {
  if (in.esize == 32) {
    if (!e.default_fp() || e.exact_underflow() || !e.host.f16c) return e.fallback(v, in);
    const Xmm x = e.use_vec(in.args[0]);
    e.a.vcvtps2ph(e.def_vec(v), x, 4);  // rounded as MXCSR says
    return;
  }
  if (!e.host_fp()) return e.fallback(v, in);
  const bool checks = checks_tiny(e) || e.may_want_default_nan();
  if (checks) e.clobber_flags();
  const Xmm x = e.use_vec(in.args[0]);
  const Xmm t = checks ? e.temp_vec() : x;
  const Xmm d = checks ? e.def_vec_early(v) : e.def_vec(v);
  op2(e, VENEER_DUAL(Cvtpd2ps, cvtpd2ps), d, x);
  if (!checks) return;
  const FpFormat result{.vector = true, .wide = false};
  const Label back = e.a.newLabel();
  const Label cold = e.cold_fallback(in, {x, {}, {}}, d, back);
  if (e.may_want_default_nan()) check_nan(e, result, d, d, t, cold);
  check_tiny(e, result, d, t, cold);
  e.a.bind(back);
}

}  // namespace veneer::tier1
