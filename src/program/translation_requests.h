// What a process asks for of the cache of translations when it ends.
#pragma once

#include "program/thread.h"

namespace veneer {

// Starts a `veneer cache build` for the code that this process has used without finding translations of it on
// disk; it goes on by itself, when this process has ended. To be called by the last thing that a process does.
// Not for a thread that is traced, whose tracer would see it, nor for one that filters its system calls.
void request_translations(const Thread& thread);

}  // namespace veneer
