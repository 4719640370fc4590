// Permutations (Unprivileged ISA 31.16).
#include "isa/riscv64/lift.h"
#include "isa/riscv64/lift/vector.h"

namespace veneer::rv64 {

namespace {

// The destination is not a source.
bool is_apart(Lifter& l, Insn i, unsigned source, int emul) {
  return !VectorLifter::overlap(i.rd(), l.vector.mode().lmul(), source, emul);
}

bool gather(Lifter& l, Insn i, Form form) {
  const int lmul = l.vector.mode().lmul();
  if (!is_legal(l, i, form) || !is_apart(l, i, i.rs2(), lmul)) return false;
  if (form == Form::V && !is_apart(l, i, i.rs1(), lmul)) return false;
  return execute(l, i, form);
}

bool slide(Lifter& l, Insn i, Form form, bool up) {
  if (!is_legal(l, i, form) || (up && !is_apart(l, i, i.rs2(), l.vector.mode().lmul()))) return false;
  return execute(l, i, form);
}

}  // namespace

bool lift_VMV_X_S(Lifter& l, Insn i) {
  VectorLifter& v = l.vector;
  if (v.mode().ill()) return false;
  if (v.mode().started()) {
    l.set_x(i.rd(), execute(l, i, l.b.i64(0), l.b.i64(0)));
    return true;
  }
  const unsigned sew = v.mode().sew();
  const Value lane = l.b.emit(Op::VGetLane, Type::I64, {v.part(i.rs2(), 0)}, 0, static_cast<u8>(sew), true);
  l.set_x(i.rd(), sew == 64 ? lane : l.b.un(Op::Sbfx, lane, u64{sew} << 8));
  return true;
}

bool lift_VMV_S_X(Lifter& l, Insn i) {
  VectorLifter& v = l.vector;
  if (v.mode().ill()) return false;
  const auto known = v.known_vl();
  if (v.mode().started() || !known) return execute(l, i, Form::X);
  if (*known == 0) return true;
  v.set_part(i.rd(), 0,
             l.b.emit(Op::VSetLane, Type::V128, {v.part(i.rd(), 0), l.x(i.rs1())}, 0,
                      static_cast<u8>(v.mode().sew()), true));
  return true;
}

bool lift_VRGATHER_VV(Lifter& l, Insn i) {
  return gather(l, i, Form::V);
}
bool lift_VRGATHER_VX(Lifter& l, Insn i) {
  return gather(l, i, Form::X);
}
bool lift_VRGATHER_VI(Lifter& l, Insn i) {
  return gather(l, i, Form::U);
}
bool lift_VRGATHEREI16_VV(Lifter& l, Insn i) {
  const VectorMode mode = l.vector.mode();
  const int indices = mode.lmul() + 4 - mode.log2_sew();
  if (!is_legal(l, i, Form::X) || !VectorLifter::is_group(i.rs1(), indices) ||
      !is_apart(l, i, i.rs2(), mode.lmul()) || !is_apart(l, i, i.rs1(), indices) ||
      !VectorLifter::may_read(i, i.rs1()) ||
      (mode.sew() != 16 && !VectorLifter::are_apart(i.rs1(), indices, i.rs2(), mode.lmul())))
    return false;
  return execute(l, i, Form::V);
}

bool lift_VSLIDEUP_VX(Lifter& l, Insn i) {
  return slide(l, i, Form::X, true);
}
bool lift_VSLIDEUP_VI(Lifter& l, Insn i) {
  return slide(l, i, Form::U, true);
}
bool lift_VSLIDEDOWN_VX(Lifter& l, Insn i) {
  return slide(l, i, Form::X, false);
}
bool lift_VSLIDEDOWN_VI(Lifter& l, Insn i) {
  return slide(l, i, Form::U, false);
}
bool lift_VSLIDE1UP_VX(Lifter& l, Insn i) {
  return slide(l, i, Form::X, true);
}
bool lift_VSLIDE1DOWN_VX(Lifter& l, Insn i) {
  return slide(l, i, Form::X, false);
}

bool lift_VCOMPRESS_VM(Lifter& l, Insn i) {
  const VectorMode mode = l.vector.mode();
  if (!is_legal(l, i, Form::X) || mode.started() || !is_apart(l, i, i.rs2(), mode.lmul()) ||
      !is_apart(l, i, i.rs1(), 0) || !VectorLifter::are_apart(i.rs1(), 0, i.rs2(), mode.lmul()))
    return false;
  return execute(l, i, Form::V);
}

#define MOVE(count)                                                                                           \
  bool lift_VMV##count##R_V(Lifter& l, Insn i) {                                                              \
    VectorLifter& v = l.vector;                                                                               \
    if (i.rd() % (count) != 0 || i.rs2() % (count) != 0 || v.mode().ill()) return false;                      \
    if (v.mode().started()) return execute(l, i, Form::V);                                                    \
    for (unsigned n = 0; n < (count) * v.parts_of_register(); ++n) v.set_part(i.rd(), n, v.part(i.rs2(), n)); \
    return true;                                                                                              \
  }
MOVE(1)
MOVE(2)
MOVE(4)
MOVE(8)
#undef MOVE

}  // namespace veneer::rv64
