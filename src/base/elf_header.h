// The header of an ELF file that veneer makes.
#pragma once

#include <elf.h>

#include <cstring>

#include "base/types.h"

namespace veneer {

// 64-bit, little-endian, of this type (ET_) and machine (EM_); without tables.
inline Elf64_Ehdr elf_header(u16 type, u16 machine) {
  Elf64_Ehdr e{};
  std::memcpy(e.e_ident, ELFMAG, SELFMAG);
  e.e_ident[EI_CLASS] = ELFCLASS64;
  e.e_ident[EI_DATA] = ELFDATA2LSB;
  e.e_ident[EI_VERSION] = EV_CURRENT;
  e.e_type = type;
  e.e_machine = machine;
  e.e_version = EV_CURRENT;
  e.e_ehsize = sizeof e;
  return e;
}

}  // namespace veneer
