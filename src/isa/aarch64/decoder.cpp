#include "isa/aarch64/decoder.h"

#include "isa/aarch64/lift.h"
#include "isa/encoding_table.h"

namespace veneer::a64 {

namespace {

constexpr Encoding kLines[] = {
#define VENEER_INSN(name, section, pattern)                                                           \
  Encoding{#name, section, isa::fixed_bits<32>(#pattern, false), isa::fixed_bits<32>(#pattern, true), \
           lift_##name},
#include "isa/aarch64/encodings.inc"
#undef VENEER_INSN
};
static_assert(isa::nested_or_apart(kLines),
              "two lines of the encodings table overlap, and neither is within the other");

// Bits 28..21 tell the classes of the manual, and most instructions within them, apart.
struct Classes {
  static constexpr unsigned kBits = 8;
  static constexpr u32 spread(unsigned bucket) { return bucket << 21; }
  static constexpr unsigned index(u32 word) { return word >> 21 & 0xff; }
};

}  // namespace

const Encoding* decode(u32 word) {
  return isa::kEncodingIndex<Classes, kLines>.find(kLines, word);
}

}  // namespace veneer::a64
