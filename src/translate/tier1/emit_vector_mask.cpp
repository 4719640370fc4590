// Masks of lanes and of bytes, and the accesses that they restrict.
#include <algorithm>

#include "translate/tier1/emit.h"
#include "translate/tier1/vec_ops.h"

namespace veneer::tier1 {

namespace {

// d = two halves that are not the same.
void set_halves(Emitter& e, Xmm d, Gp t, u64 low, u64 high) {
  e.a.mov(t, low);
  e.host.avx ? e.a.vmovq(d, t) : e.a.movq(d, t);
  e.a.mov(t, high);
  e.host.avx ? e.a.vpinsrq(d, d, t, 1) : e.a.pinsrq(d, t, 1);
}

Mem sliding_mask(const Gp& minus_count) {
  Mem m = Emitter::constant(VecConst::SlidingZeros);
  m.setIndex(minus_count);
  return m;
}

// k1 = the bytes of a mask.
void to_k1(Emitter& e, Xmm mask) {
  e.a.vpmovb2m(x86::k1, mask);
}

// d = (mask & a) | (~mask & d)
void blend_bytes(Emitter& e, Xmm d, Xmm a, Xmm mask, Xmm t) {
  if (e.host.avx) {
    e.a.vpblendvb(d, d, a, mask);
    return;
  }
  e.a.movaps(t, mask);
  e.a.andps(a, mask);
  e.a.andnps(t, d);
  e.a.movaps(d, t);
  e.a.orps(d, a);
}

}  // namespace

void emit_VBytesBelow(Emitter& e, const Inst& in, Value v) {
  u64 known = 0;
  if (e.const_any(in.args[0], known)) {
    const s64 left = std::clamp<s64>(static_cast<s64>(known - in.imm), 0, 16);
    const Mem m = Emitter::constant(VecConst::SlidingZeros).cloneAdjusted(-left);
    const Xmm d = e.def_vec(v);
    e.host.avx ? e.a.vmovups(d, m) : e.a.movups(d, m);
    return;
  }
  e.clobber_flags();
  const Gp n = e.use_gp(in.args[0]), t = e.temp_gp(), limit = e.temp_gp();
  const Xmm d = e.def_vec(v);
  e.a.xor_(limit.r32(), limit.r32());
  e.a.mov(t, n);
  e.a.sub(t, static_cast<u32>(in.imm));
  e.a.cmovl(t, limit);
  e.a.mov(limit.r32(), 16);
  e.a.cmp(t, limit);
  e.a.cmovg(t, limit);
  e.a.neg(t);
  e.host.avx ? e.a.vmovups(d, sliding_mask(t)) : e.a.movups(d, sliding_mask(t));
}

void emit_VExpandBits(Emitter& e, const Inst& in, Value v) {
  e.clobber_flags();
  const Xmm x = e.use_vec(in.args[0]);
  const Gp t = e.temp_gp();
  const unsigned first = static_cast<unsigned>(in.imm);
  if (e.host.avx512) {
    const Xmm d = e.def_vec(v);
    first < 64 ? e.a.vmovq(t, x) : e.a.vpextrq(t, x, 1);
    if (first % 64) e.a.shr(t, first % 64);
    e.a.kmovd(x86::k1, t.r32());
    switch (in.esize) {
      case 8: e.a.vpmovm2b(d, x86::k1); break;
      case 16: e.a.vpmovm2w(d, x86::k1); break;
      case 32: e.a.vpmovm2d(d, x86::k1); break;
      default: e.a.vpmovm2q(d, x86::k1); break;
    }
    return;
  }
  const Xmm d = e.def_vec_early(v), bits = e.temp_vec();
  // Every lane gets the byte (the two of them, by eight) that has its bit.
  op_imm(e, VENEER_DUAL(Psrldq, psrldq), d, x, static_cast<int>(first / 8));
  if (in.esize == 8) {
    set_halves(e, bits, t, 0, 0x0101010101010101);
  } else {
    zero(e, bits);
  }
  op3(e, VENEER_DUAL(Pshufb, pshufb), d, d, bits);
  const u64 one = u64{1} << first % 8;
  switch (in.esize) {
    case 8: set_halves(e, bits, t, 0x8040201008040201, 0x8040201008040201); break;
    case 16: set_halves(e, bits, t, 0x0008000400020001, 0x0080004000200010); break;
    case 32: set_halves(e, bits, t, one | one << 33, one << 2 | one << 35); break;
    default: set_halves(e, bits, t, one, one << 1); break;
  }
  op3(e, VENEER_DUAL(Pand, pand), d, d, bits);
  op3(e, kEq.of(in.esize), d, d, bits);
}

void emit_VGatherBits(Emitter& e, const Inst& in, Value v) {
  const Xmm x = e.use_vec(in.args[0]);
  const Gp d = e.def_gp(v);
  switch (in.esize) {
    case 8: e.host.avx ? e.a.vpmovmskb(d.r32(), x) : e.a.pmovmskb(d.r32(), x); break;
    case 16: {
      const Xmm t = e.temp_vec(), none = e.temp_vec();
      zero(e, none);
      op3(e, VENEER_DUAL(Packsswb, packsswb), t, x, none);
      e.host.avx ? e.a.vpmovmskb(d.r32(), t) : e.a.pmovmskb(d.r32(), t);
      break;
    }
    case 32: e.host.avx ? e.a.vmovmskps(d.r32(), x) : e.a.movmskps(d.r32(), x); break;
    default: e.host.avx ? e.a.vmovmskpd(d.r32(), x) : e.a.movmskpd(d.r32(), x); break;
  }
}

void emit_LoadVMasked(Emitter& e, const Inst& in, Value v) {
  e.clobber_flags();
  e.begin_access();
  if (e.host.avx512) {
    const Xmm mask = e.use_vec(in.args[1]);
    to_k1(e, mask);
    const Mem m = e.use_address(in, 16);
    const Xmm d = e.def_vec_copy(v, in.args[2]);
    e.may_fault();
    e.a.k(x86::k1).vmovdqu8(d, m);
    return;
  }
  // A whole access, where it is of one page: that of an active byte.
  const Xmm mask = e.use_vec(in.args[1]), otherwise = e.use_vec(in.args[2]);
  const Mem m = e.use_address(in, 16);
  const Gp at = e.temp_gp(), t = e.temp_gp();
  const Xmm d = e.def_vec_early(v), x = e.temp_vec(), spare = e.temp_vec();
  const Label back = e.a.newLabel(), none = e.a.newLabel();
  Inst cold = in;
  cold.imm = 0;
  e.a.lea(at, m);
  const Label by_bytes = e.cold_fallback(cold, {at, mask, otherwise}, d, back);
  e.move_vec(d, otherwise);
  e.host.avx ? e.a.vpmovmskb(t.r32(), mask) : e.a.pmovmskb(t.r32(), mask);
  e.a.test(t.r32(), t.r32());
  e.a.jz(none);
  e.a.mov(t.r32(), at.r32());
  e.a.and_(t.r32(), 4095);
  e.a.cmp(t.r32(), 4080);
  e.a.ja(by_bytes);
  e.may_fault();
  e.host.avx ? e.a.vmovups(x, x86::ptr(at)) : e.a.movups(x, x86::ptr(at));
  blend_bytes(e, d, x, mask, spare);
  e.a.bind(none);
  e.a.bind(back);
}

void emit_StoreVMasked(Emitter& e, const Inst& in, Value) {
  e.clobber_flags();
  e.begin_access();
  if (e.host.avx512) {
    const Xmm mask = e.use_vec(in.args[1]), x = e.use_vec(in.args[2]);
    to_k1(e, mask);
    const Mem m = e.use_address(in, 16);
    e.may_fault();
    e.a.k(x86::k1).vmovdqu8(m, x);
    return;
  }
  const Xmm mask = e.use_vec(in.args[1]), x = e.use_vec(in.args[2]);
  const Mem m = e.use_address(in, 16);
  const Gp at = e.temp_gp(), t = e.temp_gp();
  const Label back = e.a.newLabel();
  Inst cold = in;
  cold.imm = 0;
  e.a.lea(at, m);
  const Label by_bytes = e.cold_fallback(cold, {at, mask, x}, {}, back);
  e.host.avx ? e.a.vpmovmskb(t.r32(), mask) : e.a.pmovmskb(t.r32(), mask);
  e.a.test(t.r32(), t.r32());
  e.a.jz(back);
  e.a.cmp(t.r32(), 0xffff);
  e.a.jne(by_bytes);
  e.may_fault();
  e.host.avx ? e.a.vmovups(x86::ptr(at), x) : e.a.movups(x86::ptr(at), x);
  e.a.bind(back);
}

void emit_ReadableBytes(Emitter& e, const Inst& in, Value v) {
  e.clobber_flags();
  e.begin_access();
  const Gp at = e.use_gp(in.args[0]), t = e.temp_gp();
  const Gp d = e.def_gp_early(v);
  const Label back = e.a.newLabel();
  const Label cold = e.cold_fallback(in, {at}, d, back);
  e.a.mov(t.r32(), at.r32());
  e.a.and_(t.r32(), 4095);
  e.a.cmp(t.r32(), static_cast<u32>(4096 - in.imm));
  e.a.ja(cold);
  e.a.mov(d.r32(), static_cast<u32>(in.imm));
  e.may_fault();
  e.a.movzx(t.r32(), x86::byte_ptr(at));
  e.a.bind(back);
}

}  // namespace veneer::tier1
