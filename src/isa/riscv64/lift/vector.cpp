#include "isa/riscv64/lift/vector.h"

namespace veneer::rv64 {

Value execute(Lifter& l, Insn i, Value a, Value c) {
  const Value result = l.b.execute(i.raw, a, c);
  // It has reset vstart.
  if (l.vector.mode().started()) l.vector.set_mode(l.vector.mode().type(), std::nullopt);
  return result;
}

bool is_legal(Lifter& l, Insn i, Form form) {
  const VectorMode mode = l.vector.mode();
  return !mode.ill() && VectorLifter::is_group(i.rd(), mode.lmul()) &&
         VectorLifter::is_group(i.rs2(), mode.lmul()) && VectorLifter::may_read(i, i.rs2()) &&
         VectorLifter::mask_survives(i) &&
         (form != Form::V ||
          (VectorLifter::is_group(i.rs1(), mode.lmul()) && VectorLifter::may_read(i, i.rs1())));
}

bool is_legal_to_mask(Lifter& l, Insn i, Form form) {
  const VectorMode mode = l.vector.mode();
  const auto is_source = [&](unsigned reg) {
    return VectorLifter::is_group(reg, mode.lmul()) && VectorLifter::may_narrow(i.rd(), 0, reg, mode.lmul()) &&
           VectorLifter::may_read(i, reg);
  };
  return !mode.ill() && is_source(i.rs2()) && (form != Form::V || is_source(i.rs1()));
}

bool is_legal_reduction(Lifter& l, Insn i, bool widens) {
  const VectorMode mode = l.vector.mode();
  return !mode.ill() && !mode.started() && VectorLifter::is_group(i.rs2(), mode.lmul()) &&
         VectorLifter::may_read(i, i.rs2()) && VectorLifter::may_read(i, i.rs1()) &&
         (!widens || (mode.sew() <= 32 && VectorLifter::are_apart(i.rs1(), 0, i.rs2(), mode.lmul())));
}

bool is_legal_widening(Lifter& l, Insn i, Form form, Shape shape) {
  const VectorMode mode = l.vector.mode();
  const int narrow = mode.lmul(), wide = narrow + 1;
  if (mode.ill() || mode.sew() > 32 || !VectorLifter::is_group(i.rd(), wide) || wide > 3 ||
      !VectorLifter::mask_survives(i))
    return false;
  // vd is a source of a sum.
  const auto is_source = [&](unsigned reg) {
    return VectorLifter::is_group(reg, narrow) && VectorLifter::may_read(i, reg) &&
           (shape == Shape::Sum ? VectorLifter::are_apart(i.rd(), wide, reg, narrow)
                                : VectorLifter::may_widen(i.rd(), wide, reg, narrow));
  };
  if (form == Form::V && !is_source(i.rs1())) return false;
  if (shape != Shape::Wide) return is_source(i.rs2());
  return VectorLifter::is_group(i.rs2(), wide) && VectorLifter::may_read(i, i.rs2()) &&
         (form != Form::V || VectorLifter::are_apart(i.rs2(), wide, i.rs1(), narrow));
}

bool each(Lifter& l, Insn i, Form form, Lanes f) {
  if (!is_legal(l, i, form)) return false;
  VectorLifter& v = l.vector;
  if (v.mode().started()) return execute(l, i, form);
  const unsigned sew = v.mode().sew();
  const Value other = form == Form::V ? Value{} : splat_scalar(l, i, form, sew);
  for (unsigned n = 0; n < v.parts(sew); ++n)
    v.write(i, sew, n, f(l, sew, v.part(i.rs2(), n), form == Form::V ? v.part(i.rs1(), n) : other));
  return true;
}

bool compare_lanes(Lifter& l, Insn i, Form form, Lanes f) {
  if (!is_legal_to_mask(l, i, form)) return false;
  VectorLifter& v = l.vector;
  const VectorMode mode = v.mode();
  if (mode.started()) return execute(l, i, form);
  const unsigned sew = mode.sew();
  const Value other = form == Form::V ? Value{} : splat_scalar(l, i, form, sew);
  write_mask(l, i, [&](unsigned n) {
    return f(l, sew, v.part(i.rs2(), n), form == Form::V ? v.part(i.rs1(), n) : other);
  });
  return true;
}

void write_first(Lifter& l, Insn i, unsigned bits, Value value) {
  VectorLifter& v = l.vector;
  const auto known = v.known_vl();
  if (known && *known == 0) return;
  const Value old = v.part(i.rd(), 0);
  if (known) {
    v.set_part(i.rd(), 0, l.b.v2(Op::VMoveLane, bits, true, old, value));
    return;
  }
  const Value first = v.lanes(~u64{0} >> (64 - bits), 0);
  const Value mask = l.b.v2(Op::VAnd, 8, true, v.body(bits, 0), first);
  v.set_part(i.rd(), 0, l.b.v3(Op::VBsl, 8, true, mask, value, old));
}

}  // namespace veneer::rv64
