// Arrays that live as long as their owner: taken from large pieces, given back all at once.
#pragma once

#include <cstring>
#include <memory>
#include <span>
#include <type_traits>
#include <vector>

#include "base/types.h"

namespace veneer {

class Arena {
 public:
  // A copy of `values`, aligned for T.
  template <typename T>
  std::span<const T> keep(std::span<const T> values) {
    static_assert(std::is_trivially_copyable_v<T> && alignof(T) <= kAlign);
    if (values.empty()) return {};
    u8* at = take(values.size_bytes());
    std::memcpy(at, values.data(), values.size_bytes());
    return {static_cast<const T*>(static_cast<const void*>(at)), values.size()};
  }
  void clear() {
    pieces_.clear();
    free_ = {};
  }

 private:
  static constexpr usize kPiece = usize{64} << 10, kAlign = 8;

  u8* take(usize bytes) {
    bytes = (bytes + kAlign - 1) & ~(kAlign - 1);
    if (bytes > free_.size()) {
      const usize size = bytes > kPiece ? bytes : kPiece;
      pieces_.push_back(std::make_unique_for_overwrite<u8[]>(size));
      free_ = {pieces_.back().get(), size};
    }
    u8* at = free_.data();
    free_ = free_.subspan(bytes);
    return at;
  }

  std::vector<std::unique_ptr<u8[]>> pieces_;
  std::span<u8> free_;
};

}  // namespace veneer
