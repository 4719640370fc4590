// The guest CPUs that `veneer run` shows to programs.
#pragma once

#include <string>
#include <vector>

#include "base/errors.h"
#include "program/process.h"

namespace veneer::cli {

// One for each instruction set, with the features that `cpus` chooses (see isa/cpu/choice.h): a text is of
// those instruction sets that know its model; each instruction set can be chosen once, and has all features
// otherwise.
Result<std::vector<GuestPlatform>> guest_platforms(const std::vector<std::string>& cpus);

// What there is to choose from.
std::string list_cpus(bool json);

}  // namespace veneer::cli
