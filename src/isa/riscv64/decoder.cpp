#include "isa/riscv64/decoder.h"

#include "isa/encoding_table.h"
#include "isa/riscv64/lift.h"

namespace veneer::rv64 {

namespace {

// Of a section, "Zbb/Zbkb ANDN": the first extension, or the other, or the first again.
consteval Extension extension_of(std::string_view section, bool other) {
  std::string_view name = section.substr(0, section.find(' '));
  const usize slash = name.find('/');
  if (slash != name.npos) name = other ? name.substr(slash + 1) : name.substr(0, slash);
  if (name == "RV32I" || name == "RV64I") return Extension::i;
  const usize number = extension_number(name);
  if (number == std::size(kExtensions)) throw "a section begins with an extension of extensions.inc";
  return static_cast<Extension>(number);
}

constexpr Encoding kLines[] = {
#define VENEER_INSN(name, section, pattern)      \
  Encoding{#name,                                \
           section,                              \
           isa::fixed_bits<32>(#pattern, false), \
           isa::fixed_bits<32>(#pattern, true),  \
           lift_##name,                          \
           extension_of(section, false),         \
           extension_of(section, true)},
#include "isa/riscv64/encodings.inc"
#undef VENEER_INSN
};
static_assert(isa::nested_or_apart(kLines), "two lines overlap, and neither is within the other");

constexpr Encoding16 kLines16[] = {
#define VENEER_INSN(name, section, pattern)        \
  Encoding16{#name,                                \
             section,                              \
             isa::fixed_bits<16>(#pattern, false), \
             isa::fixed_bits<16>(#pattern, true),  \
             lift_##name,                          \
             extension_of(section, false),         \
             extension_of(section, true)},
#include "isa/riscv64/encodings/compressed.inc"
#undef VENEER_INSN
};
static_assert(isa::nested_or_apart(kLines16), "two lines overlap, and neither is within the other");

// The major opcode and funct3.
struct MajorOpcode {
  static constexpr unsigned kBits = 8;
  static constexpr u32 spread(unsigned bucket) { return (bucket & 31) << 2 | bucket >> 5 << 12; }
  static constexpr unsigned index(u32 word) { return (word >> 2 & 31) | (word >> 12 & 7) << 5; }
};

// The quadrant, funct3, and the bits that tell arithmetic apart.
struct Quadrant {
  static constexpr unsigned kBits = 8;
  static constexpr u32 spread(unsigned bucket) { return (bucket & 3) | bucket >> 2 << 10; }
  static constexpr unsigned index(u32 half) { return (half & 3) | (half >> 10 & 63) << 2; }
};

}  // namespace

const Encoding* decode(u32 word, const Features& features) {
  return isa::kEncodingIndex<MajorOpcode, kLines>.find(kLines, word, [&](const Encoding& e) {
    return features.has(e.extension) || features.has(e.or_extension);
  });
}

const Encoding16* decode16(u32 half, const Features& features) {
  return isa::kEncodingIndex<Quadrant, kLines16>.find(kLines16, half, [&](const Encoding16& e) {
    return features.has(e.extension) || features.has(e.or_extension);
  });
}

}  // namespace veneer::rv64
