// Widening and narrowing of vector elements.
#include "translate/interp/eval_internal.h"
#include "translate/interp/lanes.h"

namespace veneer::interp {

namespace {

// Widening: esize is that of the source, whose upper half is taken when imm is 1.
unsigned first(const ir::Inst& in) {
  return in.imm & 1 ? 64u / in.esize : 0;
}
template <typename F>
Vec widen(const ir::Inst& in, F f) {
  Vec r{};
  const unsigned n = 64u / in.esize;
  for (unsigned i = 0; i < n; ++i) set_lane(r, in.esize * 2u, i, static_cast<u64>(f(first(in) + i)));
  return r;
}

// Narrowing: esize is that of the result, which takes the low half.
template <typename F>
Vec narrow(const ir::Inst& in, F f) {
  Vec r{};
  const unsigned n = 64u / in.esize;
  for (unsigned i = 0; i < n; ++i) set_lane(r, in.esize, i, static_cast<u64>(f(i)));
  return r;
}
s128 wide_s(const ir::Inst& in, const Vec& v, unsigned i) {
  return slane(v, in.esize * 2u, i);
}
s128 wide_u(const ir::Inst& in, const Vec& v, unsigned i) {
  return static_cast<s128>(static_cast<u128>(lane(v, in.esize * 2u, i)));
}
s128 shifted(const ir::Inst& in, s128 v) {
  if (in.aux & 1) v += s128{1} << (in.imm - 1);
  return v >> in.imm;
}

u128 carryless(u64 x, u64 y, unsigned bits) {
  u128 r = 0;
  for (unsigned i = 0; i < bits; ++i)
    if (x >> i & 1) r ^= static_cast<u128>(y) << i;
  return r;
}

}  // namespace

#define VENEER_EVAL(name) \
  Vec eval_##name([[maybe_unused]] CpuState& s, [[maybe_unused]] const ir::Inst& in, const Vec* a)

VENEER_EVAL(VSXtl) {
  return widen(in, [&](unsigned i) { return slane(a[0], in.esize, i); });
}
VENEER_EVAL(VUXtl) {
  return widen(in, [&](unsigned i) { return lane(a[0], in.esize, i); });
}
VENEER_EVAL(VSMull) {
  return widen(in, [&](unsigned i) { return slane(a[0], in.esize, i) * slane(a[1], in.esize, i); });
}
VENEER_EVAL(VUMull) {
  return widen(in, [&](unsigned i) { return lane(a[0], in.esize, i) * lane(a[1], in.esize, i); });
}
VENEER_EVAL(VSqDmull) {
  return widen(in, [&](unsigned i) {
    return saturate_s(s, s128{slane(a[0], in.esize, i)} * slane(a[1], in.esize, i) * 2, in.esize * 2u);
  });
}
VENEER_EVAL(VPMull) {
  if (in.esize == 64) {
    Vec r;
    r.q = carryless(a[0].d[in.imm & 1], a[1].d[in.imm & 1], 64);
    return r;
  }
  return widen(in, [&](unsigned i) { return static_cast<u64>(carryless(a[0].b[i], a[1].b[i], 8)); });
}
VENEER_EVAL(VPMul) {
  return map_u(in, a[0], a[1], [](u64 x, u64 y) { return static_cast<u64>(carryless(x, y, 8)); });
}

VENEER_EVAL(VXtn) {
  return narrow(in, [&](unsigned i) { return lane(a[0], in.esize * 2u, i); });
}
VENEER_EVAL(VSqXtn) {
  return narrow(in, [&](unsigned i) { return saturate_s(s, wide_s(in, a[0], i), in.esize); });
}
VENEER_EVAL(VUqXtn) {
  return narrow(in, [&](unsigned i) { return saturate_u(s, wide_u(in, a[0], i), in.esize); });
}
VENEER_EVAL(VSqXtun) {
  return narrow(in, [&](unsigned i) { return saturate_u(s, wide_s(in, a[0], i), in.esize); });
}
VENEER_EVAL(VSqShrn) {
  return narrow(in, [&](unsigned i) { return saturate_s(s, shifted(in, wide_s(in, a[0], i)), in.esize); });
}
VENEER_EVAL(VUqShrn) {
  return narrow(in, [&](unsigned i) { return saturate_u(s, shifted(in, wide_u(in, a[0], i)), in.esize); });
}
VENEER_EVAL(VSqShrun) {
  return narrow(in, [&](unsigned i) { return saturate_u(s, shifted(in, wide_s(in, a[0], i)), in.esize); });
}
VENEER_EVAL(VCombine) {
  Vec r;
  r.d[0] = a[0].d[0];
  r.d[1] = a[1].d[0];
  return r;
}

#undef VENEER_EVAL

}  // namespace veneer::interp
