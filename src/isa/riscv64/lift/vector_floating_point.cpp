// Floating point of one width (Unprivileged ISA 31.13), and moves of it (31.16).
#include "isa/riscv64/lift.h"
#include "isa/riscv64/lift/vector_float.h"

namespace veneer::rv64 {

namespace {

u64 one(unsigned bits) {
  return bits == 16 ? 0x3c00 : bits == 32 ? 0x3f800000 : 0x3ff0000000000000;
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
        return divisor ? l.b.v3(Op::VBsl, 8, true, mask, x, v.splat(sew, one(sew))) : where(l, mask, x);
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
    const Value mask = v.active(i, sew, n);
    const Value a = where(l, mask, v.part(i.rs2(), n));
    const Value c = where(l, mask, form == Form::V ? v.part(i.rs1(), n) : other);
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

bool unary_by_elements(Lifter& l, Insn i) {
  return is_legal(l, i, Form::X) && begins(l, l.vector.mode().sew()) && by_elements(l, i, Form::V);
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

// One of ten bits (20.9): the negative ones from infinity to zero, the positive ones back, both kinds of NaNs.
Value classify(Lifter& l, unsigned bits, Value x) {
  const unsigned fraction = bits == 16 ? 10 : bits == 32 ? 23 : 52;
  const u64 sign = u64{1} << (bits - 1), quiet = u64{1} << (fraction - 1), least_normal = u64{1} << fraction;
  const u64 infinity = sign - least_normal;
  const auto all = [&](u64 value) { return l.vector.splat(bits, value); };
  const auto choose = [&](Value mask, Value a, Value c) { return l.b.v3(Op::VBsl, 8, true, mask, a, c); };
  const Value magnitude = binary(l, Op::VAnd, 8, x, all(sign - 1));
  const Value is_negative = l.b.v1(Op::VSar, bits, true, x, bits - 1);
  const Value is_zero = binary(l, Op::VCmpEq, bits, magnitude, all(0));
  const Value is_small = binary(l, Op::VCmpGtS, bits, all(least_normal), magnitude);
  const Value is_infinite = binary(l, Op::VCmpEq, bits, magnitude, all(infinity));
  const Value is_nan = binary(l, Op::VCmpGtS, bits, magnitude, all(infinity));
  const auto number = [&](u64 of_infinity, u64 of_normal, u64 of_subnormal, u64 of_zero) {
    return choose(is_small, choose(is_zero, all(of_zero), all(of_subnormal)),
                  choose(is_infinite, all(of_infinity), all(of_normal)));
  };
  const Value of_number = choose(is_negative, number(0x01, 0x02, 0x04, 0x08), number(0x80, 0x40, 0x20, 0x10));
  const Value of_nan = choose(binary(l, Op::VCmpTst, bits, x, all(quiet)), all(0x200), all(0x100));
  return choose(is_nan, of_nan, of_number);
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
FORMS(VFMIN, LANES(pick(l, Op::FMinNm, bits, a, c)))
FORMS(VFMAX, LANES(pick(l, Op::FMaxNm, bits, a, c)))
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

bool lift_VFSQRT_V(Lifter& l, Insn i) {
  if (!is_legal(l, i, Form::X)) return false;
  VectorLifter& v = l.vector;
  const unsigned sew = v.mode().sew();
  if (!begins(l, sew)) return false;
  if (v.mode().started()) return by_elements(l, i, Form::V);
  for (unsigned n = 0; n < v.parts(sew); ++n) {
    const Value a = where(l, v.active(i, sew, n), v.part(i.rs2(), n));
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
  if (!is_legal(l, i, Form::X)) return false;
  VectorLifter& v = l.vector;
  const unsigned sew = v.mode().sew();
  if (!begins(l, sew)) return false;
  if (v.mode().started()) return by_elements(l, i, Form::V);
  for (unsigned n = 0; n < v.parts(sew); ++n) v.write(i, sew, n, classify(l, sew, v.part(i.rs2(), n)));
  return true;
}

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
  if (v.mode().started()) return by_elements(l, i, Form::X);
  const auto known = v.known_vl();
  if (known && *known == 0) return true;
  const Value old = v.part(i.rd(), 0);
  const Value set =
      l.b.emit(Op::VSetLane, Type::V128, {old, scalar_bits(l, i, sew)}, 0, static_cast<u8>(sew), true);
  // The first element is in the body, or nothing is.
  v.set_part(i.rd(), 0, known ? set : l.b.v3(Op::VBsl, 8, true, v.body(sew, 0), set, old));
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
