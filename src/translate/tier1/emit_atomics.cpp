// Ordered loads and stores, atomic memory operations and exclusives, by the host's locked instructions. Those
// are full barriers, which covers every order; plain host loads acquire.
//
// Such an access must be aligned (Arm ARM B2.5.2, without LSE2): one that is not is left to the reference,
// which raises the fault.
#include "translate/tier1/emit.h"

namespace veneer::tier1 {

namespace {

using Cc = x86::CondCode;
using ir::AtomicOp;

Gp sized(Gp r, unsigned bits) {
  switch (bits) {
    case 8: return r.r8();
    case 16: return r.r16();
    case 32: return r.r32();
    default: return r.r64();
  }
}

Mem memory(const Inst& in, Gp at) {
  return x86::Mem(at, 0, in.esize / 8);
}

void zero_extend(Emitter& e, unsigned bits, Gp r) {
  if (bits < 32) e.a.movzx(r.r32(), sized(r, bits));
}

void load(Emitter& e, const Inst& in, Gp d, Mem from) {
  if (in.esize < 32) {
    e.a.movzx(d.r32(), from);
  } else {
    e.a.mov(sized(d, in.esize), from);
  }
}

// `back` is bound behind the access, where the result is in `result`.
void check_alignment(Emitter& e, const Inst& in, std::array<asmjit::Operand, 3> args, asmjit::Operand result,
                     Label back) {
  if (in.esize == 8) return;
  e.a.test(args[0].as<Gp>().r8(), in.esize / 8 - 1);
  e.a.jnz(e.cold_fallback(in, args, result, back));
}

// The new value from the old one, in rax, and the operand.
void combine(Emitter& e, AtomicOp op, unsigned bits, Gp next, Gp operand) {
  const Gp wide = bits == 64 ? operand : operand.r32();
  const Gp d = bits == 64 ? next : next.r32();
  auto pick = [&](Cc operand_when) {
    e.a.cmp(sized(x86::rax, bits), sized(operand, bits));
    e.a.cmov(operand_when, d, wide);
  };
  switch (op) {
    case AtomicOp::Add: e.a.add(d, wide); break;
    case AtomicOp::Clr: e.a.and_(d, wide); break;  // by the complement
    case AtomicOp::Eor: e.a.xor_(d, wide); break;
    case AtomicOp::Set: e.a.or_(d, wide); break;
    case AtomicOp::Smax: pick(Cc::kL); break;
    case AtomicOp::Smin: pick(Cc::kG); break;
    case AtomicOp::Umax: pick(Cc::kB); break;
    case AtomicOp::Umin: pick(Cc::kA); break;
    case AtomicOp::Swp: e.a.mov(d, wide); break;
  }
}

Gp complement(Emitter& e, Gp x) {
  const Gp t = e.temp_gp();
  e.a.mov(t, x);
  e.a.not_(t);
  return t;
}

// Nobody wants the old value.
bool rmw_without_result(Emitter& e, const Inst& in, AtomicOp op) {
  if (op != AtomicOp::Add && op != AtomicOp::Clr && op != AtomicOp::Eor && op != AtomicOp::Set) return false;
  const Gp at = e.use_gp(in.args[0]), operand = e.use_gp(in.args[1]);
  const Gp x = sized(op == AtomicOp::Clr ? complement(e, operand) : operand, in.esize);
  const Label back = e.a.newLabel();
  check_alignment(e, in, {at, operand}, {}, back);
  e.may_fault();
  switch (op) {
    case AtomicOp::Add: e.a.lock().add(memory(in, at), x); break;
    case AtomicOp::Clr: e.a.lock().and_(memory(in, at), x); break;
    case AtomicOp::Eor: e.a.lock().xor_(memory(in, at), x); break;
    default: e.a.lock().or_(memory(in, at), x); break;
  }
  e.a.bind(back);
  return true;
}

void exchange(Emitter& e, const Inst& in, Value v, AtomicOp op) {
  const Gp at = e.use_gp(in.args[0]), operand = e.use_gp(in.args[1]);
  const Gp t = e.temp_gp();
  const Label back = e.a.newLabel();
  check_alignment(e, in, {at, operand}, t, back);
  e.a.mov(t, operand);
  e.may_fault();
  if (op == AtomicOp::Add) {
    e.a.lock().xadd(memory(in, at), sized(t, in.esize));
  } else {
    e.a.xchg(memory(in, at), sized(t, in.esize));
  }
  zero_extend(e, in.esize, t);
  e.a.bind(back);
  e.def_gp_in(v, t);
}

}  // namespace

void emit_ordered_load(Emitter& e, const Inst& in, Value v) {
  if (in.imm != 0 || in.q) return e.fallback(v, in);
  e.clobber_flags();
  e.begin_access();
  const Gp at = e.use_gp(in.args[0]);
  const Gp d = e.def_gp(v);
  const Label back = e.a.newLabel();
  check_alignment(e, in, {at}, d, back);
  e.may_fault();
  load(e, in, d, memory(in, at));
  e.a.bind(back);
}

// XCHG, since no later load may pass the store (RCsc).
void emit_ordered_store(Emitter& e, const Inst& in, Value v) {
  if (in.imm != 0) return e.fallback(v, in);
  e.clobber_flags();
  e.begin_access();
  const Gp at = e.use_gp(in.args[0]), value = e.use_gp(in.args[1]);
  const Gp t = e.temp_gp();
  const Label back = e.a.newLabel();
  check_alignment(e, in, {at, value}, {}, back);
  e.a.mov(t, value);
  e.may_fault();
  e.a.xchg(memory(in, at), sized(t, in.esize));
  e.a.bind(back);
}

void emit_AtomicRmw(Emitter& e, const Inst& in, Value v) {
  if (e.counts_atomics()) return e.fallback(v, in);
  const auto op = static_cast<AtomicOp>(in.imm);
  e.clobber_flags();
  e.begin_access();
  if (e.uses_left(v) == 0 && rmw_without_result(e, in, op)) return;
  if (op == AtomicOp::Add || op == AtomicOp::Swp) return exchange(e, in, v, op);
  const Gp old = e.take_gp(kRax);
  const Gp at = e.use_gp(in.args[0]), operand = e.use_gp(in.args[1]);
  const Gp next = e.temp_gp();
  const Gp x = op == AtomicOp::Clr ? complement(e, operand) : operand;
  const Label back = e.a.newLabel(), again = e.a.newLabel();
  check_alignment(e, in, {at, operand}, old, back);
  e.may_fault();
  load(e, in, old, memory(in, at));
  e.a.bind(again);
  e.a.mov(next, old);
  combine(e, op, in.esize, next, x);
  e.may_fault();
  e.a.lock().cmpxchg(memory(in, at), sized(next, in.esize));
  e.a.jne(again);
  e.a.bind(back);
  e.def_gp_in(v, old);
}

void emit_Cas(Emitter& e, const Inst& in, Value v) {
  if (e.counts_atomics()) return e.fallback(v, in);
  e.clobber_flags();
  e.begin_access();
  const Gp old = e.take_gp(kRax);
  const Gp at = e.use_gp(in.args[0]), desired = e.use_gp(in.args[2]), expected = e.use_gp(in.args[1]);
  const Label back = e.a.newLabel();
  check_alignment(e, in, {at, expected, desired}, old, back);
  in.esize == 64 ? e.a.mov(old, expected) : e.a.mov(old.r32(), expected.r32());
  e.may_fault();
  e.a.lock().cmpxchg(memory(in, at), sized(desired, in.esize));
  zero_extend(e, in.esize, old);
  e.a.bind(back);
  e.def_gp_in(v, old);
}

// --- exclusives ------------------------------------------------------------------------------------------

namespace {

Mem monitor(usize field, u32 size) {
  return state_mem(offsetof(CpuState, monitor) + field, size);
}
Mem marked_size() {
  return monitor(offsetof(ExclusiveMonitor, size), 4);
}
Mem marked_version() {
  return monitor(offsetof(ExclusiveMonitor, version), 4);
}

// The granule's entry in the table of versions; both registers are lost.
Mem version_of(Emitter& e, Gp at, Gp table, Gp index) {
  e.a.mov(index.r32(), at.r32());
  e.a.shr(index.r32(), kGranuleBits);
  e.a.and_(index.r32(), static_cast<u32>(kExclusiveVersions - 1));
  e.a.mov(table, state_mem(offsetof(CpuState, exclusive_versions), 8));
  return x86::dword_ptr(table, index, 2);
}

}  // namespace

void emit_LoadExcl(Emitter& e, const Inst& in, Value v) {
  e.clobber_flags();
  e.begin_access();
  const Gp at = e.use_gp(in.args[0]);
  const Gp table = e.temp_gp(), version = e.temp_gp();
  const Gp d = e.def_gp_early(v);
  const Label back = e.a.newLabel();
  check_alignment(e, in, {at}, d, back);
  e.a.mov(version.r32(), version_of(e, at, table, version));
  e.may_fault();
  load(e, in, d, memory(in, at));
  e.a.mov(marked_version(), version.r32());
  e.a.mov(monitor(offsetof(ExclusiveMonitor, addr), 8), at);
  e.a.mov(monitor(offsetof(ExclusiveMonitor, value), 8), d);
  e.a.mov(marked_size(), in.esize / 8);
  e.a.bind(back);
}

void emit_StoreExcl(Emitter& e, const Inst& in, Value v) {
  e.clobber_flags();
  e.begin_access();
  const Gp old = e.take_gp(kRax);
  const Gp at = e.use_gp(in.args[0]), value = e.use_gp(in.args[1]);
  const Gp table = e.temp_gp(), index = e.temp_gp();
  const Label back = e.a.newLabel(), decided = e.a.newLabel();
  check_alignment(e, in, {at, value}, old, back);
  e.a.cmp(monitor(offsetof(ExclusiveMonitor, addr), 8), at);
  e.a.jne(decided);
  e.a.cmp(marked_size(), in.esize / 8);
  e.a.jne(decided);
  // The granule is claimed first: whoever has loaded before now fails. An odd version, which cannot come back,
  // is made one that has been.
  const Mem entry = version_of(e, at, table, index);
  e.a.lea(table, entry);
  e.a.mov(old.r32(), marked_version());
  e.a.and_(old.r32(), ~1u);
  e.a.lea(index.r32(), x86::ptr(old, 1));
  e.a.lock().cmpxchg(x86::dword_ptr(table), index.r32());
  e.a.jne(decided);
  const Mem claim = monitor(offsetof(ExclusiveMonitor, claim), 8);
  e.a.mov(claim, table);
  e.a.mov(old, monitor(offsetof(ExclusiveMonitor, value), 8));
  e.may_fault();
  e.a.lock().cmpxchg(memory(in, at), sized(value, in.esize));
  // Nothing from here on changes the flags. The claim is this thread's, so that a plain store ends it.
  e.a.lea(index.r32(), x86::ptr(index, 1));
  e.a.mov(x86::dword_ptr(table), index.r32());
  e.a.mov(claim, 0);
  e.a.bind(decided);
  e.a.mov(marked_size(), 0);
  e.a.setne(x86::al);
  e.a.movzx(x86::eax, x86::al);
  e.a.bind(back);
  e.def_gp_in(v, old);
}

void emit_ClearExcl(Emitter& e, const Inst&, Value) {
  e.a.mov(marked_size(), 0);
}

}  // namespace veneer::tier1
