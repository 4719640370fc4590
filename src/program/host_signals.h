// The one handler that veneer has for host signals, and the host's side of a thread's mask.
#pragma once

#include <csignal>

#include "program/thread.h"

namespace veneer {

// Faults of translated code and of guarded copies are recovered; a fault of veneer's own is reported and ends
// the process. Signals for the guest are noted in the thread, for the run loop to deliver.
extern "C" void handle_host_signal(int signal, siginfo_t* info, void* context) noexcept;
extern "C" void veneer_signal_return();  // safe_syscall.S

// Gives the calling host thread the stack its handlers run on.
void use_handler_stack(Thread& thread);
void leave_handler_stack();

// Makes the host's mask that of the guest. kRestartSyscall, and nothing is changed, when a signal is waiting
// to be delivered; delivering it will set the mask.
s64 set_host_mask(Thread& thread);

// Blocks every signal on the host, for an operation that no signal may come into. kRestartSyscall, and
// nothing is changed, when a signal is waiting to be delivered.
s64 block_host_signals(Thread& thread);

}  // namespace veneer
