// An ELF file on disk, for the parser: its first page is read once, since all that it wants is usually there.
#pragma once

#include "program/elf.h"

namespace veneer {

class ElfFile final : public ElfInput {
 public:
  explicit ElfFile(int fd);  // the descriptor stays the caller's
  u64 size() const override { return size_; }
  bool read(u64 offset, void* out, usize size) const override;

  u64 dev = 0, ino = 0;

 private:
  int fd_;
  u64 size_ = 0;
  usize head_size_ = 0;
  char head_[4096];
};

}  // namespace veneer
