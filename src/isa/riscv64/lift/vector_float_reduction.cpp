// Reductions of floating-point numbers (Unprivileged ISA 31.14.3, 31.14.4).
#include <algorithm>

#include "isa/riscv64/lift.h"
#include "isa/riscv64/lift/vector_float.h"

namespace veneer::rv64 {

namespace {

struct Reduction {
  // Ones in lane 0, if any element is active, or zeros; not valid where there is certainly one.
  Value some;
  Value first;  // the scalar vs1 there, or zero when it takes part in nothing
};

Value any_active(Lifter& l, Insn i, unsigned bits_of_lane) {
  VectorLifter& v = l.vector;
  if (i.bit(25)) return v.known_vl() ? Value{} : v.body(bits_of_lane, 0);
  Value bits = v.active_bits(i, 0);
  for (unsigned n = 1; n < v.mask_words(); ++n) bits = l.b.or_(bits, v.active_bits(i, n));
  const Value any = l.b.emit(Op::CmpNe, Type::I64, {bits, l.b.i64(0)});
  const Value ones = l.b.un(Op::Neg, l.b.emit(Op::BoolToInt, Type::I64, {any}));
  return l.b.emit(Op::VDup, Type::V128, {ones}, 0, 64, true);
}

// Is it legal, is there anything to do, and is it to be done here? vl of zero leaves everything as it is.
enum class Begun { Illegal, Done, Yes };
Begun begin(Lifter& l, Insn i, bool widens, Reduction& r) {
  VectorLifter& v = l.vector;
  const unsigned sew = v.mode().sew();
  if (!is_legal_reduction(l, i, widens) || (widens && !has_format(l, 2 * sew)) || !begins(l, sew))
    return Begun::Illegal;
  if (const auto known = v.known_vl(); known && *known == 0) return Begun::Done;
  r.some = any_active(l, i, widens ? 2 * sew : sew);
  r.first = where(l, r.some, v.part(i.rs1(), 0));
  return Begun::Yes;
}

// To the first element of vd, if there is a body: the result, or vs1 as it is when no element is active.
bool finish(Lifter& l, Insn i, unsigned bits, const Reduction& r, Value result) {
  VectorLifter& v = l.vector;
  const auto choose = [&](Value mask, Value a, Value c) { return l.b.v3(Op::VBsl, 8, true, mask, a, c); };
  const Value old = v.part(i.rd(), 0);
  const bool masked = !i.bit(25);
  if (masked) result = choose(r.some, result, v.part(i.rs1(), 0));
  if (!v.known_vl()) result = choose(v.body(bits, 0), result, old);
  v.set_part(i.rd(), 0, choose(l.b.vconst(~u64{0} >> (64 - bits), false), result, old));
  return true;
}

// In the order of the elements also where the order is free.
bool sum(Lifter& l, Insn i, bool widens) {
  VectorLifter& v = l.vector;
  Reduction r;
  switch (begin(l, i, widens, r)) {
    case Begun::Illegal: return false;
    case Begun::Done: return true;
    case Begun::Yes: break;
  }
  const unsigned sew = v.mode().sew(), bits = widens ? 2 * sew : sew, lanes = 128 / sew;
  const auto known = v.known_vl();
  const bool counted = known && i.bit(25);  // what is added is known
  const unsigned count = static_cast<unsigned>(known.value_or(v.vlmax()));
  // What changes no sum, not even that of zeros: 0 - 0 is -0 when rounding down, and then it is 0.
  Value nothing;
  if (!counted) nothing = negate(l, sew, binary(l, Op::FSub, sew, v.splat(sew, 0), v.splat(sew, 0)));
  Value result = r.first;
  const auto add = [&](Value x, unsigned of) { result = l.b.v2(Op::VFReduceAdd, bits, true, result, x, of); };
  for (unsigned n = 0; n * lanes < count; ++n) {
    const unsigned here = std::min(count - n * lanes, lanes);
    const Value mask = v.active(i, sew, n);
    Value x = v.part(i.rs2(), n);
    if (!counted && mask.valid()) x = l.b.v3(Op::VBsl, 8, true, mask, x, nothing);
    if (!widens) {
      add(x, here);
      continue;
    }
    // Numbers that do not count are converted beside others.
    if (counted) x = where(l, mask, x);
    add(widened(l, sew, x, 0, Nans::Any), std::min(here, lanes / 2));
    if (here > lanes / 2) add(widened(l, sew, x, 1, Nans::Any), here - lanes / 2);
  }
  return finish(l, i, bits, r, result);
}

// In any order: the same number comes of each.
bool extreme(Lifter& l, Insn i, Op op) {
  VectorLifter& v = l.vector;
  Reduction r;
  switch (begin(l, i, false, r)) {
    case Begun::Illegal: return false;
    case Begun::Done: return true;
    case Begun::Yes: break;
  }
  const unsigned sew = v.mode().sew();
  const Value first = l.b.v1(Op::VDupLane, sew, true, r.first, 0);
  Value result = first;
  for (unsigned n = 0; n < v.parts(sew); ++n) {
    const Value mask = v.active(i, sew, n), x = v.part(i.rs2(), n);
    result = pick(l, op, sew, result, mask.valid() ? l.b.v3(Op::VBsl, 8, true, mask, x, first) : x);
  }
  for (unsigned bytes = 8; bytes >= sew / 8; bytes /= 2)
    result = pick(l, op, sew, result, l.b.v2(Op::VExt, 8, true, result, result, bytes));
  return finish(l, i, sew, r, result);
}

}  // namespace

bool lift_VFREDUSUM_VS(Lifter& l, Insn i) {
  return sum(l, i, false);
}
bool lift_VFREDOSUM_VS(Lifter& l, Insn i) {
  return sum(l, i, false);
}
bool lift_VFWREDUSUM_VS(Lifter& l, Insn i) {
  return sum(l, i, true);
}
bool lift_VFWREDOSUM_VS(Lifter& l, Insn i) {
  return sum(l, i, true);
}
bool lift_VFREDMIN_VS(Lifter& l, Insn i) {
  return extreme(l, i, Op::FMinNm);
}
bool lift_VFREDMAX_VS(Lifter& l, Insn i) {
  return extreme(l, i, Op::FMaxNm);
}

}  // namespace veneer::rv64
