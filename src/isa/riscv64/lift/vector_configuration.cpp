// vsetvli and its kin (Unprivileged ISA 31.6).
#include "isa/riscv64/lift.h"
#include "isa/riscv64/lift/vector.h"

namespace veneer::rv64 {

namespace {

void write_control(Lifter& l, Control which, Value v) {
  l.b.emit(Op::WriteControl, Type::None, {v}, which);
}

void configure_ill(Lifter& l, Insn i) {
  write_control(l, kVtype, l.b.i64(kVill));
  write_control(l, kVl, l.b.i64(0));
  write_control(l, kVstart, l.b.i64(0));
  l.set_x(i.rd(), l.b.i64(0));
  l.vector.write_mode(VectorMode(VectorMode::kIll), 0);
}

// With a number for vl.
void configure_known(Lifter& l, Insn i, u64 vtype, u64 vl) {
  const VectorMode mode = VectorMode::of(vtype, vl, 0, l.vector.register_bytes());
  write_control(l, kVtype, l.b.i64(vtype));
  write_control(l, kVl, l.b.i64(vl));
  write_control(l, kVstart, l.b.i64(0));
  l.set_x(i.rd(), l.b.i64(vl));
  l.vector.write_mode(mode, vl);
}

// vl stays, as far as the new VLMAX allows. It is that of the configuration before, of which VLMAX should be
// the same (31.6.2).
bool configure_keeping(Lifter& l, Insn i, u64 vtype) {
  const VectorMode type = VectorMode::of_vtype(vtype), before = l.vector.mode();
  const u64 vlmax = type.vlmax(l.vector.register_bytes());
  const bool same = !before.ill() && !before.started() && before.vlmax(l.vector.register_bytes()) == vlmax;
  if (!same) {
    l.b.execute(0x80007057, l.b.i64(0), l.b.i64(vtype));  // vsetvl x0, x0
    l.vector.mode_is_set();
    l.b.branch_any_mode(l.next_pc);
    return true;
  }
  const auto known = l.vector.known_vl();
  write_control(l, kVtype, l.b.i64(vtype));
  l.vector.write_mode(before.full() ? type.with(VectorMode::kFull) : type, known);
  static_cast<void>(i);
  return true;
}

}  // namespace

bool lift_VSETVLI(Lifter& l, Insn i) {
  const u64 vtype = i.bits(30, 20);
  const VectorMode type = VectorMode::of_vtype(vtype);
  if (type.ill()) {
    configure_ill(l, i);
    return true;
  }
  const u64 vlmax = type.vlmax(l.vector.register_bytes());
  if (i.rs1() == 0) {
    if (i.rd() == 0) return configure_keeping(l, i, vtype);
    configure_known(l, i, vtype, vlmax);
    return true;
  }
  const Value avl = l.x(i.rs1());
  if (l.b.is_const(avl)) {
    configure_known(l, i, vtype, std::min(l.b.def(avl).imm, vlmax));
    return true;
  }
  const Value partial = l.compare(Op::CmpLtU, avl, l.b.i64(vlmax));
  const Value vl = l.b.select(partial, avl, l.b.i64(vlmax));
  const u8 full = type.with(VectorMode::kFull).bits();
  write_control(l, kVtype, l.b.i64(vtype));
  write_control(l, kVl, vl);
  write_control(l, kVstart, l.b.i64(0));
  l.set_x(i.rd(), vl);
  l.b.emit(Op::WriteMode, Type::None, {l.b.select(partial, l.b.i32(type.bits()), l.b.i32(full))});
  l.vector.mode_is_set();
  l.b.branch_mode(partial, l.next_pc, type.bits(), full);
  return true;
}

bool lift_VSETIVLI(Lifter& l, Insn i) {
  const u64 vtype = i.bits(29, 20);
  const VectorMode type = VectorMode::of_vtype(vtype);
  if (type.ill()) {
    configure_ill(l, i);
  } else {
    configure_known(l, i, vtype, std::min<u64>(i.rs1(), type.vlmax(l.vector.register_bytes())));
  }
  return true;
}

bool lift_VSETVL(Lifter& l, Insn i) {
  const Value avl = i.rs1() == 0 && i.rd() != 0 ? l.b.i64(~u64{0}) : l.x(i.rs1());
  const Value vl = l.b.execute(i.raw, avl, l.x(i.rs2()));
  l.set_x(i.rd(), vl);
  l.vector.mode_is_set();
  l.b.branch_any_mode(l.next_pc);
  return true;
}

}  // namespace veneer::rv64
