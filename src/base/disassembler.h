// Disassembly, by a program beside this one (src/disassembler) that loads LLVM: veneer runs without it.
#pragma once

#include <cstdio>
#include <memory>
#include <span>
#include <string>

#include "base/types.h"

namespace veneer {

class Disassembler {
 public:
  enum class Isa { Aarch64, Riscv64, X86_64 };

  // Null when the program, or LLVM's library, is not installed; `problem` then says what to install.
  static std::unique_ptr<Disassembler> open(Isa isa, std::string& problem);
  // One for the whole process, opened when it is first wanted; why it is null has then been said.
  template <Isa kIsa>
  static Disassembler* shared() {
    static const std::unique_ptr<Disassembler> disassembler = open_or_say(kIsa);
    return disassembler.get();
  }
  ~Disassembler();
  Disassembler(const Disassembler&) = delete;
  Disassembler& operator=(const Disassembler&) = delete;

  struct Instruction {
    std::string text;
    usize length = 0;  // in bytes; 0: nothing that can be decoded
  };
  Instruction decode(std::span<const u8> bytes, u64 address);

 private:
  static std::unique_ptr<Disassembler> open_or_say(Isa isa);
  Disassembler(std::FILE* to, std::FILE* from) : to_(to), from_(from) {}
  bool read_line(std::string& line);

  std::FILE* to_;
  std::FILE* from_;
};

}  // namespace veneer
