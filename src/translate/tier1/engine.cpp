#include "translate/tier1/engine.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include <sched.h>
#include <unistd.h>
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#endif

#include "translate/interp/interpreter.h"
#include "translate/tier1/constants.h"
#include "translate/tier1/patch.h"
#include "translate/tier1/thread_data.h"
#include "translate/tier1/unit_key.h"

namespace veneer::tier1 {

namespace {

constexpr u32 kNoLink = ~u32{0};
constexpr usize kImageSpace = usize{1} << 30;  // with the code, within the reach of 32 bits
constexpr s32 kRetryCount = 16;                // executions until a promotion that had to wait is tried again
constexpr u8 kFirstRuns = 8;                   // of a block, by the reference
constexpr u32 kUsual = 16;  // an indirect branch goes where it has been going so often in a row

// A fault leaves frames of the reference without returning from them: the sanitizer would take what they had
// for still in use.
void forget_frames() {
#ifdef __SANITIZE_ADDRESS__
  __asan_handle_no_return();
#endif
}

}  // namespace

void Engine::cannot_fetch(CpuState& state) const {
  state.exit = Exit::Trap;
  state.exit_info =
      static_cast<u32>(isa_.is_aligned(state.pc) ? ir::TrapKind::FetchFault : ir::TrapKind::PcAlignment);
}

Engine::Engine(const GuestIsa& isa, CodeSource& source, const TranslatorOptions& options)
    : isa_(isa),
      source_(source),
      options_(options),
      exact_underflow_(options.exact_underflow),
      check_sp_(options.tier == TranslatorOptions::Tier::Interp),
      has_wide_registers_(options.wide_registers),
      host_(HostFeatures::detect(options.disable_features)),
      cache_(std::max(options.code_cache_size, 2 * kLeastSpace), kImageSpace),
      names_(options.perf_name) {
  if (names_.wanted()) names_.open();
  trampolines_ = emit_trampolines(cache_.free_space(), evaluate, host_.avx);
  cache_.take(trampolines_.size);
  compiler_ = std::make_unique<Compiler>(
      host_, trampolines_.routines, kept_,
      CompileHost{
          .flags_live_at =
              [this](GuestAddr pc) {
                const auto code = isa_.is_aligned(pc) ? source_.fetch(pc) : std::span<const u8>{};
                return code.empty() || !isa_.flags_dead_at(code, keep_flags_for_faults_);
              },
          .new_link =
              [this](Unit& unit, GuestAddr target) {
                links_.push_back({.from = &unit, .target = target});
                return static_cast<u32>(links_.size() - 1);
              },
          .link = [this](u32 number) -> Link& { return links_[number]; },
          .usual_target = [this](GuestAddr block, const Unit& unit) { return usual_target(block, unit); },
          .space = [this] { return cache_.free_space(); },
          .alignment_bits = isa.alignment_bits()});
}

Engine::~Engine() = default;

void Engine::attach(CpuState& state) {
  fill_constants(state);
  auto* data = new ThreadData(*this, state);
  state.engine = data;
  state.exclusive_versions = exclusive_versions_.data();
  state.code_pages = code_pages_.data();
  state.execute = isa_.executor();
  state.invalidate = [](CpuState& s, GuestAddr start, GuestAddr end) {
    static_cast<ThreadData*>(s.engine)->engine.invalidate(start, end);
  };
  state.invalidate_changed = [](CpuState& s) {
    static_cast<ThreadData*>(s.engine)->engine.invalidate_changed(0, ~GuestAddr{0});
  };
  std::lock_guard lock(mutex_);
  state.wide_bytes = static_cast<u16>(has_wide_registers_ ? isa_.wide_bytes() : 0);
  threads_.push_back(data);
}

void Engine::unlock_in_child(CpuState& survivor) {
  for (ThreadData* thread : threads_)
    if (thread != survivor.engine) delete thread;
  threads_ = {static_cast<ThreadData*>(survivor.engine)};
  // Claims of threads that the child does not have (cpu_state.h).
  for (u32& version : exclusive_versions_) version += version & 1;
  flushing_ = false;
  if (names_.wanted()) {
    names_.open();
    for (const Unit& unit : units_) names_.add(unit.code, unit.size, unit.pc);
  }
  mutex_.unlock();
}

GuestAddr Engine::unit_pc(u64 host_pc) const noexcept {
  return cache_.contains(host_pc) ? fault_unit_at(host_pc).pc : 0;
}

// What is translated already was made without it. Under the lock.
void Engine::from_now_on(bool& wanted) {
  if (std::exchange(wanted, true)) return;
  ++lift_version_;
  for (Unit& unit : units_)
    if (!unit.of_image) drop(unit);
}

void Engine::check_sp() {
  std::lock_guard lock(mutex_);
  from_now_on(check_sp_);
}

void Engine::keep_flags_for_faults() {
  std::lock_guard lock(mutex_);
  from_now_on(keep_flags_for_faults_);
}

void Engine::allow_wide_registers() {
  std::lock_guard lock(mutex_);
  for (ThreadData* thread : threads_) thread->state.wide_bytes = static_cast<u16>(isa_.wide_bytes());
  from_now_on(has_wide_registers_);
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

Exit Engine::run(CpuState& state) {
  if (!isa_.is_sp_aligned(state)) check_sp();
  auto& thread = *static_cast<ThreadData*>(state.engine);
  FpMode mode = mode_of(state);
  for (;;) {
    if (state.pending) return state.exit = Exit::Pending;
    if (options_.trace) trace(state);
    if (wants_reference(state)) {
      run_reference(state);
    } else {
      if (const FpMode now = mode_of(state); now != mode) {
        mode = now;
        thread.forget_code();
      }
      Unit* unit = find(state);
      if (!unit) {
        if (strip_pc_tag(state)) continue;
        return state.exit;
      }
      if (!options_.trace) {
        thread.jump_cache[state.pc >> isa_.alignment_bits() & (kJumpCacheSize - 1)] = {state.pc, unit->code};
      }
      state.exit = Exit::Continue;
      state.link_record = kNoLink;
      state.left_entry = 0;
      trampolines_.enter(&state, unit->code);
      if (state.exit == Exit::Continue) {
        if (state.link_record != kNoLink) resolve_link(state);
        if (state.left_entry) leave_at_entry(state);
      }
      thread.in_code.store(false, std::memory_order_release);
    }
    if (state.exit == Exit::Fault) {
      forget_frames();
      if (expects_too_much(state) || strip_tags_at(state)) continue;
    }
    if (state.exit == Exit::Trap && strip_pc_tag(state)) continue;
    if (state.exit != Exit::Continue) return state.exit;
  }
}

// Most code runs once or twice, for which translating it does not pay. The counts are a guess: blocks may share
// one.
bool Engine::wants_reference(const CpuState& state) {
  if (options_.tier != TranslatorOptions::Tier::Adaptive)
    return options_.tier == TranslatorOptions::Tier::Interp;
  const FpMode mode = mode_of(state);
  if (find_unit(state.pc, mode, state.mode) || in_image(state.pc, mode)) return false;
  u8& runs = first_runs_[first_run_index(state.pc)];
  const u8 n = __atomic_load_n(&runs, __ATOMIC_RELAXED);
  if (n >= kFirstRuns) return false;
  __atomic_store_n(&runs, static_cast<u8>(n + 1), __ATOMIC_RELAXED);
  return true;
}

Exit Engine::step(CpuState& state) {
  if (!isa_.is_sp_aligned(state)) check_sp();
  for (;;) {
    ir::Block block;
    bool fetched = false;
    {
      const std::lock_guard lock(mutex_);
      fetched = lift_next(state, block, 1);
    }
    if (fetched) evaluate(state, block.view());
    if (state.exit == Exit::Fault) {
      forget_frames();
      if (expects_too_much(state) || strip_tags_at(state)) continue;
    }
    if (state.exit == Exit::Trap && strip_pc_tag(state)) continue;
    return state.exit;
  }
}

void Engine::accesses_of_next(const CpuState& state, const std::function<void(const MemoryAccess&)>& visit) {
  ir::Block block;
  {
    const std::lock_guard lock(mutex_);
    if (!isa_.is_aligned(state.pc) || !lift(state.pc, state.mode, block, 1)) return;
  }
  interp::for_each_access(state, block, visit);
}

// For the reference; under the lock. False: it cannot be fetched, and the state says so.
bool Engine::lift_next(CpuState& state, ir::Block& block, usize max_insns) {
  if (!isa_.is_aligned(state.pc) || !lift(state.pc, state.mode, block, max_insns)) {
    cannot_fetch(state);
    return false;
  }
  if (dumps(std::span(&block, 1))) dump(std::span(&block, 1), nullptr);
  return true;
}

void Engine::run_reference(CpuState& state) {
  auto& thread = *static_cast<ThreadData*>(state.engine);
  const LiftedBlocks::Entry* block = thread.lifted.find(state.pc, lift_version_, state.mode);
  if (!block) {
    const std::lock_guard lock(mutex_);
    if (!lift_next(state, thread.lifting)) return;
    block = &thread.lifted.keep(thread.lifting, lift_version_);
  }
  evaluate(state, {.pc = block->pc, .end_pc = block->end_pc, .insts = thread.lifted.insts(*block)});
}

void Engine::evaluate(CpuState& state, const ir::BlockView& block) {
  auto& thread = *static_cast<ThreadData*>(state.engine);
  state.fallback_inst = &block;
  thread.in_reference = true;
  trampolines_.call(
      &state, [](CpuState* s, const void* b) { interp::run_block(*s, *static_cast<const ir::BlockView*>(b)); },
      &block);
  thread.in_reference = false;
  state.fallback_inst = nullptr;
}

// With a unit, the thread counts as being in translated code; see lock_with_room.
Unit* Engine::find(CpuState& state) {
  auto& thread = *static_cast<ThreadData*>(state.engine);
  const FpMode mode = mode_of(state);
  for (;;) {
    thread.in_code = true;
    if (!flushing_) {
      if (thread.generation != generation_) {
        thread.forget_code();
        thread.generation = generation_;
      }
      if (Unit* unit = find_unit(state.pc, mode, state.mode)) return unit;
    }
    thread.in_code = false;
    const auto lock = lock_with_room();
    if (known_unit(state.pc, mode, state.mode)) continue;
    if (!isa_.is_aligned(state.pc) || !compile(state.pc, mode, state.mode, false, &thread)) {
      cannot_fetch(state);
      return nullptr;
    }
  }
}

Unit* Engine::find_unit(GuestAddr pc, FpMode mode, u8 isa_mode) const {
  if (Unit* unit = by_pc_.find(key_of(pc, mode))) return unit;
  return by_pc_.find(key_of(pc, mode, isa_mode));
}

GuestAddr Engine::usual_target(GuestAddr block, const Unit& from) {
  const Unit* unit = find_unit(block, from.mode, from.isa_mode);
  if (!unit || unit->profile->times < kUsual) return 0;
  const GuestAddr target = unit->profile->target;
  return isa_.is_aligned(target) && find_unit(target, from.mode, from.isa_mode) ? target : 0;
}

// Linking is worth no waiting: it can be done the next time.
void Engine::resolve_link(CpuState& state) {
  const u32 number = static_cast<u32>(state.link_record);
  state.pc = link_target(number);
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (!lock) return;
  Link* const wanted = link_of(number);
  if (!wanted) return;
  Link& link = *wanted;
  if (options_.trace || link.to || !link.from->valid || flushing_ || !has_room()) return;
  const FpMode mode = link.from->mode;
  Unit* to = known_unit(link.target, mode, state.mode);
  if (!to && isa_.is_aligned(link.target) && options_.tier == TranslatorOptions::Tier::One)
    to = compile(link.target, mode, state.mode, false);
  if (!to) return;  // the fault comes when it is entered
  link.to = to;
  link.next = to->incoming;
  to->incoming = &link;
  patch_displacement(link.from->code + link.site, to->code);
}

// It was dropped, or something is pending, or it is for another mode, or it has run often enough.
void Engine::leave_at_entry(CpuState& state) {
  const u64 host_pc = state.left_entry - 1;
  state.pc = fault_unit_at(host_pc).pc;
  s32* const count = count_of(host_pc);
  if (!count || __atomic_load_n(count, __ATOMIC_RELAXED) >= 0) return;
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (!lock) {
    __atomic_store_n(count, kRetryCount, __ATOMIC_RELAXED);
    return;
  }
  Unit& unit = entered_unit(host_pc);
  if (unit.valid && unit.counts && unit.executions_left() < 0 && !flushing_ && has_room()) promote(unit);
}

}  // namespace veneer::tier1
