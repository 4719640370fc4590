// What the engine keeps for one guest thread: its return-address stack and its jump cache.
#pragma once

#include <algorithm>
#include <atomic>
#include <new>

#include <sys/mman.h>

#include "translate/tier1/engine.h"

namespace veneer::tier1 {

// The return-address stack: pages, the lowest of which is not accessible.
constexpr usize kRasSize = usize{256} << 10;
constexpr usize kRasGuard = 4096;

inline void* map_pages(usize size) {
  void* p = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (p == MAP_FAILED) throw std::bad_alloc();
  return p;
}

struct Engine::ThreadData {
  Engine& engine;
  CpuState& state;
  u8* ras = nullptr;
  JumpCacheEntry* jump_cache = nullptr;
  // Which generation of translated code the thread may refer to, and whether it is running it.
  u64 generation = 0;
  std::atomic<bool> in_code{false};
  // Whether it is running whole blocks by the reference.
  bool in_reference = false;

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
  void forget_code() {
    forget_jumps();
    forget_returns();
  }
  bool in_guard(u64 address) const {
    return address - reinterpret_cast<u64>(ras) < kRasGuard;  // NOLINT: comparing addresses
  }
};

}  // namespace veneer::tier1
