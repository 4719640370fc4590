// A random RISC-V program that is the same bytes for veneer and for qemu-riscv64: it loads every register from
// its data, does something, stores every register again and writes its data to standard output.
#pragma once

#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "base/types.h"

namespace veneer::rv64 {

// Layout of the one segment, readable, writable and executable, at an address that is nobody's, a sanitizer's
// either.
constexpr GuestAddr kSegment = 0x2000'0000'0000;
constexpr usize kCode = 0x1000, kData = 0x10000, kSegmentSize = 0x12000;
// Of the data, which tp points to: registers before, registers after, memory that the body works on.
constexpr usize kBefore = 0, kAfter = 0x200, kFcsr = 0x400, kScratch = 0x410, kDataSize = 0x900;
constexpr usize kFloats = 0x100;  // those of floating point, from the start of either

// Of a segment, which begins at kSegment.
std::string elf_of(const std::vector<u8>& segment);

class TestProgram {
 public:
  // Of instructions that `wanted` says yes to, by their name and section.
  TestProgram(u64 seed, unsigned count, bool (*wanted)(std::string_view name, std::string_view section));

  const std::vector<u8>& segment() const { return segment_; }
  std::string elf() const { return elf_of(segment_); }

 private:
  void put(u32 bits, unsigned length);
  void put32(u32 word) { put(word, 4); }
  void prologue();
  void epilogue();
  bool body_instruction(bool (*wanted)(std::string_view, std::string_view));
  bool body32(u32 word, std::string_view name);
  bool control_register(u32 word, std::string_view name);
  bool body16(u32 half, std::string_view name);
  void point_at_scratch(unsigned reg, unsigned alignment);
  void skipped();
  u64 random(u64 below) { return random_() % below; }
  unsigned free_register();

  std::mt19937_64 random_;
  std::vector<u8> segment_;
  usize at_ = kCode;
};

}  // namespace veneer::rv64
