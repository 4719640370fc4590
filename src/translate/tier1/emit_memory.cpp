// Plain and ordered loads and stores in the identity address space.
#include <csignal>
#include <utility>

#include "translate/tier1/emit.h"

namespace veneer::tier1 {

namespace {

using ir::Order;

bool ordered(const Inst& in) {
  return in.order() != Order::Plain;
}

bool fits_s32(s64 v) {
  return v == static_cast<s32>(v);
}

}  // namespace

// base + index * scale + displacement: see find_folds.
Mem Emitter::use_address(const Inst& in, u32 size) {
  const s64 disp = static_cast<s64>(in.imm);
  if (inst(in.args[0]).op == Op::Const) {
    const u64 address = inst(in.args[0]).imm + in.imm;
    if (address < 0x7fffffff) {
      consume(in.args[0]);
      return x86::Mem(address, size);
    }
  }
  if (is_folded(in.args[0])) {
    Value x = inst(in.args[0]).args[0], y = inst(in.args[0]).args[1];
    if (is_folded(x)) std::swap(x, y);
    consume(in.args[0]);
    const Gp base = use_gp(x);
    unsigned scale = 0;
    const Gp index = is_folded(y) ? use_scaled(y, scale) : use_gp(y);
    return x86::Mem(base, index, scale, static_cast<s32>(disp), size);
  }
  const Gp base = use_gp(in.args[0]);
  if (fits_s32(disp)) return x86::Mem(base, static_cast<s32>(disp), size);
  const Gp t = temp_gp();
  a.mov(t, in.imm);
  return x86::Mem(base, t, 0, 0, size);
}

void emit_Load(Emitter& e, const Inst& in, Value v) {
  if (ordered(in)) return emit_ordered_load(e, in, v);
  e.begin_access();
  const Mem m = e.use_address(in, in.esize / 8);
  const Gp d = e.def_gp(v);
  const bool wide = in.type == Type::I64;
  e.may_fault();
  switch (in.esize) {
    case 8: in.q ? e.a.movsx(wide ? d : d.r32(), m) : e.a.movzx(d.r32(), m); break;
    case 16: in.q ? e.a.movsx(wide ? d : d.r32(), m) : e.a.movzx(d.r32(), m); break;
    case 32: in.q&& wide ? e.a.movsxd(d, m) : e.a.mov(d.r32(), m); break;
    default: e.a.mov(d, m); break;
  }
}

void emit_Store(Emitter& e, const Inst& in, Value v) {
  if (ordered(in)) return emit_ordered_store(e, in, v);
  e.begin_access();
  s32 imm;
  const bool immediate = e.const_s32(in.args[1], imm);
  const Gp value = immediate ? Gp() : e.use_gp(in.args[1]);
  const Mem m = e.use_address(in, in.esize / 8);
  e.may_fault();
  if (immediate) {
    switch (in.esize) {
      case 8: e.a.mov(m, imm & 0xff); break;
      case 16: e.a.mov(m, imm & 0xffff); break;
      default: e.a.mov(m, imm); break;
    }
    return;
  }
  switch (in.esize) {
    case 8: e.a.mov(m, value.r8()); break;
    case 16: e.a.mov(m, value.r16()); break;
    case 32: e.a.mov(m, value.r32()); break;
    default: e.a.mov(m, value); break;
  }
}

void emit_LoadF(Emitter& e, const Inst& in, Value v) {
  e.begin_access();
  const Mem m = e.use_address(in, in.esize / 8);
  if (in.type == Type::F16) {
    const Gp t = e.temp_gp();
    const Xmm d = e.def_vec(v);
    e.may_fault();
    e.a.movzx(t.r32(), m);
    e.host.avx ? e.a.vmovd(d, t.r32()) : e.a.movd(d, t.r32());
  } else {
    const Xmm d = e.def_vec(v);
    e.may_fault();
    if (in.type == Type::F32) {
      e.host.avx ? e.a.vmovss(d, m) : e.a.movss(d, m);
    } else {
      e.host.avx ? e.a.vmovsd(d, m) : e.a.movsd(d, m);
    }
  }
  e.mark_clean(v);
}

void emit_StoreF(Emitter& e, const Inst& in, Value) {
  e.begin_access();
  const Xmm x = e.use_vec(in.args[1]);
  const Mem m = e.use_address(in, in.esize / 8);
  if (in.type == Type::F16) {
    const Gp t = e.temp_gp();
    e.host.avx ? e.a.vmovd(t.r32(), x) : e.a.movd(t.r32(), x);
    e.may_fault();
    e.a.mov(m, t.r16());
  } else if (in.type == Type::F32) {
    e.may_fault();
    e.host.avx ? e.a.vmovss(m, x) : e.a.movss(m, x);
  } else {
    e.may_fault();
    e.host.avx ? e.a.vmovsd(m, x) : e.a.movsd(m, x);
  }
}

void emit_LoadV(Emitter& e, const Inst& in, Value v) {
  e.begin_access();
  const Mem m = e.use_address(in, 16);
  const Xmm d = e.def_vec(v);
  e.may_fault();
  e.host.avx ? e.a.vmovups(d, m) : e.a.movups(d, m);
}

void emit_StoreV(Emitter& e, const Inst& in, Value) {
  e.begin_access();
  const Xmm x = e.use_vec(in.args[1]);
  const Mem m = e.use_address(in, 16);
  e.may_fault();
  e.host.avx ? e.a.vmovups(m, x) : e.a.movups(m, x);
}

void emit_Fence(Emitter& e, const Inst& in, Value) {
  // x86 orders loads with loads and stores with stores by itself.
  if (static_cast<ir::Barrier>(in.imm) == ir::Barrier::Full) e.a.mfence();
}

void emit_ReadControl(Emitter& e, const Inst& in, Value v) {
  e.a.mov(e.def_gp(v), state_mem(offsetof(CpuState, control) + 8 * in.imm));
}
void emit_WriteControl(Emitter& e, const Inst& in, Value) {
  const Mem m = state_mem(offsetof(CpuState, control) + 8 * in.imm, 8);
  s32 imm = 0;
  e.const_s32(in.args[0], imm) ? e.a.mov(m, imm) : e.a.mov(m, e.use_gp(in.args[0]));
}
void emit_WriteMode(Emitter& e, const Inst& in, Value) {
  const Mem m = state_mem(offsetof(CpuState, mode), 1);
  u64 imm = 0;
  e.const_any(in.args[0], imm) ? e.a.mov(m, imm & 0xff) : e.a.mov(m, e.use_gp(in.args[0]).r8());
}

// --- between register files ------------------------------------------------------------------------------

void emit_BitsToF(Emitter& e, const Inst& in, Value v) {
  const Gp x = in.type == Type::F64 ? e.use_gp_clean(in.args[0]) : e.use_gp(in.args[0]);
  const Xmm d = e.def_vec(v);
  if (in.type == Type::F64) {
    e.host.avx ? e.a.vmovq(d, x) : e.a.movq(d, x);
  } else if (in.type == Type::F32) {
    e.host.avx ? e.a.vmovd(d, x.r32()) : e.a.movd(d, x.r32());
  } else {
    const Gp t = e.temp_gp();
    e.a.movzx(t.r32(), x.r16());
    e.host.avx ? e.a.vmovd(d, t.r32()) : e.a.movd(d, t.r32());
  }
  e.mark_clean(v);
}

void emit_FToBits(Emitter& e, const Inst& in, Value v) {
  const Type from = ir::result_type(e.inst(in.args[0]));
  const Xmm x = e.use_vec(in.args[0]);
  const Gp d = e.def_gp(v);
  if (from == Type::F64) {
    e.host.avx ? e.a.vmovq(d, x) : e.a.movq(d, x);
  } else {
    e.host.avx ? e.a.vmovd(d.r32(), x) : e.a.movd(d.r32(), x);
    if (from == Type::F16) e.a.movzx(d.r32(), d.r16());
  }
}

void emit_FToV(Emitter& e, const Inst& in, Value v) {
  const Type from = ir::result_type(e.inst(in.args[0]));
  if (e.is_clean(in.args[0])) return e.alias(v, in.args[0]);
  const Xmm x = e.use_vec(in.args[0]);
  const Xmm d = e.def_vec(v);
  e.zero_above(d, x, from);
}

void emit_VToF(Emitter& e, const Inst& in, Value v) {
  e.alias(v, in.args[0]);
}

void emit_CheckAlign(Emitter& e, const Inst& in, Value) {
  e.clobber_flags();
  e.begin_access();
  const Gp at = e.use_gp(in.args[0]);
  const Label back = e.a.newLabel();
  e.a.test(at.r8(), static_cast<u32>(in.imm - 1));
  e.a.jnz(e.cold_fallback(in, {at}, {}, back));
  e.a.bind(back);
}
void emit_ExpectAlign(Emitter& e, const Inst& in, Value v) {
  emit_CheckAlign(e, in, v);
}

void emit_CheckMultiple(Emitter& e, const Inst& in, Value v) {
  emit_CheckAlign(e, in, v);
}

void emit_CheckRounding(Emitter& e, const Inst& in, Value v) {
  e.fallback(v, in);
}

// Most often it is of a page without translations: what clears whole buffers from the cache does so line by
// line.
void emit_IcInvalidate(Emitter& e, const Inst& in, Value) {
  e.clobber_flags();
  e.begin_access();
  const Gp at = e.use_gp(in.args[0]);
  const Gp page = e.temp_gp(), table = e.temp_gp();
  const Label back = e.a.newLabel();
  const Label cold = e.cold_fallback(in, {at}, {}, back);
  e.a.mov(page, at);
  e.a.shr(page, 12);
  static_assert(kCodePages == 1 << 16);
  e.a.movzx(page.r32(), page.r16());
  e.a.mov(table, state_mem(offsetof(CpuState, code_pages), 8));
  e.a.cmp(x86::byte_ptr(table, page), 0);
  e.a.jne(cold);
  e.a.bind(back);
}

}  // namespace veneer::tier1
