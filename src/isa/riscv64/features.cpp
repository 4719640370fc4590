#include "isa/riscv64/features.h"

namespace veneer::rv64 {

namespace {

constexpr isa::FeatureLine kLines[] = {
#define VENEER_EXTENSION(name, bit, needs, parts) {#name, "", needs, parts},
#include "isa/riscv64/extensions.inc"
#undef VENEER_EXTENSION
};

// The mandatory extensions of the RISC-V Profiles, those that are not implemented included.
#define VENEER_RVA20U64 "i m a f d c zicsr zicntr ziccif ziccrse ziccamoa za128rs zicclsm"
#define VENEER_RVA22U64 \
  VENEER_RVA20U64 " zihpm za64rs zihintpause zba zbb zbs zic64b zicbom zicbop zicboz zfhmin zkt"
constexpr isa::FeatureGroup kModels[] = {
    {"rv64gc", "i m a f d zicsr zifencei c"},
    {"rva20u64", VENEER_RVA20U64},
    {"rva22u64", VENEER_RVA22U64},
    {"rva23u64", VENEER_RVA22U64 " v zvfhmin zvbb zvkt zihintntl zicond zimop zcmop zcb zfa zawrs supm"},
};
#undef VENEER_RVA22U64
#undef VENEER_RVA20U64

// Names of the manual for several extensions (chapters 27, 28, 31 and 34).
constexpr isa::FeatureGroup kGroups[] = {
    {"g", "i m a f d zicsr zifencei"},         {"b", "zba zbb zbs"},
    {"zkn", "zbkb zbkc zbkx zkne zknd zknh"},  {"zks", "zbkb zbkc zbkx zksed zksh"},
    {"zvkn", "zvkned zvknhb zvkb zvkt"},       {"zvknc", "zvkned zvknhb zvkb zvkt zvbc"},
    {"zvkng", "zvkned zvknhb zvkb zvkt zvkg"}, {"zvks", "zvksed zvksh zvkb zvkt"},
    {"zvksc", "zvksed zvksh zvkb zvkt zvbc"},  {"zvksg", "zvksed zvksh zvkb zvkt zvkg"},
};

constexpr isa::FeatureGroup kSettings[] = {{"vlen", "128 256"}};

// rv64imac, rv64gc_zba_zbb: letters, then longer names.
std::optional<std::string> written(std::string_view name) {
  if (!name.starts_with("rv64") || name.size() == 4) return std::nullopt;
  std::string members;
  name.remove_prefix(4);
  const usize letters = std::min(name.find('_'), name.size());
  for (char c : name.substr(0, letters)) members += std::string(1, c) + " ";
  for (char c : name.substr(letters)) members += c == '_' ? ' ' : c;
  if (members[0] != 'i' && members[0] != 'g') return std::nullopt;
  return members;
}

}  // namespace

u64 hwcap(const Features& features) {
  u64 bits = 0;
  for (usize n = 0; n < std::size(kExtensions); ++n)
    if (kExtensions[n].name.size() == 1 && features.extensions.has(n))
      bits |= u64{1} << (kExtensions[n].name[0] - 'a');
  return bits;
}

u64 hwprobe_extensions(const Features& features) {
  constexpr u64 kFloatingPoint = 1;
  u64 bits = features.has(Extension::f) && features.has(Extension::d) ? kFloatingPoint : 0;
  for (usize n = 0; n < std::size(kExtensions); ++n)
    if (kExtensions[n].hwprobe_bit >= 0 && features.extensions.has(n))
      bits |= u64{1} << kExtensions[n].hwprobe_bit;
  return bits;
}

u64 hwprobe_base(const Features& features) {
  constexpr u64 kIma = 1;
  return features.has(Extension::m) && features.has(Extension::a) ? kIma : 0;
}

std::string isa_string(const Features& features) {
  std::string line = "rv64";
  for (usize n = 0; n < std::size(kExtensions); ++n) {
    if (!features.extensions.has(n)) continue;
    if (kExtensions[n].name.size() > 1) line += '_';
    line += kExtensions[n].name;
    // As long as VLEN is, which is no extension to choose.
    if (static_cast<Extension>(n) == Extension::zvl128b && features.vlen >= 256) line += "_zvl256b";
  }
  return line;
}

const isa::Catalogue& catalogue() {
  static constexpr isa::Catalogue kCatalogue = {.isa = "riscv64",
                                                .features = kLines,
                                                .base = "i",
                                                .models = kModels,
                                                .groups = kGroups,
                                                .settings = kSettings,
                                                .written_model = written};
  return kCatalogue;
}

Result<Features> choose_features(std::string_view text) {
  Result<isa::Choice> choice = isa::choose(catalogue(), text);
  if (!choice) return choice.error();
  Features out;
  out.extensions = choice->features;
  for (const auto& [key, value] : choice->settings) {
    if (!out.has(Extension::zve32x))
      return Error{exit_status::kVeneer, key + " is of vector extensions, which the CPU does not have"};
    out.vlen = static_cast<unsigned>(std::stoul(value));
  }
  return out;
}

}  // namespace veneer::rv64
