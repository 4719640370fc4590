// Bytes and elements of wide registers where they lie in CpuState.
#include <bit>
#include <cstring>

#include "translate/interp/eval_internal.h"
#include "translate/interp/int_operand.h"
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

Vec eval_PackWide(CpuState& s, const ir::Inst& in, const Vec* a) {
  auto* bytes = reinterpret_cast<u8*>(s.wide);
  const u8* from = bytes + static_cast<u32>(in.imm);
  u8* to = bytes + (in.imm >> 32);
  const usize size = in.esize / 8u;
  u64 count = a[1].d[0];
  for (u64 bits = a[0].d[0]; bits != 0; bits &= bits - 1)
    std::memcpy(to + count++ * size, from + static_cast<usize>(std::countr_zero(bits)) * size, size);
  return integer(count);
}

}  // namespace veneer::interp
