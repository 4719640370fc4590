// A static AArch64 program of random sequences: it runs each from its own state and writes, after each, a
// record of all that is visible: registers, flags, FPSR, memory, and the signal that ended the sequence, if one
// did.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "fuzz/sequences/sequence.h"

namespace veneer::fuzz {

// What is written after each sequence: the page, whose start holds this.
struct Record {
  u64 x[31];
  u64 sp, nzcv, fpsr, fpcr;
  u64 signal, code, address, pc;  // all zero when the sequence ran to its end
  u64 unused;
  u64 v[32][2];
  u8 memory[kPageSize - 832];
};
static_assert(sizeof(Record) == kPageSize);

struct Program {
  std::vector<u8> elf;
  std::vector<GuestAddr> bodies;  // where each sequence's body starts
};

Program make_program(std::span<const Sequence> sequences, Shape shape, Random& random);

// Empty when two records agree.
std::string difference(const Record& a, const Record& b, GuestAddr body);

}  // namespace veneer::fuzz
