// What the host CPU offers to translated code. SSE4.2 and POPCNT are the baseline (x86-64-v2).
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace veneer::tier1 {

struct HostFeatures {
  bool avx = false, avx2 = false, fma = false, f16c = false;
  bool bmi1 = false, bmi2 = false, lzcnt = false, movbe = false;
  bool aes = false, pclmul = false, sha = false, vaes = false, vpclmul = false, gfni = false;
  bool avx512 = false;  // F, BW, DQ, VL, CD together
  bool sse42 = false;

  // Reads CPUID. `disabled` names features to leave unused ("avx,bmi2"; "all" leaves the baseline).
  static HostFeatures detect(std::string_view disabled = {});
  // Name and presence of each, in a stable order, for `veneer host`.
  std::vector<std::pair<std::string_view, bool>> list() const;
};

}  // namespace veneer::tier1
