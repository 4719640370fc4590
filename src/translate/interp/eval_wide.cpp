// Bytes and elements of wide registers where they lie in CpuState.
#include "translate/interp/eval_internal.h"
#include "translate/interp/lanes.h"

namespace veneer::interp {

Vec eval_LoadWide(CpuState& s, const ir::Inst& in, const Vec* a) {
  const auto* bytes = reinterpret_cast<const u8*>(s.wide);
  Vec r{};
  for (unsigned i = 0; i < 16; ++i)
    if (const u64 at = in.imm + a[0].d[0] + i; at < sizeof s.wide) r.b[i] = bytes[at];
  return r;
}

Vec eval_LoadWideLanes(CpuState& s, const ir::Inst& in, const Vec* a) {
  const auto* bytes = reinterpret_cast<const u8*>(s.wide) + in.imm;
  const unsigned size = in.esize / 8u;
  Vec r{};
  for (unsigned i = 0; i < 16 / size; ++i)
    std::memcpy(r.b + i * size, bytes + lane(a[0], in.esize, i) * size, size);
  return r;
}

}  // namespace veneer::interp
