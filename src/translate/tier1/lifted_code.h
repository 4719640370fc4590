// Where blocks have been lifted in code that is a file's: what an image would have saved.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <vector>

#include "base/zero_pages.h"
#include "translate/cpu_state.h"

namespace veneer::tier1 {

class LiftedCode {
 public:
  // Blocks start at multiples of 2 to the power of this.
  explicit LiftedCode(unsigned alignment_bits) : alignment_bits_(alignment_bits) {}

  // From now on, blocks of [start, start + bytes) are remembered. Not by two threads at once.
  void watch(GuestAddr start, u64 bytes) {
    const usize n = count_.load(std::memory_order_relaxed);
    if (n == ranges_.size() || bytes == 0 || bytes > kMostBytes) return;
    ranges_[n] = std::make_unique<Range>(start, bytes, (bytes >> alignment_bits_) / 8 + 1);
    count_.store(n + 1, std::memory_order_release);
  }

  // By any thread.
  void note(GuestAddr pc) const {
    for (usize i = count_.load(std::memory_order_acquire); i-- > 0;) {
      const Range& range = *ranges_[i];
      if (pc - range.start >= range.bytes) continue;
      const u64 bit = (pc - range.start) >> alignment_bits_;
      __atomic_fetch_or(&range.bits[bit / 8], static_cast<u8>(1u << bit % 8), __ATOMIC_RELAXED);
      return;
    }
  }

  // The distances from `start`, ascending, of what was watched from there.
  std::vector<u32> blocks(GuestAddr start) const {
    std::vector<u32> out;
    for (usize i = count_.load(std::memory_order_acquire); i-- > 0;) {
      const Range& range = *ranges_[i];
      if (range.start != start) continue;
      for (u64 byte = 0; byte <= (range.bytes >> alignment_bits_) / 8; ++byte)
        for (unsigned bit = 0; range.bits[byte] >> bit; ++bit)
          if (range.bits[byte] >> bit & 1) out.push_back(static_cast<u32>((byte * 8 + bit) << alignment_bits_));
      break;
    }
    return out;
  }

 private:
  static constexpr u64 kMostBytes = u64{1} << 30;
  struct Range {
    Range(GuestAddr first, u64 size, usize bit_bytes) : start(first), bytes(size), bits(bit_bytes) {}
    GuestAddr start;
    u64 bytes;
    ZeroPages<u8> bits;
  };

  unsigned alignment_bits_;
  std::array<std::unique_ptr<Range>, 64> ranges_;  // only ever appended to
  std::atomic<usize> count_{0};
};

}  // namespace veneer::tier1
