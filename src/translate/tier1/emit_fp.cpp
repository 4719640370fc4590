// Floating-point arithmetic and comparison: scalars, and vectors of singles and doubles. The host's instruction
// does the work; where its NaNs are not the guest's, a cold path asks the reference. Half precision is in
// emit_fp_half.cpp; what that does not do is the reference's. MXCSR flushes as FPCR.FZ does.
#include <utility>

#include "translate/tier1/emit.h"
#include "translate/tier1/emit_fp_forms.h"
#include "translate/tier1/emit_fp_half.h"

namespace veneer::tier1 {

namespace {

void binary(Emitter& e, const Inst& in, Value v, const FpOp& op, bool may_underflow) {
  if (half_supported(e, in, may_underflow)) return emit_half_binary(e, in, v, op.ss.avx, op.ps.avx);
  if (!supported(e, in)) return e.fallback(v, in);
  e.clobber_flags();
  const Xmm x = operand(e, in, e.use_vec(in.args[0]));
  const Xmm y0 = e.use_vec(in.args[1]);
  const Xmm y = in.op == Op::FDiv ? divisor(e, in, y0) : operand(e, in, y0);
  const Xmm t = check_temporary(e, format(in), x);
  const Xmm d = e.def_vec_early(v);
  op3(e, form(in, op), d, x, y);
  // 0 - 0 is -0 when rounding down.
  if (in.op == Op::FSub && is_vector(in) && !in.q) low_half(e, d, d);
  const Label back = e.a.newLabel();
  const Label cold = e.cold_fallback(in, {x, y, {}}, d, back);
  check_nan(e, format(in), d, d, t, cold);
  if (may_underflow) check_tiny(e, format(in), d, t, cold);
  e.a.bind(back);
}

// Neither operand is a NaN when the host's instruction runs: it would raise Invalid for quiet ones. Of zeros of
// both signs it gives the second operand, so it is asked both ways.
void min_max(Emitter& e, const Inst& in, Value v, const FpOp& op, Dual combine) {
  if (half_supported(e, in, false)) return emit_half_min_max(e, in, v, op.ps.avx, combine.avx);
  if (!supported(e, in)) return e.fallback(v, in);
  e.clobber_flags();
  const Xmm x = operand(e, in, e.use_vec(in.args[0])), y = operand(e, in, e.use_vec(in.args[1]));
  const Xmm t = e.temp_vec();
  const Xmm d = e.def_vec_early(v);
  const Label back = e.a.newLabel();
  check_nan(e, format(in), x, y, t, e.cold_fallback(in, {x, y, {}}, d, back));
  op3(e, form(in, op), t, x, y);
  op3(e, form(in, op), d, y, x);
  op3(e, combine, d, d, t);
  if (e.may_flush()) {
    // A denormal number comes out as a zero.
    const Mem one = Emitter::constant(is_double(in) ? VecConst::OneF64 : VecConst::OneF32);
    op3(e, form(in, VENEER_FP(Mul, mul)), d, d, one);
  }
  e.a.bind(back);
}

}  // namespace

void emit_FAdd(Emitter& e, const Inst& in, Value v) {
  binary(e, in, v, VENEER_FP(Add, add), false);
}
void emit_FSub(Emitter& e, const Inst& in, Value v) {
  binary(e, in, v, VENEER_FP(Sub, sub), false);
}
void emit_FMul(Emitter& e, const Inst& in, Value v) {
  binary(e, in, v, VENEER_FP(Mul, mul), true);
}
void emit_FDiv(Emitter& e, const Inst& in, Value v) {
  binary(e, in, v, VENEER_FP(Div, div), true);
}
void emit_FMax(Emitter& e, const Inst& in, Value v) {
  min_max(e, in, v, VENEER_FP(Max, max), VENEER_DUAL(Andps, andps));
}
void emit_FMin(Emitter& e, const Inst& in, Value v) {
  min_max(e, in, v, VENEER_FP(Min, min), VENEER_DUAL(Orps, orps));
}
void emit_FMaxNm(Emitter& e, const Inst& in, Value v) {
  emit_FMax(e, in, v);
}
void emit_FMinNm(Emitter& e, const Inst& in, Value v) {
  emit_FMin(e, in, v);
}

void emit_FSqrt(Emitter& e, const Inst& in, Value v) {
  if (half_supported(e, in, false)) return emit_half_square_root(e, in, v);
  if (!supported(e, in)) return e.fallback(v, in);
  e.clobber_flags();
  const Xmm x = operand(e, in, e.use_vec(in.args[0]));
  const Xmm t = is_vector(in) ? e.temp_vec() : x;
  const Xmm d = e.def_vec_early(v);
  if (is_vector(in)) {
    op2(e, form(in, VENEER_FP(Sqrt, sqrt)), d, x);
  } else if (e.host.avx) {
    e.a.emit(form(in, VENEER_FP(Sqrt, sqrt)).avx, d, x, x);
  } else {
    e.a.emit(form(in, VENEER_FP(Sqrt, sqrt)).sse, d, x);
  }
  const Label back = e.a.newLabel();
  check_nan(e, format(in), d, d, t, e.cold_fallback(in, {x, {}, {}}, d, back));
  e.a.bind(back);
}

void emit_FMulAdd(Emitter& e, const Inst& in, Value v) {
  if (e.host.fma && half_supported(e, in, true)) return emit_half_mul_add(e, in, v);
  if (!supported(e, in) || !e.host.fma) return e.fallback(v, in);
  e.clobber_flags();
  const Xmm acc = operand(e, in, e.use_vec(in.args[0]));
  const Xmm x = operand(e, in, e.use_vec(in.args[1])), y = operand(e, in, e.use_vec(in.args[2]));
  const Xmm d = e.def_vec_early(v);
  e.move_vec(d, acc);
  if (is_vector(in)) {
    is_double(in) ? e.a.vfmadd231pd(d, x, y) : e.a.vfmadd231ps(d, x, y);
  } else {
    is_double(in) ? e.a.vfmadd231sd(d, x, y) : e.a.vfmadd231ss(d, x, y);
  }
  const Xmm t = check_temporary(e, format(in), x);
  const Label back = e.a.newLabel();
  const Label cold = e.cold_fallback(in, {acc, x, y}, d, back);
  check_nan(e, format(in), d, d, t, cold);
  check_tiny(e, format(in), d, t, cold);
  e.a.bind(back);
}

// --- signs -----------------------------------------------------------------------------------------------

namespace {

void bitwise(Emitter& e, const Inst& in, Value v, Dual op, VecConst f16, VecConst f32, VecConst f64) {
  const bool half = in.type == Type::F16 || (is_vector(in) && in.esize == 16);
  const Xmm x = e.use_vec(in.args[0]);
  const Xmm d = e.def_vec(v);
  op3(e, op, d, x, Emitter::constant(half ? f16 : is_double(in) ? f64 : f32));
  if (is_vector(in) && !in.q) low_half(e, d, d);
}

}  // namespace

void emit_FNeg(Emitter& e, const Inst& in, Value v) {
  bitwise(e, in, v, VENEER_DUAL(Xorps, xorps), VecConst::Halves8000, VecConst::SignF32, VecConst::SignF64);
}
void emit_FAbs(Emitter& e, const Inst& in, Value v) {
  bitwise(e, in, v, VENEER_DUAL(Andps, andps), VecConst::Halves7fff, VecConst::AbsF32, VecConst::AbsF64);
}

// --- comparison ------------------------------------------------------------------------------------------

namespace {

// CMPPS predicates: 0 equal (quiet), 1 less than, 2 less or equal (both signalling, as FCMGT and FCMGE are).
void compare(Emitter& e, const Inst& in, Value v, int predicate, bool swap) {
  if (half_supported(e, in, false)) return emit_half_compare(e, in, v, predicate, swap);
  if (!supported(e, in)) return e.fallback(v, in);
  Xmm x = operand(e, in, e.use_vec(in.args[0])), y = operand(e, in, e.use_vec(in.args[1]));
  if (swap) std::swap(x, y);
  const Xmm d = e.def_vec_early(v);
  op3(e, form(in, VENEER_FP(Cmp, cmp)), d, x, y, predicate);
  if (is_vector(in) && !in.q) low_half(e, d, d);
}

}  // namespace

void emit_FCmpEq(Emitter& e, const Inst& in, Value v) {
  compare(e, in, v, 0, false);
}
void emit_FCmpGt(Emitter& e, const Inst& in, Value v) {
  compare(e, in, v, 1, true);
}
void emit_FCmpGe(Emitter& e, const Inst& in, Value v) {
  compare(e, in, v, 2, true);
}

void emit_FlagsFcmp(Emitter& e, const Inst& in, Value v) {
  const bool half = in.type == Type::F16;
  if (half ? !half_supported(e, in, false) : !e.host_fp()) return e.fallback(v, in);
  e.clobber_flags();
  Xmm x = e.use_vec(in.args[0]), y = e.use_vec(in.args[1]);
  if (half) {
    const Xmm t = e.temp_vec(), u = e.temp_vec();
    half_to_single(e, t, x);
    half_to_single(e, u, y);
    x = t;
    y = u;
  }
  bool swap = false;
  switch (e.first_cond_of(v)) {
    case ir::Cond::MI:
    case ir::Cond::PL:
    case ir::Cond::CC:
    case ir::Cond::CS:
    case ir::Cond::HI:
    case ir::Cond::LS: swap = true; break;
    default: break;
  }
  if (swap) std::swap(x, y);
  const bool signalling = in.imm & 1, avx = e.host.avx;
  if (in.type == Type::F64) {
    signalling ? (avx ? e.a.vcomisd(x, y) : e.a.comisd(x, y)) : (avx ? e.a.vucomisd(x, y) : e.a.ucomisd(x, y));
  } else {
    signalling ? (avx ? e.a.vcomiss(x, y) : e.a.comiss(x, y)) : (avx ? e.a.vucomiss(x, y) : e.a.ucomiss(x, y));
  }
  e.flags_are(v, swap ? FlagsKind::FcmpSwap : FlagsKind::FcmpFwd);
}

}  // namespace veneer::tier1
