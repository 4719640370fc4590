// Operations that the reference evaluates: arguments and result go through CpuState::scratch.
#include "translate/tier1/emitter.h"

namespace veneer::tier1 {

namespace {

Mem scratch(unsigned i, usize at = 0, u32 size = 16) {
  return state_mem(offsetof(CpuState, scratch) + i * sizeof(Vec) + at, size);
}
constexpr unsigned kResult = 3;

}  // namespace

void Emitter::zero_above(Xmm to, Xmm from, Type type) {
  normalise_vec(to.id(), from.id(), type, 128);
}

void Emitter::store_argument(unsigned i, Value v) {
  const Type t = ir::result_type(inst(v));
  if (t == Type::V128 || ir::is_float(t)) {
    Xmm x = use_vec(v);
    if (t != Type::V128 && !clean_[v.id]) {
      const Xmm clean = temp_vec();
      zero_above(clean, x, t);
      x = clean;
    }
    host.avx ? a.vmovaps(scratch(i), x) : a.movaps(scratch(i), x);
    return;
  }
  const Gp r = t == Type::I32 ? use_gp_clean(v) : use_gp(v);
  if (t == Type::Nzcv) {
    // Saved flags carry other bits of LAHF.
    a.mov(scratch(i, 0, 8), 0);
    a.mov(scratch(i, 0, 2), r.r16());
  } else {
    a.mov(scratch(i, 0, 8), r);
  }
  a.mov(scratch(i, 8, 8), 0);
}

void Emitter::fallback(Value v, const Inst& in) {
  const ir::OpInfo& info = ir::info(in.op);
  clobber_flags();
  if (info.props & (ir::M | ir::S)) begin_access();
  for (unsigned i = 0; i < info.arg_count; ++i) {
    store_argument(i, in.args[i]);
    // Every register is saved by the routine; only the arguments need registers, one at a time.
    gp_.locked = vec_.locked = 0;
  }
  const Gp t = take_gp(kRax);
  load_address(t, kept_.keep(in));
  a.mov(state_mem(offsetof(CpuState, fallback_inst), 8), t);
  a.call(asmjit::imm(routines_.fallback));
  if (info.props & (ir::M | ir::S)) may_fault();  // found by the return address
  const Type type = ir::result_type(in);
  if (type == Type::None) return;
  unlock(gp_, kRax);
  if (type == Type::V128 || ir::is_float(type)) {
    const Xmm d = def_vec(v);
    host.avx ? a.vmovaps(d, scratch(kResult)) : a.movaps(d, scratch(kResult));
  } else {
    const Gp d = def_gp(v);
    a.mov(d, scratch(kResult, 0, 8));
  }
  clean_[v.id] = 1;
}

Label Emitter::cold_fallback(const Inst& in, std::array<asmjit::Operand, 3> args, asmjit::Operand result,
                             Label back) {
  has_jumped_ = true;
  const Label from = a.newLabel();
  cold_.push_back({.inst = kept_.keep(in),
                   .args = args,
                   .result = result,
                   .from = from,
                   .back = back,
                   .fault = fault_point()});
  return from;
}

// Everything is as it was at the jump, but for the result.
void Emitter::emit_cold() {
  for (const Cold& c : cold_) {
    a.bind(c.from);
    const ir::OpInfo& info = ir::info(c.inst->op);
    for (unsigned i = 0; i < info.arg_count; ++i) {
      if (x86::Reg::isXmm(c.args[i])) {
        const Xmm x = c.args[i].as<Xmm>();
        host.avx ? a.vmovaps(scratch(i), x) : a.movaps(scratch(i), x);
      } else {
        a.mov(scratch(i, 0, 8), c.args[i].as<Gp>().r64());
        a.mov(scratch(i, 8, 8), 0);
      }
    }
    const Mem rax = state_mem(offsetof(CpuState, cold_rax), 8);
    a.mov(rax, x86::rax);
    load_address(x86::rax, c.inst);
    a.mov(state_mem(offsetof(CpuState, fallback_inst), 8), x86::rax);
    a.call(asmjit::imm(routines_.fallback));
    if (info.props & ir::M) {
      faults_.push_back(c.fault);
      faults_.back().offset = static_cast<u32>(a.offset());
    }
    a.mov(x86::rax, rax);
    if (c.result.isNone()) {
      a.jmp(c.back);
      continue;
    }
    if (x86::Reg::isXmm(c.result)) {
      const Xmm x = c.result.as<Xmm>();
      host.avx ? a.vmovaps(x, scratch(kResult)) : a.movaps(x, scratch(kResult));
    } else {
      a.mov(c.result.as<Gp>().r64(), scratch(kResult, 0, 8));
    }
    a.jmp(c.back);
  }
  cold_.clear();
}

}  // namespace veneer::tier1
