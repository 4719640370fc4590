// Advanced SIMD conversions between floating point and integer or fixed point, and between precisions: of
// the classes two-register miscellaneous and shift by immediate, scalar and vector (Arm ARM C4.1).
#include "isa/aarch64/lift.h"
#include "isa/aarch64/lift/fp_form.h"

namespace veneer::a64 {

using ir::Round;

namespace {

// Elements become integers of their own width, in place.
bool to_int(const std::optional<FpForm>& f, Insn i, Round round, bool is_unsigned, unsigned fbits = 0) {
  if (!f) return false;
  u64 imm = conversion_imm(fbits, is_unsigned);
  u8 aux = static_cast<u8>(round);
  Value out;
  if (f->is_vector()) {
    out = f->op(Op::VFToInt, {f->read(i.rn())}, imm, aux);
  } else if (f->type() == Type::F16) {
    // Saturates to 16 bits, which no scalar op does.
    out = f->b().v1(Op::VFToInt, 16, false, f->isolated(i.rn()), imm, aux);
  } else {
    Type width = f->type() == Type::F64 ? Type::I64 : Type::I32;
    Value n = f->b().emit(Op::FToInt, width, {f->read(i.rn())}, imm, static_cast<u8>(f->esize()), false, aux);
    out = f->b().emit(Op::BitsToF, f->type(), {n});
  }
  f->write(i.rd(), out);
  return true;
}

bool from_int(const std::optional<FpForm>& f, Insn i, bool is_unsigned, unsigned fbits = 0) {
  if (!f) return false;
  u64 imm = conversion_imm(fbits, is_unsigned);
  Value out;
  if (f->is_vector()) {
    out = f->op(Op::VIntToF, {f->read(i.rn())}, imm);
  } else if (f->type() == Type::F16) {
    out = f->b().v1(Op::VIntToF, 16, false, f->isolated(i.rn()), imm);
  } else {
    Type width = f->type() == Type::F64 ? Type::I64 : Type::I32;
    Value n = f->b().emit(Op::FToBits, width, {f->read(i.rn())});
    out = f->b().emit(Op::IntToF, f->type(), {n}, imm, static_cast<u8>(f->esize()));
  }
  f->write(i.rd(), out);
  return true;
}

// Shift by immediate: the number of fraction bits is 2 * esize - immh:immb.
unsigned shift_fbits(Insn i, unsigned esize) {
  return 2 * esize - i.bits(22, 16);
}

// By the leading one of immh; none when reserved.
std::optional<FpForm> scalar_shift_form(Lifter& l, Insn i) {
  if (i.bit(22)) return FpForm::scalar(l, Type::F64);
  if (i.bit(21)) return FpForm::scalar(l, Type::F32);
  if (i.bit(20) && l.features().has(kHalfPrecision)) return FpForm::scalar(l, Type::F16);
  return std::nullopt;
}

std::optional<FpForm> vector_shift_form(Lifter& l, Insn i, unsigned esize) {
  if (esize == 64 && !i.q()) return std::nullopt;
  return FpForm::vector(l, esize, i.q());
}

bool to_fixed(const std::optional<FpForm>& f, Insn i, bool is_unsigned) {
  return f && to_int(f, i, Round::Zero, is_unsigned, shift_fbits(i, f->esize()));
}

bool from_fixed(const std::optional<FpForm>& f, Insn i, bool is_unsigned) {
  return f && from_int(f, i, is_unsigned, shift_fbits(i, f->esize()));
}

// Writes the result of a narrowing, which is in the low half: there, or (Q) above what the register has.
void write_narrowed(Lifter& l, Insn i, Value low) {
  l.set_v(i.rd(), i.q() ? l.b.v2(Op::VCombine, 64, true, l.v(i.rd()), low) : low);
}

}  // namespace

#define VENEER_TO_INT(name, round, is_unsigned)                   \
  bool lift_##name##_v(Lifter& l, Insn i) {                       \
    return to_int(simd_vector(l, i), i, round, is_unsigned);      \
  }                                                               \
  bool lift_##name##_vh(Lifter& l, Insn i) {                      \
    return to_int(simd_vector_half(l, i), i, round, is_unsigned); \
  }                                                               \
  bool lift_##name##_s(Lifter& l, Insn i) {                       \
    return to_int(simd_scalar(l, i), i, round, is_unsigned);      \
  }                                                               \
  bool lift_##name##_sh(Lifter& l, Insn i) {                      \
    return to_int(simd_scalar_half(l, i), i, round, is_unsigned); \
  }

VENEER_TO_INT(FCVTNS, Round::NearestEven, false)
VENEER_TO_INT(FCVTNU, Round::NearestEven, true)
VENEER_TO_INT(FCVTPS, Round::Up, false)
VENEER_TO_INT(FCVTPU, Round::Up, true)
VENEER_TO_INT(FCVTMS, Round::Down, false)
VENEER_TO_INT(FCVTMU, Round::Down, true)
VENEER_TO_INT(FCVTZS, Round::Zero, false)
VENEER_TO_INT(FCVTZU, Round::Zero, true)
VENEER_TO_INT(FCVTAS, Round::NearestAway, false)
VENEER_TO_INT(FCVTAU, Round::NearestAway, true)

#undef VENEER_TO_INT

#define VENEER_FROM_INT(name, is_unsigned)                   \
  bool lift_##name##_v(Lifter& l, Insn i) {                  \
    return from_int(simd_vector(l, i), i, is_unsigned);      \
  }                                                          \
  bool lift_##name##_vh(Lifter& l, Insn i) {                 \
    return from_int(simd_vector_half(l, i), i, is_unsigned); \
  }                                                          \
  bool lift_##name##_s(Lifter& l, Insn i) {                  \
    return from_int(simd_scalar(l, i), i, is_unsigned);      \
  }                                                          \
  bool lift_##name##_sh(Lifter& l, Insn i) {                 \
    return from_int(simd_scalar_half(l, i), i, is_unsigned); \
  }

VENEER_FROM_INT(SCVTF, false)
VENEER_FROM_INT(UCVTF, true)

#undef VENEER_FROM_INT

#define VENEER_FIXED(name, convert, is_unsigned)                 \
  bool lift_##name##_s_fixed(Lifter& l, Insn i) {                \
    return convert(scalar_shift_form(l, i), i, is_unsigned);     \
  }                                                              \
  bool lift_##name##_v_fixed_d(Lifter& l, Insn i) {              \
    return convert(vector_shift_form(l, i, 64), i, is_unsigned); \
  }                                                              \
  bool lift_##name##_v_fixed_s(Lifter& l, Insn i) {              \
    return convert(vector_shift_form(l, i, 32), i, is_unsigned); \
  }                                                              \
  bool lift_##name##_v_fixed_h(Lifter& l, Insn i) {              \
    return convert(vector_shift_form(l, i, 16), i, is_unsigned); \
  }

VENEER_FIXED(SCVTF, from_fixed, false)
VENEER_FIXED(UCVTF, from_fixed, true)
VENEER_FIXED(FCVTZS, to_fixed, false)
VENEER_FIXED(FCVTZU, to_fixed, true)

#undef VENEER_FIXED

bool lift_FCVTL_v(Lifter& l, Insn i) {
  l.set_v(i.rd(), l.b.v1(Op::VFCvtL, i.bit(22) ? 32 : 16, true, l.v(i.rn()), i.q()));
  return true;
}

bool lift_FCVTN_v(Lifter& l, Insn i) {
  write_narrowed(l, i, l.b.v1(Op::VFCvtN, i.bit(22) ? 64 : 32, true, l.v(i.rn())));
  return true;
}

bool lift_FCVTXN_v(Lifter& l, Insn i) {
  if (!i.bit(22)) return false;
  write_narrowed(l, i, l.b.v1(Op::VFCvtXN, 64, true, l.v(i.rn())));
  return true;
}

bool lift_FCVTXN_s(Lifter& l, Insn i) {
  if (!i.bit(22)) return false;
  Value from = l.b.emit(Op::FToV, Type::V128, {l.f(Type::F64, i.rn())});
  l.set_v(i.rd(), l.b.v1(Op::VFCvtXN, 64, true, from));
  return true;
}

bool lift_BFCVTN_v(Lifter& l, Insn i) {
  write_narrowed(l, i, l.b.v1(Op::VBfCvtN, 32, true, l.v(i.rn())));
  return true;
}

}  // namespace veneer::a64
