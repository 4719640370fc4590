// What Op::AccessElements accesses, as it is packed into an instruction. The elements are of Inst::esize bits.
#pragma once

#include "translate/ir/ir.h"

namespace veneer::ir {

struct ElementAccess {
  u16 first = 0;       // byte of the wide registers at which the elements start
  u16 step = 0;        // bytes to those of the next field: several are next to each other in memory
  u8 fields = 1;       // 1 .. 8
  u16 index = 0;       // byte at which indices start, which are added to the address
  u8 index_bytes = 0;  // 0: there are none, and each address is a distance from the one before. Inst::aux
  bool stores = false;
  bool masked = false;  // bit n of the first wide register says whether element n is accessed
  u8 counter = 0;       // the number of the element is written to this CpuState::control,
  u8 started = 0;       // and past the first one this to CpuState::mode

  // Inst::imm.
  constexpr u64 pack() const {
    return first | u64{step} << 16 | u64{index} << 32 | u64{started} << 48 | u64{fields - 1u} << 56 |
           u64{stores} << 59 | u64{masked} << 60 | u64{counter} << 61;
  }
  static constexpr ElementAccess of(const Inst& in) {
    const u64 p = in.imm;
    return {.first = static_cast<u16>(p),
            .step = static_cast<u16>(p >> 16),
            .fields = static_cast<u8>((p >> 56 & 7) + 1),
            .index = static_cast<u16>(p >> 32),
            .index_bytes = in.aux,
            .stores = (p >> 59 & 1) != 0,
            .masked = (p >> 60 & 1) != 0,
            .counter = static_cast<u8>(p >> 61 & 3),
            .started = static_cast<u8>(p >> 48)};
  }
};

}  // namespace veneer::ir
