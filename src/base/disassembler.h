// Disassembly through LLVM's C API (llvm-c/Disassembler.h), loaded when it is first wanted: veneer runs without
// it.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "base/types.h"

namespace veneer {

class Disassembler {
 public:
  enum class Isa { Aarch64, X86_64 };

  // Null when LLVM's library is not installed; `problem` then says what to install. Must not outlive the
  // process's use of the library, which is never unloaded.
  static std::unique_ptr<Disassembler> open(Isa isa, std::string& problem);
  ~Disassembler();
  Disassembler(const Disassembler&) = delete;
  Disassembler& operator=(const Disassembler&) = delete;

  struct Instruction {
    std::string text;
    usize length = 0;  // in bytes; 0: nothing that can be decoded
  };
  Instruction decode(std::span<const u8> bytes, u64 address);

 private:
  struct Library;
  Disassembler(const Library& library, void* context) : library_(library), context_(context) {}

  const Library& library_;
  void* context_;
};

}  // namespace veneer
