// SHA-1's and SHA-256's rounds in general registers, for hosts without instructions for them. The words that a
// round only reads stay in memory, where it has been some time since they were written.
#include "translate/tier1/emit_sha_rounds.h"

#include <utility>

namespace veneer::tier1 {

namespace {

constexpr unsigned kRounds = 4;

Mem scratch(usize at, u32 size) {
  return state_mem(offsetof(CpuState, scratch) + at, size);
}
Mem word(usize array, unsigned i) {
  return scratch(array + i * sizeof(u32), 4);
}

void reverse(Emitter& e, Xmm d, const asmjit::Operand& x) {
  op2(e, VENEER_DUAL(Pshufd, pshufd), d, x, 0x1b);
}
void store(Emitter& e, usize at, Xmm x) {
  e.host.avx ? e.a.vmovups(scratch(at, 16), x) : e.a.movups(scratch(at, 16), x);
}

void rotate_right(Emitter& e, Gp d, Gp x, int n) {
  if (e.host.bmi2) {
    e.a.rorx(d.r32(), x.r32(), n);
  } else {
    e.a.mov(d.r32(), x.r32());
    e.a.ror(d.r32(), n);
  }
}

// sum += the three rotations of x, exclusive-or; t and u are lost.
void add_sigma(Emitter& e, Gp sum, Gp x, Gp t, Gp u, int p, int q, int r) {
  rotate_right(e, t, x, p);
  rotate_right(e, u, x, q);
  e.a.xor_(t.r32(), u.r32());
  rotate_right(e, u, x, r);
  e.a.xor_(t.r32(), u.r32());
  e.a.add(sum.r32(), t.r32());
}

// Where the words are in CpuState::scratch. Of each of A and E there are eight: D, C, B, A (H, G, F, E) at the
// start, and what the rounds make of them.
constexpr usize kA = 0, kE = 32;
static_assert(sizeof(CpuState::scratch) >= 64);

void sha256_round(Emitter& e, unsigned i, Gp hash_a, Gp hash_e, Gp sum, Gp t, Gp u) {
  e.a.add(sum.r32(), word(kE, i));
  add_sigma(e, sum, hash_e, t, u, 6, 11, 25);
  e.a.mov(t.r32(), word(kE, i + 2));  // F where E has ones, G elsewhere
  e.a.xor_(t.r32(), word(kE, i + 1));
  e.a.and_(t.r32(), hash_e.r32());
  e.a.xor_(t.r32(), word(kE, i + 1));
  e.a.add(sum.r32(), t.r32());
  e.a.mov(hash_e.r32(), word(kA, i));
  e.a.add(hash_e.r32(), sum.r32());
  e.a.mov(word(kE, i + 4), hash_e.r32());
  add_sigma(e, sum, hash_a, t, u, 2, 13, 22);
  e.a.mov(t.r32(), word(kA, i + 2));  // the majority of A, B and C
  e.a.mov(u.r32(), t.r32());
  e.a.xor_(t.r32(), word(kA, i + 1));
  e.a.xor_(u.r32(), hash_a.r32());
  e.a.and_(t.r32(), u.r32());
  e.a.xor_(t.r32(), word(kA, i + 2));
  e.a.add(sum.r32(), t.r32());
  e.a.mov(hash_a.r32(), sum.r32());
  e.a.mov(word(kA, i + 4), hash_a.r32());
}

}  // namespace

void emit_sha256_rounds(Emitter& e, const Inst& in, Value v, bool second) {
  e.clobber_flags();
  // SHA256H and SHA256H2 come in pairs, of the same rounds.
  Inst twin = in;
  std::swap(twin.args[0], twin.args[1]);
  const Value partner = e.take_partner(second ? Op::Sha256H : Op::Sha256H2, twin);
  const Xmm first = e.use_vec(in.args[0]), other = e.use_vec(in.args[1]), w = e.use_vec(in.args[2]);
  const Xmm x = e.temp_vec();
  reverse(e, x, second ? other : first);
  store(e, kA, x);
  reverse(e, x, second ? first : other);
  store(e, kE, x);
  const Gp hash_a = e.temp_gp(), hash_e = e.temp_gp(), sum = e.temp_gp(), t = e.temp_gp(), u = e.temp_gp();
  e.a.mov(hash_a.r32(), word(kA, 3));
  e.a.mov(hash_e.r32(), word(kE, 3));
  for (unsigned i = 0; i < kRounds; ++i) {
    e.host.avx ? e.a.vpextrd(sum.r32(), w, i) : e.a.pextrd(sum.r32(), w, i);
    sha256_round(e, i, hash_a, hash_e, sum, t, u);
  }
  const auto result = [&](Value to, bool of_e) {
    const Xmm d = e.def_vec_early(to);
    reverse(e, d, scratch((of_e ? kE : kA) + 16, 16));
  };
  result(v, second);
  if (partner.valid()) result(partner, !second);
}

void emit_sha256_two_rounds(Emitter& e, const Inst& in, Value v) {
  e.clobber_flags();
  const Xmm cdgh = e.use_vec(in.args[0]), abef = e.use_vec(in.args[1]), w = e.use_vec(in.args[2]);
  const Xmm d = e.def_vec_early(v);
  op3(e, VENEER_DUAL(Punpckhqdq, punpckhqdq), d, cdgh, abef);
  store(e, kA, d);
  op3(e, VENEER_DUAL(Punpcklqdq, punpcklqdq), d, cdgh, abef);
  store(e, kE, d);
  const Gp hash_a = e.temp_gp(), hash_e = e.temp_gp(), sum = e.temp_gp(), t = e.temp_gp(), u = e.temp_gp();
  e.a.mov(hash_a.r32(), word(kA, 3));
  e.a.mov(hash_e.r32(), word(kE, 3));
  for (unsigned i = 0; i < 2; ++i) {
    e.host.avx ? e.a.vpextrd(sum.r32(), w, i) : e.a.pextrd(sum.r32(), w, i);
    sha256_round(e, i, hash_a, hash_e, sum, t, u);
  }
  // What the first round has made becomes B and F.
  if (e.host.avx) {
    e.a.vmovd(d, word(kE, 4));
    e.a.vpinsrd(d, d, hash_e.r32(), 1);
    e.a.vpinsrd(d, d, word(kA, 4), 2);
    e.a.vpinsrd(d, d, hash_a.r32(), 3);
  } else {
    e.a.movd(d, word(kE, 4));
    e.a.pinsrd(d, hash_e.r32(), 1);
    e.a.pinsrd(d, word(kA, 4), 2);
    e.a.pinsrd(d, hash_a.r32(), 3);
  }
}

void sha_small_sigma(Emitter& e, unsigned esize, Xmm d, Xmm x, Xmm t, int p, int q, int s) {
  op_imm(e, kShr.of(esize), d, x, s);
  for (const int n : {p, q}) {
    op_imm(e, kShr.of(esize), t, x, n);
    op3(e, VENEER_DUAL(Pxor, pxor), d, d, t);
    op_imm(e, kShl.of(esize), t, x, static_cast<int>(esize) - n);
    op3(e, VENEER_DUAL(Pxor, pxor), d, d, t);
  }
}

void emit_sha256_schedule0(Emitter& e, const Inst& in, Value v) {
  const Xmm x = e.use_vec(in.args[0]), y = e.use_vec(in.args[1]);
  const Xmm t = e.temp_vec(), u = e.temp_vec(), d = e.def_vec_early(v);
  op3(e, VENEER_DUAL(Palignr, palignr), t, y, x, 4);
  sha_small_sigma(e, 32, d, t, u, 7, 18, 3);
  op3(e, VENEER_DUAL(Paddd, paddd), d, d, x);
}

// The upper two words take in what becomes of the lower two.
void emit_sha256_schedule1(Emitter& e, const Inst& in, Value v) {
  const Xmm x = e.use_vec(in.args[0]), y = e.use_vec(in.args[1]), z = e.use_vec(in.args[2]);
  const Xmm t = e.temp_vec(), u = e.temp_vec(), w = e.temp_vec(), d = e.def_vec_early(v);
  op3(e, VENEER_DUAL(Palignr, palignr), d, z, y, 4);
  op3(e, VENEER_DUAL(Paddd, paddd), d, d, x);
  op2(e, VENEER_DUAL(Pshufd, pshufd), u, z, 0xee);
  sha_small_sigma(e, 32, w, u, t, 17, 19, 10);
  low_half(e, w, w);
  op3(e, VENEER_DUAL(Paddd, paddd), d, d, w);
  op_imm(e, VENEER_DUAL(Pslldq, pslldq), u, d, 8);
  sha_small_sigma(e, 32, w, u, t, 17, 19, 10);
  op3(e, VENEER_DUAL(Paddd, paddd), d, d, w);
}

void emit_sha1_rounds(Emitter& e, const Inst& in, Value v, Sha1Function f) {
  e.clobber_flags();
  const Xmm abcd = e.use_vec(in.args[0]), hash_e = e.use_vec(in.args[1]), w = e.use_vec(in.args[2]);
  store(e, kA, w);
  Gp h[5];
  for (Gp& r : h) r = e.temp_gp().r32();
  const Gp t = e.temp_gp().r32();
  for (unsigned i = 0; i < 4; ++i) e.host.avx ? e.a.vpextrd(h[i], abcd, i) : e.a.pextrd(h[i], abcd, i);
  e.host.avx ? e.a.vmovd(h[4], hash_e) : e.a.movd(h[4], hash_e);
  for (unsigned i = 0; i < kRounds; ++i) {
    const auto at = [&](unsigned k) { return h[(k + 5 - i % 5) % 5]; };  // A is at(0), and so on
    const Gp a = at(0), b = at(1), c = at(2), d = at(3), sum = at(4);
    e.a.add(sum, word(kA, i));
    switch (f) {
      case Sha1Function::Choose:
        e.a.mov(t, c);
        e.a.xor_(t, d);
        e.a.and_(t, b);
        e.a.xor_(t, d);
        break;
      case Sha1Function::Parity:
        e.a.mov(t, b);
        e.a.xor_(t, c);
        e.a.xor_(t, d);
        break;
      case Sha1Function::Majority:  // in two parts that have no bit in common
        e.a.mov(t, b);
        e.a.and_(t, c);
        e.a.add(sum, t);
        e.a.mov(t, b);
        e.a.xor_(t, c);
        e.a.and_(t, d);
        break;
    }
    e.a.add(sum, t);
    rotate_right(e, t, a, 32 - 5);
    e.a.add(sum, t);
    e.a.ror(b, 2);
  }
  // After four rounds, A is in h[1].
  const Xmm result = e.def_vec_early(v);
  e.host.avx ? e.a.vmovd(result, h[1]) : e.a.movd(result, h[1]);
  for (unsigned i = 1; i < 4; ++i) {
    const Gp r = h[(1 + i) % 5];
    e.host.avx ? e.a.vpinsrd(result, result, r, i) : e.a.pinsrd(result, r, i);
  }
}

}  // namespace veneer::tier1
