// Disassembly through LLVM's C API (llvm-c/Disassembler.h), loaded at run time.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/disassembler.h"

namespace veneer {

class LlvmDisassembler {
 public:
  // Of "aarch64", "riscv64" or "x86-64". Null when LLVM's library is not installed; `problem` then says what to
  // install.
  static std::unique_ptr<LlvmDisassembler> open(std::string_view isa, std::string& problem);
  ~LlvmDisassembler();
  LlvmDisassembler(const LlvmDisassembler&) = delete;
  LlvmDisassembler& operator=(const LlvmDisassembler&) = delete;

  using Instruction = Disassembler::Instruction;
  Instruction decode(std::span<const u8> bytes, u64 address);

 private:
  struct Library;
  LlvmDisassembler(const Library& library, void* context) : library_(library), context_(context) {}

  const Library& library_;
  void* context_;
};

}  // namespace veneer
