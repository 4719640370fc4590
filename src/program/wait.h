// Waiting for children. The host's kernel says that core was dumped only of its own dumps; of a guest's
// (core_dump.h), a process that waits for it as a guest of veneer's learns by what the dead one has left.
#pragma once

#include <sys/resource.h>

#include <csignal>

#include "base/types.h"

namespace veneer {

struct Thread;

// In a process that has written its core and is about to die of a signal. Without it, it has not.
void note_core_dumped();

// Of a process that has died of a signal, and that nobody has waited for yet: makes CLD_KILLED CLD_DUMPED where
// it has written its core. Async-signal-safe.
void tell_of_core(siginfo_t& info);

// waitid(2), with CLD_DUMPED of guests, too. `thread` is null where nothing interrupts the call.
s64 wait_for_child(Thread* thread, u64 type, s64 id, siginfo_t& info, int options, rusage* usage);

// How wait4(2) tells what waitid(2) has found.
int wait_status(const siginfo_t& info);

}  // namespace veneer
