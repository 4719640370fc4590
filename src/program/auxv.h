// The auxiliary vector, as a kernel gives it (getauxval(3)).
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "base/errors.h"
#include "base/types.h"
#include "program/process.h"

namespace veneer {

// What the loaded program contributes.
struct AuxvInput {
  GuestAddr phdr = 0;
  u64 phnum = 0;
  GuestAddr entry = 0;  // of the program, not of its interpreter
  GuestAddr base = 0;   // where the interpreter is loaded; 0 without one
  GuestAddr vdso = 0;
  std::optional<bool> secure;  // AT_SECURE, where it is not what the kernel told veneer
};

// What the stack layout contributes.
struct AuxvStrings {
  GuestAddr random = 0, exec_name = 0, platform = 0;
};

std::vector<std::pair<u64, u64>> build_auxv(const GuestPlatform& platform, const AuxvInput& input,
                                            const AuxvStrings& strings);

}  // namespace veneer
