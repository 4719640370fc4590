// Exceptions that guest instructions raise, as the signals that the kernel makes of them; and what veneer does
// about a fault of its own.
#pragma once

#include <csignal>

#include <ucontext.h>

#include "program/thread.h"

namespace veneer {

// After Translator::run returned Exit::Trap or Exit::Fault: forces the signal.
void raise_trap(Thread& thread);
void raise_fault(Thread& thread);

// Says where veneer failed and how to report it, and ends the process with status 125. Async-signal-safe.
[[noreturn]] void report_internal_fault(const Thread* thread, const siginfo_t& info, const ucontext_t& context);

}  // namespace veneer
