// Finds the table line that an instruction word matches.
#pragma once

#include <string_view>

#include "isa/aarch64/features.h"
#include "isa/aarch64/lifter.h"

namespace veneer::a64 {

struct Encoding {
  std::string_view name;
  std::string_view section;  // of the Arm ARM, and features
  u32 mask;                  // fixed bits
  u32 value;
  bool (*lift)(Lifter&, Insn);
  isa::FeatureSet needs;  // all of these
};

// Null when the word is not an instruction of a processor with these features: UNDEFINED to the guest.
const Encoding* decode(u32 word, const Features& features = {});

}  // namespace veneer::a64
