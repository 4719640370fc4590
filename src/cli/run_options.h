// The command line of `veneer run`.
#pragma once

#include <optional>

#include "base/errors.h"
#include "program/process.h"

namespace veneer::cli {

// The options, or nothing when help was asked for.
Result<std::optional<RunOptions>> parse_run_options(int argc, const char* const* argv);

}  // namespace veneer::cli
