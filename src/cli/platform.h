// The guest CPUs that `veneer run` shows to programs.
#pragma once

#include <span>

#include "program/process.h"

namespace veneer::cli {

// One for each instruction set.
std::span<const GuestPlatform> guest_platforms();

}  // namespace veneer::cli
