// Half precision by way of single (F16C): for one operation, rounding to 24 bits and then to 11 gives what
// rounding once would, since 24 is at least twice 11 and two more (Figueroa, "When is double rounding
// innocuous?"), and in the directed modes anyway. A fused operation is not one: it goes by way of double.
#include "translate/tier1/emit_fp_half.h"

#include "translate/tier1/emit.h"

namespace veneer::tier1 {

namespace {

constexpr int kCurrentRounding = 4;  // VCVTPS2PH's immediate: as MXCSR says

// The operand as singles in t: eight, the lower four, or one with zero above.
void to_single(Emitter& e, const Inst& in, const Xmm& t, const Xmm& x) {
  if (in.type == Type::F16) {
    half_to_single(e, t, x);
  } else if (in.q) {
    e.a.vcvtph2ps(x86::ymm(t.id()), x);
  } else {
    e.a.vcvtph2ps(t, x);
  }
}

// d = t as halves, unless one is a NaN: then `cold`. u is lost.
void to_half(Emitter& e, const Inst& in, const Xmm& d, const Xmm& t, const Xmm& u, const Label& cold) {
  if (in.type == Type::F16) {
    e.a.vucomiss(t, t);
    e.a.jp(cold);
    e.a.vcvtps2ph(d, t, kCurrentRounding);
  } else if (in.q) {
    const x86::Ymm wide = x86::ymm(t.id()), other = x86::ymm(u.id());
    e.a.vcmpps(other, wide, wide, 3);  // unordered
    e.a.vptest(other, other);
    e.a.jnz(cold);
    e.a.vcvtps2ph(d, wide, kCurrentRounding);
    e.a.vzeroupper();
  } else {
    e.a.vcmpps(u, t, t, 3);
    e.a.vptest(u, u);
    e.a.jnz(cold);
    e.a.vcvtps2ph(d, t, kCurrentRounding);
  }
}

}  // namespace

bool half_supported(const Emitter& e, const Inst& in, bool may_underflow) {
  // Tininess is told after rounding here: emit_fp.cpp, check_tiny.
  return e.host.f16c && e.host.avx2 && e.host_half_fp() && !(may_underflow && e.exact_underflow()) &&
         (in.type == Type::F16 || (in.type == Type::V128 && in.esize == 16));
}

void emit_half_binary(Emitter& e, const Inst& in, Value v, Id scalar, Id packed) {
  e.clobber_flags();
  const Xmm x = e.use_vec(in.args[0]), y = e.use_vec(in.args[1]);
  const Xmm t = e.temp_vec(), u = e.temp_vec(), d = e.def_vec_early(v);
  const Label back = e.a.newLabel();
  const Label cold = e.cold_fallback(in, {x, y, {}}, d, back);
  to_single(e, in, t, x);
  to_single(e, in, u, y);
  if (in.type == Type::F16) {
    e.a.emit(scalar, t, t, u);
  } else if (in.q) {
    e.a.emit(packed, x86::ymm(t.id()), x86::ymm(t.id()), x86::ymm(u.id()));
  } else {
    e.a.emit(packed, t, t, u);
  }
  to_half(e, in, d, t, u, cold);
  e.a.bind(back);
}

void half_to_single(Emitter& e, Xmm to, Xmm x) {
  e.zero_above(to, x, Type::F16);
  e.a.vcvtph2ps(to, to);
}

x86::Vec singles(const Inst& in, const Xmm& r) {
  if (in.type == Type::V128 && in.q) return x86::ymm(r.id());
  return r;
}
void leave_singles(Emitter& e, const Inst& in) {
  if (in.type == Type::V128 && in.q) e.a.vzeroupper();
}

void emit_half_min_max(Emitter& e, const Inst& in, Value v, Id packed, Id combine) {
  e.clobber_flags();
  const Xmm x = e.use_vec(in.args[0]), y = e.use_vec(in.args[1]);
  const Xmm t = e.temp_vec(), u = e.temp_vec(), w = e.temp_vec(), d = e.def_vec_early(v);
  const Label back = e.a.newLabel();
  const Label cold = e.cold_fallback(in, {x, y, {}}, d, back);
  to_single(e, in, t, x);
  to_single(e, in, u, y);
  // A NaN of either kind: without raising anything for a quiet one.
  e.a.emit(x86::Inst::kIdVcmpps, singles(in, w), singles(in, t), singles(in, u), asmjit::Imm(3));
  e.a.emit(x86::Inst::kIdVptest, singles(in, w), singles(in, w));
  e.a.jnz(cold);
  e.a.emit(packed, singles(in, w), singles(in, t), singles(in, u));
  e.a.emit(packed, singles(in, t), singles(in, u), singles(in, t));
  e.a.emit(combine, singles(in, t), singles(in, t), singles(in, w));
  e.a.emit(x86::Inst::kIdVcvtps2ph, d, singles(in, t), asmjit::Imm(kCurrentRounding));
  leave_singles(e, in);
  e.a.bind(back);
}

void emit_half_compare(Emitter& e, const Inst& in, Value v, int predicate, bool swap) {
  const Xmm x = e.use_vec(in.args[0]), y = e.use_vec(in.args[1]);
  const Xmm t = e.temp_vec(), u = e.temp_vec(), d = e.def_vec_early(v);
  to_single(e, in, t, swap ? y : x);
  to_single(e, in, u, swap ? x : y);
  e.a.emit(x86::Inst::kIdVcmpps, singles(in, t), singles(in, t), singles(in, u), asmjit::Imm(predicate));
  if (in.type == Type::V128 && in.q) {
    e.a.vextracti128(u, x86::ymm(t.id()), 1);
    e.a.vzeroupper();
    e.a.vpackssdw(d, t, u);
  } else {
    e.a.vpxor(u, u, u);
    e.a.vpackssdw(d, t, u);
    if (in.type == Type::F16) e.zero_above(d, d, Type::F16);
  }
}

void emit_half_round(Emitter& e, const Inst& in, Value v, int mode) {
  const Xmm x = e.use_vec(in.args[0]);
  const Xmm t = e.temp_vec(), d = e.def_vec_early(v);
  to_single(e, in, t, x);
  e.a.emit(x86::Inst::kIdVroundps, singles(in, t), singles(in, t), asmjit::Imm(mode));
  e.a.emit(x86::Inst::kIdVcvtps2ph, d, singles(in, t), asmjit::Imm(kCurrentRounding));
  leave_singles(e, in);
}

void emit_half_square_root(Emitter& e, const Inst& in, Value v) {
  e.clobber_flags();
  const Xmm x = e.use_vec(in.args[0]);
  const Xmm t = e.temp_vec(), u = e.temp_vec(), d = e.def_vec_early(v);
  const Label back = e.a.newLabel();
  const Label cold = e.cold_fallback(in, {x, {}, {}}, d, back);
  to_single(e, in, t, x);
  if (in.type == Type::F16) {
    e.a.vsqrtss(t, t, t);
  } else if (in.q) {
    e.a.vsqrtps(x86::ymm(t.id()), x86::ymm(t.id()));
  } else {
    e.a.vsqrtps(t, t);
  }
  to_half(e, in, d, t, u, cold);
  e.a.bind(back);
}

namespace {

// to = four halves of x, the lower or the upper ones, as doubles; or the one that counts.
void to_double(Emitter& e, const Inst& in, Xmm to, Xmm x, bool upper) {
  if (in.type == Type::F16) {
    half_to_single(e, to, x);
  } else if (upper) {
    e.a.vpshufd(to, x, 0xee);
    e.a.vcvtph2ps(to, to);
  } else {
    e.a.vcvtph2ps(to, x);
  }
  e.a.vcvtps2pd(x86::ymm(to.id()), to);
}

// The doubles of d as singles, rounded to odd: nothing is lost then that rounding once more wants to know. t
// and u are lost.
void to_odd_single(Emitter& e, Xmm d, Xmm t, Xmm u) {
  const x86::Ymm wide = x86::ymm(d.id()), mask = x86::ymm(t.id()), sticky = x86::ymm(u.id());
  // The 29 lowest bits go; where any of them is set, so will be the lowest that stays.
  e.a.vbroadcastsd(mask, Emitter::constant(VecConst::Doubles1fffffff));
  e.a.vpand(sticky, wide, mask);
  e.a.vpaddq(sticky, sticky, mask);
  e.a.vpor(wide, wide, sticky);
  e.a.vpandn(wide, mask, wide);
  e.a.vcvtpd2ps(d, wide);
}

}  // namespace

// In double precision, where the product is exact, and the sum too wherever it could be near the middle between
// two halves; then rounded to odd, and to half.
void emit_half_mul_add(Emitter& e, const Inst& in, Value v) {
  e.clobber_flags();
  const Xmm acc = e.use_vec(in.args[0]), x = e.use_vec(in.args[1]), y = e.use_vec(in.args[2]);
  const Xmm t = e.temp_vec(), u = e.temp_vec(), w = e.temp_vec(), low = e.temp_vec(), d = e.def_vec_early(v);
  const Label back = e.a.newLabel();
  const Label cold = e.cold_fallback(in, {acc, x, y}, d, back);
  const auto four = [&](Xmm to, bool upper) {
    to_double(e, in, to, acc, upper);
    to_double(e, in, t, x, upper);
    to_double(e, in, u, y, upper);
    e.a.vfmadd231pd(x86::ymm(to.id()), x86::ymm(t.id()), x86::ymm(u.id()));
    e.a.vcmppd(x86::ymm(t.id()), x86::ymm(to.id()), x86::ymm(to.id()), 3);  // unordered
    e.a.vptest(x86::ymm(t.id()), x86::ymm(t.id()));
    e.a.jnz(cold);
    to_odd_single(e, to, t, u);
  };
  four(low, false);
  if (in.type == Type::V128 && in.q) {
    four(w, true);
    e.a.vinsertf128(x86::ymm(low.id()), x86::ymm(low.id()), w, 1);
    e.a.vcvtps2ph(d, x86::ymm(low.id()), kCurrentRounding);
  } else {
    e.a.vcvtps2ph(d, low, kCurrentRounding);
  }
  e.a.vzeroupper();
  e.a.bind(back);
}

}  // namespace veneer::tier1
