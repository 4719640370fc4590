// Floating-point multiplications of the classes Advanced SIMD vector x indexed element and scalar x indexed
// element (Arm ARM C4.1), and FMOV of the class modified immediate.
#include "isa/aarch64/lift.h"
#include "isa/aarch64/lift/fp_form.h"

namespace veneer::a64 {

namespace {

enum class Kind { MulAdd, MulSub, Mul, MulX };

// The element of Vm: half precision has three index bits and 16 registers; double has one index bit.
bool element(const FpForm& f, Insn i, unsigned& reg, unsigned& index) {
  unsigned h = i.bit(11), lo = i.bit(21), m = i.bit(20);
  reg = f.esize() == 16 ? i.bits(19, 16) : i.rm();
  if (f.esize() == 16) {
    index = h << 2 | lo << 1 | m;
  } else if (f.esize() == 32) {
    index = h << 1 | lo;
  } else {
    index = h;
    return lo == 0;
  }
  return true;
}

bool by_element(const std::optional<FpForm>& f, Insn i, Kind kind) {
  unsigned reg, index;
  if (!f || !element(*f, i, reg, index)) return false;
  Value a = f->read(i.rn()), b = f->lane(reg, index);
  Value acc = kind == Kind::MulAdd || kind == Kind::MulSub ? f->read(i.rd()) : Value{};
  Value out;
  switch (kind) {
    case Kind::MulAdd: out = f->mul_add(acc, a, b); break;
    case Kind::MulSub: out = f->mul_add(acc, f->un(Op::FNeg, a), b); break;
    case Kind::Mul: out = f->bin(Op::FMul, a, b); break;
    case Kind::MulX: out = f->bin(Op::FMulX, a, b); break;
  }
  f->write(i.rd(), out);
  return true;
}

// FMOV's immediate is abc:defgh.
unsigned imm8(Insn i) {
  return i.bits(18, 16) << 5 | i.bits(9, 5);
}

}  // namespace

#define VENEER_BY_ELEMENT(name, kind)                   \
  bool lift_##name##_v_element(Lifter& l, Insn i) {     \
    return by_element(simd_vector(l, i), i, kind);      \
  }                                                     \
  bool lift_##name##_vh_element(Lifter& l, Insn i) {    \
    return by_element(simd_vector_half(l, i), i, kind); \
  }                                                     \
  bool lift_##name##_s_element(Lifter& l, Insn i) {     \
    return by_element(simd_scalar(l, i), i, kind);      \
  }                                                     \
  bool lift_##name##_sh_element(Lifter& l, Insn i) {    \
    return by_element(simd_scalar_half(l, i), i, kind); \
  }

VENEER_BY_ELEMENT(FMLA, Kind::MulAdd)
VENEER_BY_ELEMENT(FMLS, Kind::MulSub)
VENEER_BY_ELEMENT(FMUL, Kind::Mul)
VENEER_BY_ELEMENT(FMULX, Kind::MulX)

#undef VENEER_BY_ELEMENT

bool lift_FMOV_v_half(Lifter& l, Insn i) {
  l.set_v(i.rd(), l.b.vconst(expand_fp_imm(imm8(i), 16) * 0x0001'0001'0001'0001, i.q()));
  return true;
}

bool lift_FMOV_v_single(Lifter& l, Insn i) {
  l.set_v(i.rd(), l.b.vconst(expand_fp_imm(imm8(i), 32) * 0x1'0000'0001, i.q()));
  return true;
}

bool lift_FMOV_v_double(Lifter& l, Insn i) {
  if (!i.q()) return false;
  l.set_v(i.rd(), l.b.vconst(expand_fp_imm(imm8(i), 64), true));
  return true;
}

}  // namespace veneer::a64
