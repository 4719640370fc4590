// Chooses the guest registers that a unit keeps in host registers.
#pragma once

#include <span>

#include "translate/ir/ir.h"
#include "translate/tier1/unit.h"

namespace veneer::tier1 {

// `weights`: how often each block runs, relative to the others.
PinMap choose_pins(std::span<const ir::Block> blocks, std::span<const u32> weights);

}  // namespace veneer::tier1
