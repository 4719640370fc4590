// Loads and stores of general registers, Arm ARM C4.1.94.
#include "isa/aarch64/lift.h"
#include "isa/aarch64/lift/operands.h"

namespace veneer::a64 {

namespace {

// What the size and opc fields of the single-register forms say.
struct Access {
  unsigned bits = 0;
  bool load = false, sign = false, prefetch = false;
  Type type = Type::I64;
};

bool decode_access(Insn i, Access& a) {
  const unsigned size = i.bits(31, 30), opc = i.bits(23, 22);
  a.bits = 8u << size;
  a.load = opc != 0;
  a.sign = opc >= 2;
  a.type = size == 3 || opc == 2 ? Type::I64 : Type::I32;
  if (size == 3 && opc == 2) {
    a.prefetch = true;
    return true;
  }
  return !(opc == 3 && size >= 2);
}

void access(Lifter& l, const Access& a, unsigned rt, Value base, s64 disp) {
  if (a.load) {
    l.set_r(rt, l.b.load(a.type, a.bits, base, disp, a.sign));
  } else {
    l.b.store(a.bits, base, l.r(a.type == Type::I64, rt), disp);
  }
}

// Base register and displacement, then the write-back, which comes after the access.
bool indexed(Lifter& l, Insn i, bool post) {
  Access a;
  if (!decode_access(i, a) || a.prefetch) return false;
  const s64 offset = i.sbits(20, 12);
  const Value base = l.base(i.rn());
  const Value updated = l.b.add(base, l.b.i64(static_cast<u64>(offset)));
  if (a.load) {
    const Value v = l.b.load(a.type, a.bits, l.addr(base), post ? 0 : offset, a.sign);
    l.set_r_sp(i.rn(), updated);
    l.set_r(i.rt(), v);
  } else {
    l.b.store(a.bits, l.addr(base), l.r(a.type == Type::I64, i.rt()), post ? 0 : offset);
    l.set_r_sp(i.rn(), updated);
  }
  return true;
}

bool unscaled(Lifter& l, Insn i) {
  Access a;
  if (!decode_access(i, a)) return false;
  if (!a.prefetch) access(l, a, i.rt(), l.addr(l.base(i.rn())), i.sbits(20, 12));
  return true;
}

// opc: 00 32 bits, 01 LDPSW, 10 64 bits.
bool pair(Lifter& l, Insn i, bool pre, bool post) {
  const unsigned opc = i.bits(31, 30);
  const bool load = i.bit(22), sign = opc == 1, wide = opc == 2;
  if (opc == 3 || (sign && !load)) return false;
  // LDNP has no signed form.
  if (sign && !pre && !post && !i.bit(24)) return false;
  const unsigned bits = wide ? 64 : 32;
  const s64 offset = i.sbits(21, 15) * (bits / 8);
  const s64 at = post ? 0 : offset;
  const Value base = l.base(i.rn());
  const Value address = l.addr(base);
  const Type type = wide || sign ? Type::I64 : Type::I32;
  if (load) {
    const Value first = l.b.load(type, bits, address, at, sign);
    const Value second = l.b.load(type, bits, address, at + bits / 8, sign);
    if (pre || post) l.set_r_sp(i.rn(), l.b.add(base, l.b.i64(static_cast<u64>(offset))));
    l.set_r(i.rt(), first);
    l.set_r(i.rt2(), second);
  } else {
    l.b.store(bits, address, l.r(wide, i.rt()), at);
    l.b.store(bits, address, l.r(wide, i.rt2()), at + bits / 8);
    if (pre || post) l.set_r_sp(i.rn(), l.b.add(base, l.b.i64(static_cast<u64>(offset))));
  }
  return true;
}

}  // namespace

bool lift_LDR_literal(Lifter& l, Insn i) {
  const Value address = l.b.i64(l.pc + static_cast<u64>(i.sbits(23, 5)) * 4);
  switch (i.bits(31, 30)) {
    case 0: l.set_r(i.rt(), l.b.load(Type::I32, 32, address)); break;
    case 1: l.set_r(i.rt(), l.b.load(Type::I64, 64, address)); break;
    case 2: l.set_r(i.rt(), l.b.load(Type::I64, 32, address, 0, true)); break;
    default: break;  // PRFM
  }
  return true;
}

bool lift_LDST_unsigned(Lifter& l, Insn i) {
  Access a;
  if (!decode_access(i, a)) return false;
  if (!a.prefetch) access(l, a, i.rt(), l.addr(l.base(i.rn())), s64{i.bits(21, 10)} * (a.bits / 8));
  return true;
}
bool lift_LDST_unscaled(Lifter& l, Insn i) {
  return unscaled(l, i);
}
bool lift_LDST_unprivileged(Lifter& l, Insn i) {
  Access a;
  if (!decode_access(i, a) || a.prefetch) return false;
  return unscaled(l, i);
}
bool lift_LDST_post(Lifter& l, Insn i) {
  return indexed(l, i, true);
}
bool lift_LDST_pre(Lifter& l, Insn i) {
  return indexed(l, i, false);
}

bool lift_LDST_register(Lifter& l, Insn i) {
  Access a;
  if (!i.bit(14) || !decode_access(i, a)) return false;
  if (a.prefetch) return true;
  const unsigned shift = i.bit(12) ? i.bits(31, 30) : 0;
  const Value offset = extend_register(l, true, i.rm(), i.bits(15, 13), shift);
  access(l, a, i.rt(), l.addr(l.b.add(l.base(i.rn()), offset)), 0);
  return true;
}

bool lift_LDP_STP_no_allocate(Lifter& l, Insn i) {
  return pair(l, i, false, false);
}
bool lift_LDP_STP_offset(Lifter& l, Insn i) {
  return pair(l, i, false, false);
}
bool lift_LDP_STP_post(Lifter& l, Insn i) {
  return pair(l, i, false, true);
}
bool lift_LDP_STP_pre(Lifter& l, Insn i) {
  return pair(l, i, true, false);
}

}  // namespace veneer::a64
