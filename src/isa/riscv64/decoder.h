// Finds the table line that an instruction matches.
#pragma once

#include <string_view>

#include "isa/riscv64/features.h"
#include "isa/riscv64/lifter.h"

namespace veneer::rv64 {

template <class Instruction>
struct EncodingOf {
  std::string_view name;
  std::string_view section;  // the extension, and the instruction as the manual writes it
  u32 mask;                  // fixed bits
  u32 value;
  bool (*lift)(Lifter&, Instruction);
  Extension extension, or_extension;  // either is enough
};
using Encoding = EncodingOf<Insn>;
using Encoding16 = EncodingOf<Insn16>;

// Of an instruction by its first two bytes: 2 or 4; 0 for the longer ones, none of which exists (Unprivileged
// ISA 1.5).
constexpr unsigned length_of(u16 first) {
  if ((first & 3) != 3) return 2;
  return (first & 0x1c) != 0x1c ? 4 : 0;
}

// Null when it is not an instruction of a processor with these features: an illegal instruction to the guest.
const Encoding* decode(u32 word, const Features& features = {});
const Encoding16* decode16(u32 half, const Features& features = {});

}  // namespace veneer::rv64
