// The IR as text, one instruction a line: for people, and for tests of what was lifted.
#pragma once

#include <string>

#include "translate/ir/ir.h"

namespace veneer::ir {

std::string to_string(const Inst& in, Value v);
std::string to_string(const Block& block);

}  // namespace veneer::ir
