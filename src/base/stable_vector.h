// A vector whose elements stay where they are: one thread at a time may append while others read elements that
// they know the numbers of.
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <memory>
#include <utility>

#include "base/types.h"

namespace veneer {

// Pieces of kFirst, kFirst, 2 * kFirst, 4 * kFirst ... elements, so that a small one is small.
template <typename T, usize kFirst = 128, usize kMost = usize{1} << 26>
class StableVector {
 public:
  static_assert(std::has_single_bit(kFirst) && std::has_single_bit(kMost));
  StableVector() = default;
  ~StableVector() { clear(); }
  StableVector(const StableVector&) = delete;
  StableVector& operator=(const StableVector&) = delete;

  usize size() const { return size_; }
  T& operator[](usize i) {
    const usize piece = piece_of(i);
    return pieces_[piece].load(std::memory_order_acquire)[i - first_of(piece)];
  }

  // False when it is full.
  bool push_back(T value) {
    if (size_ >= kMost) return false;
    const usize piece = piece_of(size_);
    if (!pieces_[piece].load(std::memory_order_relaxed))
      pieces_[piece].store(new T[size_ == 0 ? kFirst : first_of(piece)], std::memory_order_release);
    (*this)[size_++] = std::move(value);
    return true;
  }
  // Nobody may be reading.
  void clear() {
    for (std::atomic<T*>& piece : pieces_) {
      if (!piece.load(std::memory_order_relaxed)) break;
      delete[] piece.exchange(nullptr);
    }
    size_ = 0;
  }

 private:
  static constexpr usize piece_of(usize i) { return static_cast<usize>(std::bit_width(i / kFirst)); }
  static constexpr usize first_of(usize piece) { return piece == 0 ? 0 : kFirst << (piece - 1); }

  std::array<std::atomic<T*>, static_cast<usize>(std::bit_width(kMost / kFirst))> pieces_{};
  usize size_ = 0;
};

}  // namespace veneer
