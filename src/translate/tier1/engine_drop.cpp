// Dropping translations: of code that changed, and of everything when memory is full.
#include <algorithm>
#include <csignal>

#include <sched.h>

#include <utility>

#include "translate/interp/interpreter.h"
#include "translate/tier1/engine.h"
#include "translate/tier1/patch.h"
#include "translate/tier1/thread_data.h"
#include "translate/tier1/unit_key.h"

namespace veneer::tier1 {

void Engine::drop(Unit& unit) {
  if (!unit.valid) return;
  unit.valid = false;
  const u64 key = key_of(unit);
  if (by_pc_.find(key) == &unit) by_pc_.erase(key);
  patch_entry(unit.code, unit.code + unit.leave_offset);
  for (Link* link = unit.incoming; link; link = link->next) {
    if (link->to != &unit) continue;
    patch_displacement(link->from->code + link->site, link->from->code + link->stub);
    link->to = nullptr;
  }
  unit.incoming = nullptr;
}

void Engine::invalidate(GuestAddr start, GuestAddr end) {
  std::lock_guard lock(mutex_);
  ++lift_version_;
  for (auto it = by_page_.lower_bound(start & ~(kPage - 1)); it != by_page_.end() && it->first < end;) {
    std::erase_if(it->second, [&](Unit* unit) {
      const bool hit = std::any_of(unit->ranges.begin(), unit->ranges.end(),
                                   [&](const auto& r) { return r.start < end && start < r.end; });
      if (hit) drop(*unit);
      return !unit->valid;
    });
    it = it->second.empty() ? by_page_.erase(it) : std::next(it);
  }
  drop_in_images(start, end);
}

// What is only lifted is lifted again in any case: it has not run often.
void Engine::invalidate_changed(GuestAddr start, GuestAddr end) {
  std::lock_guard lock(mutex_);
  ++lift_version_;
  for (auto it = changeable_.lower_bound(start & ~(kPage - 1)); it != changeable_.end() && it->first < end;) {
    drop_changed(it->first, it->second);
    it = it->second.snapshots.empty() ? changeable_.erase(it) : std::next(it);
  }
}

// Most pages are as they were, for which they are compared as wholes.
void Engine::drop_changed(GuestAddr page, ChangeablePage& known) {
  std::array<u8, kPage> now;
  const bool there = source_.read(page, now);
  const bool is_same = there && known.image && *known.image == now;
  std::vector<Snapshot>& all = known.snapshots;
  if (is_same && known.compared == all.size()) return;
  for (usize i = is_same ? known.compared : 0; i < all.size(); ++i) {
    const Snapshot& s = all[i];
    if (!s.unit->valid) continue;
    if (!there || !std::ranges::equal(s.code, std::span(now).subspan(s.offset, s.code.size()))) drop(*s.unit);
  }
  std::erase_if(all, [](const Snapshot& s) { return !s.unit->valid; });
  known.compared = all.size();
  if (!there || all.empty()) return known.image.reset();
  if (!known.image) known.image = std::make_unique<std::array<u8, kPage>>();
  *known.image = now;
}

// --- when memory is full ---------------------------------------------------------------------------------

bool Engine::has_room() const {
  return cache_.free_space().size() >= kLeastSpace && units_.size() + 1 < kMaxUnits;
}

// Nobody else may be in translated code, or about to enter it, when its memory is used anew. The lock is not
// held while waiting for that: who is in translated code may want it before coming out.
std::unique_lock<std::mutex> Engine::lock_with_room() {
  std::unique_lock lock(mutex_);
  while (flushing_) {
    lock.unlock();
    ::sched_yield();
    lock.lock();
  }
  if (has_room()) return lock;
  flushing_ = true;
  while (!all_out_of_code()) {
    lock.unlock();
    ::sched_yield();
    lock.lock();
  }
  drop_everything();
  flushing_ = false;
  return lock;
}

bool Engine::all_out_of_code() {
  bool all = true;
  for (ThreadData* thread : threads_) {
    if (!thread->in_code) continue;
    thread->state.pending = 1;
    all = false;
  }
  return all;
}

void Engine::drop_everything() {
  names_.forget();
  by_pc_.clear();
  by_page_.clear();
  unit_count_ = 0;
  units_.clear();
  changeable_.clear();
  links_.clear();
  kept_.clear();
  arena_.clear();
  image_links_.clear();
  for (usize i = image_count_.exchange(0); i-- > 0;) images_[i].reset();
  image_space_used_ = 0;
  cache_.reset(trampolines_.size);
  ++generation_;
}

// --- tagged addresses ------------------------------------------------------------------------------------

bool Engine::expects_too_much(CpuState& state) {
  if (state.fault_signal != kExpectationFailed) return false;
  check_sp();
  return true;
}

bool Engine::strip_tags_at(CpuState& state) {
  // x86 reports an access to a non-canonical address as a general protection fault, without the address; or as
  // one of the stack, which is a SIGBUS, where the reference has the address in rbp.
  if ((state.fault_signal != SIGSEGV && state.fault_signal != SIGBUS) || state.fault_code != SI_KERNEL)
    return false;
  state.fault_signal = SIGSEGV;
  {
    std::lock_guard lock(mutex_);
    if (!tagged_.insert(state.pc).second) {
      state.fault_code = SEGV_MAPERR;
      name_address(state);
      return false;
    }
  }
  invalidate(state.pc, state.pc + 4);
  return true;
}

// Where a tag led away from all code: the pc without it.
bool Engine::strip_pc_tag(CpuState& state) const {
  const GuestAddr pc = isa_.canonical_pc(state.pc);
  return std::exchange(state.pc, pc) != pc;
}

// The address that the host has not told, from the instruction and its operands.
void Engine::name_address(CpuState& state) const {
  const std::span<const u8> code = source_.fetch(state.pc);
  if (code.empty()) return;
  ir::Block block;
  isa_.lift(state.pc, code, {.max_insns = 1, .strip_tags = true, .check_sp = true, .mode = state.mode}, block);
  if (const auto address = interp::inexpressible_address(state, block)) state.fault_addr = *address;
}

}  // namespace veneer::tier1
