// A, Zacas and Zawrs (Unprivileged ISA, chapter 13). On x86 every read-modify-write is sequentially consistent.
#include "isa/riscv64/lift.h"
#include "isa/riscv64/lift/operations.h"

namespace veneer::rv64 {

namespace {

using ir::AtomicOp;
using ir::Order;

Order order(Insn i) {
  const bool acquire = i.bit(26), release = i.bit(25);
  if (acquire && release) return Order::AcqRel;
  return acquire ? Order::Acquire : release ? Order::Release : Order::Plain;
}

Value reg(Lifter& l, Type type, unsigned n) {
  return type == Type::I64 ? l.x(n) : l.w(n);
}

Value access(Lifter& l, Insn i, Op op, Type type, std::array<Value, 3> args, u64 imm = 0) {
  return l.b.emit(op, type, args, imm, static_cast<u8>(bit_width(type)), false, static_cast<u8>(order(i)));
}

bool read_modify_write(Lifter& l, Insn i, Type type, AtomicOp op, bool complemented = false) {
  Value operand = reg(l, type, i.rs2());
  if (complemented) operand = l.b.un(Op::Not, operand);
  l.set_x(i.rd(), access(l, i, Op::AtomicRmw, type, {l.x(i.rs1()), operand}, static_cast<u64>(op)));
  return true;
}

bool load_reserved(Lifter& l, Insn i, Type type) {
  l.set_x(i.rd(), access(l, i, Op::LoadExcl, type, {l.x(i.rs1())}));
  return true;
}
bool store_conditional(Lifter& l, Insn i, Type type) {
  const Value failed = access(l, i, Op::StoreExcl, type, {l.x(i.rs1()), reg(l, type, i.rs2())});
  l.set_x(i.rd(), l.b.zext(failed));
  return true;
}
bool compare_and_swap(Lifter& l, Insn i, Type type) {
  l.set_x(i.rd(), access(l, i, Op::Cas, type, {l.x(i.rs1()), reg(l, type, i.rd()), reg(l, type, i.rs2())}));
  return true;
}

// A register and the one after it, of which there must be no odd first one; x0 is a pair of zeros.
Value pair(Lifter& l, unsigned n) {
  return in_lanes(l, l.x(n), n == 0 ? l.b.i64(0) : l.x(n + 1));
}

}  // namespace

#define BOTH_WIDTHS(name, call)             \
  bool lift_##name##_W(Lifter& l, Insn i) { \
    constexpr Type kType = Type::I32;       \
    return call;                            \
  }                                         \
  bool lift_##name##_D(Lifter& l, Insn i) { \
    constexpr Type kType = Type::I64;       \
    return call;                            \
  }
BOTH_WIDTHS(LR, load_reserved(l, i, kType))
BOTH_WIDTHS(SC, store_conditional(l, i, kType))
BOTH_WIDTHS(AMOSWAP, read_modify_write(l, i, kType, AtomicOp::Swp))
BOTH_WIDTHS(AMOADD, read_modify_write(l, i, kType, AtomicOp::Add))
BOTH_WIDTHS(AMOXOR, read_modify_write(l, i, kType, AtomicOp::Eor))
BOTH_WIDTHS(AMOAND, read_modify_write(l, i, kType, AtomicOp::Clr, true))
BOTH_WIDTHS(AMOOR, read_modify_write(l, i, kType, AtomicOp::Set))
BOTH_WIDTHS(AMOMIN, read_modify_write(l, i, kType, AtomicOp::Smin))
BOTH_WIDTHS(AMOMAX, read_modify_write(l, i, kType, AtomicOp::Smax))
BOTH_WIDTHS(AMOMINU, read_modify_write(l, i, kType, AtomicOp::Umin))
BOTH_WIDTHS(AMOMAXU, read_modify_write(l, i, kType, AtomicOp::Umax))
BOTH_WIDTHS(AMOCAS, compare_and_swap(l, i, kType))
#undef BOTH_WIDTHS

bool lift_AMOCAS_Q(Lifter& l, Insn i) {
  if (i.rd() % 2 != 0 || i.rs2() % 2 != 0) return false;
  const Value old = l.b.emit(Op::Cas128, Type::V128, {l.x(i.rs1()), pair(l, i.rd()), pair(l, i.rs2())}, 0, 128,
                             true, static_cast<u8>(order(i)));
  const Value low = lane(l, old, 0), high = lane(l, old, 1);
  if (i.rd() == 0) return true;
  l.set_x(i.rd(), low);
  l.set_x(i.rd() + 1, high);
  return true;
}

// They may return at any time (Zawrs).
bool lift_WRS_NTO(Lifter& /*l*/, Insn /*i*/) {
  return true;
}
bool lift_WRS_STO(Lifter& /*l*/, Insn /*i*/) {
  return true;
}

}  // namespace veneer::rv64
