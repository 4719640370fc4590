// Executes an IR block by evaluating its operations one by one. The reference for every other tier.
#pragma once

#include <functional>
#include <optional>

#include "translate/cpu_state.h"
#include "translate/ir/ir.h"
#include "translate/memory_access.h"

namespace veneer::interp {

// Runs the block once and leaves pc, exit and exit_info as translated code would: pc is the next
// instruction to execute (see Exit). Guest state is written op by op, so that at a memory fault `state` is
// exactly the architectural state before the faulting instruction's remaining writes.
void run_block(CpuState& state, const ir::BlockView& block);

// What the block's first instruction is about to access, in order: found without accessing any memory.
void for_each_access(const CpuState& state, const ir::Block& block,
                     const std::function<void(const MemoryAccess&)>& visit);

// Of a block that has faulted at its first instruction: the first address it uses that the host cannot express
// (one that is not canonical, for which the host names none). Accesses no memory.
std::optional<GuestAddr> inexpressible_address(const CpuState& state, const ir::Block& block);

}  // namespace veneer::interp
