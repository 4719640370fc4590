// Conversions between floating-point formats and integers (Unprivileged ISA 31.13.15 to 31.13.17).
#include "isa/riscv64/lift.h"
#include "isa/riscv64/lift/vector_float.h"

namespace veneer::rv64 {

namespace {

using ir::Round;

enum class Number : u8 { Signed, Unsigned, Float };
// Of SEW, or of twice of it.
enum class Width : u8 { Sew, Wide };

struct Conversion {
  Width from_width;
  Number from;
  Width to_width;
  Number to;
  Round round = Round::Current;
  bool to_odd = false;

  unsigned bits_from(unsigned sew) const { return sew << static_cast<unsigned>(from_width); }
  unsigned bits_to(unsigned sew) const { return sew << static_cast<unsigned>(to_width); }
};

bool is_legal(Lifter& l, Insn i, const Conversion& c) {
  const VectorMode mode = l.vector.mode();
  const int emul_from = mode.lmul() + static_cast<int>(c.from_width);
  const int emul_to = mode.lmul() + static_cast<int>(c.to_width);
  const unsigned bits_from = c.bits_from(mode.sew()), bits_to = c.bits_to(mode.sew());
  if (mode.ill() || bits_from > 64 || bits_to > 64 || !VectorLifter::is_group(i.rd(), emul_to) ||
      !VectorLifter::is_group(i.rs2(), emul_from) || !VectorLifter::mask_survives(i) ||
      !VectorLifter::may_read(i, i.rs2()))
    return false;
  if (bits_to > bits_from && !VectorLifter::may_widen(i.rd(), emul_to, i.rs2(), emul_from)) return false;
  if (bits_to < bits_from && !VectorLifter::may_narrow(i.rd(), emul_to, i.rs2(), emul_from)) return false;
  // Zvfhmin has the conversions between halves and singles.
  const bool from_float = c.from == Number::Float, to_float = c.to == Number::Float;
  const bool minimal = from_float && to_float && bits_from + bits_to == 16 + 32 && l.has(Extension::zvfhmin);
  return minimal || ((!from_float || has_format(l, bits_from)) && (!to_float || has_format(l, bits_to)));
}

constexpr u64 kUnsigned = 1 << 8, kGreatestForNan = 1 << 9;

// Of a part, or half of it, to elements of as many bits.
Value to_integers(Lifter& l, const Conversion& c, Op op, unsigned bits, Value x) {
  const u64 imm = kGreatestForNan | (c.to == Number::Unsigned ? kUnsigned : 0);
  return l.b.v1(op, bits, true, x, imm, static_cast<u8>(c.round));
}
Value from_integers(Lifter& l, unsigned bits, Value x, bool is_unsigned) {
  return l.b.v1(Op::VIntToF, bits, true, x, is_unsigned ? kUnsigned : 0);
}

Value convert(Lifter& l, const Conversion& c, unsigned bits, Value x) {
  return c.to == Number::Float ? from_integers(l, bits, x, c.from == Number::Unsigned)
                               : to_integers(l, c, Op::VFToInt, bits, x);
}

// `bits` to twice as many.
Value convert_to_wide(Lifter& l, const Conversion& c, unsigned bits, Value x, unsigned half) {
  if (c.from == Number::Float) {
    const Nans nans = c.to == Number::Float ? Nans::Canonical : Nans::Any;
    const Value wide = widened(l, bits, x, half, nans);
    return c.to == Number::Float ? wide : to_integers(l, c, Op::VFToInt, 2 * bits, wide);
  }
  // At twice the width, unsigned numbers are positive signed ones.
  const Op extend = c.from == Number::Unsigned ? Op::VUXtl : Op::VSXtl;
  return from_integers(l, 2 * bits, l.b.v1(extend, bits, true, x, half), false);
}

// `bits` to half as many, in the low half of the result.
Value convert_to_narrow(Lifter& l, const Conversion& c, unsigned bits, Value x) {
  if (c.to != Number::Float) return to_integers(l, c, Op::VFToIntN, bits, x);
  if (c.from == Number::Float) return l.b.v1(Op::VFCvtN, bits, true, x);
  const bool is_unsigned = c.from == Number::Unsigned;
  // What is rounded twice is above the greatest half anyway.
  if (bits == 32) return l.b.v1(Op::VFCvtN, 32, true, from_integers(l, 32, x, is_unsigned));
  const auto single = [&](unsigned lane) {
    const Value number = l.b.emit(Op::VGetLane, Type::I64, {x}, lane, 64, true);
    const Value f = l.b.emit(Op::IntToF, Type::F32, {number}, is_unsigned ? kUnsigned : 0, 64);
    return l.b.emit(Op::FToV, Type::V128, {f});
  };
  const Value low = single(0);
  return binary(l, Op::VZip1, 32, low, single(1));
}

bool convert(Lifter& l, Insn i, const Conversion& c) {
  if (!is_legal(l, i, c)) return false;
  l.use_dynamic_rounding();
  VectorLifter& v = l.vector;
  const unsigned sew = v.mode().sew(), from = c.bits_from(sew), to = c.bits_to(sew);
  // The host does not round to odd.
  if (v.mode().started() || c.to_odd) {
    execute(l, i, l.b.i64(0), l.b.i64(0));
    return true;
  }
  std::array<Value, 16> sources{};
  // All are read before any is written.
  for (unsigned n = 0; n < v.parts(from); ++n) sources[n] = v.part(i.rs2(), n);
  const auto source = [&](unsigned n) { return where(l, v.active(i, from, n), sources[n]); };
  for (unsigned n = 0; n < v.parts(to); ++n) {
    Value result;
    if (to == from) {
      result = convert(l, c, from, source(n));
    } else if (to > from) {
      result = convert_to_wide(l, c, from, source(n / 2), n % 2);
    } else {
      result = convert_to_narrow(l, c, from, source(2 * n));
      if (2 * n + 1 < v.parts(from))
        result = binary(l, Op::VCombine, 64, result, convert_to_narrow(l, c, from, source(2 * n + 1)));
    }
    v.write(i, to, n, result);
  }
  return true;
}

}  // namespace

#define CONVERT(name, ...)                         \
  bool lift_##name(Lifter& l, Insn i) {            \
    using enum Number;                             \
    using enum Width;                              \
    return convert(l, i, Conversion{__VA_ARGS__}); \
  }
CONVERT(VFCVT_XU_F_V, Sew, Float, Sew, Unsigned)
CONVERT(VFCVT_X_F_V, Sew, Float, Sew, Signed)
CONVERT(VFCVT_F_XU_V, Sew, Unsigned, Sew, Float)
CONVERT(VFCVT_F_X_V, Sew, Signed, Sew, Float)
CONVERT(VFCVT_RTZ_XU_F_V, Sew, Float, Sew, Unsigned, Round::Zero)
CONVERT(VFCVT_RTZ_X_F_V, Sew, Float, Sew, Signed, Round::Zero)
CONVERT(VFWCVT_XU_F_V, Sew, Float, Wide, Unsigned)
CONVERT(VFWCVT_X_F_V, Sew, Float, Wide, Signed)
CONVERT(VFWCVT_F_XU_V, Sew, Unsigned, Wide, Float)
CONVERT(VFWCVT_F_X_V, Sew, Signed, Wide, Float)
CONVERT(VFWCVT_F_F_V, Sew, Float, Wide, Float)
CONVERT(VFWCVT_RTZ_XU_F_V, Sew, Float, Wide, Unsigned, Round::Zero)
CONVERT(VFWCVT_RTZ_X_F_V, Sew, Float, Wide, Signed, Round::Zero)
CONVERT(VFNCVT_XU_F_W, Wide, Float, Sew, Unsigned)
CONVERT(VFNCVT_X_F_W, Wide, Float, Sew, Signed)
CONVERT(VFNCVT_F_XU_W, Wide, Unsigned, Sew, Float)
CONVERT(VFNCVT_F_X_W, Wide, Signed, Sew, Float)
CONVERT(VFNCVT_F_F_W, Wide, Float, Sew, Float)
CONVERT(VFNCVT_ROD_F_F_W, Wide, Float, Sew, Float, Round::Current, true)
CONVERT(VFNCVT_RTZ_XU_F_W, Wide, Float, Sew, Unsigned, Round::Zero)
CONVERT(VFNCVT_RTZ_X_F_W, Wide, Float, Sew, Signed, Round::Zero)
#undef CONVERT

}  // namespace veneer::rv64
