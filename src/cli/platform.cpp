#include "cli/platform.h"

#include "isa/aarch64/features.h"
#include "isa/aarch64/isa.h"

namespace veneer::cli {

GuestPlatform aarch64_platform() {
  static const a64::Aarch64Isa isa;
  static const std::string features = a64::cpuinfo_features();
  return {.isa = &isa,
          .hwcap = a64::hwcap(1),
          .hwcap2 = a64::hwcap(2),
          .cpu_features = features,
          .midr = static_cast<u32>(a64::kMidr)};
}

}  // namespace veneer::cli
