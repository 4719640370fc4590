// What the engine keeps for one guest thread: its return-address stack and its jump cache.
#pragma once

#include <algorithm>
#include <atomic>
#include <new>

#include <sys/mman.h>

#include "base/zero_pages.h"
#include "translate/tier1/engine.h"
#include "translate/tier1/lifted_blocks.h"

namespace veneer::tier1 {

// The return-address stack: pages, the lowest of which is not accessible.
constexpr usize kRasSize = usize{256} << 10;
constexpr usize kRasGuard = 4096;

struct Engine::ThreadData {
  Engine& engine;
  CpuState& state;
  ZeroPages<u8> ras{kRasSize};
  ZeroPages<JumpCacheEntry> jump_cache{kJumpCacheSize};
  // Which generation of translated code the thread may refer to, and whether it is running it.
  u64 generation = 0;
  std::atomic<bool> in_code{false};
  // Whether it is running whole blocks by the reference.
  bool in_reference = false;
  LiftedBlocks lifted;
  ir::Block lifting;  // the block being lifted

  ThreadData(Engine& e, CpuState& s) : engine(e), state(s) {
    ::mprotect(ras.data(), kRasGuard, PROT_NONE);
    const u64 base = reinterpret_cast<u64>(ras.data()) + kRasSize - 64;  // NOLINT: an address in a register
    state.ras_base = state.ras_sp = base;
    reinterpret_cast<u64*>(base)[1] = kNoGuestAddress;  // NOLINT
    state.jump_cache = jump_cache.data();
    jump_cache[0].pc = kNoGuestAddress;
  }
  ThreadData(const ThreadData&) = delete;
  ThreadData& operator=(const ThreadData&) = delete;

  // Entry 0 would match pc 0, whose entry it is.
  void forget_jumps() {
    std::fill_n(jump_cache.data(), kJumpCacheSize, JumpCacheEntry{0, nullptr});
    jump_cache[0].pc = kNoGuestAddress;
  }
  void forget_returns() { state.ras_sp = state.ras_base; }
  void forget_code() {
    forget_jumps();
    forget_returns();
  }
  bool in_guard(u64 address) const {
    return address - reinterpret_cast<u64>(ras.data()) < kRasGuard;  // NOLINT: comparing addresses
  }
};

}  // namespace veneer::tier1
