// Reading ELF files that may say anything. Nothing here maps memory.
#pragma once

#include <cstddef>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "base/errors.h"
#include "base/types.h"

namespace veneer {

// What the first bytes of a file say it is.
enum class FileKind : u8 { Other, Script, GuestElf, HostElf, ForeignElf };

FileKind file_kind(std::span<const std::byte> head);

// EM_* of a file that is the guest's; 0 for all others.
u16 guest_machine(std::span<const std::byte> head);

// The name of an e_machine value, for people; "machine N" for one nobody has heard of.
std::string machine_name(unsigned machine);

struct ElfSegment {
  u64 vaddr, memsz;    // memsz > 0; within 47 bits
  u64 offset, filesz;  // within the file; congruent with vaddr modulo the page size
  int prot;
};

struct ElfImage {
  u16 machine = 0;                   // EM_AARCH64 or EM_RISCV
  bool fixed = false;                // ET_EXEC: at its own addresses; otherwise anywhere (ET_DYN)
  u64 entry = 0;                     // within a segment
  std::vector<ElfSegment> segments;  // PT_LOAD by ascending address; bytes of no two overlap; at least one
  std::string interpreter;           // PT_INTERP; empty for none
  bool executable_stack = false;     // PT_GNU_STACK asks for it
  u64 phdr = 0;                      // address of the program headers in memory; 0 when no segment has them
  u16 phnum = 0;
  u64 align = 4096;  // largest alignment that a segment asks for

  u64 low() const { return segments.front().vaddr; }
  u64 high() const { return segments.back().vaddr + segments.back().memsz; }
};

// Where the bytes come from.
class ElfInput {
 public:
  virtual ~ElfInput() = default;
  virtual u64 size() const = 0;
  // Exactly `size` bytes from `offset`; false when they are not there.
  virtual bool read(u64 offset, void* out, usize size) const = 0;
};

// A file that has been read.
class SpanInput final : public ElfInput {
 public:
  explicit SpanInput(std::span<const std::byte> bytes) : bytes_(bytes) {}
  u64 size() const override { return bytes_.size(); }
  bool read(u64 offset, void* out, usize size) const override {
    if (offset > bytes_.size() || size > bytes_.size() - offset) return false;
    if (size) std::memcpy(out, bytes_.data() + offset, size);
    return true;
  }

 private:
  std::span<const std::byte> bytes_;
};

// Checks every field that running the file depends on. The error's message is the reason alone ("it is ...").
Result<ElfImage> parse_elf(const ElfInput& input);
Result<ElfImage> parse_elf(std::span<const std::byte> file);

}  // namespace veneer
