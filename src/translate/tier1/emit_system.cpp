// System registers. Exceptions are partly MXCSR's, partly CpuState::fpsr's (interp/system.cpp, read_fpsr).
#include "translate/tier1/emit.h"

namespace veneer::tier1 {

namespace {

constexpr u32 kHostFlags = 0x3f;  // MXCSR: IE, DE, ZE, OE, UE, PE

Mem csr_memory() {
  return state_mem(offsetof(CpuState, scratch), 4);
}
void store_mxcsr(Emitter& e) {
  e.host.avx ? e.a.vstmxcsr(csr_memory()) : e.a.stmxcsr(csr_memory());
}
void load_mxcsr(Emitter& e) {
  e.host.avx ? e.a.vldmxcsr(csr_memory()) : e.a.ldmxcsr(csr_memory());
}

// MXCSR has a flag for denormal operands between the first and the others of Arm's.
void read_fpsr(Emitter& e, const Inst& in, Value v) {
  static_assert(fpsr::kIOC == 1 && fpsr::kDZC == 2 && fpsr::kOFC == 4 && fpsr::kUFC == 8 && fpsr::kIXC == 16);
  e.clobber_flags();
  const Gp t = e.temp_gp();
  const Gp d = e.def_gp_early(v);
  const Label back = e.a.newLabel();
  const Label cold = e.cold_fallback(in, {}, d, back);
  e.a.mov(t, state_mem(offsetof(CpuState, saturated), 8));
  e.a.or_(t, state_mem(offsetof(CpuState, saturated) + 8, 8));
  e.a.jnz(cold);  // QC
  store_mxcsr(e);
  e.a.mov(d.r32(), csr_memory());
  e.a.mov(t.r32(), d.r32());
  e.a.and_(d.r32(), 1);
  e.a.shr(t.r32(), 1);
  e.a.and_(t.r32(), kHostFlags >> 1 & ~1u);
  e.a.or_(d.r32(), t.r32());
  e.a.or_(d.r32(), state_mem(offsetof(CpuState, fpsr), 4));
  e.a.bind(back);
}

void write_fpsr(Emitter& e, const Inst& in) {
  e.clobber_flags();
  const Gp value = e.use_gp(in.args[0]);
  const Gp t = e.temp_gp();
  const Label known = e.a.newLabel();
  e.a.mov(t.r32(), value.r32());
  e.a.and_(t.r32(), fpsr::kMask);
  e.a.mov(state_mem(offsetof(CpuState, fpsr), 4), t.r32());
  e.a.mov(state_mem(offsetof(CpuState, saturated), 8), 0);
  e.a.mov(state_mem(offsetof(CpuState, saturated) + 8, 8), 0);
  store_mxcsr(e);
  // Loading it is what takes time.
  e.a.test(csr_memory(), kHostFlags);
  e.a.jz(known);
  e.a.and_(csr_memory(), ~kHostFlags);
  load_mxcsr(e);
  e.a.bind(known);
}

}  // namespace

void emit_ReadSys(Emitter& e, const Inst& in, Value v) {
  switch (static_cast<ir::SysReg>(in.imm)) {
    case ir::SysReg::ThreadPointer: e.a.mov(e.def_gp(v), state_mem(offsetof(CpuState, tpidr))); break;
    case ir::SysReg::ThreadPointerRo: e.a.mov(e.def_gp(v), state_mem(offsetof(CpuState, tpidrro))); break;
    case ir::SysReg::Fpsr: read_fpsr(e, in, v); break;
    case ir::SysReg::Fpcr: e.a.mov(e.def_gp(v).r32(), state_mem(offsetof(CpuState, fpcr), 4)); break;
    default: e.fallback(v, in); break;
  }
}

void emit_WriteSys(Emitter& e, const Inst& in, Value v) {
  switch (static_cast<ir::SysReg>(in.imm)) {
    case ir::SysReg::ThreadPointer: e.a.mov(state_mem(offsetof(CpuState, tpidr)), e.use_gp(in.args[0])); break;
    case ir::SysReg::Fpsr: write_fpsr(e, in); break;
    default: e.fallback(v, in); break;
  }
}

}  // namespace veneer::tier1
