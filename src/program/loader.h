// Maps a program and its interpreter into memory.
#pragma once

#include <string>
#include <vector>

#include "base/errors.h"
#include "program/auxv.h"
#include "program/elf.h"
#include "program/process.h"

namespace veneer {

struct LoadedProgram {
  AuxvInput auxv;
  bool executable_stack = false;
  struct Code {  // an executable segment
    Fd file;
    u64 offset;  // in the file, of start
    GuestAddr start;
    u64 bytes;
  };
  std::vector<Code> code;
};

// Loads the aarch64 program open at `fd` and its interpreter, and fills in process.entry, brk, code_*.
// The error's message is the reason alone.
Result<LoadedProgram> load_program(Process& process, int fd);

}  // namespace veneer
