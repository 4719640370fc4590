// Pairwise operations, reductions across a vector, dot products and matrix products.
#include <algorithm>

#include "translate/interp/eval_internal.h"
#include "translate/interp/lanes.h"

namespace veneer::interp {

namespace {

// Neighbours of a, then of b.
template <typename F>
Vec pairs(const ir::Inst& in, const Vec* a, F f) {
  Vec r{};
  const unsigned n = lane_count(in);
  for (unsigned i = 0; i < n; ++i) {
    const Vec& v = i < n / 2 ? a[0] : a[1];
    const unsigned k = i % (n / 2) * 2;
    set_lane(r, in.esize, i, static_cast<u64>(f(v, k)));
  }
  return r;
}
auto unsigned_pair(const ir::Inst& in, u64 (*f)(u64, u64)) {
  return [&in, f](const Vec& v, unsigned k) { return f(lane(v, in.esize, k), lane(v, in.esize, k + 1)); };
}
auto signed_pair(const ir::Inst& in, s64 (*f)(s64, s64)) {
  return [&in, f](const Vec& v, unsigned k) { return f(slane(v, in.esize, k), slane(v, in.esize, k + 1)); };
}

Vec reduce_u(const ir::Inst& in, const Vec& v, u64 (*f)(u64, u64), unsigned result_bits) {
  u64 acc = lane(v, in.esize, 0);
  for (unsigned i = 1; i < lane_count(in); ++i) acc = f(acc, lane(v, in.esize, i));
  Vec r{};
  set_lane(r, result_bits, 0, acc);
  return r;
}
Vec reduce_s(const ir::Inst& in, const Vec& v, s64 (*f)(s64, s64), unsigned result_bits) {
  s64 acc = slane(v, in.esize, 0);
  for (unsigned i = 1; i < lane_count(in); ++i) acc = f(acc, slane(v, in.esize, i));
  Vec r{};
  set_lane(r, result_bits, 0, static_cast<u64>(acc));
  return r;
}

u64 add_u(u64 x, u64 y) {
  return x + y;
}
s64 add_s(s64 x, s64 y) {
  return x + y;
}
u64 max_u(u64 x, u64 y) {
  return std::max(x, y);
}
u64 min_u(u64 x, u64 y) {
  return std::min(x, y);
}
s64 max_s(s64 x, s64 y) {
  return std::max(x, y);
}
s64 min_s(s64 x, s64 y) {
  return std::min(x, y);
}

s32 byte(const Vec& v, unsigned i, bool is_signed) {
  return is_signed ? s32{v.sb[i]} : s32{v.b[i]};
}

Vec dot(const ir::Inst& in, const Vec* a, bool signed_a, bool signed_b) {
  Vec r{};
  for (unsigned i = 0; i < (in.q ? 4u : 2u); ++i) {
    r.w[i] = a[0].w[i];
    for (unsigned k = 0; k < 4; ++k)
      r.w[i] += static_cast<u32>(byte(a[1], i * 4 + k, signed_a) * byte(a[2], i * 4 + k, signed_b));
  }
  return r;
}

// Two rows of eight bytes by two columns of eight, into a 2x2 matrix of words.
Vec matrix(const Vec* a, bool signed_a, bool signed_b) {
  Vec r{};
  for (unsigned row = 0; row < 2; ++row)
    for (unsigned column = 0; column < 2; ++column) {
      u32 sum = a[0].w[row * 2 + column];
      for (unsigned k = 0; k < 8; ++k)
        sum += static_cast<u32>(byte(a[1], row * 8 + k, signed_a) * byte(a[2], column * 8 + k, signed_b));
      r.w[row * 2 + column] = sum;
    }
  return r;
}

}  // namespace

#define VENEER_EVAL(name) Vec eval_##name(CpuState&, [[maybe_unused]] const ir::Inst& in, const Vec* a)

VENEER_EVAL(VAddP) {
  return pairs(in, a, unsigned_pair(in, add_u));
}
VENEER_EVAL(VSMaxP) {
  return pairs(in, a, signed_pair(in, max_s));
}
VENEER_EVAL(VUMaxP) {
  return pairs(in, a, unsigned_pair(in, max_u));
}
VENEER_EVAL(VSMinP) {
  return pairs(in, a, signed_pair(in, min_s));
}
VENEER_EVAL(VUMinP) {
  return pairs(in, a, unsigned_pair(in, min_u));
}
VENEER_EVAL(VSAddlP) {
  Vec r{};
  for (unsigned i = 0; i < lane_count(in) / 2; ++i)
    set_lane(r, in.esize * 2u, i,
             static_cast<u64>(slane(a[0], in.esize, 2 * i) + slane(a[0], in.esize, 2 * i + 1)));
  return r;
}
VENEER_EVAL(VUAddlP) {
  Vec r{};
  for (unsigned i = 0; i < lane_count(in) / 2; ++i)
    set_lane(r, in.esize * 2u, i, lane(a[0], in.esize, 2 * i) + lane(a[0], in.esize, 2 * i + 1));
  return r;
}
VENEER_EVAL(VReduceAdd) {
  return reduce_u(in, a[0], add_u, in.esize);
}
VENEER_EVAL(VReduceSMax) {
  return reduce_s(in, a[0], max_s, in.esize);
}
VENEER_EVAL(VReduceUMax) {
  return reduce_u(in, a[0], max_u, in.esize);
}
VENEER_EVAL(VReduceSMin) {
  return reduce_s(in, a[0], min_s, in.esize);
}
VENEER_EVAL(VReduceUMin) {
  return reduce_u(in, a[0], min_u, in.esize);
}
VENEER_EVAL(VReduceSAddl) {
  return reduce_s(in, a[0], add_s, in.esize * 2u);
}
VENEER_EVAL(VReduceUAddl) {
  return reduce_u(in, a[0], add_u, in.esize * 2u);
}
VENEER_EVAL(VSDot) {
  return dot(in, a, true, true);
}
VENEER_EVAL(VUDot) {
  return dot(in, a, false, false);
}
VENEER_EVAL(VUsDot) {
  return dot(in, a, false, true);
}
VENEER_EVAL(VSMmla) {
  return matrix(a, true, true);
}
VENEER_EVAL(VUMmla) {
  return matrix(a, false, false);
}
VENEER_EVAL(VUsMmla) {
  return matrix(a, false, true);
}

#undef VENEER_EVAL

}  // namespace veneer::interp
