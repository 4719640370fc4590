// The initial stack of a program: its size, and what lies on it when the first instruction runs.
#pragma once

#include <string>
#include <vector>

#include "program/auxv.h"
#include "program/process.h"

namespace veneer {

// Maps the stack and lays out argc, argv, envp, the auxiliary vector and what they point at, as Linux does;
// fills in the process's stack_*, stack_pointer, arg_*, env_* and auxv.
Result<bool> build_stack(Process& process, const std::vector<std::string>& argv,
                         const std::vector<std::string>& envp, const std::string& exec_name,
                         const AuxvInput& input, bool executable);

}  // namespace veneer
