// One A64 instruction word and the fields that recur across its encodings (Arm ARM C4.1).
#pragma once

#include "base/types.h"

namespace veneer::a64 {

struct Insn {
  u32 raw = 0;

  constexpr u32 bits(unsigned hi, unsigned lo) const { return raw >> lo & ((u64{1} << (hi - lo + 1)) - 1); }
  constexpr bool bit(unsigned n) const { return raw >> n & 1; }
  constexpr s64 sbits(unsigned hi, unsigned lo) const {  // sign-extended
    unsigned width = hi - lo + 1;
    return static_cast<s64>(static_cast<u64>(bits(hi, lo)) << (64 - width)) >> (64 - width);
  }

  constexpr unsigned rd() const { return bits(4, 0); }
  constexpr unsigned rt() const { return bits(4, 0); }
  constexpr unsigned rn() const { return bits(9, 5); }
  constexpr unsigned rt2() const { return bits(14, 10); }
  constexpr unsigned ra() const { return bits(14, 10); }
  constexpr unsigned rm() const { return bits(20, 16); }
  constexpr unsigned rs() const { return bits(20, 16); }
  constexpr bool sf() const { return bit(31); }
  constexpr bool q() const { return bit(30); }
};

}  // namespace veneer::a64
