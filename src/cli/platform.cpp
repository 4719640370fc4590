#include "cli/platform.h"

#include "isa/aarch64/features.h"
#include "isa/aarch64/isa.h"
#include "isa/riscv64/features.h"
#include "isa/riscv64/isa.h"

namespace veneer::cli {

namespace {

GuestPlatform aarch64_platform(const a64::Features& features) {
  return {.isa = std::make_shared<a64::Aarch64Isa>(features),
          .abi = &kAarch64Abi,
          .hwcap = a64::hwcap(features, 1),
          .hwcap2 = a64::hwcap(features, 2),
          .cpu_features = a64::cpuinfo_features(features),
          .midr = static_cast<u32>(a64::kMidr)};
}

GuestPlatform riscv64_platform(const rv64::Features& features) {
  return {.isa = std::make_shared<rv64::Riscv64Isa>(features),
          .abi = &kRiscv64Abi,
          .hwcap = rv64::hwcap(features),
          .cpu_features = rv64::isa_string(features),
          .probed = rv64::hwprobe_extensions(features),
          .probed_base = rv64::hwprobe_base(features),
          .cache_block = rv64::kCacheBlock};
}

// An instruction set's, by a text or, where that is null, with all there is.
struct InstructionSet {
  const isa::Catalogue& catalogue;
  Result<GuestPlatform> (*platform)(const std::string* text);
};

template <class Features, auto& kChoose, auto& kPlatform>
Result<GuestPlatform> platform_of(const std::string* text) {
  if (!text) return kPlatform(Features{});
  const Result<Features> features = kChoose(*text);
  if (!features) return features.error();
  return kPlatform(*features);
}

std::array<InstructionSet, 2> instruction_sets() {
  return {{{a64::catalogue(), platform_of<a64::Features, a64::choose_features, aarch64_platform>},
           {rv64::catalogue(), platform_of<rv64::Features, rv64::choose_features, riscv64_platform>}}};
}

Error refused(const std::string& text, const std::string& why) {
  return Error{exit_status::kVeneer, "bad value '" + text + "' of --cpu: " + why};
}

}  // namespace

Result<std::vector<GuestPlatform>> guest_platforms(const std::vector<std::string>& cpus) {
  const auto sets = instruction_sets();
  std::array<const std::string*, std::tuple_size_v<decltype(sets)>> chosen{};
  for (const std::string& text : cpus) {
    bool known = false;
    for (usize i = 0; i < sets.size(); ++i) {
      if (!isa::is_of(sets[i].catalogue, text)) continue;
      known = true;
      if (chosen[i])
        return refused(text, std::string(sets[i].catalogue.isa) + " has been chosen, by '" + *chosen[i] + "'");
      chosen[i] = &text;
    }
    if (!known) return refused(text, "no instruction set has such a CPU; see `veneer run --cpu help`");
  }
  std::vector<GuestPlatform> out;
  for (usize i = 0; i < sets.size(); ++i) {
    Result<GuestPlatform> platform = sets[i].platform(chosen[i]);
    if (!platform) return refused(*chosen[i], platform.error().message);
    platform->chosen = chosen[i] || cpus.empty();
    out.push_back(std::move(*platform));
  }
  return out;
}

}  // namespace veneer::cli
