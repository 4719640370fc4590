// Hooks of config.json ("POSIX-platform Hooks").
#pragma once

#include <span>
#include <string>

#include "base/errors.h"
#include "zone/spec.h"

namespace veneer::zone {

// Runs them in order, each with the container's state (JSON) on its standard input; the first that fails ends
// it.
Failure run_hooks(std::span<const Hook> hooks, const char* kind, const std::string& state);

}  // namespace veneer::zone
