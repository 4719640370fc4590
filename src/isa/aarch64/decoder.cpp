#include "isa/aarch64/decoder.h"

#include "isa/aarch64/lift.h"
#include "isa/encoding_table.h"

namespace veneer::a64 {

namespace {

// Of a section, "C7.2 FCMLA, FEAT_FCMA, FEAT_FP16": the features that it names.
consteval isa::FeatureSet features_of(std::string_view section) {
  constexpr std::string_view kPrefix = ", FEAT_";
  isa::FeatureSet out;
  for (usize at = section.find(kPrefix); at != section.npos; at = section.find(kPrefix)) {
    section.remove_prefix(at + kPrefix.size());
    const usize number = feature_number(section.substr(0, section.find(',')));
    if (number == std::size(kFeatures)) throw "a section names a feature that is not in the table";
    out.add(number);
  }
  return out;
}

constexpr Encoding kLines[] = {
#define VENEER_INSN(name, section, pattern)      \
  Encoding{#name,                                \
           section,                              \
           isa::fixed_bits<32>(#pattern, false), \
           isa::fixed_bits<32>(#pattern, true),  \
           lift_##name,                          \
           features_of(section)},
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

const Encoding* decode(u32 word, const Features& features) {
  return isa::kEncodingIndex<Classes, kLines>.find(
      kLines, word, [&](const Encoding& e) { return features.set.has_all(e.needs); });
}

}  // namespace veneer::a64
