// veneer-disassembler aarch64|riscv64|x86-64: what base/disassembler.h starts. A program of its own, because it
// loads a library, which veneer, being linked statically, cannot.
//
// Says "ready", or what is wrong, in a line. Then answers each line "ADDRESS BYTES" (hexadecimal) by one line:
// the length of the instruction in bytes and its text.
#include <array>
#include <cstdio>
#include <cstring>

#include "disassembler/llvm.h"

int main(int argc, char** argv) {
  using veneer::u8;
  using veneer::usize;
  if (argc != 2) {
    std::fprintf(stderr, "usage: veneer-disassembler aarch64|riscv64|x86-64\n");
    return 2;
  }
  std::string problem;
  const auto disassembler = veneer::LlvmDisassembler::open(argv[1], problem);
  std::printf("%s\n", disassembler ? "ready" : problem.c_str());
  std::fflush(stdout);
  if (!disassembler) return 1;
  unsigned long address;
  std::array<char, 65> hex;
  while (std::scanf("%lx %64s", &address, hex.data()) == 2) {
    std::array<u8, 32> bytes{};
    usize count = 0;
    unsigned byte;
    while (count < bytes.size() && std::sscanf(hex.data() + 2 * count, "%2x", &byte) == 1)
      bytes[count++] = static_cast<u8>(byte);
    const auto in = disassembler->decode(std::span(bytes).first(count), address);
    std::printf("%zu %s\n", in.length, in.text.c_str());
    std::fflush(stdout);
  }
  return 0;
}
