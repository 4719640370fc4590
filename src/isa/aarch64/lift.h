// Declares the lift function of every line of the encodings table.
#pragma once

#include "isa/aarch64/lifter.h"

namespace veneer::a64 {

#define VENEER_INSN(name, section, pattern) bool lift_##name(Lifter& l, Insn i);
#include "isa/aarch64/encodings.inc"
#undef VENEER_INSN

}  // namespace veneer::a64
