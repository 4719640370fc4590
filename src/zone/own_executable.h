// veneer's own programs, kept from whoever runs in a container: a process that enters one is seen there as
// /proc/PID/exe until it executes the container's program, and what opens that for writing has the file of the
// host (CVE-2019-5736).
#pragma once

#include <sys/types.h>
#include <string>

#include "base/errors.h"
#include "base/files.h"

namespace veneer::zone {

// A view of the file, or a copy, that nobody can write to; it can be opened again and executed.
Result<Fd> unwritable_copy(const std::string& path);

// The contents of one descriptor to another, from the start.
Failure copy_program(int from, int to, off_t size);

// Where the programs of this installation are.
std::string own_directory();

// Makes this process one that runs an unwritable copy of its program. That is done in place, where the kernel
// lets a process exchange its /proc/self/exe (prctl(2), PR_SET_MM_MAP); otherwise the copy is executed with
// these arguments. Returns when the process is protected, or cannot be (the error says why). To be called while
// there is one thread.
Failure protect_own_executable(char** argv);

}  // namespace veneer::zone
