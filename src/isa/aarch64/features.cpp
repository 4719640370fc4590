#include "isa/aarch64/features.h"

namespace veneer::a64 {

namespace {

// By Arm's names in lower case: lse, fp16, dotprod.
constexpr std::string_view arm_alias(std::string_view arm) {
  constexpr std::string_view kAliases[] = {"sha256", "lse", "fp16", "rdm", "dpb", "dotprod"};
  for (std::string_view alias : kAliases) {
    bool same = alias.size() == arm.size();
    for (usize i = 0; same && i < arm.size(); ++i)
      same = (arm[i] >= 'A' && arm[i] <= 'Z' ? arm[i] - 'A' + 'a' : arm[i]) == alias[i];
    if (same) return alias;
  }
  return {};
}

constexpr auto kLines = [] {
  std::array<isa::FeatureLine, std::size(kFeatures)> lines{};
  for (usize n = 0; n < lines.size(); ++n)
    lines[n] = {kFeatures[n].name, arm_alias(kFeatures[n].arm), kFeatures[n].needs, ""};
  return lines;
}();

// What a program sees of the levels of the architecture (Arm ARM A2.3 to A2.10): what is mandatory there, by
// Linux' names, that which is not implemented included.
#define VENEER_8_0 "fp asimd cpuid"
#define VENEER_8_1 VENEER_8_0 " crc32 atomics asimdrdm"
#define VENEER_8_2 VENEER_8_1 " dcpop"
#define VENEER_8_3 VENEER_8_2 " jscvt fcma lrcpc paca pacg"
#define VENEER_8_4 VENEER_8_3 " asimddp flagm ilrcpc uscat dit"
#define VENEER_8_5 VENEER_8_4 " flagm2 frint sb dcpodp bti"
#define VENEER_8_6 VENEER_8_5 " i8mm bf16"
constexpr isa::FeatureGroup kModels[] = {
    {"armv8.0-a", VENEER_8_0}, {"armv8.1-a", VENEER_8_1}, {"armv8.2-a", VENEER_8_2}, {"armv8.3-a", VENEER_8_3},
    {"armv8.4-a", VENEER_8_4}, {"armv8.5-a", VENEER_8_5}, {"armv8.6-a", VENEER_8_6},
};
#undef VENEER_8_0
#undef VENEER_8_1
#undef VENEER_8_2
#undef VENEER_8_3
#undef VENEER_8_4
#undef VENEER_8_5
#undef VENEER_8_6

constexpr isa::FeatureGroup kGroups[] = {{"crypto", "aes pmull sha1 sha2"}};

}  // namespace

u64 hwcap(const Features& features, unsigned word) {
  u64 bits = 0;
  for (usize n = 0; n < std::size(kFeatures); ++n)
    if (features.has(n) && kFeatures[n].hwcap_word == word) bits |= u64{1} << kFeatures[n].hwcap_bit;
  return bits;
}

u64 id_register(const Features& features, IdReg reg) {
  u64 bits = 0;
  for (usize n = 0; n < std::size(kFeatures); ++n) {
    const Feature& f = kFeatures[n];
    if (f.reg != reg || !features.has(n)) continue;
    const u64 old = bits >> f.lsb & 0xf;
    if (f.value > old) bits = (bits & ~(u64{0xf} << f.lsb)) | u64{f.value} << f.lsb;
  }
  return bits;
}

std::string cpuinfo_features(const Features& features) {
  return isa::names(catalogue(), features.set, " ");
}

const isa::Catalogue& catalogue() {
  static constexpr isa::Catalogue kCatalogue = {.isa = "aarch64",
                                                .features = kLines,
                                                .base = "fp asimd cpuid",
                                                .models = kModels,
                                                .groups = kGroups,
                                                .settings = {},
                                                .written_model = nullptr};
  return kCatalogue;
}

Result<Features> choose_features(std::string_view text) {
  const Result<isa::Choice> choice = isa::choose(catalogue(), text);
  if (!choice) return choice.error();
  return Features{choice->features};
}

}  // namespace veneer::a64
