// Whether a block keeps to the rules of the IR: what every consumer of it may rely on.
#pragma once

#include <string>

#include "translate/ir/ir.h"

namespace veneer::ir {

// Empty when it does; otherwise the first violation, with the instruction that commits it.
std::string verify(const Block& block);

}  // namespace veneer::ir
