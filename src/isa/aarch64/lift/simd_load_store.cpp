// Loads and stores of one or two SIMD and FP registers, Arm ARM C4.1.94.
#include "isa/aarch64/lift.h"
#include "isa/aarch64/lift/operands.h"

namespace veneer::a64 {

namespace {

// Bytes of the register that the size and opc fields name; 0 when reserved.
unsigned access_bytes(Insn i) {
  const unsigned scale = i.bits(31, 30) | (i.bit(23) ? 4 : 0);
  return scale > 4 ? 0 : 1u << scale;
}
bool is_load(Insn i) {
  return i.bit(22);
}

Value load(Lifter& l, unsigned bytes, Value base, s64 disp) {
  switch (bytes) {
    case 1: return l.b.emit(Op::BitsToF, Type::F32, {l.b.load(Type::I32, 8, base, disp)});
    case 2: return l.b.load_f(Type::F16, base, disp);
    case 4: return l.b.load_f(Type::F32, base, disp);
    case 8: return l.b.load_f(Type::F64, base, disp);
    default: return l.b.load_v(base, disp);
  }
}

void store(Lifter& l, unsigned bytes, Value base, unsigned rt, s64 disp) {
  switch (bytes) {
    case 1: {
      const Value low = l.b.emit(Op::FToBits, Type::I32, {l.f(Type::F32, rt)});
      l.b.store(8, base, low, disp);
      break;
    }
    case 2: l.b.store_f(base, l.f(Type::F16, rt), disp); break;
    case 4: l.b.store_f(base, l.f(Type::F32, rt), disp); break;
    case 8: l.b.store_f(base, l.f(Type::F64, rt), disp); break;
    default: l.b.store_v(base, l.v(rt), disp); break;
  }
}

bool access(Lifter& l, Insn i, Value base, s64 disp) {
  const unsigned bytes = access_bytes(i);
  if (is_load(i)) {
    l.set_v(i.rt(), load(l, bytes, l.addr(base), disp));
  } else {
    store(l, bytes, l.addr(base), i.rt(), disp);
  }
  return true;
}

bool indexed(Lifter& l, Insn i, bool post) {
  const unsigned bytes = access_bytes(i);
  if (!bytes) return false;
  const s64 offset = i.sbits(20, 12);
  const Value base = l.base(i.rn());
  const s64 disp = post ? 0 : offset;
  if (is_load(i)) {
    const Value v = load(l, bytes, l.addr(base), disp);
    l.set_r_sp(i.rn(), l.b.add(base, l.b.i64(static_cast<u64>(offset))));
    l.set_v(i.rt(), v);
  } else {
    store(l, bytes, l.addr(base), i.rt(), disp);
    l.set_r_sp(i.rn(), l.b.add(base, l.b.i64(static_cast<u64>(offset))));
  }
  return true;
}

bool pair(Lifter& l, Insn i, bool pre, bool post) {
  if (i.bits(31, 30) == 3) return false;
  const unsigned bytes = 4u << i.bits(31, 30);
  const s64 offset = i.sbits(21, 15) * bytes;
  const s64 at = post ? 0 : offset;
  const Value base = l.base(i.rn());
  const Value address = l.addr(base);
  auto update = [&] {
    if (pre || post) l.set_r_sp(i.rn(), l.b.add(base, l.b.i64(static_cast<u64>(offset))));
  };
  if (is_load(i)) {
    const Value first = load(l, bytes, address, at), second = load(l, bytes, address, at + bytes);
    update();
    l.set_v(i.rt(), first);
    l.set_v(i.rt2(), second);
  } else {
    store(l, bytes, address, i.rt(), at);
    store(l, bytes, address, i.rt2(), at + bytes);
    update();
  }
  return true;
}

}  // namespace

bool lift_LDR_literal_fp(Lifter& l, Insn i) {
  if (i.bits(31, 30) == 3) return false;
  const Value address = l.b.i64(l.pc + static_cast<u64>(i.sbits(23, 5)) * 4);
  l.set_v(i.rt(), load(l, 4u << i.bits(31, 30), address, 0));
  return true;
}
bool lift_LDST_unsigned_fp(Lifter& l, Insn i) {
  const unsigned bytes = access_bytes(i);
  return bytes && access(l, i, l.base(i.rn()), s64{i.bits(21, 10)} * bytes);
}
bool lift_LDST_unscaled_fp(Lifter& l, Insn i) {
  return access_bytes(i) && access(l, i, l.base(i.rn()), i.sbits(20, 12));
}
bool lift_LDST_post_fp(Lifter& l, Insn i) {
  return indexed(l, i, true);
}
bool lift_LDST_pre_fp(Lifter& l, Insn i) {
  return indexed(l, i, false);
}
bool lift_LDST_register_fp(Lifter& l, Insn i) {
  if (!i.bit(14) || !access_bytes(i)) return false;
  const unsigned shift = i.bit(12) ? i.bits(31, 30) | (i.bit(23) ? 4 : 0) : 0;
  const Value offset = extend_register(l, true, i.rm(), i.bits(15, 13), shift);
  return access(l, i, l.b.add(l.base(i.rn()), offset), 0);
}
bool lift_LDP_STP_no_allocate_fp(Lifter& l, Insn i) {
  return pair(l, i, false, false);
}
bool lift_LDP_STP_offset_fp(Lifter& l, Insn i) {
  return pair(l, i, false, false);
}
bool lift_LDP_STP_post_fp(Lifter& l, Insn i) {
  return pair(l, i, false, true);
}
bool lift_LDP_STP_pre_fp(Lifter& l, Insn i) {
  return pair(l, i, true, false);
}

}  // namespace veneer::a64
