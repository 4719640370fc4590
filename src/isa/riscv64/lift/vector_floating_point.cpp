// Floating point (Unprivileged ISA 31.13), its reductions and permutations (31.14, 31.16).
//
// Elements that are not active must raise no exceptions: they are zeros, or ones where it is divided by them.
#include "isa/riscv64/lift.h"
#include "isa/riscv64/lift/vector.h"

namespace veneer::rv64 {

namespace {

// Is there arithmetic of this format? Whether rounding is as fcsr says, which is checked.
bool has_format(const Lifter& l, unsigned bits) {
  switch (bits) {
    case 16: return l.has(Extension::zvfh);
    case 32: return true;
    case 64: return l.has(Extension::zve64d);
    default: return false;
  }
}
bool begins(Lifter& l, unsigned bits) {
  if (l.vector.mode().ill() || !has_format(l, bits)) return false;
  l.use_dynamic_rounding();
  return true;
}
Type float_type(unsigned bits) {
  return bits == 16 ? Type::F16 : bits == 32 ? Type::F32 : Type::F64;
}
u64 one(unsigned bits) {
  return bits == 16 ? 0x3c00 : bits == 32 ? 0x3f800000 : 0x3ff0000000000000;
}

// The scalar operand's bits; one that is not boxed is a NaN.
Value scalar_bits(Lifter& l, Insn i, unsigned bits) {
  return l.b.emit(Op::FToBits, Type::I64, {l.f(float_type(bits), i.rs1())});
}
bool by_elements(Lifter& l, Insn i, Form form) {
  execute(l, i, form == Form::V ? l.b.i64(0) : scalar_bits(l, i, l.vector.mode().sew()), l.b.i64(0));
  return true;
}
Value splat_float(Lifter& l, Insn i, unsigned bits) {
  return l.b.emit(Op::VDup, Type::V128, {scalar_bits(l, i, bits)}, 0, static_cast<u8>(bits), true);
}

Value binary(Lifter& l, Op op, unsigned bits, Value a, Value c) {
  return l.b.v2(op, bits, true, a, c);
}
Value negate(Lifter& l, unsigned bits, Value a) {
  return l.b.v1(Op::FNeg, bits, true, a);
}

// f(part of vs2, other operand's, part of vd), of elements that are active and of harmless ones.
using FloatLanes = Value (*)(Lifter& l, unsigned bits, Value a, Value c, Value d);
enum class Divides { No, ByOther, ByFirst };
bool each_float(Lifter& l, Insn i, Form form, FloatLanes f, Divides divides = Divides::No) {
  VectorLifter& v = l.vector;
  const unsigned sew = v.mode().sew();
  if (!is_legal(l, i, form) || !begins(l, sew)) return false;
  if (v.mode().started()) return by_elements(l, i, form);
  const Value other = form == Form::V ? Value{} : splat_float(l, i, sew);
  for (unsigned n = 0; n < v.parts(sew); ++n) {
    Value a = v.part(i.rs2(), n), c = form == Form::V ? v.part(i.rs1(), n) : other, d = v.part(i.rd(), n);
    if (const Value mask = v.active(i, sew, n); mask.valid()) {
      const auto harmless = [&](Value x, bool divisor) {
        return divisor ? l.b.v3(Op::VBsl, 8, true, mask, x, v.splat(sew, one(sew)))
                       : binary(l, Op::VAnd, 8, x, mask);
      };
      a = harmless(a, divides == Divides::ByFirst);
      c = harmless(c, divides == Divides::ByOther);
      d = harmless(d, false);
    }
    v.write(i, sew, n, f(l, sew, a, c, d));
  }
  return true;
}

bool compare_float(Lifter& l, Insn i, Form form, Op op, bool swapped, bool inverted) {
  VectorLifter& v = l.vector;
  const VectorMode mode = v.mode();
  const unsigned sew = mode.sew();
  if (!is_legal_to_mask(l, i, form) || !begins(l, sew)) return false;
  if (mode.started()) return by_elements(l, i, form);
  const unsigned lanes = 128 / sew;
  const Value other = form == Form::V ? Value{} : splat_float(l, i, sew);
  std::array<Value, 4> words{};
  for (unsigned n = 0; n < v.parts(sew); ++n) {
    Value a = v.part(i.rs2(), n), c = form == Form::V ? v.part(i.rs1(), n) : other;
    if (const Value mask = v.active(i, sew, n); mask.valid()) {
      a = binary(l, Op::VAnd, 8, a, mask);
      c = binary(l, Op::VAnd, 8, c, mask);
    }
    const Value holds =
        l.b.emit(op, Type::V128, swapped ? std::array{c, a, Value{}} : std::array{a, c, Value{}}, 0,
                 static_cast<u8>(sew), true);
    const Value bits = l.b.emit(Op::VGatherBits, Type::I64, {holds}, 0, static_cast<u8>(sew), true);
    Value& word = words[n * lanes / 64];
    word = word.valid() ? l.b.or_(word, l.b.shl(bits, n * lanes % 64)) : bits;
  }
  for (unsigned n = 0; n < v.mask_words(); ++n)
    v.write_bits(i, n, inverted ? l.b.un(Op::Not, words[n]) : words[n]);
  return true;
}

// --- of twice the width ------------------------------------------------------------------------------------

bool widen(Lifter& l, Insn i, Form form, Shape shape) {
  const unsigned sew = l.vector.mode().sew();
  return is_legal_widening(l, i, form, shape) && begins(l, sew) && has_format(l, 2 * sew) &&
         by_elements(l, i, form);
}

// --- conversions: `from` and `to` are 0 for SEW and 1 for twice of it ---------------------------------------

bool convert(Lifter& l, Insn i, int from, int to, bool from_float, bool to_float) {
  const VectorMode mode = l.vector.mode();
  const int emul_from = mode.lmul() + from, emul_to = mode.lmul() + to;
  const unsigned bits_from = mode.sew() << from, bits_to = mode.sew() << to;
  if (mode.ill() || bits_from > 64 || bits_to > 64 || !VectorLifter::is_group(i.rd(), emul_to) ||
      !VectorLifter::is_group(i.rs2(), emul_from) || !VectorLifter::mask_survives(i) ||
      !VectorLifter::may_read(i, i.rs2()))
    return false;
  if (to > from && !VectorLifter::may_widen(i.rd(), emul_to, i.rs2(), emul_from)) return false;
  if (to < from && !VectorLifter::may_narrow(i.rd(), emul_to, i.rs2(), emul_from)) return false;
  // Zvfhmin has the conversions between halves and singles.
  const bool minimal = from_float && to_float && bits_from + bits_to == 16 + 32 && l.has(Extension::zvfhmin);
  if (!minimal && ((from_float && !has_format(l, bits_from)) || (to_float && !has_format(l, bits_to))))
    return false;
  l.use_dynamic_rounding();
  execute(l, i, l.b.i64(0), l.b.i64(0));
  return true;
}

bool unary_by_elements(Lifter& l, Insn i) {
  return is_legal(l, i, Form::X) && begins(l, l.vector.mode().sew()) && by_elements(l, i, Form::V);
}

bool reduce(Lifter& l, Insn i, bool widens) {
  const VectorMode mode = l.vector.mode();
  if (!is_legal_reduction(l, i, widens)) return false;
  if (!begins(l, mode.sew()) || (widens && !has_format(l, 2 * mode.sew()))) return false;
  return by_elements(l, i, Form::V);
}

}  // namespace

#define FORMS(name, ...)                                \
  bool lift_##name##_VV(Lifter& lifter, Insn i) {       \
    return each_float(lifter, i, Form::V, __VA_ARGS__); \
  }                                                     \
  bool lift_##name##_VF(Lifter& lifter, Insn i) {       \
    return each_float(lifter, i, Form::X, __VA_ARGS__); \
  }
#define LANES(expression) \
  [](Lifter& l, unsigned bits, Value a, Value c, [[maybe_unused]] Value d) { return expression; }
FORMS(VFADD, LANES(binary(l, Op::FAdd, bits, a, c)))
FORMS(VFSUB, LANES(binary(l, Op::FSub, bits, a, c)))
FORMS(VFMUL, LANES(binary(l, Op::FMul, bits, a, c)))
FORMS(VFDIV, LANES(binary(l, Op::FDiv, bits, a, c)), Divides::ByOther)
bool lift_VFRSUB_VF(Lifter& lifter, Insn i) {
  return each_float(lifter, i, Form::X, LANES(binary(l, Op::FSub, bits, c, a)));
}
bool lift_VFRDIV_VF(Lifter& lifter, Insn i) {
  return each_float(lifter, i, Form::X, LANES(binary(l, Op::FDiv, bits, c, a)), Divides::ByFirst);
}

namespace {

Value multiply_add(Lifter& l, unsigned bits, Value addend, Value a, Value c) {
  return l.b.v3(Op::FMulAdd, bits, true, addend, a, c);
}
// A signalling NaN counts as a quiet one, but is invalid: multiplied by one.
Value quieted(Lifter& l, unsigned bits, Value a) {
  return binary(l, Op::FMul, bits, a, l.vector.splat(bits, one(bits)));
}
Value with_sign(Lifter& l, unsigned bits, Value a, Value sign) {
  return l.b.v3(Op::VBsl, 8, true, l.vector.splat(bits, u64{1} << (bits - 1)), sign, a);
}
Value flipped(Lifter& l, unsigned bits, Value a, Value c) {
  return binary(l, Op::VXor, 8, a, binary(l, Op::VAnd, 8, c, l.vector.splat(bits, u64{1} << (bits - 1))));
}

}  // namespace

FORMS(VFMACC, LANES(multiply_add(l, bits, d, a, c)))
FORMS(VFNMACC, LANES(multiply_add(l, bits, negate(l, bits, d), negate(l, bits, a), c)))
FORMS(VFMSAC, LANES(multiply_add(l, bits, negate(l, bits, d), a, c)))
FORMS(VFNMSAC, LANES(multiply_add(l, bits, d, negate(l, bits, a), c)))
FORMS(VFMADD, LANES(multiply_add(l, bits, a, d, c)))
FORMS(VFNMADD, LANES(multiply_add(l, bits, negate(l, bits, a), negate(l, bits, d), c)))
FORMS(VFMSUB, LANES(multiply_add(l, bits, negate(l, bits, a), d, c)))
FORMS(VFNMSUB, LANES(multiply_add(l, bits, a, negate(l, bits, d), c)))
FORMS(VFMIN, LANES(binary(l, Op::FMinNm, bits, quieted(l, bits, a), quieted(l, bits, c))))
FORMS(VFMAX, LANES(binary(l, Op::FMaxNm, bits, quieted(l, bits, a), quieted(l, bits, c))))
FORMS(VFSGNJ, LANES(with_sign(l, bits, a, c)))
FORMS(VFSGNJN, LANES(with_sign(l, bits, a, l.b.v1(Op::VNot, 8, true, c))))
FORMS(VFSGNJX, LANES(flipped(l, bits, a, c)))

#define COMPARE(name, op, swapped, inverted)                        \
  bool lift_##name##_VV(Lifter& l, Insn i) {                        \
    return compare_float(l, i, Form::V, Op::op, swapped, inverted); \
  }                                                                 \
  bool lift_##name##_VF(Lifter& l, Insn i) {                        \
    return compare_float(l, i, Form::X, Op::op, swapped, inverted); \
  }
COMPARE(VMFEQ, FCmpEq, false, false)
COMPARE(VMFNE, FCmpEq, false, true)
COMPARE(VMFLE, FCmpGe, true, false)
COMPARE(VMFLT, FCmpGt, true, false)
#undef COMPARE
bool lift_VMFGT_VF(Lifter& l, Insn i) {
  return compare_float(l, i, Form::X, Op::FCmpGt, false, false);
}
bool lift_VMFGE_VF(Lifter& l, Insn i) {
  return compare_float(l, i, Form::X, Op::FCmpGe, false, false);
}

#define WIDEN(name, shape)                     \
  bool lift_##name##_VV(Lifter& l, Insn i) {   \
    return widen(l, i, Form::V, Shape::shape); \
  }                                            \
  bool lift_##name##_VF(Lifter& l, Insn i) {   \
    return widen(l, i, Form::X, Shape::shape); \
  }
WIDEN(VFWADD, Narrow)
WIDEN(VFWSUB, Narrow)
WIDEN(VFWMUL, Narrow)
WIDEN(VFWMACC, Sum)
WIDEN(VFWNMACC, Sum)
WIDEN(VFWMSAC, Sum)
WIDEN(VFWNMSAC, Sum)
#undef WIDEN
bool lift_VFWADD_WV(Lifter& l, Insn i) {
  return widen(l, i, Form::V, Shape::Wide);
}
bool lift_VFWADD_WF(Lifter& l, Insn i) {
  return widen(l, i, Form::X, Shape::Wide);
}
bool lift_VFWSUB_WV(Lifter& l, Insn i) {
  return widen(l, i, Form::V, Shape::Wide);
}
bool lift_VFWSUB_WF(Lifter& l, Insn i) {
  return widen(l, i, Form::X, Shape::Wide);
}

#define CONVERT(name, from, to, from_float, to_float)     \
  bool lift_##name(Lifter& l, Insn i) {                   \
    return convert(l, i, from, to, from_float, to_float); \
  }
CONVERT(VFCVT_XU_F_V, 0, 0, true, false)
CONVERT(VFCVT_X_F_V, 0, 0, true, false)
CONVERT(VFCVT_F_XU_V, 0, 0, false, true)
CONVERT(VFCVT_F_X_V, 0, 0, false, true)
CONVERT(VFCVT_RTZ_XU_F_V, 0, 0, true, false)
CONVERT(VFCVT_RTZ_X_F_V, 0, 0, true, false)
CONVERT(VFWCVT_XU_F_V, 0, 1, true, false)
CONVERT(VFWCVT_X_F_V, 0, 1, true, false)
CONVERT(VFWCVT_F_XU_V, 0, 1, false, true)
CONVERT(VFWCVT_F_X_V, 0, 1, false, true)
CONVERT(VFWCVT_F_F_V, 0, 1, true, true)
CONVERT(VFWCVT_RTZ_XU_F_V, 0, 1, true, false)
CONVERT(VFWCVT_RTZ_X_F_V, 0, 1, true, false)
CONVERT(VFNCVT_XU_F_W, 1, 0, true, false)
CONVERT(VFNCVT_X_F_W, 1, 0, true, false)
CONVERT(VFNCVT_F_XU_W, 1, 0, false, true)
CONVERT(VFNCVT_F_X_W, 1, 0, false, true)
CONVERT(VFNCVT_F_F_W, 1, 0, true, true)
CONVERT(VFNCVT_ROD_F_F_W, 1, 0, true, true)
CONVERT(VFNCVT_RTZ_XU_F_W, 1, 0, true, false)
CONVERT(VFNCVT_RTZ_X_F_W, 1, 0, true, false)
#undef CONVERT

bool lift_VFSQRT_V(Lifter& l, Insn i) {
  if (!is_legal(l, i, Form::X)) return false;
  VectorLifter& v = l.vector;
  const unsigned sew = v.mode().sew();
  if (!begins(l, sew)) return false;
  if (v.mode().started()) return by_elements(l, i, Form::V);
  for (unsigned n = 0; n < v.parts(sew); ++n) {
    Value a = v.part(i.rs2(), n);
    if (const Value mask = v.active(i, sew, n); mask.valid()) a = binary(l, Op::VAnd, 8, a, mask);
    v.write(i, sew, n, l.b.v1(Op::FSqrt, sew, true, a));
  }
  return true;
}
bool lift_VFRSQRT7_V(Lifter& l, Insn i) {
  return unary_by_elements(l, i);
}
bool lift_VFREC7_V(Lifter& l, Insn i) {
  return unary_by_elements(l, i);
}
bool lift_VFCLASS_V(Lifter& l, Insn i) {
  return unary_by_elements(l, i);
}

#define REDUCE(name, widens)                 \
  bool lift_##name##_VS(Lifter& l, Insn i) { \
    return reduce(l, i, widens);             \
  }
REDUCE(VFREDUSUM, false)
REDUCE(VFREDOSUM, false)
REDUCE(VFREDMIN, false)
REDUCE(VFREDMAX, false)
REDUCE(VFWREDUSUM, true)
REDUCE(VFWREDOSUM, true)
#undef REDUCE

// --- moves -------------------------------------------------------------------------------------------------

bool lift_VFMERGE_VFM(Lifter& l, Insn i) {
  VectorLifter& v = l.vector;
  const unsigned sew = v.mode().sew();
  if (!is_legal(l, i, Form::X) || !begins(l, sew)) return false;
  if (v.mode().started()) return by_elements(l, i, Form::X);
  const Value other = splat_float(l, i, sew);
  Insn unmasked = i;
  unmasked.raw |= 1u << 25;
  for (unsigned n = 0; n < v.parts(sew); ++n)
    v.write(unmasked, sew, n, l.b.v3(Op::VBsl, 8, true, v.expanded(0, sew, n), other, v.part(i.rs2(), n)));
  return true;
}
bool lift_VFMV_V_F(Lifter& l, Insn i) {
  VectorLifter& v = l.vector;
  const unsigned sew = v.mode().sew();
  if (!is_legal(l, i, Form::X) || !begins(l, sew)) return false;
  if (v.mode().started()) return by_elements(l, i, Form::X);
  const Value value = splat_float(l, i, sew);
  for (unsigned n = 0; n < v.parts(sew); ++n) v.write(i, sew, n, value);
  return true;
}
bool lift_VFMV_F_S(Lifter& l, Insn i) {
  VectorLifter& v = l.vector;
  const unsigned sew = v.mode().sew();
  if (!begins(l, sew)) return false;
  const bool started = v.mode().started();
  const Type type = float_type(sew);
  if (started) {
    const Value bits = execute(l, i, l.b.i64(0), l.b.i64(0));
    l.set_f(i.rd(), l.b.emit(Op::BitsToF, type, {type == Type::F64 ? bits : l.b.trunc(bits)}));
  } else {
    l.set_f(i.rd(), l.b.emit(Op::VToF, type, {v.part(i.rs2(), 0)}));
  }
  return true;
}
bool lift_VFMV_S_F(Lifter& l, Insn i) {
  VectorLifter& v = l.vector;
  const unsigned sew = v.mode().sew();
  if (!begins(l, sew)) return false;
  const auto known = v.known_vl();
  if (v.mode().started() || !known) return by_elements(l, i, Form::X);
  if (*known == 0) return true;
  v.set_part(i.rd(), 0,
             l.b.emit(Op::VSetLane, Type::V128, {v.part(i.rd(), 0), scalar_bits(l, i, sew)}, 0,
                      static_cast<u8>(sew), true));
  return true;
}
bool lift_VFSLIDE1UP_VF(Lifter& l, Insn i) {
  const VectorMode mode = l.vector.mode();
  if (!is_legal(l, i, Form::X) || VectorLifter::overlap(i.rd(), mode.lmul(), i.rs2(), mode.lmul()) ||
      !begins(l, mode.sew()))
    return false;
  return slide_one_up(l, i, scalar_bits(l, i, mode.sew()));
}
bool lift_VFSLIDE1DOWN_VF(Lifter& l, Insn i) {
  const VectorMode mode = l.vector.mode();
  return is_legal(l, i, Form::X) && begins(l, mode.sew()) &&
         slide_one_down(l, i, scalar_bits(l, i, mode.sew()));
}
#undef FORMS
#undef LANES

}  // namespace veneer::rv64
