// The reference semantics of every IR operation that computes a value or touches memory. The interpreter
// runs blocks with these; tier 1 calls them for what it has no host code for, and for the rare paths of
// what it has (NaNs, FPCR modes). Nothing here allocates, throws, or uses host floating point.
#pragma once

#include "translate/cpu_state.h"
#include "translate/ir/ir.h"

namespace veneer::interp {

// Evaluates `in` on `args` (one Vec per argument; I1 and narrower than 128 bits in the low bits, the rest
// zero) and returns the result in the same form. Memory operations access guest memory directly: a fault is
// a host signal while state.pc is that of the guest instruction.
// An alignment fault found by the op itself sets state.exit = Exit::Fault and fault_*.
using EvalFn = Vec (*)(CpuState& state, const ir::Inst& in, const Vec* args);

// Never null for ops that are not terminators, GetReg, SetReg or InsnStart (the interpreter does those).
EvalFn eval_fn(ir::Op op);

// Whether the byte there can be read, without a fault.
bool is_readable(GuestAddr address);

// FPSR as the guest reads it: the union of state.fpsr, state.saturated and the host's MXCSR flags.
u64 read_fpsr(const CpuState& state);
void write_fpsr(CpuState& state, u64 value);
// Also sets the rounding mode and the flushing of state.mxcsr and of the calling thread's MXCSR.
void write_fpcr(CpuState& state, u64 value);

}  // namespace veneer::interp
