// Which instruction set a program or a root tree is of.
#pragma once

#include <optional>
#include <string>

#include "base/types.h"

namespace veneer {

enum class Architecture { Native, Aarch64, Riscv64, Other };

// Of the first ELF header of a file; nothing when it is no ELF file.
struct ElfMachine {
  u16 machine = 0;
  Architecture architecture = Architecture::Other;
};
std::optional<ElfMachine> elf_machine(int fd);
// "arm64", "riscv64", "amd64": the names of OCI images (GOARCH).
Architecture architecture_of(const std::string& oci_name);
const char* oci_name(Architecture architecture);
const char* native_oci_name();

// The architecture of a root tree, by the programs that it must have: its shell, its loader, its init.
std::optional<Architecture> architecture_of_root(int root);

}  // namespace veneer
