// Vectors of floating-point numbers to integers, as wide or half as wide. What is out of range, or a NaN, is
// the reference's. It is Invalid and not Inexact: where the host's instruction tells the one from the other it
// is asked afterwards, by the number that it gives then, otherwise the range is checked before.
#include <array>
#include <bit>

#include "translate/tier1/emit.h"
#include "translate/tier1/emit_fp_convert.h"
#include "translate/tier1/emit_fp_half.h"

namespace veneer::tier1 {

namespace {

// The host's conversions round as MXCSR says, or to zero.
bool is_direct(const Inst& in) {
  return rounding(in) == Round::Current || rounding(in) == Round::Zero;
}
Id by_rounding(const Inst& in, Id current, Id to_zero) {
  return rounding(in) == Round::Current ? current : to_zero;
}
Dual by_rounding(const Inst& in, Dual current, Dual to_zero) {
  return rounding(in) == Round::Current ? current : to_zero;
}

struct Range {
  double least, most;
};
Range range_of(unsigned bits, bool is_unsigned) {
  const double end = static_cast<double>(u64{1} << (is_unsigned ? bits : bits - 1));
  return {is_unsigned ? 0 : -end, end - 1};
}

// The elements of x, singles or doubles, are in the range; or `cold`. t, u and g are lost.
void check_range(Emitter& e, bool wide, const x86::Vec& x, Xmm t, Xmm u, Gp g, Range range, Label cold) {
  const bool two_halves = x.isYmm();
  const auto whole = [&](Xmm r) -> x86::Vec { return two_halves ? x86::Vec(x86::ymm(r.id())) : r; };
  const auto limit = [&](double number) {
    in_each_element(e, u, g, wide, number);
    if (two_halves) e.a.vbroadcastsd(x86::ymm(u.id()), u);
  };
  const Dual max = wide ? VENEER_DUAL(Maxpd, maxpd) : VENEER_DUAL(Maxps, maxps);
  const Dual min = wide ? VENEER_DUAL(Minpd, minpd) : VENEER_DUAL(Minps, minps);
  const Dual compare = wide ? VENEER_DUAL(Cmppd, cmppd) : VENEER_DUAL(Cmpps, cmpps);
  constexpr int kNotEqual = 4;
  limit(range.least);
  if (e.host.avx) {
    e.a.emit(max.avx, whole(t), x, whole(u));
    limit(range.most);
    e.a.emit(min.avx, whole(t), whole(t), whole(u));
    e.a.emit(compare.avx, whole(t), whole(t), x, asmjit::Imm(kNotEqual));
    e.a.emit(x86::Inst::kIdVptest, whole(t), whole(t));
  } else {
    e.a.movaps(t, x.xmm());
    e.a.emit(max.sse, t, u);
    limit(range.most);
    e.a.emit(min.sse, t, u);
    e.a.emit(compare.sse, t, x, asmjit::Imm(kNotEqual));
    e.a.ptest(t, t);
  }
  e.a.jnz(cold);
}

// No element of the results d is what the host gives for invalid ones; or `cold`. t is lost.
void check_results(Emitter& e, unsigned bits, Xmm d, Xmm t, VecConst invalid, Label cold) {
  op3(e, kEq.of(bits), t, d, Emitter::constant(invalid));
  e.host.avx ? e.a.vptest(t, t) : e.a.ptest(t, t);
  e.a.jnz(cold);
}

// From halves, by way of singles.
void from_halves(Emitter& e, const Inst& in, Value v, unsigned bits) {
  if (fraction_bits(in) || !is_direct(in) || !half_supported(e, in, false)) return e.fallback(v, in);
  e.clobber_flags();
  const bool u = is_unsigned(in);
  const Xmm x = e.use_vec(in.args[0]);
  const Xmm s = e.temp_vec(), t = e.temp_vec(), limit = e.temp_vec();
  const Gp g = e.temp_gp();
  const Xmm d = e.def_vec_early(v);
  const Label back = e.a.newLabel();
  const Label cold = e.cold_fallback(in, {x, {}, {}}, d, back);
  const x86::Vec whole = singles(in, s);
  e.a.emit(x86::Inst::kIdVcvtph2ps, whole, x);
  check_range(e, false, whole, t, limit, g, range_of(bits, u), cold);
  e.a.emit(by_rounding(in, x86::Inst::kIdVcvtps2dq, x86::Inst::kIdVcvttps2dq), whole, whole);
  if (in.q) {
    e.a.vextracti128(t, x86::ymm(s.id()), 1);
    e.a.vzeroupper();
  } else {
    zero(e, t);
  }
  u ? e.a.vpackusdw(d, s, t) : e.a.vpackssdw(d, s, t);
  if (bits == 8) {
    u ? e.a.vpackuswb(d, d, d) : e.a.vpacksswb(d, d, d);
    low_half(e, d, d);
  }
  e.a.bind(back);
}

// Unsigned words of singles that are in range: those of 2^31 and more are converted without it. t and u are
// lost.
void unsigned_words(Emitter& e, const Inst& in, Xmm d, Xmm x, Xmm t, Xmm u, Gp g) {
  constexpr int kLessOrEqual = 2;
  in_each_element(e, u, g, false, 0x1p31);
  op3(e, VENEER_DUAL(Cmpps, cmpps), t, u, x, kLessOrEqual);
  op3(e, VENEER_DUAL(Andps, andps), u, u, t);
  op3(e, VENEER_DUAL(Subps, subps), d, x, u);
  op2(e, by_rounding(in, VENEER_DUAL(Cvtps2dq, cvtps2dq), VENEER_DUAL(Cvttps2dq, cvttps2dq)), d, d);
  op_imm(e, VENEER_DUAL(Pslld, pslld), t, t, 31);
  op3(e, VENEER_DUAL(Pxor, pxor), d, d, t);
}

void to_doubleword(Emitter& e, const Inst& in, Gp to, Xmm from) {
  if (rounding(in) == Round::Current) {
    e.host.avx ? e.a.vcvtsd2si(to, from) : e.a.cvtsd2si(to, from);
  } else {
    e.host.avx ? e.a.vcvttsd2si(to, from) : e.a.cvttsd2si(to, from);
  }
}

// Doublewords, one after the other.
void doublewords(Emitter& e, const Inst& in, Xmm d, Xmm source, Xmm t, const std::array<Gp, 3>& g, Label cold) {
  const bool avx = e.host.avx, u = is_unsigned(in);
  const auto& [low, high, limit] = g;
  if (u) e.a.mov(limit, std::bit_cast<u64>(0x1p63));
  const auto convert = [&](Gp to, Xmm from) {
    if (u) {
      // From 2^63 on, and what is negative.
      avx ? e.a.vmovq(to, from) : e.a.movq(to, from);
      e.a.cmp(to, limit);
      e.a.jae(cold);
    }
    to_doubleword(e, in, to, from);
    if (u) return;
    e.a.cmp(to, 1);
    e.a.jo(cold);
  };
  convert(low, source);
  if (in.q) {
    op3(e, VENEER_DUAL(Punpckhqdq, punpckhqdq), t, source, source);
    convert(high, t);
  }
  avx ? e.a.vmovq(d, low) : e.a.movq(d, low);
  if (in.q) avx ? e.a.vpinsrq(d, d, high, 1) : e.a.pinsrq(d, high, 1);
}

}  // namespace

void emit_VFToInt(Emitter& e, const Inst& in, Value v) {
  const int mode = host_round(rounding(in));
  const bool wide = in.esize == 64, u = is_unsigned(in);
  const int fraction = static_cast<int>(fraction_bits(in));
  if (in.esize == 16) return from_halves(e, in, v, 16);
  if (!e.host_fp() || mode < 0) return e.fallback(v, in);
  // Scaling may overflow where the conversion is Invalid alone, and rounding what is negative raises Inexact.
  if (e.exact_exceptions() && (fraction || (u && !is_direct(in)))) return e.fallback(v, in);
  const bool by_avx512 = e.host.avx512 && (u || wide);
  const bool by_lanes = wide && !by_avx512;
  const bool checks_first = u && !wide && !by_avx512 && e.exact_exceptions();
  e.clobber_flags();
  const Xmm x = e.use_vec(in.args[0]);
  const Xmm t = e.temp_vec();
  const Xmm limit = fraction || checks_first ? e.temp_vec() : t;
  const Xmm other = checks_first ? e.temp_vec() : t;
  std::array<Gp, 3> g{};
  if (fraction || by_lanes || checks_first) g[0] = e.temp_gp();
  if (by_lanes) g[1] = e.temp_gp();
  if (by_lanes && u) g[2] = e.temp_gp();
  const Xmm d = e.def_vec_early(v);
  Xmm source = x;
  if (!in.q) {
    low_half(e, t, x);
    source = t;
  }
  if (fraction) {
    power_of_two(e, limit, g[0], wide, fraction);
    op3(e, multiplication(wide, true), t, source, limit);
    source = t;
  }
  if (!is_direct(in)) {
    op2(e, wide ? VENEER_DUAL(Roundpd, roundpd) : VENEER_DUAL(Roundps, roundps), t, source, mode);
    source = t;
  }
  const Label back = e.a.newLabel();
  const Label cold = e.cold_fallback(in, {x, {}, {}}, d, back);
  if (by_avx512) {
    Id id = by_rounding(in, x86::Inst::kIdVcvtps2udq, x86::Inst::kIdVcvttps2udq);
    if (wide && u) id = by_rounding(in, x86::Inst::kIdVcvtpd2uqq, x86::Inst::kIdVcvttpd2uqq);
    if (wide && !u) id = by_rounding(in, x86::Inst::kIdVcvtpd2qq, x86::Inst::kIdVcvttpd2qq);
    e.a.emit(id, d, source);
    check_results(e, in.esize, d, t, u ? VecConst::AllOnes : VecConst::Doubles8000, cold);
  } else if (by_lanes) {
    doublewords(e, in, d, source, t, g, cold);
  } else if (checks_first) {
    check_range(e, false, source, other, limit, g[0], {0, 0x1p32 - 0x1p8}, cold);
    unsigned_words(e, in, d, source, other, limit, g[0]);
  } else {
    op2(e, by_rounding(in, VENEER_DUAL(Cvtps2dq, cvtps2dq), VENEER_DUAL(Cvttps2dq, cvttps2dq)), d, source);
    if (u) {
      // From 2^31 on, and what is negative, it looks negative.
      op3(e, VENEER_DUAL(Pand, pand), t, d, Emitter::constant(VecConst::Words80000000));
      e.host.avx ? e.a.vptest(t, t) : e.a.ptest(t, t);
      e.a.jnz(cold);
    } else {
      check_results(e, 32, d, t, VecConst::Words80000000, cold);
    }
  }
  e.a.bind(back);
}

void emit_VFToIntN(Emitter& e, const Inst& in, Value v) {
  const bool wide = in.esize == 64, u = is_unsigned(in), avx = e.host.avx;
  if (in.esize == 16) return from_halves(e, in, v, 8);
  if (!e.host_fp() || fraction_bits(in) || !is_direct(in)) return e.fallback(v, in);
  const bool checks_first = !wide || (u && !e.host.avx512);
  e.clobber_flags();
  const Xmm x = e.use_vec(in.args[0]);
  const Xmm t = e.temp_vec();
  const Xmm limit = checks_first ? e.temp_vec() : t;
  const Gp g = checks_first ? e.temp_gp() : Gp{};
  const Xmm d = e.def_vec_early(v);
  const Label back = e.a.newLabel();
  const Label cold = e.cold_fallback(in, {x, {}, {}}, d, back);
  if (checks_first) check_range(e, wide, x, t, limit, g, range_of(in.esize / 2, u), cold);
  if (!wide) {
    op2(e, by_rounding(in, VENEER_DUAL(Cvtps2dq, cvtps2dq), VENEER_DUAL(Cvttps2dq, cvttps2dq)), d, x);
    op3(e, u ? VENEER_DUAL(Packusdw, packusdw) : VENEER_DUAL(Packssdw, packssdw), d, d, d);
    low_half(e, d, d);
  } else if (!u) {
    op2(e, by_rounding(in, VENEER_DUAL(Cvtpd2dq, cvtpd2dq), VENEER_DUAL(Cvttpd2dq, cvttpd2dq)), d, x);
    check_results(e, 32, d, t, VecConst::Words80000000, cold);
  } else if (e.host.avx512) {
    e.a.emit(by_rounding(in, x86::Inst::kIdVcvtpd2udq, x86::Inst::kIdVcvttpd2udq), d, x);
    check_results(e, 32, d, t, VecConst::AllOnes, cold);
  } else {
    to_doubleword(e, in, g, x);
    avx ? e.a.vmovd(d, g.r32()) : e.a.movd(d, g.r32());
    op3(e, VENEER_DUAL(Punpckhqdq, punpckhqdq), t, x, x);
    to_doubleword(e, in, g, t);
    avx ? e.a.vpinsrd(d, d, g.r32(), 1) : e.a.pinsrd(d, g.r32(), 1);
  }
  e.a.bind(back);
}

}  // namespace veneer::tier1
