#include "program/abi.h"

namespace veneer {

const GuestAbi* find_abi(u32 elf_machine) {
  for (const GuestAbi* abi : {&kAarch64Abi, &kRiscv64Abi})
    if (abi->elf_machine == elf_machine) return abi;
  return nullptr;
}

}  // namespace veneer
