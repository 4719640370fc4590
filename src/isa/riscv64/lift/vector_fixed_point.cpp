// Fixed point (Unprivileged ISA 31.12). vxsat is CpuState::saturated.
#include "isa/riscv64/lift.h"
#include "isa/riscv64/lift/vector.h"

namespace veneer::rv64 {

namespace {

// Elements that are not active must not saturate: they are zeros.
bool saturating(Lifter& l, Insn i, Form form, Op op) {
  if (!is_legal(l, i, form)) return false;
  VectorLifter& v = l.vector;
  if (v.mode().started()) return execute(l, i, form);
  const unsigned sew = v.mode().sew();
  const Value other = form == Form::V ? Value{} : splat_scalar(l, i, form, sew);
  for (unsigned n = 0; n < v.parts(sew); ++n) {
    Value a = v.part(i.rs2(), n), c = form == Form::V ? v.part(i.rs1(), n) : other;
    if (const Value mask = v.active(i, sew, n); mask.valid()) {
      a = l.b.v2(Op::VAnd, 8, true, a, mask);
      c = l.b.v2(Op::VAnd, 8, true, c, mask);
    }
    v.write(i, sew, n, l.b.v2(op, sew, true, a, c));
  }
  return true;
}

// Rounded as vxrm says.
bool rounding(Lifter& l, Insn i, Form form) {
  return is_legal(l, i, form) && execute(l, i, form);
}

bool narrowing(Lifter& l, Insn i, Form form) {
  const VectorMode mode = l.vector.mode();
  const int wide = mode.lmul() + 1;
  return !mode.ill() && mode.sew() <= 32 && wide <= 3 && VectorLifter::is_group(i.rs2(), wide) &&
         VectorLifter::is_group(i.rd(), mode.lmul()) && VectorLifter::mask_survives(i) &&
         VectorLifter::may_narrow(i.rd(), mode.lmul(), i.rs2(), wide) && VectorLifter::may_read(i, i.rs2()) &&
         (form != Form::V ||
          (VectorLifter::is_group(i.rs1(), mode.lmul()) && VectorLifter::may_read(i, i.rs1()) &&
           VectorLifter::are_apart(i.rs1(), mode.lmul(), i.rs2(), wide))) &&
         execute(l, i, form);
}

}  // namespace

#define SATURATING(name, letter, op)                \
  bool lift_##name##_V##letter(Lifter& l, Insn i) { \
    return saturating(l, i, Form::letter, Op::op);  \
  }
SATURATING(VSADDU, V, VUqAdd)
SATURATING(VSADDU, X, VUqAdd)
SATURATING(VSADDU, I, VUqAdd)
SATURATING(VSADD, V, VSqAdd)
SATURATING(VSADD, X, VSqAdd)
SATURATING(VSADD, I, VSqAdd)
SATURATING(VSSUBU, V, VUqSub)
SATURATING(VSSUBU, X, VUqSub)
SATURATING(VSSUB, V, VSqSub)
SATURATING(VSSUB, X, VSqSub)
#undef SATURATING

#define ROUNDING(name)                       \
  bool lift_##name##_VV(Lifter& l, Insn i) { \
    return rounding(l, i, Form::V);          \
  }                                          \
  bool lift_##name##_VX(Lifter& l, Insn i) { \
    return rounding(l, i, Form::X);          \
  }
ROUNDING(VAADDU)
ROUNDING(VAADD)
ROUNDING(VASUBU)
ROUNDING(VASUB)
ROUNDING(VSMUL)
ROUNDING(VSSRL)
ROUNDING(VSSRA)
#undef ROUNDING
bool lift_VSSRL_VI(Lifter& l, Insn i) {
  return rounding(l, i, Form::U);
}
bool lift_VSSRA_VI(Lifter& l, Insn i) {
  return rounding(l, i, Form::U);
}

#define NARROWING(name)                      \
  bool lift_##name##_WV(Lifter& l, Insn i) { \
    return narrowing(l, i, Form::V);         \
  }                                          \
  bool lift_##name##_WX(Lifter& l, Insn i) { \
    return narrowing(l, i, Form::X);         \
  }                                          \
  bool lift_##name##_WI(Lifter& l, Insn i) { \
    return narrowing(l, i, Form::U);         \
  }
NARROWING(VNCLIPU)
NARROWING(VNCLIP)
#undef NARROWING

}  // namespace veneer::rv64
