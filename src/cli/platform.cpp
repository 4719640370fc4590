#include "cli/platform.h"

#include <array>

#include "isa/aarch64/features.h"
#include "isa/aarch64/isa.h"
#include "isa/riscv64/features.h"
#include "isa/riscv64/isa.h"

namespace veneer::cli {

namespace {

GuestPlatform aarch64_platform() {
  static const a64::Aarch64Isa isa;
  static const std::string features = a64::cpuinfo_features();
  return {.isa = &isa,
          .abi = &kAarch64Abi,
          .hwcap = a64::hwcap(1),
          .hwcap2 = a64::hwcap(2),
          .cpu_features = features,
          .midr = static_cast<u32>(a64::kMidr)};
}

GuestPlatform riscv64_platform() {
  static const rv64::Riscv64Isa isa;
  static const std::string features = rv64::isa_string();
  return {.isa = &isa,
          .abi = &kRiscv64Abi,
          .hwcap = rv64::hwcap(),
          .cpu_features = features,
          .probed = rv64::hwprobe_extensions(),
          .cache_block = rv64::kCacheBlock};
}

}  // namespace

std::span<const GuestPlatform> guest_platforms() {
  static const std::array platforms = {aarch64_platform(), riscv64_platform()};
  return platforms;
}

}  // namespace veneer::cli
