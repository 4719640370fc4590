// What the guest's processor has. HWCAP, riscv_hwprobe(2), the isa line of /proc/cpuinfo, and which
// instructions there are, follow from one set of extensions.inc's extensions.
#pragma once

#include <array>
#include <iterator>
#include <string>
#include <string_view>

#include "base/errors.h"
#include "isa/cpu/choice.h"
#include "isa/cpu/feature_set.h"

namespace veneer::rv64 {

enum class Extension : u8 {
#define VENEER_EXTENSION(name, bit, needs, parts) name,
#include "isa/riscv64/extensions.inc"
#undef VENEER_EXTENSION
};

struct ExtensionLine {
  std::string_view name;
  s8 hwprobe_bit;
};
inline constexpr ExtensionLine kExtensions[] = {
#define VENEER_EXTENSION(name, bit, needs, parts) {#name, bit},
#include "isa/riscv64/extensions.inc"
#undef VENEER_EXTENSION
};
static_assert(std::size(kExtensions) <= isa::FeatureSet::kMost);

// The extension of a name in whatever case; std::size(kExtensions) when there is none.
constexpr usize extension_number(std::string_view name) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  for (usize n = 0; n < std::size(kExtensions); ++n) {
    const std::string_view known = kExtensions[n].name;
    bool same = known.size() == name.size();
    for (usize i = 0; same && i < name.size(); ++i) same = lower(name[i]) == known[i];
    if (same) return n;
  }
  return std::size(kExtensions);
}

struct Features {
  isa::FeatureSet extensions = isa::FeatureSet::first(std::size(kExtensions));  // all
  unsigned vlen = 128;                                                          // bits, of V's registers

  constexpr bool has(Extension e) const { return extensions.has(static_cast<usize>(e)); }
};

// What is left where vectors are switched off (Privileged ISA, mstatus.VS).
constexpr Features without_vectors(Features features) {
  for (usize n = 0; n < std::size(kExtensions); ++n)
    if (kExtensions[n].name == "v" || kExtensions[n].name.starts_with("zv")) features.extensions.remove(n);
  return features;
}

constexpr unsigned kCacheBlock = 64;  // bytes, of Zicbom and Zicboz

// AT_HWCAP; RISCV_HWPROBE_KEY_IMA_EXT_0 and RISCV_HWPROBE_KEY_BASE_BEHAVIOR.
u64 hwcap(const Features& features);
u64 hwprobe_extensions(const Features& features);
u64 hwprobe_base(const Features& features);
// "rv64imafdc_zicsr..."
std::string isa_string(const Features& features);

// The texts of choose(): models, extensions, groups.
const isa::Catalogue& catalogue();
// `rva22u64,zfh,vlen=256`.
Result<Features> choose_features(std::string_view text);

}  // namespace veneer::rv64
