// SHA-512. x86 has no instructions for it that are common: the compression in general registers, where
// rotations are single instructions, the schedule in vector registers.
#include "translate/tier1/emit.h"
#include "translate/tier1/emit_sha_rounds.h"

namespace veneer::tier1 {

namespace {

Mem half_of(unsigned argument, unsigned half) {
  return state_mem(offsetof(CpuState, scratch) + argument * sizeof(Vec) + half * sizeof(u64), 8);
}

struct Rotations {
  u8 a, b, c;
};

// to = the three rotations of x, exclusive-or.
void sigma(Emitter& e, Gp to, Gp x, Gp t, const Rotations& r) {
  e.a.rorx(to, x, r.a);
  e.a.rorx(t, x, r.b);
  e.a.xor_(to, t);
  e.a.rorx(t, x, r.c);
  e.a.xor_(to, t);
}

// t = the bits of `one` where x has ones, of `zero` elsewhere
void choose(Emitter& e, Gp t, Gp x, const Mem& one, const Mem& zero) {
  e.a.mov(t, one);
  e.a.xor_(t, zero);
  e.a.and_(t, x);
  e.a.xor_(t, zero);
}
// t = the majority of x, y and z's bits; u is lost
void majority(Emitter& e, Gp t, Gp x, const Mem& y, const Mem& z, Gp u) {
  e.a.mov(t, y);
  e.a.mov(u, t);
  e.a.xor_(u, z);
  e.a.and_(u, x);
  e.a.and_(t, z);
  e.a.xor_(t, u);
}

struct Registers {
  Gp x, sum, t, u;
};

Registers begin(Emitter& e, const Inst& in) {
  e.clobber_flags();
  for (unsigned i = 0; i < 3; ++i) {
    const Mem m = state_mem(offsetof(CpuState, scratch) + i * sizeof(Vec), 16);
    const Xmm arg = e.use_vec(in.args[i]);
    e.host.avx ? e.a.vmovaps(m, arg) : e.a.movaps(m, arg);
  }
  return {e.temp_gp(), e.temp_gp(), e.temp_gp(), e.temp_gp()};
}

void finish(Emitter& e, Value v, Gp low, const Mem& high) {
  const Xmm d = e.def_vec_early(v);
  if (e.host.avx) {
    e.a.vmovq(d, low);
    e.a.vpinsrq(d, d, high, 1);
  } else {
    e.a.movq(d, low);
    e.a.pinsrq(d, high, 1);
  }
}

}  // namespace

// Arguments: Vd, Vn, Vm; Arm ARM C7.2, SHA512H.
void emit_Sha512H(Emitter& e, const Inst& in, Value v) {
  if (!e.host.bmi2) return e.fallback(v, in);
  constexpr Rotations kSigma1{14, 18, 41};
  const Registers r = begin(e, in);
  e.a.mov(r.x, half_of(2, 1));
  sigma(e, r.sum, r.x, r.t, kSigma1);
  choose(e, r.t, r.x, half_of(1, 0), half_of(1, 1));
  e.a.add(r.sum, r.t);
  e.a.add(r.sum, half_of(0, 1));
  e.a.mov(half_of(0, 1), r.sum);
  e.a.mov(r.x, r.sum);
  e.a.add(r.x, half_of(2, 0));
  sigma(e, r.sum, r.x, r.t, kSigma1);
  choose(e, r.t, r.x, half_of(2, 1), half_of(1, 0));
  e.a.add(r.sum, r.t);
  e.a.add(r.sum, half_of(0, 0));
  finish(e, v, r.sum, half_of(0, 1));
}

void emit_Sha512H2(Emitter& e, const Inst& in, Value v) {
  if (!e.host.bmi2) return e.fallback(v, in);
  constexpr Rotations kSigma0{28, 34, 39};
  const Registers r = begin(e, in);
  e.a.mov(r.x, half_of(2, 0));
  sigma(e, r.sum, r.x, r.t, kSigma0);
  majority(e, r.t, r.x, half_of(1, 0), half_of(2, 1), r.u);
  e.a.add(r.sum, r.t);
  e.a.add(r.sum, half_of(0, 1));
  e.a.mov(half_of(0, 1), r.sum);
  e.a.mov(r.x, r.sum);
  sigma(e, r.sum, r.x, r.t, kSigma0);
  majority(e, r.t, r.x, half_of(2, 0), half_of(2, 1), r.u);
  e.a.add(r.sum, r.t);
  e.a.add(r.sum, half_of(0, 0));
  finish(e, v, r.sum, half_of(0, 1));
}

void emit_Sha512Su0(Emitter& e, const Inst& in, Value v) {
  const Xmm x = e.use_vec(in.args[0]), y = e.use_vec(in.args[1]);
  const Xmm t = e.temp_vec(), u = e.temp_vec(), d = e.def_vec_early(v);
  op3(e, VENEER_DUAL(Palignr, palignr), t, y, x, 8);
  sha_small_sigma(e, 64, d, t, u, 1, 8, 7);
  op3(e, VENEER_DUAL(Paddq, paddq), d, d, x);
}

void emit_Sha512Su1(Emitter& e, const Inst& in, Value v) {
  const Xmm x = e.use_vec(in.args[0]), y = e.use_vec(in.args[1]), z = e.use_vec(in.args[2]);
  const Xmm t = e.temp_vec(), d = e.def_vec_early(v);
  sha_small_sigma(e, 64, d, y, t, 19, 61, 6);
  op3(e, VENEER_DUAL(Paddq, paddq), d, d, x);
  op3(e, VENEER_DUAL(Paddq, paddq), d, d, z);
}

}  // namespace veneer::tier1
