// An array of zeroes that takes memory where it is written only.
#pragma once

#include <new>
#include <span>
#include <type_traits>

#include <sys/mman.h>

#include "base/types.h"

namespace veneer {

template <typename T>
class ZeroPages {
 public:
  static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);

  // Throws std::bad_alloc.
  explicit ZeroPages(usize count) : count_(count) {
    void* p =
        ::mmap(nullptr, bytes(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED) throw std::bad_alloc();
    data_ = static_cast<T*>(p);
  }
  ~ZeroPages() { ::munmap(data_, bytes()); }
  ZeroPages(const ZeroPages&) = delete;
  ZeroPages& operator=(const ZeroPages&) = delete;

  T* data() const { return data_; }
  T& operator[](usize i) const { return data_[i]; }
  std::span<T> subspan(usize at, usize count) const { return std::span(data_, count_).subspan(at, count); }

 private:
  usize bytes() const { return count_ * sizeof(T); }  // NOLINT(bugprone-sizeof-expression): T may be a pointer

  T* data_ = nullptr;
  usize count_;
};

}  // namespace veneer
