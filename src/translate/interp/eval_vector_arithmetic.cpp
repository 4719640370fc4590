// Vector integer arithmetic and comparison, element by element; bitwise operations.
#include <algorithm>
#include <bit>

#include "translate/interp/eval_internal.h"
#include "translate/interp/lanes.h"

namespace veneer::interp {

namespace {

// Bits beyond the operation's size are zero.
Vec sized(const ir::Inst& in, Vec v) {
  if (!in.q) v.d[1] = 0;
  return v;
}
template <typename F>
Vec bits(const ir::Inst& in, F f) {
  Vec r;
  r.d[0] = f(0);
  r.d[1] = f(1);
  return sized(in, r);
}
u64 all_if(bool c) {
  return c ? ~u64{0} : 0;
}

// (2 * a * b [+ rounding]) >> esize, saturated: SQDMULH, SQRDMULH.
s64 doubling_high(CpuState& s, s64 x, s64 y, unsigned esize, bool round) {
  s128 p = static_cast<s128>(x) * y * 2;
  if (round) p += s128{1} << (esize - 1);
  return saturate_s(s, p >> esize, esize);
}
// acc +- doubled product, rounded as one: SQRDMLAH, SQRDMLSH.
s64 doubling_accumulate(CpuState& s, s64 acc, s64 x, s64 y, unsigned esize, bool subtract) {
  const s128 p = static_cast<s128>(x) * y * 2;
  const s128 sum = (static_cast<s128>(acc) << esize) + (subtract ? -p : p) + (s128{1} << (esize - 1));
  return saturate_s(s, sum >> esize, esize);
}
Vec accumulate(CpuState& s, const ir::Inst& in, const Vec* a, bool subtract) {
  Vec r{};
  for (unsigned i = 0; i < lane_count(in); ++i)
    set_lane(r, in.esize, i,
             static_cast<u64>(doubling_accumulate(s, slane(a[0], in.esize, i), slane(a[1], in.esize, i),
                                                  slane(a[2], in.esize, i), in.esize, subtract)));
  return r;
}

}  // namespace

#define VENEER_EVAL(name) \
  Vec eval_##name([[maybe_unused]] CpuState& s, [[maybe_unused]] const ir::Inst& in, const Vec* a)

VENEER_EVAL(VAnd) {
  return bits(in, [&](int i) { return a[0].d[i] & a[1].d[i]; });
}
VENEER_EVAL(VOr) {
  return bits(in, [&](int i) { return a[0].d[i] | a[1].d[i]; });
}
VENEER_EVAL(VXor) {
  return bits(in, [&](int i) { return a[0].d[i] ^ a[1].d[i]; });
}
VENEER_EVAL(VAndNot) {
  return bits(in, [&](int i) { return a[0].d[i] & ~a[1].d[i]; });
}
VENEER_EVAL(VOrNot) {
  return bits(in, [&](int i) { return a[0].d[i] | ~a[1].d[i]; });
}
VENEER_EVAL(VNot) {
  return bits(in, [&](int i) { return ~a[0].d[i]; });
}
VENEER_EVAL(VBsl) {
  return bits(in, [&](int i) { return (a[0].d[i] & a[1].d[i]) | (~a[0].d[i] & a[2].d[i]); });
}
VENEER_EVAL(VZeroHi) {
  Vec r = a[0];
  r.d[1] = 0;
  return r;
}

VENEER_EVAL(VAdd) {
  return map_u(in, a[0], a[1], [](u64 x, u64 y) { return x + y; });
}
VENEER_EVAL(VSub) {
  return map_u(in, a[0], a[1], [](u64 x, u64 y) { return x - y; });
}
VENEER_EVAL(VMul) {
  return map_u(in, a[0], a[1], [](u64 x, u64 y) { return x * y; });
}
VENEER_EVAL(VMulHiS) {
  return map_s(in, a[0], a[1], [&](s64 x, s64 y) { return s128{x} * y >> in.esize; });
}
VENEER_EVAL(VMulHiU) {
  return map_u(in, a[0], a[1], [&](u64 x, u64 y) { return static_cast<u64>(u128{x} * y >> in.esize); });
}
VENEER_EVAL(VDivS) {
  return map_s(in, a[0], a[1], [](s64 x, s64 y) { return y == 0 ? 0 : s128{x} / y; });
}
VENEER_EVAL(VDivU) {
  return map_u(in, a[0], a[1], [](u64 x, u64 y) { return y == 0 ? 0 : x / y; });
}
VENEER_EVAL(VNeg) {
  return map_u(in, a[0], [](u64 x) { return 0 - x; });
}
VENEER_EVAL(VAbs) {
  return map_s(in, a[0], [](s64 x) { return x < 0 ? 0 - static_cast<u64>(x) : static_cast<u64>(x); });
}

VENEER_EVAL(VSqAdd) {
  return map_s(in, a[0], a[1], [&](s64 x, s64 y) { return saturate_s(s, s128{x} + y, in.esize); });
}
VENEER_EVAL(VUqAdd) {
  return map_u(in, a[0], a[1], [&](u64 x, u64 y) { return saturate_u(s, static_cast<s128>(x) + y, in.esize); });
}
VENEER_EVAL(VSqSub) {
  return map_s(in, a[0], a[1], [&](s64 x, s64 y) { return saturate_s(s, s128{x} - y, in.esize); });
}
VENEER_EVAL(VUqSub) {
  return map_u(in, a[0], a[1], [&](u64 x, u64 y) {
    return saturate_u(s, static_cast<s128>(x) - static_cast<s128>(y), in.esize);
  });
}
VENEER_EVAL(VSuqAdd) {
  Vec r{};
  for (unsigned i = 0; i < lane_count(in); ++i)
    set_lane(
        r, in.esize, i,
        static_cast<u64>(saturate_s(s, s128{slane(a[0], in.esize, i)} + lane(a[1], in.esize, i), in.esize)));
  return r;
}
VENEER_EVAL(VUsqAdd) {
  Vec r{};
  for (unsigned i = 0; i < lane_count(in); ++i)
    set_lane(r, in.esize, i,
             saturate_u(s, static_cast<s128>(lane(a[0], in.esize, i)) + slane(a[1], in.esize, i), in.esize));
  return r;
}
VENEER_EVAL(VSqNeg) {
  return map_s(in, a[0], [&](s64 x) { return saturate_s(s, -s128{x}, in.esize); });
}
VENEER_EVAL(VSqAbs) {
  return map_s(in, a[0], [&](s64 x) { return saturate_s(s, x < 0 ? -s128{x} : s128{x}, in.esize); });
}
VENEER_EVAL(VSqDmulh) {
  return map_s(in, a[0], a[1], [&](s64 x, s64 y) { return doubling_high(s, x, y, in.esize, false); });
}
VENEER_EVAL(VSqRdmulh) {
  return map_s(in, a[0], a[1], [&](s64 x, s64 y) { return doubling_high(s, x, y, in.esize, true); });
}
VENEER_EVAL(VSqRdmlah) {
  return accumulate(s, in, a, false);
}
VENEER_EVAL(VSqRdmlsh) {
  return accumulate(s, in, a, true);
}

VENEER_EVAL(VSHAdd) {
  return map_s(in, a[0], a[1], [](s64 x, s64 y) { return (s128{x} + y) >> 1; });
}
VENEER_EVAL(VUHAdd) {
  return map_u(in, a[0], a[1], [](u64 x, u64 y) { return static_cast<u64>((u128{x} + y) >> 1); });
}
VENEER_EVAL(VSRHAdd) {
  return map_s(in, a[0], a[1], [](s64 x, s64 y) { return (s128{x} + y + 1) >> 1; });
}
VENEER_EVAL(VURHAdd) {
  return map_u(in, a[0], a[1], [](u64 x, u64 y) { return static_cast<u64>((u128{x} + y + 1) >> 1); });
}
VENEER_EVAL(VSHSub) {
  return map_s(in, a[0], a[1], [](s64 x, s64 y) { return (s128{x} - y) >> 1; });
}
VENEER_EVAL(VUHSub) {
  return map_u(in, a[0], a[1], [](u64 x, u64 y) { return static_cast<u64>((u128{x} - y) >> 1); });
}

VENEER_EVAL(VSMax) {
  return map_s(in, a[0], a[1], [](s64 x, s64 y) { return std::max(x, y); });
}
VENEER_EVAL(VUMax) {
  return map_u(in, a[0], a[1], [](u64 x, u64 y) { return std::max(x, y); });
}
VENEER_EVAL(VSMin) {
  return map_s(in, a[0], a[1], [](s64 x, s64 y) { return std::min(x, y); });
}
VENEER_EVAL(VUMin) {
  return map_u(in, a[0], a[1], [](u64 x, u64 y) { return std::min(x, y); });
}
VENEER_EVAL(VSAbd) {
  return map_s(in, a[0], a[1], [](s64 x, s64 y) { return x > y ? s128{x} - y : s128{y} - x; });
}
VENEER_EVAL(VUAbd) {
  return map_u(in, a[0], a[1], [](u64 x, u64 y) { return x > y ? x - y : y - x; });
}

VENEER_EVAL(VCmpEq) {
  return map_u(in, a[0], a[1], [](u64 x, u64 y) { return all_if(x == y); });
}
VENEER_EVAL(VCmpGtS) {
  return map_s(in, a[0], a[1], [](s64 x, s64 y) { return all_if(x > y); });
}
VENEER_EVAL(VCmpGeS) {
  return map_s(in, a[0], a[1], [](s64 x, s64 y) { return all_if(x >= y); });
}
VENEER_EVAL(VCmpGtU) {
  return map_u(in, a[0], a[1], [](u64 x, u64 y) { return all_if(x > y); });
}
VENEER_EVAL(VCmpGeU) {
  return map_u(in, a[0], a[1], [](u64 x, u64 y) { return all_if(x >= y); });
}
VENEER_EVAL(VCmpTst) {
  return map_u(in, a[0], a[1], [](u64 x, u64 y) { return all_if((x & y) != 0); });
}

VENEER_EVAL(VCnt) {
  return map_u(in, a[0], [](u64 x) { return static_cast<u64>(std::popcount(x)); });
}
VENEER_EVAL(VRbit) {
  Vec r{};
  for (int i = 0; i < (in.q ? 16 : 8); ++i)
    for (int k = 0; k < 8; ++k) r.b[i] = static_cast<u8>(r.b[i] | (a[0].b[i] >> k & 1) << (7 - k));
  return r;
}
VENEER_EVAL(VClz) {
  return map_u(in, a[0], [&](u64 x) { return static_cast<u64>(std::countl_zero(x)) - (64u - in.esize); });
}
VENEER_EVAL(VCls) {
  return map_s(in, a[0], [&](s64 x) {
    const u64 v = static_cast<u64>(x < 0 ? ~x : x);
    return static_cast<s64>(std::countl_zero(v)) - (64 - in.esize) - 1;
  });
}

// UnsignedRecipEstimate and UnsignedRSqrtEstimate (Arm ARM, shared/functions/float).
VENEER_EVAL(VURecpE) {
  return map_u(in, a[0], [](u64 x) -> u64 {
    if (!(x >> 31)) return 0xffffffff;
    const u64 scaled = x >> 23 & 0x1ff;  // 256..511
    const u64 v = scaled * 2 + 1;
    return (((u64{1} << 19) / v + 1) / 2) << 23;
  });
}
VENEER_EVAL(VURsqrtE) {
  return map_u(in, a[0], [](u64 x) -> u64 {
    if (!(x >> 30)) return 0xffffffff;
    u64 v = x >> 23 & 0x1ff;  // 128..511
    v = v < 256 ? v * 2 + 1 : ((v >> 1 << 1) + 1) * 2;
    u64 b = 512;
    while (v * (b + 1) * (b + 1) < (u64{1} << 28)) ++b;
    return ((b + 1) / 2) << 23;
  });
}

#undef VENEER_EVAL

}  // namespace veneer::interp
