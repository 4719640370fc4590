// A program's one segment in this process's memory, and a run of veneer over it.
#pragma once

#include <gtest/gtest.h>

#include <immintrin.h>
#include <sys/mman.h>
#include <algorithm>
#include <span>
#include <vector>

#include "isa/riscv64/isa.h"
#include "isa/riscv64/registers.h"
#include "isa/riscv64/test_program.h"
#include "translate/translator.h"

namespace veneer::rv64 {

class Segment : public CodeSource {
 public:
  explicit Segment(const std::vector<u8>& bytes) : size_(bytes.size()) {
    at_ = static_cast<u8*>(::mmap(reinterpret_cast<void*>(kSegment), size_, PROT_READ | PROT_WRITE,
                                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0));
    if (at_ != MAP_FAILED) std::copy(bytes.begin(), bytes.end(), at_);
  }
  ~Segment() override { ::munmap(at_, size_); }
  Segment(const Segment&) = delete;
  Segment& operator=(const Segment&) = delete;

  std::span<const u8> fetch(GuestAddr pc) override {
    if (pc < kSegment || pc >= kSegment + size_) return {};
    return {reinterpret_cast<const u8*>(pc), kSegment + size_ - pc};
  }
  std::vector<u8> part(usize offset, usize size) const { return {at_ + offset, at_ + offset + size}; }

 private:
  usize size_;
  u8* at_;
};

// Runs the code at kCode until it writes its data.
inline void run_segment(Segment& segment, const Riscv64Isa& isa, const TranslatorOptions& options) {
  Translator translator(isa, segment, options);
  CpuState state;
  translator.attach(state);
  state.pc = kSegment + kCode;
  state.fpcr = kFpcr;
  // The guest's, as long as its thread runs.
  const u32 host = _mm_getcsr();
  _mm_setcsr(state.mxcsr);
  const Exit exit = translator.run(state);
  _mm_setcsr(host);
  EXPECT_EQ(exit, Exit::Syscall) << "at " << std::hex << state.pc;
  EXPECT_EQ(state.x[kSlots[17]], 64u);  // write
  translator.detach(state);
}

}  // namespace veneer::rv64
