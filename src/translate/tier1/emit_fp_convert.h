// What conversions of scalars and of vectors have in common: their attributes as the host wants them.
#pragma once

#include "translate/tier1/emit_fp_forms.h"

namespace veneer::tier1 {

using ir::Round;

// ROUNDSD's immediate; -1 when the host has no such mode.
inline int host_round(Round r) {
  switch (r) {
    case Round::NearestEven: return 0;
    case Round::Down: return 1;
    case Round::Up: return 2;
    case Round::Zero: return 3;
    case Round::Current: return 4;
    case Round::NearestAway: return -1;
  }
  return -1;
}
constexpr int kQuietly = 8;  // without raising Inexact

inline Round rounding(const Inst& in) {
  return static_cast<Round>(in.aux);
}
inline unsigned fraction_bits(const Inst& in) {
  return in.imm & 0xff;
}
inline bool is_unsigned(const Inst& in) {
  return in.imm >> 8 & 1;
}

// t = a number in each element: or 2^n. g is lost.
void in_each_element(Emitter& e, Xmm t, Gp g, bool wide, double number);
void power_of_two(Emitter& e, Xmm t, Gp g, bool wide, int n);
Dual multiplication(bool wide, bool vector);

}  // namespace veneer::tier1
