// Finds the table line that an instruction word matches.
#pragma once

#include <string_view>

#include "isa/aarch64/lifter.h"

namespace veneer::a64 {

struct Encoding {
  std::string_view name;
  std::string_view section;  // of the Arm ARM
  u32 mask;                  // fixed bits
  u32 value;
  bool (*lift)(Lifter&, Insn);
};

// Null when the word is not an instruction that veneer knows: UNDEFINED to the guest.
const Encoding* decode(u32 word);

}  // namespace veneer::a64
