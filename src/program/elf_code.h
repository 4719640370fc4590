// The code of an ELF file, for who translates it before it runs. Nothing of the file is trusted.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "program/elf.h"

namespace veneer {

struct ElfCode {
  u64 vaddr = 0, offset = 0,
      size = 0;                     // of the executable segment, from its page's start on, as the file has it
  std::vector<u64> entries;         // where code begins: the entry, functions, what relocations point to
  std::vector<std::string> needed;  // DT_NEEDED
  std::vector<std::string> search;  // DT_RUNPATH or DT_RPATH, without $ORIGIN's replaced
};

// Nothing when there is no executable segment.
std::optional<ElfCode> read_elf_code(const ElfInput& input, const ElfImage& image);

}  // namespace veneer
