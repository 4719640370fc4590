// A random program of vector instructions, the same bytes for veneer and for qemu-riscv64: it loads every
// register from its data, changes its configuration and computes with that again and again, stores every
// register and writes its data to standard output.
#pragma once

#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "base/types.h"
#include "isa/riscv64/isa.h"
#include "isa/riscv64/test_program.h"
#include "isa/riscv64/vector_type.h"

namespace veneer::rv64 {

class VectorProgram {
 public:
  // As TestProgram's; of the data, which tp points to: the vector registers before, and after; general
  // registers and CSRs after; memory that is worked on; small numbers of every width, for indices.
  static constexpr usize kCode = 0x1000, kData = 0x20000, kSegmentSize = 0x26000;
  static constexpr usize kBefore = 0, kAfter = 0x400, kGeneral = 0x800, kCsrs = 0x900, kFloats = 0xa00,
                         kScratch = 0x1000, kScratchSize = 0x1000, kIndices = 0x2000, kIndicesSize = 0x400,
                         kDataSize = 0x3000;

  struct Line {
    std::string_view name, section, pattern;  // of encodings.inc
  };

  // Of instructions that `wanted` says yes to, by their section.
  VectorProgram(u64 seed, unsigned vlen, unsigned count, bool (*wanted)(std::string_view section));

  const std::vector<u8>& segment() const { return segment_; }
  std::string elf() const { return elf_of(segment_); }
  // The instructions of the body that are not of the frame, for who looks for the one that is wrong.
  usize code_size() const { return at_ - kCode; }

 private:
  void put(u32 word);
  void add_immediate(unsigned rd, unsigned rs1, u32 distance);
  void prologue();
  void epilogue();
  void configure();
  void vector_instruction(const std::vector<const Line*>& lines);
  bool finish_memory(u32& word);
  bool exists(u32 word) const;
  u64 random(u64 below) { return random_() % below; }
  unsigned free_register();

  std::mt19937_64 random_;
  Riscv64Isa isa_;
  unsigned vlen_;
  VectorMode mode_{0};
  u64 vl_ = 0;  // at most; a fault-only-first load may leave less
  bool vl_is_known_ = true;
  std::vector<u8> segment_;
  usize at_ = kCode;
};

}  // namespace veneer::rv64
