// The notes of a core file (fs/binfmt_elf.c).
#pragma once

#include <csignal>
#include <string>
#include <vector>

namespace veneer {

struct Thread;

// Of the thread that dies first, then of the others.
std::string core_notes(Thread& dying, const siginfo_t& info, const std::vector<Thread*>& others);

}  // namespace veneer
