// The routines between C++ and translated code.
//
// The return-address stack. rsp in translated code points at a stack of pairs, from the top: where the host
// returns to, and the guest address that this stands for. A guest call pushes the guest's return address and
// CALLs; a guest return compares the guest address and RETs, so that the host predicts it. On a mismatch
// (longjmp, switched stacks) the stack is emptied: what lies below would not match either. The empty stack
// holds a guest address that no guest has.
#pragma once

#include <span>

#include "translate/cpu_state.h"
#include "translate/tier1/emitter.h"

namespace veneer::tier1 {

struct Trampolines {
  Routines routines;
  // Runs translated code until it leaves.
  void (*enter)(CpuState* state, const void* code) = nullptr;
  // Calls fn(state, argument) so that a fault in it can be left by routines.abandon.
  void (*call)(CpuState* state, void (*fn)(CpuState*, const void*), const void* argument) = nullptr;
  usize size = 0;
};

// What evaluates an operation for translated code; true: leave it, the state says why.
using FallbackFn = bool (*)(CpuState*);

Trampolines emit_trampolines(std::span<u8> space, FallbackFn fallback, bool avx);

constexpr GuestAddr kNoGuestAddress = 1;  // not a multiple of four

}  // namespace veneer::tier1
