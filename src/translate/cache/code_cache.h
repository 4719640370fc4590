// The memory of translated code: one range, so that code reaches all other code by 32-bit displacements.
// Readable, writable and executable, since jumps are patched while other threads run them. Room for images
// follows, within the same reach.
#pragma once

#include <span>

#include "base/types.h"

namespace veneer {

class CodeCache {
 public:
  // Reserves `size` bytes of address space; memory is taken as it is used. Throws std::bad_alloc.
  explicit CodeCache(usize size, usize image_space = 0);
  ~CodeCache();
  CodeCache(const CodeCache&) = delete;
  CodeCache& operator=(const CodeCache&) = delete;

  std::span<u8> free_space() const { return {base_ + used_, size_ - used_}; }
  // Takes what has been written at the start of the free space.
  void take(usize bytes);
  bool contains(u64 host_pc) const {
    return host_pc - reinterpret_cast<u64>(base_) < size_ + image_space_;  // NOLINT: comparing addresses
  }
  // Reserved; not accessible.
  std::span<u8> image_space() const { return {base_ + size_, image_space_}; }
  usize used() const { return used_; }
  usize size() const { return size_; }
  void reset(usize used) { used_ = used; }

 private:
  u8* base_ = nullptr;
  usize size_ = 0, image_space_ = 0, used_ = 0;
};

}  // namespace veneer
