// Random instruction sequences that three implementations can be made to run alike.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "base/types.h"
#include "isa/aarch64/random_code.h"

namespace veneer::fuzz {

// Guest memory that a sequence works on: one page with nothing mapped near it.
constexpr GuestAddr kPage = 0x10000000;
constexpr usize kPageSize = 4096;
constexpr GuestAddr kMiddle = kPage + 2560;  // what its base registers, x27 and sp, start with

// Which core the oracle pretends to be; no single one has all that veneer has, and nothing else.
enum class Core {
  V82,  // Armv8.2-A with its options (QEMU's cortex-a76): what is undefined there is checked, too
  Max   // with the instructions of later versions that veneer has (QEMU's max): only those that are defined
};

struct Shape {
  bool loops = false;  // each body ends in a loop back to its start, by x28
  bool blind = false;  // nothing looks at FPSR: flushing to zero is then the host's
};

struct State {
  std::array<std::array<u64, 2>, 32> v;
  std::array<u64, 31> x;
  u64 nzcv, fpcr, fpsr;
};

struct Sequence {
  State state;
  std::vector<u32> body;
};

Sequence random_sequence(Random& random, Core core, usize length, Shape shape);
std::string listing(const std::vector<u32>& body);

}  // namespace veneer::fuzz
