// Where RISC-V's general registers are in CpuState::x. The Linux layer finds what every ABI has at the same
// place there, whatever the instruction set: see GuestRegisters in program/abi.h. x0 is nowhere.
#pragma once

#include <array>

#include "base/types.h"
#include "translate/cpu_state.h"

namespace veneer::rv64 {

constexpr unsigned kZero = 0, kRa = 1, kSp = 2, kTp = 4, kT0 = 5, kFp = 8,
                   kNumber = 17;  // a7: of a system call

constexpr std::array<u8, 32> kSlots = {
    0xff,                              // zero
    30,   31, 28, 18,                  // ra, sp, gp, tp
    9,    10, 11,                      // t0..t2
    29,   19,                          // s0 (fp), s1
    0,    1,  2,  3,  4,  5,  6,  8,   // a0..a7
    20,   21, 22, 23, 24, 25, 26, 27,  // s2..s9
    7,    17,                          // s10, s11
    12,   13, 14, 15,                  // t3..t6
};

// FPCR but for what fcsr says (Unprivileged ISA 20.3, 20.4).
constexpr u32 kFpcr = fpcr::kDN | fpcr::kTinyAfterRounding;

}  // namespace veneer::rv64
