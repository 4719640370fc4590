// Declares the lift function of every line of the encodings tables.
#pragma once

#include "isa/riscv64/lifter.h"

namespace veneer::rv64 {

#define VENEER_INSN(name, section, pattern) bool lift_##name(Lifter& l, Insn i);
#include "isa/riscv64/encodings.inc"
#undef VENEER_INSN
#define VENEER_INSN(name, section, pattern) bool lift_##name(Lifter& l, Insn16 i);
#include "isa/riscv64/encodings/compressed.inc"
#undef VENEER_INSN

}  // namespace veneer::rv64
