// The registers of a guest thread that is between two instructions, as tracers, debuggers and core files take
// them: where CpuState has them, whatever the instruction set calls them (abi.h).
#pragma once

#include "base/types.h"
#include "translate/cpu_state.h"

namespace veneer {

struct GuestRegisters {
  u64 x[32];  // x[31] is the stack pointer
  GuestAddr pc;
  u64 flags;  // PSTATE of arm64; zero elsewhere
  u64 tls;    // CpuState::tpidr
  u32 fpcr, fpsr;
  Vec v[32];
  // A file of wide registers, where there is one, and what belongs to it: as CpuState has them.
  Vec wide[64];
  u64 control[4];
  u16 wide_bytes;
  u8 mode;
};

// Which of them a tracer has changed.
enum RegisterPart : u32 {
  kGeneralPart = 1,   // x, pc, flags
  kFloatingPart = 2,  // v, fpcr, fpsr
  kTlsPart = 4,
  kWidePart = 64,  // wide, control, mode
};

void save_registers(const CpuState& cpu, GuestRegisters& out);
// `parts`: of RegisterPart.
void load_registers(const GuestRegisters& from, u32 parts, CpuState& cpu);

}  // namespace veneer
