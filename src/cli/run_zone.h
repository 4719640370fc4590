// veneer run IMAGE|ROOT: an ephemeral zone.
#pragma once

#include "program/process.h"

namespace veneer::cli {

// Is the "program" an image or a root tree?
bool names_zone(const RunOptions& options);
// The exit status. `argv`: what follows "run" on the command line.
int run_in_zone(const RunOptions& options, int argc, char** argv);

}  // namespace veneer::cli
