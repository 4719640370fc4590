// Vector shifts, by immediates and by elements, rounding and saturating.
#include "translate/interp/eval_internal.h"
#include "translate/interp/lanes.h"

namespace veneer::interp {

namespace {

// Arithmetic shift right of any amount, rounding when asked for.
s128 shift_right(s128 v, unsigned n, bool round) {
  if (n > 100) n = 100;
  if (round && n) v += s128{1} << (n - 1);
  return v >> n;
}

// xSHL and its relatives: the amount is the signed low byte of b's element.
struct Kind {
  bool is_signed, round, saturate;
};
u64 shift_element(CpuState& s, const ir::Inst& in, u64 raw, s64 sraw, s8 amount, Kind k) {
  const unsigned esize = in.esize;
  const s128 v = k.is_signed ? s128{sraw} : static_cast<s128>(static_cast<u128>(raw));
  if (amount < 0) return static_cast<u64>(shift_right(v, static_cast<unsigned>(-amount), k.round));
  const unsigned n = static_cast<unsigned>(amount);
  if (!k.saturate) return n >= esize ? 0 : static_cast<u64>(v) << n;
  if (v == 0) return 0;
  if (n >= esize) {  // as far as it matters: beyond every limit
    s.saturated.d[0] = 1;
    if (!k.is_signed) return ones(esize);
    return v < 0 ? u64{1} << (esize - 1) : ones(esize - 1);
  }
  const s128 shifted = v * (s128{1} << n);
  return k.is_signed ? static_cast<u64>(saturate_s(s, shifted, esize)) : saturate_u(s, shifted, esize);
}
Vec by_elements(CpuState& s, const ir::Inst& in, const Vec* a, Kind k) {
  Vec r{};
  for (unsigned i = 0; i < lane_count(in); ++i)
    set_lane(r, in.esize, i,
             shift_element(s, in, lane(a[0], in.esize, i), slane(a[0], in.esize, i),
                           static_cast<s8>(lane(a[1], in.esize, i)), k));
  return r;
}

}  // namespace

#define VENEER_EVAL(name) \
  Vec eval_##name([[maybe_unused]] CpuState& s, [[maybe_unused]] const ir::Inst& in, const Vec* a)

VENEER_EVAL(VShl) {
  return map_u(in, a[0], [&](u64 x) { return x << in.imm; });
}
VENEER_EVAL(VShr) {
  return map_u(in, a[0], [&](u64 x) { return in.imm >= 64 ? 0 : x >> in.imm; });
}
VENEER_EVAL(VSar) {
  return map_s(in, a[0], [&](s64 x) { return x >> (in.imm >= 64 ? 63 : in.imm); });
}
VENEER_EVAL(VRShr) {
  return map_u(in, a[0], [&](u64 x) {
    return static_cast<u64>(
        shift_right(static_cast<s128>(static_cast<u128>(x)), static_cast<unsigned>(in.imm), true));
  });
}
VENEER_EVAL(VRSar) {
  return map_s(in, a[0], [&](s64 x) { return shift_right(x, static_cast<unsigned>(in.imm), true); });
}
VENEER_EVAL(VSqShlImm) {
  return map_s(in, a[0], [&](s64 x) { return saturate_s(s, s128{x} * (s128{1} << in.imm), in.esize); });
}
VENEER_EVAL(VUqShlImm) {
  return map_u(in, a[0], [&](u64 x) {
    return saturate_u(s, static_cast<s128>(static_cast<u128>(x) << in.imm), in.esize);
  });
}
VENEER_EVAL(VSqShluImm) {
  return map_s(in, a[0], [&](s64 x) { return saturate_u(s, s128{x} * (s128{1} << in.imm), in.esize); });
}

VENEER_EVAL(VShlBy) {
  return map_u(in, a[0], a[1], [&](u64 x, u64 by) { return x << (by & (in.esize - 1u)); });
}
VENEER_EVAL(VShrBy) {
  return map_u(in, a[0], a[1], [&](u64 x, u64 by) { return x >> (by & (in.esize - 1u)); });
}
VENEER_EVAL(VSarBy) {
  return map_s(in, a[0], a[1], [&](s64 x, s64 by) { return x >> (by & (in.esize - 1)); });
}

VENEER_EVAL(VSShl) {
  return by_elements(s, in, a, {true, false, false});
}
VENEER_EVAL(VUShl) {
  return by_elements(s, in, a, {false, false, false});
}
VENEER_EVAL(VSRShl) {
  return by_elements(s, in, a, {true, true, false});
}
VENEER_EVAL(VURShl) {
  return by_elements(s, in, a, {false, true, false});
}
VENEER_EVAL(VSqShl) {
  return by_elements(s, in, a, {true, false, true});
}
VENEER_EVAL(VUqShl) {
  return by_elements(s, in, a, {false, false, true});
}
VENEER_EVAL(VSqRShl) {
  return by_elements(s, in, a, {true, true, true});
}
VENEER_EVAL(VUqRShl) {
  return by_elements(s, in, a, {false, true, true});
}

VENEER_EVAL(VSaturated) {
  s.saturated.d[0] |= a[0].d[0] | a[0].d[1];
  return {};
}

#undef VENEER_EVAL

}  // namespace veneer::interp
