#include "translate/tier1/engine.h"

#include <algorithm>
#include <cstdio>
#include <new>

#include <sys/mman.h>
#include <unistd.h>

#include "translate/interp/eval.h"
#include "translate/interp/interpreter.h"
#include "translate/tier1/constants.h"
#include "translate/tier1/patch.h"

namespace veneer::tier1 {

namespace {

constexpr usize kCodeCacheSize = usize{256} << 20;
constexpr usize kMaxUnits = usize{1} << 20;
constexpr s32 kHotCount = 400;              // executions after which a block is worth a region
constexpr s32 kWarmCount = kHotCount / 16;  // and from which on it belongs in one
constexpr usize kMaxRegionBlocks = 32, kMaxRegionInsns = 400;
constexpr GuestAddr kPage = 4096;
constexpr u32 kNoLink = ~u32{0};
constexpr usize kLeastSpace = usize{1} << 20;  // no unit comes near

// The return-address stack: pages, the lowest of which is not accessible.
constexpr usize kRasSize = usize{256} << 10;
constexpr usize kRasGuard = 4096;

constexpr int kGprOrder[16] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
                               REG_R8,  REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15};

u64 key_of(GuestAddr pc, u32 mode) {
  return pc | (mode ? 1 : 0);
}
u32 mode_of(const CpuState& state) {
  return state.fpcr & fpcr::kExactMode ? 1 : 0;
}

bool touches_fpsr(const ir::Inst& in) {
  return (in.op == Op::ReadSys || in.op == Op::WriteSys) && static_cast<ir::SysReg>(in.imm) == ir::SysReg::Fpsr;
}

void* map_pages(usize size) {
  void* p = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (p == MAP_FAILED) throw std::bad_alloc();
  return p;
}

}  // namespace

struct Engine::ThreadData {
  Engine& engine;
  CpuState& state;
  u8* ras = nullptr;
  JumpCacheEntry* jump_cache = nullptr;

  ThreadData(Engine& e, CpuState& s) : engine(e), state(s) {
    ras = static_cast<u8*>(map_pages(kRasSize));
    ::mprotect(ras, kRasGuard, PROT_NONE);
    jump_cache = static_cast<JumpCacheEntry*>(map_pages(kJumpCacheSize * sizeof(JumpCacheEntry)));
    const u64 base = reinterpret_cast<u64>(ras) + kRasSize - 64;  // NOLINT: an address in a register
    state.ras_base = state.ras_sp = base;
    reinterpret_cast<u64*>(base)[1] = kNoGuestAddress;  // NOLINT
    state.jump_cache = jump_cache;
    forget_jumps();
  }
  ~ThreadData() {
    ::munmap(ras, kRasSize);
    ::munmap(jump_cache, kJumpCacheSize * sizeof(JumpCacheEntry));
  }
  ThreadData(const ThreadData&) = delete;
  ThreadData& operator=(const ThreadData&) = delete;

  // Entry 0 would match pc 0, whose entry it is.
  void forget_jumps() {
    std::fill_n(jump_cache, kJumpCacheSize, JumpCacheEntry{0, nullptr});
    jump_cache[0].pc = kNoGuestAddress;
  }
  void forget_returns() { state.ras_sp = state.ras_base; }
  bool in_guard(u64 address) const {
    return address - reinterpret_cast<u64>(ras) < kRasGuard;  // NOLINT: comparing addresses
  }
};

Engine::Engine(const GuestIsa& isa, CodeSource& source, const TranslatorOptions& options)
    : isa_(isa),
      source_(source),
      options_(options),
      exact_underflow_(options.exact_underflow),
      host_(HostFeatures::detect(options.disable_features)),
      cache_(kCodeCacheSize),
      by_code_(static_cast<const Unit**>(map_pages(kMaxUnits * sizeof(Unit*)))) {
  trampolines_ = emit_trampolines(cache_.free_space(), evaluate, host_.avx);
  cache_.take(trampolines_.size);
  compiler_ = std::make_unique<Compiler>(
      host_, trampolines_.routines, kept_,
      CompileHost{.flags_live_at =
                      [this](GuestAddr pc) {
                        std::span<const u32> code = pc % 4 ? std::span<const u32>{} : source_.fetch(pc);
                        return code.empty() || !isa_.flags_dead_at(code);
                      },
                  .new_link =
                      [this](Unit& unit, GuestAddr target) {
                        links_.push_back({.from = &unit, .target = target});
                        return static_cast<u32>(links_.size() - 1);
                      },
                  .link = [this](u32 number) -> Link& { return links_[number]; },
                  .space = [this] { return cache_.free_space(); }});
}

Engine::~Engine() {
  ::munmap(by_code_, kMaxUnits * sizeof(Unit*));
}

void Engine::attach(CpuState& state) {
  fill_constants(state);
  auto* data = new ThreadData(*this, state);
  state.engine = data;
  state.invalidate = [](CpuState& s, GuestAddr line) {
    static_cast<ThreadData*>(s.engine)->engine.invalidate(line, line + 64);
  };
  std::lock_guard lock(mutex_);
  threads_.push_back(data);
}

void Engine::detach(CpuState& state) {
  auto* data = static_cast<ThreadData*>(state.engine);
  std::lock_guard lock(mutex_);
  std::erase(threads_, data);
  delete data;
  state.engine = nullptr;
}

// One line a block: its address and a digest of the registers, by which two runs can be compared.
void Engine::trace(const CpuState& state) const {
  u64 digest = 0;  // of the general registers: NZCV may be stale where nobody can read it
  for (u64 x : state.x) digest = (digest ^ x) * 0x9e3779b97f4a7c15;
  char line[64];
  const int n = std::snprintf(line, sizeof line, "%012lx %016lx\n", static_cast<unsigned long>(state.pc),
                              static_cast<unsigned long>(digest));
  if (::write(options_.log_fd, line, static_cast<usize>(n)) < 0) return;
}

// --- running ---------------------------------------------------------------------------------------------

Exit Engine::run(CpuState& state) {
  auto& thread = *static_cast<ThreadData*>(state.engine);
  u32 mode = mode_of(state);
  for (;;) {
    if (state.pending) return state.exit = Exit::Pending;
    if (options_.trace) trace(state);
    if (options_.tier == TranslatorOptions::Tier::Interp) {
      run_reference(state);
    } else {
      if (const u32 now = mode_of(state); now != mode) {
        mode = now;
        thread.forget_jumps();
        thread.forget_returns();
      }
      Unit* unit = find(state);
      if (!unit) return state.exit;
      if (!options_.trace) {
        thread.jump_cache[state.pc >> 2 & (kJumpCacheSize - 1)] = {state.pc, unit->code};
      }
      state.exit = Exit::Continue;
      state.link_record = kNoLink;
      trampolines_.enter(&state, unit->code);
      if (state.exit == Exit::Promote) promote(state);
      if (state.exit == Exit::Continue && state.link_record != kNoLink) resolve_link(state);
    }
    if (state.exit == Exit::Fault && strip_tags_at(state)) continue;
    if (state.exit != Exit::Continue && state.exit != Exit::Promote) return state.exit;
  }
}

void Engine::run_reference(CpuState& state) {
  ir::Block block;
  if (state.pc % 4 || !lift(state.pc, block)) {
    state.exit = Exit::Trap;
    state.exit_info = static_cast<u32>(state.pc % 4 ? ir::TrapKind::PcAlignment : ir::TrapKind::FetchFault);
    return;
  }
  state.fallback_inst = &block;
  trampolines_.call(
      &state, [](CpuState* s, const void* b) { interp::run_block(*s, *static_cast<const ir::Block*>(b)); },
      &block);
  state.fallback_inst = nullptr;
}

Unit* Engine::find(CpuState& state) {
  const u64 key = key_of(state.pc, mode_of(state));
  if (Unit* unit = by_pc_.find(key)) return unit;
  std::lock_guard lock(mutex_);
  if (Unit* unit = by_pc_.find(key)) return unit;
  Unit* unit = state.pc % 4 ? nullptr : compile(state.pc, mode_of(state), false);
  if (!unit) {
    state.exit = Exit::Trap;
    state.exit_info = static_cast<u32>(state.pc % 4 ? ir::TrapKind::PcAlignment : ir::TrapKind::FetchFault);
  }
  return unit;
}

void Engine::resolve_link(CpuState& state) {
  std::lock_guard lock(mutex_);
  Link& link = links_[state.link_record];
  state.pc = link.target;
  if (options_.trace || !link.from->valid) return;
  const u32 mode = link.from->mode;
  Unit* to = by_pc_.find(key_of(link.target, mode));
  if (!to && link.target % 4 == 0) to = compile(link.target, mode, false);
  if (!to) return;  // the fault comes when it is entered
  link.to = to;
  to->incoming.push_back(&link);
  patch_displacement(link.site, to->code);
}

// --- compiling -------------------------------------------------------------------------------------------

bool Engine::lift(GuestAddr pc, ir::Block& block) {
  std::span<const u32> code = source_.fetch(pc);
  if (code.empty()) return false;
  GuestIsa::LiftOptions options;
  isa_.lift(pc, code, options, block);
  if (!exact_underflow_ && std::any_of(block.insts.begin(), block.insts.end(), touches_fpsr)) {
    // What is translated already does not keep the last exact flag; from here on, all does.
    exact_underflow_ = true;
    for (Unit& unit : units_) drop(unit);
  }
  auto tagged = tagged_.lower_bound(pc);
  if (tagged != tagged_.end() && *tagged < block.end_pc) {
    options.strip_tags = true;
    isa_.lift(pc, code, options, block);
  }
  return true;
}

Unit* Engine::compile(GuestAddr pc, u32 mode, bool hot) {
  std::vector<ir::Block>& blocks = lifted_;
  if (blocks.empty()) blocks.emplace_back();
  if (!lift(pc, blocks[0])) return nullptr;
  usize count = 1;
  if (hot) count = form_region(blocks, mode);
  if (cache_.free_space().size() < kLeastSpace || units_.size() + 1 >= kMaxUnits) drop_everything();
  Unit& unit = units_.emplace_back();
  unit.pc = pc;
  unit.mode = mode;
  unit.exact_underflow = exact_underflow_;
  const ir::Inst& end = blocks[0].insts.back();
  unit.region = count > 1 || (hot && end.op == Op::BranchCond && end.imm == pc);
  unit.count = kHotCount;
  unit.counter = hot || options_.trace ? nullptr : &unit.count;
  enter_unit(unit, std::span(blocks).first(count));
  return &unit;
}

void Engine::enter_unit(Unit& unit, std::span<const ir::Block> blocks) {
  usize insns = 0;
  for (const ir::Block& b : blocks) insns += b.guest_insns;
  unit.pcs.reserve(insns);
  unit.ranges.reserve(blocks.size());
  cache_.take(compiler_->compile(unit, blocks));
  for (const ir::Block& b : blocks) {
    unit.ranges.emplace_back(b.pc, b.end_pc);
    for (GuestAddr p = b.pc & ~(kPage - 1); p < b.end_pc; p += kPage) {
      std::vector<Unit*>& units = by_page_[p];
      if (units.empty() || units.back() != &unit) units.push_back(&unit);
    }
  }
  const usize n = unit_count_.load(std::memory_order_relaxed);
  by_code_[n] = &unit;
  unit_count_.store(n + 1, std::memory_order_release);
  by_pc_.set(key_of(unit.pc, unit.mode), &unit);
}

// The blocks that direct branches lead to from the entry and that have been running, too.
usize Engine::form_region(std::vector<ir::Block>& blocks, u32 mode) {
  usize count = 1, insns = blocks[0].guest_insns;
  auto seen = [&](GuestAddr pc) {
    return std::any_of(blocks.begin(), blocks.begin() + static_cast<std::ptrdiff_t>(count),
                       [pc](const ir::Block& b) { return b.pc == pc; });
  };
  for (usize i = 0; i < count; ++i) {
    const ir::Inst end = blocks[i].insts.back();
    GuestAddr next[2] = {0, 0};
    if (end.op == Op::Branch && static_cast<ir::BranchKind>(end.aux) == ir::BranchKind::Jump) next[0] = end.imm;
    if (end.op == Op::BranchCond) {
      next[0] = end.imm;
      next[1] = blocks[i].end_pc;
    }
    for (GuestAddr pc : next) {
      if (pc == 0 || pc % 4 || count >= kMaxRegionBlocks || insns >= kMaxRegionInsns) continue;
      const Unit* unit = by_pc_.find(key_of(pc, mode));
      if (!unit || seen(pc)) continue;
      if (unit->counter && unit->count > kHotCount - kWarmCount) continue;
      if (blocks.size() == count) blocks.emplace_back();
      if (!lift(pc, blocks[count])) continue;
      insns += blocks[count++].guest_insns;
    }
  }
  std::sort(blocks.begin() + 1, blocks.begin() + static_cast<std::ptrdiff_t>(count),
            [](const ir::Block& x, const ir::Block& y) { return x.pc < y.pc; });
  return count;
}

Unit* Engine::promote(CpuState& state) {
  std::lock_guard lock(mutex_);
  const u32 mode = mode_of(state);
  Unit* cold = by_pc_.find(key_of(state.pc, mode));
  if (!cold || !cold->counter) return nullptr;
  cold->count = kHotCount;  // in case that it stays
  Unit* hot = compile(state.pc, mode, true);
  // Whoever jumps to the cold code arrives in the hot one.
  if (hot && cold->valid) patch_entry(cold->code, hot->code);
  return hot;
}

// --- dropping --------------------------------------------------------------------------------------------

void Engine::drop(Unit& unit) {
  if (!unit.valid) return;
  unit.valid = false;
  const u64 key = key_of(unit.pc, unit.mode);
  if (by_pc_.find(key) == &unit) by_pc_.erase(key);
  patch_entry(unit.code, unit.code + unit.stale_offset);
  for (Link* link : unit.incoming) {
    if (link->to != &unit) continue;
    patch_displacement(link->site, link->stub);
    link->to = nullptr;
  }
  unit.incoming.clear();
}

void Engine::invalidate(GuestAddr start, GuestAddr end) {
  std::lock_guard lock(mutex_);
  for (auto it = by_page_.lower_bound(start & ~(kPage - 1)); it != by_page_.end() && it->first < end;) {
    std::erase_if(it->second, [&](Unit* unit) {
      const bool hit = std::any_of(unit->ranges.begin(), unit->ranges.end(),
                                   [&](const auto& r) { return r.first < end && start < r.second; });
      if (hit) drop(*unit);
      return !unit->valid;
    });
    it = it->second.empty() ? by_page_.erase(it) : std::next(it);
  }
}

// The cache is full. What has been translated is dropped; its memory is not reused, since other threads may be
// in it.
void Engine::drop_everything() {
  std::fprintf(stderr, "veneer: the code cache is full\n");
  std::abort();
}

bool Engine::strip_tags_at(CpuState& state) {
  // x86 reports an access to a non-canonical address as a general protection fault, without the address.
  if (state.fault_signal != SIGSEGV || state.fault_code != SI_KERNEL) return false;
  {
    std::lock_guard lock(mutex_);
    if (!tagged_.insert(state.pc).second) {
      state.fault_code = SEGV_MAPERR;
      return false;
    }
  }
  invalidate(state.pc, state.pc + 4);
  return true;
}

// --- the reference, and faults ---------------------------------------------------------------------------

bool Engine::evaluate(CpuState* state) {
  const auto& in = *static_cast<const ir::Inst*>(state->fallback_inst);
  state->exit = Exit::Continue;
  state->scratch[3] = interp::eval_fn(in.op)(*state, in, state->scratch);
  state->fallback_inst = nullptr;
  if (state->exit != Exit::Fault) return false;
  const Engine& engine = static_cast<ThreadData*>(state->engine)->engine;
  const Unit* unit = engine.unit_at(state->fallback_return);
  for (const FaultPoint& p : unit->faults)
    if (p.offset == state->fallback_return - reinterpret_cast<u64>(unit->code))  // NOLINT: comparing addresses
      engine.recover_registers(*state, *unit, p, state->host_gpr, state->host_vec);
  return true;
}

const Unit* Engine::unit_at(u64 host_pc) const noexcept {
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
  const Unit* unit = by_code_[low - 1];
  return host_pc <= reinterpret_cast<u64>(unit->code) + unit->size ? unit : nullptr;  // NOLINT
}

void Engine::recover_registers(CpuState& state, const Unit& unit, const FaultPoint& point, const u64* gprs,
                               const Vec* vecs) const noexcept {
  state.pc = unit.pcs[point.pc];
  for (unsigned r = 0; r < 16; ++r) {
    if (point.gprs >> r & 1) state.x[unit.pins.gpr[r]] = gprs[r];
    if (point.vecs >> r & 1) {
      const unsigned g = static_cast<unsigned>(unit.pins.vec[r]);
      Vec v{};
      switch (unit.pins.vec_width[g]) {
        case 32: v.w[0] = vecs[r].w[0]; break;
        case 64: v.d[0] = vecs[r].d[0]; break;
        default: v = vecs[r]; break;
      }
      state.v[g] = v;
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
    const Unit* unit = unit_at(rip);
    const FaultPoint* point = nullptr;
    if (unit)
      for (const FaultPoint& p : unit->faults)
        if (p.offset == rip - reinterpret_cast<u64>(unit->code)) point = &p;  // NOLINT: comparing addresses
    if (!point) return false;
    u64 gprs[16];
    for (unsigned r = 0; r < 16; ++r) gprs[r] = static_cast<u64>(gregs[kGprOrder[r]]);
    Vec vecs[16];
    for (unsigned r = 0; r < 16; ++r) __builtin_memcpy(&vecs[r], &uc.uc_mcontext.fpregs->_xmm[r], sizeof(Vec));
    recover_registers(state, *unit, *point, gprs, vecs);
    gregs[REG_RIP] = static_cast<greg_t>(trampolines_.routines.leave);
  } else if (options_.tier == TranslatorOptions::Tier::Interp) {
    gregs[REG_RIP] = static_cast<greg_t>(trampolines_.routines.left);
    gregs[REG_RBP] = static_cast<greg_t>(reinterpret_cast<u64>(&state) + kStateBias);  // NOLINT
  } else {
    const Unit* unit = unit_at(state.fallback_return);
    for (const FaultPoint& p : unit->faults)
      if (p.offset == state.fallback_return - reinterpret_cast<u64>(unit->code))  // NOLINT: comparing addresses
        recover_registers(state, *unit, p, state.host_gpr, state.host_vec);
    gregs[REG_RIP] = static_cast<greg_t>(trampolines_.routines.abandon);
    gregs[REG_RBP] = static_cast<greg_t>(reinterpret_cast<u64>(&state) + kStateBias);  // NOLINT
  }
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
