// `veneer run --gdb`: runs a program that a debugger has in hand from its first instruction on.
#pragma once

#include <functional>
#include <span>
#include <string>

#include "program/process.h"

namespace veneer::debug {

// The program runs in a child; this process serves the debugger and ends as the child does: its exit status, or
// 128 and the signal's number. Errors are reported on standard error: 125, 126, 127.
int run_under_debugger(RunOptions options, std::span<const GuestPlatform> platforms, const std::string& where);

}  // namespace veneer::debug
