// The elements that Op::AccessElements accesses.
#pragma once

#include <cstring>

#include "translate/cpu_state.h"
#include "translate/ir/element_access.h"

namespace veneer::interp {

// f(n, address) of each that is.
template <class Fn>
void each_element(const CpuState& s, const ir::ElementAccess& access, const Vec* args, Fn f) {
  const auto* wide = reinterpret_cast<const u8*>(s.wide);
  GuestAddr at = args[0].d[0];
  for (u64 n = 0; n < args[2].d[0]; ++n) {
    u64 index = 0;
    std::memcpy(&index, wide + access.index + n * access.index_bytes, access.index_bytes);
    if (!access.masked || (wide[n / 8] >> n % 8 & 1)) f(n, at + index);
    if (access.index_bytes == 0) at += args[1].d[0];
  }
}

}  // namespace veneer::interp
