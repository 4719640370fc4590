// Integers of one width (Unprivileged ISA 31.11).
#include <utility>

#include "isa/riscv64/lift.h"
#include "isa/riscv64/lift/vector.h"

namespace veneer::rv64 {

namespace {

// VNAME_VV, VNAME_VX and VNAME_VI.
#define EACH_V(name, f)                      \
  bool lift_##name##_VV(Lifter& l, Insn i) { \
    return each(l, i, Form::V, f);           \
  }
#define EACH_X(name, f)                      \
  bool lift_##name##_VX(Lifter& l, Insn i) { \
    return each(l, i, Form::X, f);           \
  }
#define EACH_I(name, f)                      \
  bool lift_##name##_VI(Lifter& l, Insn i) { \
    return each(l, i, Form::I, f);           \
  }
#define COMPARE(name, letter, f)                    \
  bool lift_##name##_V##letter(Lifter& l, Insn i) { \
    return compare_lanes(l, i, Form::letter, f);    \
  }

template <Op op>
Value lanes(Lifter& l, unsigned bits, Value a, Value c) {
  return l.b.v2(op, bits, true, a, c);
}
template <Op op>
Value swapped(Lifter& l, unsigned bits, Value a, Value c) {
  return l.b.v2(op, bits, true, c, a);
}
Value not_equal(Lifter& l, unsigned bits, Value a, Value c) {
  return l.b.v1(Op::VNot, 8, true, l.b.v2(Op::VCmpEq, bits, true, a, c));
}

// By a number.
bool shift_immediate(Lifter& l, Insn i, Op op) {
  if (!is_legal(l, i, Form::U)) return false;
  VectorLifter& v = l.vector;
  if (v.mode().started()) return execute(l, i, Form::U);
  const unsigned sew = v.mode().sew(), by = i.rs1() & (sew - 1);
  for (unsigned n = 0; n < v.parts(sew); ++n) {
    const Value a = v.part(i.rs2(), n);
    v.write(i, sew, n, by == 0 ? a : l.b.v1(op, sew, true, a, by));
  }
  return true;
}

// vd + or - a product, of vd or of vs2.
template <Op op>
bool multiply_add(Lifter& l, Insn i, Form form, bool multiplies_vd) {
  if (!is_legal(l, i, form)) return false;
  VectorLifter& v = l.vector;
  if (v.mode().started()) return execute(l, i, form);
  const unsigned sew = v.mode().sew();
  const Value other = form == Form::V ? Value{} : splat_scalar(l, i, form, sew);
  for (unsigned n = 0; n < v.parts(sew); ++n) {
    Value factor = v.part(i.rs2(), n), addend = v.part(i.rd(), n);
    if (multiplies_vd) std::swap(factor, addend);
    const Value product = l.b.v2(Op::VMul, sew, true, factor, form == Form::V ? v.part(i.rs1(), n) : other);
    v.write(i, sew, n, l.b.v2(op, sew, true, addend, product));
  }
  return true;
}

// With a carry (a lane of ones) taken away or added.
bool with_carry(Lifter& l, Insn i, Form form, Op op, Op carry_op) {
  VectorLifter& v = l.vector;
  if (!is_legal(l, i, form)) return false;
  if (v.mode().started()) return execute(l, i, form);
  const unsigned sew = v.mode().sew();
  const Value other = form == Form::V ? Value{} : splat_scalar(l, i, form, sew);
  for (unsigned n = 0; n < v.parts(sew); ++n) {
    const Value plain = l.b.v2(op, sew, true, v.part(i.rs2(), n), form == Form::V ? v.part(i.rs1(), n) : other);
    v.write(unmasked(i), sew, n, l.b.v2(carry_op, sew, true, plain, v.expanded(0, sew, n)));
  }
  return true;
}

// The carries out, to a mask: of the sum when it is less than an operand, or as much with a carry in.
bool carry_out(Lifter& l, Insn i, Form form, bool subtracts) {
  VectorLifter& v = l.vector;
  if (!is_legal_to_mask(l, i, form)) return false;
  if (v.mode().started()) return execute(l, i, form);
  const unsigned sew = v.mode().sew();
  const bool has_carry_in = !i.bit(25);
  const Value other = form == Form::V ? Value{} : splat_scalar(l, i, form, sew);
  write_mask(l, unmasked(i), [&](unsigned n) {
    Value a = v.part(i.rs2(), n), c = form == Form::V ? v.part(i.rs1(), n) : other;
    const Value carry_in = has_carry_in ? v.expanded(0, sew, n) : Value{};
    if (!subtracts) {
      const Value sum = l.b.v2(Op::VAdd, sew, true, a, c);
      c = a;
      a = has_carry_in ? l.b.v2(Op::VSub, sew, true, sum, carry_in) : sum;
    }
    const Value less = l.b.v2(Op::VCmpGtU, sew, true, c, a);
    if (!has_carry_in) return less;
    const Value equal = l.b.v2(Op::VAnd, 8, true, l.b.v2(Op::VCmpEq, sew, true, a, c), carry_in);
    return l.b.v2(Op::VOr, 8, true, less, equal);
  });
  return true;
}

bool merge(Lifter& l, Insn i, Form form) {
  VectorLifter& v = l.vector;
  if (!is_legal(l, i, form)) return false;
  if (v.mode().started()) return execute(l, i, form);
  const unsigned sew = v.mode().sew();
  const Value other = form == Form::V ? Value{} : splat_scalar(l, i, form, sew);
  for (unsigned n = 0; n < v.parts(sew); ++n) {
    const Value a = form == Form::V ? v.part(i.rs1(), n) : other;
    v.write(unmasked(i), sew, n, l.b.v3(Op::VBsl, 8, true, v.expanded(0, sew, n), a, v.part(i.rs2(), n)));
  }
  return true;
}

bool extend(Lifter& l, Insn i, unsigned factor, Op op) {
  VectorLifter& v = l.vector;
  const VectorMode mode = v.mode();
  const int log2 = factor == 2 ? 1 : factor == 4 ? 2 : 3, from = mode.lmul() - log2;
  if (mode.ill() || mode.sew() / factor < 8 || !VectorLifter::is_group(i.rs2(), from) ||
      !VectorLifter::is_group(i.rd(), mode.lmul()) || !VectorLifter::mask_survives(i) ||
      !VectorLifter::may_read(i, i.rs2()) || !VectorLifter::may_widen(i.rd(), mode.lmul(), i.rs2(), from))
    return false;
  if (mode.started()) return execute(l, i, Form::V);
  const unsigned sew = mode.sew();
  for (unsigned n = 0; n < v.parts(sew); ++n) {
    Value a = v.part(i.rs2(), n / factor);
    for (int step = log2 - 1; step >= 0; --step) a = l.b.v1(op, sew >> (step + 1), true, a, n >> step & 1);
    v.write(i, sew, n, a);
  }
  return true;
}

}  // namespace

EACH_V(VADD, lanes<Op::VAdd>)
EACH_X(VADD, lanes<Op::VAdd>)
EACH_I(VADD, lanes<Op::VAdd>)
EACH_V(VSUB, lanes<Op::VSub>)
EACH_X(VSUB, lanes<Op::VSub>)
EACH_X(VRSUB, swapped<Op::VSub>)
EACH_I(VRSUB, swapped<Op::VSub>)
EACH_V(VMINU, lanes<Op::VUMin>)
EACH_X(VMINU, lanes<Op::VUMin>)
EACH_V(VMIN, lanes<Op::VSMin>)
EACH_X(VMIN, lanes<Op::VSMin>)
EACH_V(VMAXU, lanes<Op::VUMax>)
EACH_X(VMAXU, lanes<Op::VUMax>)
EACH_V(VMAX, lanes<Op::VSMax>)
EACH_X(VMAX, lanes<Op::VSMax>)
EACH_V(VAND, lanes<Op::VAnd>)
EACH_X(VAND, lanes<Op::VAnd>)
EACH_I(VAND, lanes<Op::VAnd>)
EACH_V(VOR, lanes<Op::VOr>)
EACH_X(VOR, lanes<Op::VOr>)
EACH_I(VOR, lanes<Op::VOr>)
EACH_V(VXOR, lanes<Op::VXor>)
EACH_X(VXOR, lanes<Op::VXor>)
EACH_I(VXOR, lanes<Op::VXor>)
EACH_V(VSLL, lanes<Op::VShlBy>)
EACH_X(VSLL, lanes<Op::VShlBy>)
EACH_V(VSRL, lanes<Op::VShrBy>)
EACH_X(VSRL, lanes<Op::VShrBy>)
EACH_V(VSRA, lanes<Op::VSarBy>)
EACH_X(VSRA, lanes<Op::VSarBy>)
EACH_V(VMUL, lanes<Op::VMul>)
EACH_X(VMUL, lanes<Op::VMul>)

bool lift_VSLL_VI(Lifter& l, Insn i) {
  return shift_immediate(l, i, Op::VShl);
}
bool lift_VSRL_VI(Lifter& l, Insn i) {
  return shift_immediate(l, i, Op::VShr);
}
bool lift_VSRA_VI(Lifter& l, Insn i) {
  return shift_immediate(l, i, Op::VSar);
}

COMPARE(VMSEQ, V, lanes<Op::VCmpEq>)
COMPARE(VMSEQ, X, lanes<Op::VCmpEq>)
COMPARE(VMSEQ, I, lanes<Op::VCmpEq>)
COMPARE(VMSNE, V, not_equal)
COMPARE(VMSNE, X, not_equal)
COMPARE(VMSNE, I, not_equal)
COMPARE(VMSLTU, V, swapped<Op::VCmpGtU>)
COMPARE(VMSLTU, X, swapped<Op::VCmpGtU>)
COMPARE(VMSLT, V, swapped<Op::VCmpGtS>)
COMPARE(VMSLT, X, swapped<Op::VCmpGtS>)
COMPARE(VMSLEU, V, swapped<Op::VCmpGeU>)
COMPARE(VMSLEU, X, swapped<Op::VCmpGeU>)
COMPARE(VMSLEU, I, swapped<Op::VCmpGeU>)
COMPARE(VMSLE, V, swapped<Op::VCmpGeS>)
COMPARE(VMSLE, X, swapped<Op::VCmpGeS>)
COMPARE(VMSLE, I, swapped<Op::VCmpGeS>)
COMPARE(VMSGTU, X, lanes<Op::VCmpGtU>)
COMPARE(VMSGTU, I, lanes<Op::VCmpGtU>)
COMPARE(VMSGT, X, lanes<Op::VCmpGtS>)
COMPARE(VMSGT, I, lanes<Op::VCmpGtS>)

#define CARRY_OUT(name, letter, subtracts)           \
  bool lift_##name##_V##letter(Lifter& l, Insn i) {  \
    return carry_out(l, i, Form::letter, subtracts); \
  }
CARRY_OUT(VMADC, V, false)
CARRY_OUT(VMADC, X, false)
CARRY_OUT(VMADC, I, false)
CARRY_OUT(VMSBC, V, true)
CARRY_OUT(VMSBC, X, true)
#undef CARRY_OUT

#define MULTIPLY_ADD(name, op, multiplies_vd)                  \
  bool lift_##name##_VV(Lifter& l, Insn i) {                   \
    return multiply_add<Op::op>(l, i, Form::V, multiplies_vd); \
  }                                                            \
  bool lift_##name##_VX(Lifter& l, Insn i) {                   \
    return multiply_add<Op::op>(l, i, Form::X, multiplies_vd); \
  }
MULTIPLY_ADD(VMACC, VAdd, false)
MULTIPLY_ADD(VNMSAC, VSub, false)
MULTIPLY_ADD(VMADD, VAdd, true)
MULTIPLY_ADD(VNMSUB, VSub, true)
#undef MULTIPLY_ADD

// A lane of ones is minus one.
#define CARRY(name, letter, op, carry_op)                        \
  bool lift_##name##_V##letter##M(Lifter& l, Insn i) {           \
    return with_carry(l, i, Form::letter, Op::op, Op::carry_op); \
  }
CARRY(VADC, V, VAdd, VSub)
CARRY(VADC, X, VAdd, VSub)
CARRY(VADC, I, VAdd, VSub)
CARRY(VSBC, V, VSub, VAdd)
CARRY(VSBC, X, VSub, VAdd)
#undef CARRY

#define MERGE(letter)                                                                     \
  bool lift_VMERGE_V##letter##M(Lifter& l, Insn i) {                                      \
    return merge(l, i, Form::letter);                                                     \
  }                                                                                       \
  bool lift_VMV_V_##letter(Lifter& l, Insn i) {                                           \
    return each(l, i, Form::letter, [](Lifter&, unsigned, Value, Value c) { return c; }); \
  }
MERGE(V)
MERGE(X)
MERGE(I)
#undef MERGE

#define EXTEND(factor)                            \
  bool lift_VZEXT_VF##factor(Lifter& l, Insn i) { \
    return extend(l, i, factor, Op::VUXtl);       \
  }                                               \
  bool lift_VSEXT_VF##factor(Lifter& l, Insn i) { \
    return extend(l, i, factor, Op::VSXtl);       \
  }
EXTEND(2)
EXTEND(4)
EXTEND(8)
#undef EXTEND

}  // namespace veneer::rv64
