// The reference's evaluations for translated code, and the recovery of the guest's state from a fault.
#include <utility>

#include "translate/interp/eval.h"
#include "translate/tier1/engine.h"
#include "translate/tier1/thread_data.h"

namespace veneer::tier1 {

namespace {

// The store-exclusive that faults has written nothing, and its claim must not outlive it.
void abandon_claim(CpuState& state) noexcept {
  u32* version = std::exchange(state.monitor.claim, nullptr);
  if (version) __atomic_store_n(version, *version + 1, __ATOMIC_RELEASE);
}

constexpr int kGprOrder[16] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
                               REG_R8,  REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15};

}  // namespace

bool Engine::evaluate(CpuState* state) {
  const auto& in = *static_cast<const ir::Inst*>(state->fallback_inst);
  state->exit = Exit::Continue;
  state->scratch[3] = interp::eval_fn(in.op)(*state, in, state->scratch);
  state->fallback_inst = nullptr;
  if (state->exit == Exit::Continue) return false;
  const Engine& engine = static_cast<ThreadData*>(state->engine)->engine;
  const FaultUnit unit = engine.fault_unit_at(state->fallback_return);
  if (const FaultPoint* point = unit.point_at(state->fallback_return))
    engine.recover_registers(*state, unit, *point, state->host_gpr, state->host_vec);
  return true;
}

const FaultPoint* Engine::FaultUnit::point_at(u64 host_pc) const noexcept {
  for (const FaultPoint& p : faults)
    if (p.offset == host_pc - code) return &p;
  return nullptr;
}

Engine::FaultUnit Engine::fault_unit_at(u64 host_pc) const noexcept {
  if (const Unit* unit = unit_at(host_pc))
    return {.pc = unit->pc,
            .code = reinterpret_cast<u64>(unit->code),  // NOLINT: comparing addresses
            .pins = unit->pins,
            .faults = unit->faults};
  for (usize i = 0; i < image_count_.load(std::memory_order_acquire); ++i) {
    const Image& image = *images_[i];
    const u32 n = image.at_code(host_pc);
    if (n == Image::kNone) continue;
    return {.pc = image.pc(n),
            .code = reinterpret_cast<u64>(image.code(n)),  // NOLINT: comparing addresses
            .pins = &kNoPins,
            .faults = image.faults(n)};
  }
  return {};
}

Unit* Engine::unit_at(u64 host_pc) const noexcept {
  usize low = 0, high = unit_count_.load(std::memory_order_acquire);
  while (low < high) {
    const usize mid = (low + high) / 2;
    if (reinterpret_cast<u64>(by_code_[mid]->code) <= host_pc) {  // NOLINT: comparing addresses
      low = mid + 1;
    } else {
      high = mid;
    }
  }
  if (low == 0) return nullptr;
  Unit* unit = by_code_[low - 1];
  return host_pc <= reinterpret_cast<u64>(unit->code) + unit->size ? unit : nullptr;  // NOLINT
}

void Engine::recover_registers(CpuState& state, const FaultUnit& unit, const FaultPoint& point, const u64* gprs,
                               const Vec* vecs) const noexcept {
  state.pc = unit.pc + static_cast<u64>(static_cast<s64>(point.pc));
  for (unsigned r = 0; r < 16; ++r) {
    if (point.gprs >> r & 1) state.x[unit.pins->gpr[r]] = gprs[r];
    if (point.vecs >> r & 1) {
      const unsigned g = static_cast<unsigned>(unit.pins->vec[r]);
      Vec v{};
      switch (unit.pins->vec_width[r]) {
        case 32: v.w[0] = vecs[r].w[0]; break;
        case 64: v.d[0] = vecs[r].d[0]; break;
        default: v = vecs[r]; break;
      }
      constexpr unsigned kNarrow = ir::kRegWide0 - ir::kRegVec0;
      (g < kNarrow ? state.v[g] : state.wide[g - kNarrow]) = v;
    }
  }
}

bool Engine::recover_fault(CpuState& state, const siginfo_t& info, ucontext_t& uc) noexcept {
  auto* thread = static_cast<ThreadData*>(state.engine);
  if (!thread) return false;
  greg_t* gregs = uc.uc_mcontext.gregs;
  const u64 rip = static_cast<u64>(gregs[REG_RIP]);
  const u64 address = reinterpret_cast<u64>(info.si_addr);  // NOLINT: an address to report
  const bool in_code = cache_.contains(rip);
  if (!in_code && !state.fallback_inst) return false;

  if (in_code && info.si_signo == SIGSEGV && thread->in_guard(address)) {
    // The return-address stack is full: an empty one does as well.
    gregs[REG_RSP] = static_cast<greg_t>(state.ras_base);
    return true;
  }
  if (in_code) {
    const FaultUnit unit = fault_unit_at(rip);
    const FaultPoint* point = unit.point_at(rip);
    if (!point) return false;
    u64 gprs[16];
    for (unsigned r = 0; r < 16; ++r) gprs[r] = static_cast<u64>(gregs[kGprOrder[r]]);
    Vec vecs[16];
    for (unsigned r = 0; r < 16; ++r) __builtin_memcpy(&vecs[r], &uc.uc_mcontext.fpregs->_xmm[r], sizeof(Vec));
    recover_registers(state, unit, *point, gprs, vecs);
    gregs[REG_RIP] = static_cast<greg_t>(trampolines_.routines.leave);
  } else if (thread->in_reference) {
    gregs[REG_RIP] = static_cast<greg_t>(trampolines_.routines.left);
    gregs[REG_RBP] = static_cast<greg_t>(reinterpret_cast<u64>(&state) + kStateBias);  // NOLINT
  } else {
    const FaultUnit unit = fault_unit_at(state.fallback_return);
    if (const FaultPoint* point = unit.point_at(state.fallback_return))
      recover_registers(state, unit, *point, state.host_gpr, state.host_vec);
    gregs[REG_RIP] = static_cast<greg_t>(trampolines_.routines.abandon);
    gregs[REG_RBP] = static_cast<greg_t>(reinterpret_cast<u64>(&state) + kStateBias);  // NOLINT
  }
  abandon_claim(state);
  // The exceptions that translated code has raised so far are in the interrupted context's MXCSR, which is
  // restored.
  state.fallback_inst = nullptr;
  state.exit = Exit::Fault;
  state.fault_signal = static_cast<u32>(info.si_signo);
  state.fault_code = info.si_code;
  state.fault_addr = address;
  return true;
}

}  // namespace veneer::tier1
