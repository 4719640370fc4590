// A process in the foreground: its terminal is shown on ours, our signals go to it, and its end is waited for.
#pragma once

#include <sys/types.h>

#include "base/files.h"

namespace veneer::zone {

// `pid` is a child; `terminal` is its terminal's master, or none. The status as a shell has it: 128 + signal.
int wait_in_foreground(pid_t pid, Fd terminal);

}  // namespace veneer::zone
