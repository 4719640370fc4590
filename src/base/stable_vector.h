// A vector whose elements stay where they are: one thread at a time may append while others read elements that
// they know the numbers of.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <utility>

#include "base/types.h"

namespace veneer {

template <typename T, usize kChunk = 4096, usize kChunks = 16384>
class StableVector {
 public:
  StableVector() = default;
  ~StableVector() { clear(); }
  StableVector(const StableVector&) = delete;
  StableVector& operator=(const StableVector&) = delete;

  usize size() const { return size_; }
  T& operator[](usize i) { return chunks_[i / kChunk].load(std::memory_order_acquire)[i % kChunk]; }

  // False when it is full.
  bool push_back(T value) {
    const usize chunk = size_ / kChunk;
    if (chunk >= kChunks) return false;
    if (size_ % kChunk == 0 && !chunks_[chunk].load(std::memory_order_relaxed))
      chunks_[chunk].store(new T[kChunk], std::memory_order_release);
    (*this)[size_++] = std::move(value);
    return true;
  }
  // Nobody may be reading.
  void clear() {
    for (std::atomic<T*>& chunk : chunks_) {
      if (!chunk.load(std::memory_order_relaxed)) break;
      delete[] chunk.exchange(nullptr);
    }
    size_ = 0;
  }

 private:
  std::array<std::atomic<T*>, kChunks> chunks_{};
  usize size_ = 0;
};

}  // namespace veneer
