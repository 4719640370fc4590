// Executes an IR block by evaluating its operations one by one. The reference for every other tier.
#pragma once

#include "translate/cpu_state.h"
#include "translate/ir/ir.h"

namespace veneer::interp {

// Runs the block once and leaves pc, exit and exit_info as translated code would: pc is the next
// instruction to execute (see Exit). Guest state is written op by op, so that at a memory fault `state` is
// exactly the architectural state before the faulting instruction's remaining writes.
void run_block(CpuState& state, const ir::Block& block);

}  // namespace veneer::interp
