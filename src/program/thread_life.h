// How guest threads are counted and how they end.
#pragma once

#include "program/thread.h"

namespace veneer {

void count_new_thread() noexcept;
void uncount_thread() noexcept;
// In the child of a fork.
void become_only_thread() noexcept;

// exit_group(2).
[[noreturn]] void exit_process(int status) noexcept;

// exit(2): after run_loop, with every signal blocked on the host. Does not return for the process' first thread
// and for its last; otherwise the host thread may end, and `thread` be deleted.
void end_thread(Thread& thread);

}  // namespace veneer
