// A, Zabha, Zacas and Zawrs (Unprivileged ISA, chapter 13). On x86 every read-modify-write is sequentially
// consistent.
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

// What is in memory, and the type that it is computed with.
struct Width {
  unsigned bits;
  Type type() const { return bits == 64 ? Type::I64 : Type::I32; }
};

Value reg(Lifter& l, Width width, unsigned n) {
  return width.bits == 64 ? l.x(n) : l.w(n);
}
// A value that has been loaded, with its sign as an I32 or I64.
Value extended(Lifter& l, Width width, Value v) {
  return width.bits < 32 ? l.b.un(Op::Sbfx, v, u64{width.bits} << 8) : v;
}

Value access(Lifter& l, Insn i, Op op, Width width, std::array<Value, 3> args, u64 imm = 0) {
  return l.b.emit(op, width.type(), args, imm, static_cast<u8>(width.bits), false, static_cast<u8>(order(i)));
}

bool read_modify_write(Lifter& l, Insn i, Width width, AtomicOp op, bool complemented = false) {
  Value operand = reg(l, width, i.rs2());
  if (complemented) operand = l.b.un(Op::Not, operand);
  const Value old = access(l, i, Op::AtomicRmw, width, {l.x(i.rs1()), operand}, static_cast<u64>(op));
  if (i.rd() != kZero) l.set_x(i.rd(), extended(l, width, old));
  return true;
}

bool load_reserved(Lifter& l, Insn i, Width width) {
  l.set_x(i.rd(), access(l, i, Op::LoadExcl, width, {l.x(i.rs1())}));
  return true;
}
bool store_conditional(Lifter& l, Insn i, Width width) {
  const Value failed = access(l, i, Op::StoreExcl, width, {l.x(i.rs1()), reg(l, width, i.rs2())});
  l.set_x(i.rd(), l.b.zext(failed));
  return true;
}
bool compare_and_swap(Lifter& l, Insn i, Width width) {
  if (!l.has(Extension::zacas)) return false;
  const Value old = access(l, i, Op::Cas, width, {l.x(i.rs1()), reg(l, width, i.rd()), reg(l, width, i.rs2())});
  l.set_x(i.rd(), extended(l, width, old));
  return true;
}

// A register and the one after it, of which there must be no odd first one; x0 is a pair of zeros.
Value pair(Lifter& l, unsigned n) {
  return in_lanes(l, l.x(n), n == 0 ? l.b.i64(0) : l.x(n + 1));
}

}  // namespace

#define WIDTH(name, bits, call)         \
  bool lift_##name(Lifter& l, Insn i) { \
    constexpr Width kWidth{bits};       \
    return call;                        \
  }
#define WIDE(name, call)    \
  WIDTH(name##_W, 32, call) \
  WIDTH(name##_D, 64, call)
#define ANY_WIDTH(name, call) \
  WIDTH(name##_B, 8, call)    \
  WIDTH(name##_H, 16, call)   \
  WIDE(name, call)
WIDE(LR, load_reserved(l, i, kWidth))
WIDE(SC, store_conditional(l, i, kWidth))
ANY_WIDTH(AMOSWAP, read_modify_write(l, i, kWidth, AtomicOp::Swp))
ANY_WIDTH(AMOADD, read_modify_write(l, i, kWidth, AtomicOp::Add))
ANY_WIDTH(AMOXOR, read_modify_write(l, i, kWidth, AtomicOp::Eor))
ANY_WIDTH(AMOAND, read_modify_write(l, i, kWidth, AtomicOp::Clr, true))
ANY_WIDTH(AMOOR, read_modify_write(l, i, kWidth, AtomicOp::Set))
ANY_WIDTH(AMOMIN, read_modify_write(l, i, kWidth, AtomicOp::Smin))
ANY_WIDTH(AMOMAX, read_modify_write(l, i, kWidth, AtomicOp::Smax))
ANY_WIDTH(AMOMINU, read_modify_write(l, i, kWidth, AtomicOp::Umin))
ANY_WIDTH(AMOMAXU, read_modify_write(l, i, kWidth, AtomicOp::Umax))
ANY_WIDTH(AMOCAS, compare_and_swap(l, i, kWidth))
#undef ANY_WIDTH
#undef WIDE
#undef WIDTH

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
