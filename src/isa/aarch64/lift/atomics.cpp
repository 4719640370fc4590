// Exclusives, ordered accesses and LSE atomics, Arm ARM C4.1.94.
#include "isa/aarch64/lift.h"

namespace veneer::a64 {

namespace {

using ir::AtomicOp;
using ir::Order;

unsigned bits_of(Insn i) {
  return 8u << i.bits(31, 30);
}
Type type_of(Insn i) {
  return i.bits(31, 30) == 3 ? Type::I64 : Type::I32;
}
Value reg(Lifter& l, Insn i, unsigned n) {
  return l.r(type_of(i) == Type::I64, n);
}
Value address(Lifter& l, Insn i) {
  return l.addr(l.base(i.rn()));
}

Order order(bool acquire, bool release) {
  if (acquire && release) return Order::AcqRel;
  return acquire ? Order::Acquire : release ? Order::Release : Order::Plain;
}

Value memory(Lifter& l, Op op, Type type, std::array<Value, 3> args, unsigned bits, Order o, u64 imm = 0) {
  return l.b.emit(op, type, args, imm, static_cast<u8>(bits), false, static_cast<u8>(o));
}

bool read_modify_write(Lifter& l, Insn i, AtomicOp op) {
  const Order o = order(i.bit(23), i.bit(22));
  l.set_r(i.rt(), memory(l, Op::AtomicRmw, type_of(i), {address(l, i), reg(l, i, i.rs())}, bits_of(i), o,
                         static_cast<u64>(op)));
  return true;
}

// Two 64-bit registers as one V128, or two 32-bit ones as an I64.
Value join(Lifter& l, bool wide, unsigned low, unsigned high) {
  if (!wide) return l.b.or_(l.b.zext(l.w(low)), l.b.shl(l.b.zext(l.w(high)), 32));
  const Value v = l.b.emit(Op::VDup, Type::V128, {l.x(low)}, 0, 64, false);
  return l.b.emit(Op::VSetLane, Type::V128, {v, l.x(high)}, 1, 64, true);
}

void split(Lifter& l, bool wide, Value v, unsigned low, unsigned high) {
  if (!wide) {
    l.set_r(low, l.b.trunc(v));
    l.set_r(high, l.b.trunc(l.b.shr(v, 32)));
    return;
  }
  const Value a = l.b.emit(Op::VGetLane, Type::I64, {v}, 0, 64, true);
  const Value b = l.b.emit(Op::VGetLane, Type::I64, {v}, 1, 64, true);
  l.set_r(low, a);
  l.set_r(high, b);
}

}  // namespace

bool lift_LDXR(Lifter& l, Insn i) {
  l.set_r(i.rt(), memory(l, Op::LoadExcl, type_of(i), {address(l, i)}, bits_of(i), order(i.bit(15), false)));
  return true;
}
bool lift_STXR(Lifter& l, Insn i) {
  l.set_r(i.rs(), memory(l, Op::StoreExcl, type_of(i), {address(l, i), reg(l, i, i.rt())}, bits_of(i),
                         order(false, i.bit(15))));
  return true;
}
bool lift_LDXP(Lifter& l, Insn i) {
  const bool wide = i.bit(30);
  const Order o = order(i.bit(15), false);
  const Value v = wide ? memory(l, Op::LoadExcl128, Type::V128, {address(l, i)}, 128, o)
                       : memory(l, Op::LoadExcl, Type::I64, {address(l, i)}, 64, o);
  split(l, wide, v, i.rt(), i.rt2());
  return true;
}
bool lift_STXP(Lifter& l, Insn i) {
  const bool wide = i.bit(30);
  const Order o = order(false, i.bit(15));
  const Value v = join(l, wide, i.rt(), i.rt2());
  l.set_r(i.rs(), wide ? memory(l, Op::StoreExcl128, Type::V128, {address(l, i), v}, 128, o)
                       : memory(l, Op::StoreExcl, Type::I64, {address(l, i), v}, 64, o));
  return true;
}

bool lift_LDAR(Lifter& l, Insn i) {
  l.set_r(i.rt(), l.b.load(type_of(i), bits_of(i), address(l, i), 0, false, Order::Acquire));
  return true;
}
bool lift_STLR(Lifter& l, Insn i) {
  l.b.store(bits_of(i), address(l, i), reg(l, i, i.rt()), 0, Order::Release);
  return true;
}
bool lift_LDAPR(Lifter& l, Insn i) {
  l.set_r(i.rt(), l.b.load(type_of(i), bits_of(i), address(l, i), 0, false, Order::AcquirePc));
  return true;
}

bool lift_CAS(Lifter& l, Insn i) {
  const Order o = order(i.bit(22), i.bit(15));
  l.set_r(i.rs(),
          memory(l, Op::Cas, type_of(i), {address(l, i), reg(l, i, i.rs()), reg(l, i, i.rt())}, bits_of(i), o));
  return true;
}
bool lift_CASP(Lifter& l, Insn i) {
  if (i.rs() % 2 || i.rt() % 2) return false;
  const bool wide = i.bit(30);
  const Order o = order(i.bit(22), i.bit(15));
  const Value expected = join(l, wide, i.rs(), i.rs() + 1), desired = join(l, wide, i.rt(), i.rt() + 1);
  const Value old = wide ? memory(l, Op::Cas128, Type::V128, {address(l, i), expected, desired}, 128, o)
                         : memory(l, Op::Cas, Type::I64, {address(l, i), expected, desired}, 64, o);
  split(l, wide, old, i.rs(), i.rs() + 1);
  return true;
}

bool lift_LDADD(Lifter& l, Insn i) {
  return read_modify_write(l, i, AtomicOp::Add);
}
bool lift_LDCLR(Lifter& l, Insn i) {
  return read_modify_write(l, i, AtomicOp::Clr);
}
bool lift_LDEOR(Lifter& l, Insn i) {
  return read_modify_write(l, i, AtomicOp::Eor);
}
bool lift_LDSET(Lifter& l, Insn i) {
  return read_modify_write(l, i, AtomicOp::Set);
}
bool lift_LDSMAX(Lifter& l, Insn i) {
  return read_modify_write(l, i, AtomicOp::Smax);
}
bool lift_LDSMIN(Lifter& l, Insn i) {
  return read_modify_write(l, i, AtomicOp::Smin);
}
bool lift_LDUMAX(Lifter& l, Insn i) {
  return read_modify_write(l, i, AtomicOp::Umax);
}
bool lift_LDUMIN(Lifter& l, Insn i) {
  return read_modify_write(l, i, AtomicOp::Umin);
}
bool lift_SWP(Lifter& l, Insn i) {
  return read_modify_write(l, i, AtomicOp::Swp);
}

}  // namespace veneer::a64
