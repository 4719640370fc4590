// Register operands with a shift or an extension (Arm ARM, ShiftReg and ExtendReg).
#pragma once

#include "isa/aarch64/lifter.h"

namespace veneer::a64 {

// 0 LSL, 1 LSR, 2 ASR, 3 ROR.
inline Value shift_value(Lifter& l, Value v, unsigned type, unsigned amount) {
  constexpr Op kOps[] = {Op::Shl, Op::Shr, Op::Sar, Op::Ror};
  if (amount == 0) return v;
  return l.b.bin(kOps[type], v, l.b.constant(l.b.type_of(v), amount));
}

// option: UXTB UXTH UXTW UXTX SXTB SXTH SXTW SXTX.
inline Value extend_register(Lifter& l, bool sf, unsigned n, unsigned option, unsigned amount) {
  const bool sign = option & 4;
  Value v;
  switch (option & 3) {
    case 0:
    case 1: v = l.b.un(sign ? Op::Sbfx : Op::Ubfx, l.r(sf, n), u64{option & 1 ? 16u : 8u} << 8); break;
    case 2: v = !sf ? l.w(n) : sign ? l.b.sext(l.w(n)) : l.b.zext(l.w(n)); break;
    default: v = l.r(sf, n); break;
  }
  return amount ? l.b.shl(v, amount) : v;
}

}  // namespace veneer::a64
