// How tier 1 uses the host's registers.
//
//   rbp          CpuState + kStateBias: x[0..31] are within a signed byte
//   rsp          the return-address stack (trampolines.h)
//   rax rcx rdx rsi rdi r8, xmm0..5  temporaries: SSA values of the current block
//   rbx r9..r15, xmm6..15            pins: guest registers, by the unit's choice; unused ones are temporaries
//   too
#pragma once

#include <asmjit/x86.h>
#include <array>
#include <cstddef>

#include "translate/cpu_state.h"

namespace veneer::tier1 {

namespace x86 = asmjit::x86;

constexpr s32 kStateBias = offsetof(CpuState, x) + 16 * sizeof(u64);

constexpr unsigned kRax = 0, kRcx = 1, kRdx = 2, kRbx = 3, kRsp = 4, kRbp = 5, kRsi = 6, kRdi = 7;

constexpr std::array<u8, 8> kPinGprs = {kRbx, 15, 14, 13, 12, 11, 10, 9};
constexpr std::array<u8, 10> kPinVecs = {15, 14, 13, 12, 11, 10, 9, 8, 7, 6};
// In the order of preference: rax, rcx and rdx are needed by name (division, shifts, flags), so they come last.
constexpr std::array<u8, 14> kTempGprOrder = {kRsi, kRdi, kRdx, kRcx, 8, 9, 10, 11, kRbx, 12, 13, 14, 15, kRax};

constexpr std::array<u8, 16> kTempVecOrder = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

inline x86::Mem state_mem(usize offset, u32 size = 0) {
  return x86::Mem(x86::rbp, static_cast<s32>(offset) - kStateBias, size);
}

}  // namespace veneer::tier1
