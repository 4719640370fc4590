// What a process asks for of the cache of translations when it ends.
#pragma once

#include "program/process.h"

namespace veneer {

// Starts a `veneer cache build` for the code that this process has used without finding translations of it on
// disk; it goes on by itself, when this process has ended. To be called by the last thing that a process does.
void request_translations(Process& process);

}  // namespace veneer
