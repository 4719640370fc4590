// Complex numbers: FCADD and FCMLA (Arm ARM C4.1, Advanced SIMD three-register extension and vector x indexed
// element; FEAT_FCMA). A number is a pair of elements, its real part in the even one.
#include "isa/aarch64/lift.h"
#include "isa/aarch64/lift/fp_form.h"

namespace veneer::a64 {

namespace {

std::optional<FpForm> complex_form(Lifter& l, Insn i) {
  unsigned size = i.bits(23, 22);
  if (size == 0 || (size == 3 && !i.q())) return std::nullopt;
  if (size == 1 && !l.features().has(kHalfPrecision)) return std::nullopt;
  return FpForm::vector(l, 8u << size, i.q());
}

// Real and imaginary parts exchanged.
Value swap_parts(const FpForm& f, Value v) {
  switch (f.esize()) {
    case 16: return f.un(Op::VRev32, v);
    case 32: return f.un(Op::VRev64, v);
    default: return f.op(Op::VExt, {v, v}, 8);
  }
}

Value negate_even(const FpForm& f, Value v) {
  Value sign = f.esize() == 64 ? f.b().vconst(u64{1} << 63, false)
                               : f.b().vconst(f.esize() == 32 ? 0x8000'0000 : 0x8000'0000'8000, true);
  return f.bin(Op::VXor, v, sign);
}

Value negate_odd(const FpForm& f, Value v) {
  if (f.esize() == 64) return f.op(Op::VMoveLane, {v, f.un(Op::FNeg, v)}, 1 | 1 << 8);
  return f.bin(Op::VXor, v, f.b().vconst(f.esize() == 32 ? u64{1} << 63 : 0x8000'0000'8000'0000, true));
}

// The part of a * b, rotated by 90 degrees `rotation` times, that one FCMLA adds: of a it takes the real parts
// (0, 180 degrees) or the imaginary ones (90, 270).
Value multiply_accumulate(const FpForm& f, Value acc, Value a, Value b, unsigned rotation) {
  Value part = f.bin(rotation & 1 ? Op::VTrn2 : Op::VTrn1, a, a);
  switch (rotation) {
    case 0: break;
    case 1: b = negate_even(f, swap_parts(f, b)); break;
    case 2: b = f.un(Op::FNeg, b); break;
    default: b = negate_odd(f, swap_parts(f, b)); break;
  }
  return f.mul_add(acc, part, b);
}

bool by_element(Lifter& l, Insn i, unsigned esize, unsigned index) {
  FpForm f = FpForm::vector(l, esize, i.q());
  Value pair = l.b.v1(Op::VDupLane, 2 * esize, true, l.v(i.rm()), index);
  Value acc = f.read(i.rd()), a = f.read(i.rn());
  f.write(i.rd(), multiply_accumulate(f, acc, a, pair, i.bits(14, 13)));
  return true;
}

}  // namespace

bool lift_FCADD_v(Lifter& l, Insn i) {
  auto f = complex_form(l, i);
  if (!f) return false;
  Value a = f->read(i.rn());
  Value b = swap_parts(*f, f->read(i.rm()));
  b = i.bit(12) ? negate_odd(*f, b) : negate_even(*f, b);
  f->write(i.rd(), f->bin(Op::FAdd, a, b));
  return true;
}

bool lift_FCMLA_v(Lifter& l, Insn i) {
  auto f = complex_form(l, i);
  if (!f) return false;
  Value acc = f->read(i.rd()), a = f->read(i.rn()), b = f->read(i.rm());
  f->write(i.rd(), multiply_accumulate(*f, acc, a, b, i.bits(12, 11)));
  return true;
}

bool lift_FCMLA_vh_element(Lifter& l, Insn i) {
  if (i.bit(11) && !i.q()) return false;
  return by_element(l, i, 16, unsigned{i.bit(11)} << 1 | i.bit(21));
}

bool lift_FCMLA_v_element(Lifter& l, Insn i) {
  if (i.bit(21) || !i.q()) return false;
  return by_element(l, i, 32, i.bit(11));
}

}  // namespace veneer::a64
