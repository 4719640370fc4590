// LD1-LD4, ST1-ST4: several registers, one lane, or one element to every lane (Arm ARM C4.1.94).
#include "isa/aarch64/lift.h"

namespace veneer::a64 {

namespace {

using Registers = std::array<Value, 4>;

unsigned reg(unsigned first, unsigned k) {
  return (first + k) % 32;
}

// After all accesses: the base by Rm, or by what was transferred.
void post_index(Lifter& l, Insn i, Value base, unsigned bytes) {
  const Value step = i.rm() == 31 ? l.b.i64(bytes) : l.x(i.rm());
  l.set_r_sp(i.rn(), l.b.add(base, step));
}

Value load_part(Lifter& l, bool q, Value address, unsigned at) {
  if (q) return l.b.load_v(address, at);
  return l.b.emit(Op::FToV, Type::V128, {l.b.load_f(Type::F64, address, at)});
}
void store_part(Lifter& l, bool q, Value address, Value v, unsigned at) {
  if (q) {
    l.b.store_v(address, v, at);
  } else {
    l.b.store_f(address, l.b.emit(Op::VToF, Type::F64, {v}), at);
  }
}

// What memory holds, structure by structure, to registers, and the reverse.
Registers deinterleave(Lifter& l, unsigned n, unsigned esize, bool q, const Registers& m) {
  auto uzp = [&](Op op, Value a, Value b) { return l.b.v2(op, esize, q, a, b); };
  Registers r{};
  switch (n) {
    case 2:
      r[0] = uzp(Op::VUzp1, m[0], m[1]);
      r[1] = uzp(Op::VUzp2, m[0], m[1]);
      break;
    case 3:
      for (unsigned k = 0; k < 3; ++k) r[k] = l.b.v3(Op::VDeint3, esize, q, m[0], m[1], m[2], k);
      break;
    default: {
      const Value even_low = uzp(Op::VUzp1, m[0], m[1]), odd_low = uzp(Op::VUzp2, m[0], m[1]);
      const Value even_high = uzp(Op::VUzp1, m[2], m[3]), odd_high = uzp(Op::VUzp2, m[2], m[3]);
      r[0] = uzp(Op::VUzp1, even_low, even_high);
      r[2] = uzp(Op::VUzp2, even_low, even_high);
      r[1] = uzp(Op::VUzp1, odd_low, odd_high);
      r[3] = uzp(Op::VUzp2, odd_low, odd_high);
      break;
    }
  }
  return r;
}
Registers interleave(Lifter& l, unsigned n, unsigned esize, bool q, const Registers& r) {
  auto zip = [&](Op op, Value a, Value b) { return l.b.v2(op, esize, q, a, b); };
  Registers m{};
  switch (n) {
    case 2:
      m[0] = zip(Op::VZip1, r[0], r[1]);
      m[1] = zip(Op::VZip2, r[0], r[1]);
      break;
    case 3:
      for (unsigned k = 0; k < 3; ++k) m[k] = l.b.v3(Op::VInt3, esize, q, r[0], r[1], r[2], k);
      break;
    default: {
      const Value even_low = zip(Op::VZip1, r[0], r[2]), even_high = zip(Op::VZip2, r[0], r[2]);
      const Value odd_low = zip(Op::VZip1, r[1], r[3]), odd_high = zip(Op::VZip2, r[1], r[3]);
      m[0] = zip(Op::VZip1, even_low, odd_low);
      m[1] = zip(Op::VZip2, even_low, odd_low);
      m[2] = zip(Op::VZip1, even_high, odd_high);
      m[3] = zip(Op::VZip2, even_high, odd_high);
      break;
    }
  }
  return m;
}

// Registers transferred and elements of a structure, by opcode; 0 when reserved.
struct Shape {
  unsigned registers = 0, structure = 0;
};
Shape shape_of(unsigned opcode) {
  switch (opcode) {
    case 0: return {4, 4};
    case 2: return {4, 1};
    case 4: return {3, 3};
    case 6: return {3, 1};
    case 7: return {1, 1};
    case 8: return {2, 2};
    case 10: return {2, 1};
    default: return {};
  }
}

bool multiple(Lifter& l, Insn i, bool post) {
  const Shape shape = shape_of(i.bits(15, 12));
  const unsigned esize = 8u << i.bits(11, 10);
  const bool q = i.q();
  if (!shape.registers || (esize == 64 && !q && shape.structure > 1)) return false;
  const unsigned bytes = q ? 16 : 8;
  const Value base = l.base(i.rn());
  const Value address = l.addr(base);
  Registers values{};
  if (i.bit(22)) {
    for (unsigned k = 0; k < shape.registers; ++k) values[k] = load_part(l, q, address, k * bytes);
    if (shape.structure > 1) values = deinterleave(l, shape.structure, esize, q, values);
    if (post) post_index(l, i, base, shape.registers * bytes);
    for (unsigned k = 0; k < shape.registers; ++k) l.set_v(reg(i.rt(), k), values[k]);
  } else {
    for (unsigned k = 0; k < shape.registers; ++k) values[k] = l.v(reg(i.rt(), k));
    if (shape.structure > 1) values = interleave(l, shape.structure, esize, q, values);
    for (unsigned k = 0; k < shape.registers; ++k) store_part(l, q, address, values[k], k * bytes);
    if (post) post_index(l, i, base, shape.registers * bytes);
  }
  return true;
}

Value load_element(Lifter& l, unsigned esize, Value address, unsigned at) {
  return l.b.load(esize == 64 ? Type::I64 : Type::I32, esize, address, at);
}

bool replicate(Lifter& l, Insn i, unsigned count, Value base, bool post) {
  const unsigned esize = 8u << i.bits(11, 10);
  if (!i.bit(22) || i.bit(12)) return false;
  const Value address = l.addr(base);
  Registers values{};
  for (unsigned k = 0; k < count; ++k)
    values[k] = l.b.emit(Op::VDup, Type::V128, {load_element(l, esize, address, k * esize / 8)}, 0,
                         static_cast<u8>(esize), i.q());
  if (post) post_index(l, i, base, count * esize / 8);
  for (unsigned k = 0; k < count; ++k) l.set_v(reg(i.rt(), k), values[k]);
  return true;
}

bool single(Lifter& l, Insn i, bool post) {
  const unsigned opcode = i.bits(15, 13), size = i.bits(11, 10);
  const unsigned count = ((opcode & 1) << 1 | i.bit(21)) + 1;
  const Value base = l.base(i.rn());
  const unsigned q = i.q(), s = i.bit(12);
  unsigned scale = opcode >> 1, lane = 0;
  switch (scale) {
    case 0: lane = q << 3 | s << 2 | size; break;
    case 1:
      if (size & 1) return false;
      lane = q << 2 | s << 1 | size >> 1;
      break;
    case 2:
      if (size & 2) return false;
      if (size & 1) {
        if (s) return false;
        lane = q;
        scale = 3;
      } else {
        lane = q << 1 | s;
      }
      break;
    default: return replicate(l, i, count, base, post);
  }
  const unsigned esize = 8u << scale;
  const Value address = l.addr(base);
  const Type type = esize == 64 ? Type::I64 : Type::I32;
  if (i.bit(22)) {
    Registers values{};
    for (unsigned k = 0; k < count; ++k) values[k] = load_element(l, esize, address, k * esize / 8);
    if (post) post_index(l, i, base, count * esize / 8);
    for (unsigned k = 0; k < count; ++k) {
      const unsigned r = reg(i.rt(), k);
      l.set_v(r, l.b.emit(Op::VSetLane, Type::V128, {l.v(r), values[k]}, lane, static_cast<u8>(esize), true));
    }
  } else {
    for (unsigned k = 0; k < count; ++k) {
      const Value v = l.b.emit(Op::VGetLane, type, {l.v(reg(i.rt(), k))}, lane, static_cast<u8>(esize), true);
      l.b.store(esize, address, v, k * esize / 8);
    }
    if (post) post_index(l, i, base, count * esize / 8);
  }
  return true;
}

}  // namespace

bool lift_LDn_STn_multiple(Lifter& l, Insn i) {
  return multiple(l, i, false);
}
bool lift_LDn_STn_multiple_post(Lifter& l, Insn i) {
  return multiple(l, i, true);
}
bool lift_LDn_STn_single(Lifter& l, Insn i) {
  return single(l, i, false);
}
bool lift_LDn_STn_single_post(Lifter& l, Insn i) {
  return single(l, i, true);
}

}  // namespace veneer::a64
