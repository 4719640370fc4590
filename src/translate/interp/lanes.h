// Elements of a vector operand, by size and number.
#pragma once

#include "translate/cpu_state.h"
#include "translate/ir/ir.h"

namespace veneer::interp {

inline u64 lane(const Vec& v, unsigned esize, unsigned i) {
  switch (esize) {
    case 8: return v.b[i];
    case 16: return v.h[i];
    case 32: return v.w[i];
    default: return v.d[i];
  }
}
inline s64 slane(const Vec& v, unsigned esize, unsigned i) {
  switch (esize) {
    case 8: return v.sb[i];
    case 16: return v.sh[i];
    case 32: return v.sw[i];
    default: return v.sd[i];
  }
}
inline void set_lane(Vec& v, unsigned esize, unsigned i, u64 value) {
  switch (esize) {
    case 8: v.b[i] = static_cast<u8>(value); break;
    case 16: v.h[i] = static_cast<u16>(value); break;
    case 32: v.w[i] = static_cast<u32>(value); break;
    default: v.d[i] = value; break;
  }
}

inline unsigned lane_count(const ir::Inst& in) {
  return (in.q ? 128u : 64u) / in.esize;
}
inline u64 ones(unsigned bits) {
  return bits >= 64 ? ~u64{0} : (u64{1} << bits) - 1;
}

// result[i] = f(a[i], ...) for each element of the operation, as unsigned or signed numbers; zero beyond.
template <typename F>
Vec map_u(const ir::Inst& in, const Vec& a, F f) {
  Vec r{};
  for (unsigned i = 0; i < lane_count(in); ++i) set_lane(r, in.esize, i, f(lane(a, in.esize, i)));
  return r;
}
template <typename F>
Vec map_u(const ir::Inst& in, const Vec& a, const Vec& b, F f) {
  Vec r{};
  for (unsigned i = 0; i < lane_count(in); ++i)
    set_lane(r, in.esize, i, f(lane(a, in.esize, i), lane(b, in.esize, i)));
  return r;
}
template <typename F>
Vec map_s(const ir::Inst& in, const Vec& a, F f) {
  Vec r{};
  for (unsigned i = 0; i < lane_count(in); ++i)
    set_lane(r, in.esize, i, static_cast<u64>(f(slane(a, in.esize, i))));
  return r;
}
template <typename F>
Vec map_s(const ir::Inst& in, const Vec& a, const Vec& b, F f) {
  Vec r{};
  for (unsigned i = 0; i < lane_count(in); ++i)
    set_lane(r, in.esize, i, static_cast<u64>(f(slane(a, in.esize, i), slane(b, in.esize, i))));
  return r;
}

// Saturation to `bits`, remembered in state.saturated (FPSR.QC).
inline s64 saturate_s(CpuState& s, s128 v, unsigned bits) {
  const s128 max = (s128{1} << (bits - 1)) - 1, min = -max - 1;
  if (v > max || v < min) {
    s.saturated.d[0] = 1;
    return static_cast<s64>(v > max ? max : min);
  }
  return static_cast<s64>(v);
}
inline u64 saturate_u(CpuState& s, s128 v, unsigned bits) {
  const s128 max = (s128{1} << bits) - 1;
  if (v > max || v < 0) {
    s.saturated.d[0] = 1;
    return static_cast<u64>(v > max ? max : 0);
  }
  return static_cast<u64>(v);
}

}  // namespace veneer::interp
