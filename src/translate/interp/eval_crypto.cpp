// Cryptographic operations, after FIPS 197 (AES) and FIPS 180-4 (SHA), as Arm ARM C7.2 divides them into
// instructions.
#include <array>
#include <bit>

#include "translate/interp/eval_internal.h"

namespace veneer::interp {

namespace {

// --- AES: GF(2^8) modulo x^8 + x^4 + x^3 + x + 1
constexpr u8 times2(u8 x) {
  return static_cast<u8>(x << 1 ^ (x & 0x80 ? 0x1b : 0));
}
constexpr u8 times(u8 x, unsigned n) {
  u8 r = 0;
  for (; n; n >>= 1, x = times2(x))
    if (n & 1) r ^= x;
  return r;
}

struct Boxes {
  std::array<u8, 256> sub{}, inverse{};
};
constexpr Boxes make_boxes() {
  Boxes b;
  // 3 generates the field's multiplicative group, and 0xf6 is its inverse: p and q stay inverses of each other.
  u8 p = 1, q = 1;
  do {
    p = times(p, 3);
    q = times(q, 0xf6);
    const u8 v =
        static_cast<u8>(q ^ std::rotl(q, 1) ^ std::rotl(q, 2) ^ std::rotl(q, 3) ^ std::rotl(q, 4) ^ 0x63);
    b.sub[p] = v;
  } while (p != 1);
  b.sub[0] = 0x63;
  for (unsigned i = 0; i < 256; ++i) b.inverse[b.sub[i]] = static_cast<u8>(i);
  return b;
}
constexpr Boxes kBoxes = make_boxes();

Vec mix(const Vec& v, const std::array<u8, 4>& row) {
  Vec r;
  for (unsigned c = 0; c < 16; c += 4)
    for (unsigned i = 0; i < 4; ++i) {
      u8 sum = 0;
      for (unsigned k = 0; k < 4; ++k) sum ^= times(v.b[c + k], row[(k + 4 - i) % 4]);
      r.b[c + i] = sum;
    }
  return r;
}

// --- SHA
u32 choose(u32 x, u32 y, u32 z) {
  return (x & y) | (~x & z);
}
u32 parity(u32 x, u32 y, u32 z) {
  return x ^ y ^ z;
}
u32 majority(u32 x, u32 y, u32 z) {
  return (x & y) | (x & z) | (y & z);
}

Vec sha1(const Vec* a, u32 (*f)(u32, u32, u32)) {
  Vec x = a[0];
  u32 y = a[1].w[0];
  for (unsigned e = 0; e < 4; ++e) {
    y += std::rotl(x.w[0], 5) + f(x.w[1], x.w[2], x.w[3]) + a[2].w[e];
    x.w[1] = std::rotl(x.w[1], 30);
    const u32 top = x.w[3];
    x.w[3] = x.w[2];
    x.w[2] = x.w[1];
    x.w[1] = x.w[0];
    x.w[0] = y;
    y = top;
  }
  return x;
}

u32 sigma256(u32 x, int p, int q, int r) {
  return std::rotr(x, p) ^ std::rotr(x, q) ^ std::rotr(x, r);
}
u32 small256(u32 x, int p, int q, int s) {
  return std::rotr(x, p) ^ std::rotr(x, q) ^ x >> s;
}
u64 sigma512(u64 x, int p, int q, int r) {
  return std::rotr(x, p) ^ std::rotr(x, q) ^ std::rotr(x, r);
}
u64 small512(u64 x, int p, int q, int s) {
  return std::rotr(x, p) ^ std::rotr(x, q) ^ x >> s;
}

Vec sha256(Vec x, Vec y, const Vec& w, bool second) {
  for (unsigned e = 0; e < 4; ++e) {
    u32 t = y.w[3] + sigma256(y.w[0], 6, 11, 25) + choose(y.w[0], y.w[1], y.w[2]) + w.w[e];
    const u32 new_y3 = t + x.w[3];
    t += sigma256(x.w[0], 2, 13, 22) + majority(x.w[0], x.w[1], x.w[2]);
    y.w[3] = new_y3;
    x.w[3] = t;
    // The eight words rotate by one.
    const u32 x3 = x.w[3], y3 = y.w[3];
    x = Vec{.w = {x3, x.w[0], x.w[1], x.w[2]}};
    y = Vec{.w = {y3, y.w[0], y.w[1], y.w[2]}};
  }
  return second ? y : x;
}

}  // namespace

#define VENEER_EVAL(name) Vec eval_##name(CpuState&, const ir::Inst&, const Vec* a)

VENEER_EVAL(AesE) {
  Vec r;
  for (unsigned i = 0; i < 16; ++i) {
    const unsigned from = (i + 4 * (i % 4)) % 16;
    r.b[i] = kBoxes.sub[a[0].b[from] ^ a[1].b[from]];
  }
  return r;
}
VENEER_EVAL(AesD) {
  Vec r;
  for (unsigned i = 0; i < 16; ++i) {
    const unsigned from = (i + 16 - 4 * (i % 4)) % 16;
    r.b[i] = kBoxes.inverse[a[0].b[from] ^ a[1].b[from]];
  }
  return r;
}
VENEER_EVAL(AesMc) {
  return mix(a[0], {2, 3, 1, 1});
}
VENEER_EVAL(AesImc) {
  return mix(a[0], {14, 11, 13, 9});
}

VENEER_EVAL(Sha1C) {
  return sha1(a, choose);
}
VENEER_EVAL(Sha1P) {
  return sha1(a, parity);
}
VENEER_EVAL(Sha1M) {
  return sha1(a, majority);
}
VENEER_EVAL(Sha1H) {
  Vec r{};
  r.w[0] = std::rotl(a[0].w[0], 30);
  return r;
}
VENEER_EVAL(Sha1Su0) {
  Vec r;
  r.d[0] = a[0].d[1] ^ a[0].d[0] ^ a[2].d[0];
  r.d[1] = a[1].d[0] ^ a[0].d[1] ^ a[2].d[1];
  return r;
}
VENEER_EVAL(Sha1Su1) {
  Vec r;
  for (unsigned i = 0; i < 4; ++i) r.w[i] = std::rotl(a[0].w[i] ^ (i < 3 ? a[1].w[i + 1] : 0), 1);
  r.w[3] ^= std::rotl(r.w[0], 1);
  return r;
}

VENEER_EVAL(Sha256H) {
  return sha256(a[0], a[1], a[2], false);
}
VENEER_EVAL(Sha256H2) {
  return sha256(a[1], a[0], a[2], true);
}
VENEER_EVAL(Sha256Rounds) {
  // Four rounds leave what two make in the upper halves.
  const Vec &cdgh = a[0], &abef = a[1];
  const Vec abcd{.w = {abef.w[3], abef.w[2], cdgh.w[3], cdgh.w[2]}};
  const Vec efgh{.w = {abef.w[1], abef.w[0], cdgh.w[1], cdgh.w[0]}};
  const Vec w{.d = {a[2].d[0], 0}};
  const Vec x = sha256(abcd, efgh, w, false), y = sha256(abcd, efgh, w, true);
  return Vec{.w = {y.w[3], y.w[2], x.w[3], x.w[2]}};
}
VENEER_EVAL(Sha256Su0) {
  Vec r;
  for (unsigned i = 0; i < 4; ++i) r.w[i] = a[0].w[i] + small256(i < 3 ? a[0].w[i + 1] : a[1].w[0], 7, 18, 3);
  return r;
}
VENEER_EVAL(Sha256Su1) {
  Vec r;
  for (unsigned i = 0; i < 4; ++i) {
    const u32 before = i < 2 ? a[2].w[i + 2] : r.w[i - 2];
    const u32 other = i < 3 ? a[1].w[i + 1] : a[2].w[0];
    r.w[i] = a[0].w[i] + other + small256(before, 17, 19, 10);
  }
  return r;
}

VENEER_EVAL(Sha512H) {
  Vec r;
  const Vec &w = a[0], &x = a[1], &y = a[2];
  r.d[1] = sigma512(y.d[1], 14, 18, 41) + ((y.d[1] & x.d[0]) ^ (~y.d[1] & x.d[1])) + w.d[1];
  const u64 t = r.d[1] + y.d[0];
  r.d[0] = sigma512(t, 14, 18, 41) + ((t & y.d[1]) ^ (~t & x.d[0])) + w.d[0];
  return r;
}
VENEER_EVAL(Sha512H2) {
  Vec r;
  const Vec &w = a[0], &x = a[1], &y = a[2];
  r.d[1] = sigma512(y.d[0], 28, 34, 39) + ((x.d[0] & y.d[1]) ^ (x.d[0] & y.d[0]) ^ (y.d[1] & y.d[0])) + w.d[1];
  r.d[0] = sigma512(r.d[1], 28, 34, 39) + ((r.d[1] & y.d[0]) ^ (r.d[1] & y.d[1]) ^ (y.d[1] & y.d[0])) + w.d[0];
  return r;
}
VENEER_EVAL(Sha512Su0) {
  Vec r;
  r.d[0] = a[0].d[0] + small512(a[0].d[1], 1, 8, 7);
  r.d[1] = a[0].d[1] + small512(a[1].d[0], 1, 8, 7);
  return r;
}
VENEER_EVAL(Sha512Su1) {
  Vec r;
  for (unsigned i = 0; i < 2; ++i) r.d[i] = a[0].d[i] + small512(a[1].d[i], 19, 61, 6) + a[2].d[i];
  return r;
}

#undef VENEER_EVAL

}  // namespace veneer::interp
