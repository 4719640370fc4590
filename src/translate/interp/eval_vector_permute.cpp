// Moves of vector elements: permutations, table lookups, lanes.
#include "translate/interp/eval_internal.h"
#include "translate/interp/lanes.h"

namespace veneer::interp {

namespace {

template <typename F>
Vec choose(const ir::Inst& in, F f) {
  Vec r{};
  for (unsigned i = 0; i < lane_count(in); ++i) set_lane(r, in.esize, i, f(i));
  return r;
}

// Elements reversed within each container.
Vec reverse(const ir::Inst& in, const Vec& v, unsigned container) {
  const unsigned per = container / in.esize;
  return choose(in, [&](unsigned i) { return lane(v, in.esize, i / per * per + (per - 1 - i % per)); });
}

}  // namespace

#define VENEER_EVAL(name) Vec eval_##name(CpuState&, [[maybe_unused]] const ir::Inst& in, const Vec* a)

VENEER_EVAL(VZip1) {
  return choose(in, [&](unsigned i) { return lane(a[i & 1], in.esize, i / 2); });
}
VENEER_EVAL(VZip2) {
  return choose(in, [&](unsigned i) { return lane(a[i & 1], in.esize, lane_count(in) / 2 + i / 2); });
}
VENEER_EVAL(VUzp1) {
  const unsigned n = lane_count(in);
  return choose(in, [&](unsigned i) { return lane(a[i >= n / 2], in.esize, i * 2 % n); });
}
VENEER_EVAL(VUzp2) {
  const unsigned n = lane_count(in);
  return choose(in, [&](unsigned i) { return lane(a[i >= n / 2], in.esize, i * 2 % n + 1); });
}
VENEER_EVAL(VTrn1) {
  return choose(in, [&](unsigned i) { return lane(a[i & 1], in.esize, i & ~1u); });
}
VENEER_EVAL(VTrn2) {
  return choose(in, [&](unsigned i) { return lane(a[i & 1], in.esize, i | 1u); });
}
VENEER_EVAL(VExt) {
  const unsigned n = in.q ? 16 : 8;
  Vec r{};
  for (unsigned i = 0; i < n; ++i) {
    const unsigned at = i + static_cast<unsigned>(in.imm);
    r.b[i] = at < n ? a[0].b[at] : a[1].b[at - n];
  }
  return r;
}
VENEER_EVAL(VDup) {
  return choose(in, [&](unsigned) { return a[0].d[0]; });
}
VENEER_EVAL(VDupLane) {
  return choose(in, [&](unsigned) { return lane(a[0], in.esize, static_cast<unsigned>(in.imm)); });
}
VENEER_EVAL(VGetLane) {
  Vec r{};
  r.d[0] = lane(a[0], in.esize, static_cast<unsigned>(in.imm));
  return r;
}
VENEER_EVAL(VSetLane) {
  Vec r = a[0];
  set_lane(r, in.esize, static_cast<unsigned>(in.imm), a[1].d[0]);
  return r;
}
VENEER_EVAL(VMoveLane) {
  Vec r = a[0];
  set_lane(r, in.esize, in.imm & 0xff, lane(a[1], in.esize, in.imm >> 8 & 0xff));
  return r;
}
VENEER_EVAL(VRev16) {
  return reverse(in, a[0], 16);
}
VENEER_EVAL(VRev32) {
  return reverse(in, a[0], 32);
}
VENEER_EVAL(VRev64) {
  return reverse(in, a[0], 64);
}
VENEER_EVAL(VTbl) {
  Vec r{};
  for (unsigned i = 0; i < (in.q ? 16u : 8u); ++i) r.b[i] = a[1].b[i] < 16 ? a[0].b[a[1].b[i]] : u8{0};
  return r;
}
VENEER_EVAL(VTbx) {
  Vec r{};
  for (unsigned i = 0; i < (in.q ? 16u : 8u); ++i) r.b[i] = a[2].b[i] < 16 ? a[1].b[a[2].b[i]] : a[0].b[i];
  return r;
}
// Memory holds element 0 of the three structures, then element 1, and so on.
VENEER_EVAL(VDeint3) {
  const unsigned n = lane_count(in);
  return choose(in, [&](unsigned i) {
    const unsigned at = i * 3 + static_cast<unsigned>(in.imm);
    return lane(a[at / n], in.esize, at % n);
  });
}
VENEER_EVAL(VInt3) {
  const unsigned n = lane_count(in);
  return choose(in, [&](unsigned i) {
    const unsigned at = i + static_cast<unsigned>(in.imm) * n;
    return lane(a[at % 3], in.esize, at / 3);
  });
}

#undef VENEER_EVAL

}  // namespace veneer::interp
