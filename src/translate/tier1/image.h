// An image (image_format.h) as this process has it mapped.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/zero_pages.h"
#include "translate/image.h"
#include "translate/tier1/emitter.h"
#include "translate/tier1/image_format.h"
#include "translate/translator.h"

namespace veneer::tier1 {

// Where the thunks of image `number` lead to.
struct ImageRoutines {
  Routines routines;
  u32 number = 0;
};

class Image {
 public:
  // Maps the file at the start of `space`, of which it takes what mapped_size() says. Null when the file is not
  // an image of what is at `start` in this mode, or cannot be mapped.
  static std::unique_ptr<Image> map(int fd, std::span<u8> space, GuestAddr start, FpMode mode,
                                    const ImageRoutines& routines);
  // Is the file an image, of whatever? What of?
  static bool is_sound(int fd);
  static std::optional<ImageContents> contents(int fd);
  ~Image();
  Image(const Image&) = delete;
  Image& operator=(const Image&) = delete;

  usize mapped_size() const { return size_; }
  GuestAddr start() const { return header().start; }
  GuestAddr end() const { return header().start + header().code_bytes; }
  FpMode mode() const { return static_cast<FpMode>(header().mode); }

  // The number of the unit that starts at pc, or kNone. From any thread, as are the following.
  static constexpr u32 kNone = ~u32{0};
  u32 find(GuestAddr pc) const;
  // The number of the unit that has this host code; kNone. Safe in a signal handler.
  u32 at_code(u64 host_pc) const noexcept;
  // Of the units [first, last) that may hold guest code of the range.
  struct Units {
    u32 first, last;
  };
  Units in_range(GuestAddr from, GuestAddr to) const;

  u32 units() const { return header().units; }
  // Is there no unit because there cannot be one?
  bool refuses(GuestAddr pc) const;
  const ImageUnit& unit(u32 n) const { return units_[n]; }
  GuestAddr pc(u32 n) const { return start() + units_[n].pc; }
  u8* code(u32 n) const { return host_code_ + units_[n].code; }
  std::span<const FaultPoint> faults(u32 n) const {
    return faults_.subspan(units_[n].first_fault, units_[n + 1].first_fault - units_[n].first_fault);
  }
  s32* count(u32 n) const { return counts_ + n; }
  IndirectProfile* profile(u32 n) const {
    return units_[n].profile == kNoProfile ? nullptr : profiles_ + units_[n].profile;
  }
  const ImageLink* link(u32 n) const { return n < links_.size() ? &links_[n] : nullptr; }

  // Has the chunk that the unit is in been found to be what the image was made of, or not been looked at yet?
  enum class Chunk : u8 { Unknown, Good, Bad };
  Chunk chunk(u32 n) const { return chunks_[chunk_of(n)].load(std::memory_order_acquire); }
  // Looks at it, if that has not been done. Under the engine's lock.
  bool check_chunk(u32 n, CodeSource& source);
  // The pages of the unit's chunk.
  GuestRange chunk_range(u32 n) const;

  // The unit that was made for the engine, if it has asked for it. Under the engine's lock.
  Unit*& made(u32 n) const { return made_[n]; }
  // Units that are not to be looked for any more: their code has changed, or there are better ones. Under the
  // engine's lock, but for is_dead().
  bool is_dead(u32 n) const { return __atomic_load_n(&dead_[n], __ATOMIC_ACQUIRE) != 0; }
  void kill(u32 n) { __atomic_store_n(&dead_[n], 1, __ATOMIC_RELEASE); }

 private:
  Image(std::span<u8> mapped, const ImageHeader& header);
  const ImageHeader& header() const {
    return *static_cast<const ImageHeader*>(static_cast<const void*>(base_));
  }
  template <typename T>
  T* part(u64 offset) const {
    return static_cast<T*>(static_cast<void*>(base_ + offset));
  }
  usize chunk_of(u32 n) const { return u64{units_[n].pc} >> header().chunk_bits; }
  void write_thunks(const ImageRoutines& routines) const;

  u8* base_;
  usize size_;
  std::span<const ImageUnit> units_;
  std::span<const FaultPoint> faults_;
  std::span<const ImageLink> links_;
  std::span<const u32> refused_;
  s32* counts_;
  IndirectProfile* profiles_;
  u8* host_code_;
  std::vector<std::atomic<Chunk>> chunks_;
  ZeroPages<Unit*> made_;
  ZeroPages<u8> dead_;
};

}  // namespace veneer::tier1
