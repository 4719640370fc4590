// What the kernel does with futexes when a thread ends, done while the thread's host thread still runs: its
// own end comes later, when the guest may have reused the memory.
#pragma once

#include "program/thread.h"

namespace veneer {

// Marks the robust futexes that the thread holds (get_robust_list(2)), and forgets the list.
void release_robust_list(Thread& thread);

// CLONE_CHILD_CLEARTID: clears the word and wakes who joins the thread.
void clear_child_tid(Thread& thread);

}  // namespace veneer
