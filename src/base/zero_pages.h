// An array of zeroes that takes memory where it is written only.
#pragma once

#include <new>
#include <span>
#include <type_traits>
#include <utility>

#include <sys/mman.h>

#include "base/types.h"

namespace veneer {

template <typename T>
class ZeroPages {
 public:
  static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);

  ZeroPages() = default;
  // `populate`: all of it will be written soon. Throws std::bad_alloc.
  explicit ZeroPages(usize count, bool populate = false) : count_(count) {
    void* p = ::mmap(nullptr, bytes(), PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | (populate ? MAP_POPULATE : 0), -1, 0);
    if (p == MAP_FAILED) throw std::bad_alloc();
    data_ = static_cast<T*>(p);
  }
  ~ZeroPages() {
    if (data_) ::munmap(data_, bytes());
  }
  ZeroPages(ZeroPages&& o) noexcept
      : data_(std::exchange(o.data_, nullptr)), count_(std::exchange(o.count_, 0)) {}
  ZeroPages& operator=(ZeroPages&& o) noexcept {
    std::swap(data_, o.data_);
    std::swap(count_, o.count_);
    return *this;
  }

  T* data() const { return data_; }
  usize size() const { return count_; }
  T& operator[](usize i) const { return data_[i]; }
  std::span<T> subspan(usize at, usize count) const { return std::span(data_, count_).subspan(at, count); }

 private:
  usize bytes() const { return count_ * sizeof(T); }  // NOLINT(bugprone-sizeof-expression): T may be a pointer

  T* data_ = nullptr;
  usize count_ = 0;
};

}  // namespace veneer
