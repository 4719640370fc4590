// What the guest has mapped: the answer to "is this address the guest's, and may it be executed?".
// Host protections cannot answer it: guest code is never executable on the host, and the host address space
// also holds veneer itself, which the guest must neither see nor unmap.
#pragma once

#include <map>
#include <mutex>
#include <new>
#include <optional>
#include <shared_mutex>
#include <string>
#include <vector>

#include "base/types.h"
#include "translate/translator.h"

namespace veneer {

constexpr u64 kPageSize = 4096;
constexpr u64 page_down(u64 a) {
  return a & ~(kPageSize - 1);
}
constexpr u64 page_up(u64 a) {
  return (a + kPageSize - 1) & ~(kPageSize - 1);
}

// One range with the same attributes throughout. `prot` is what the guest asked for (PROT_EXEC included).
struct Mapping {
  enum class Kind : u8 { Anonymous, File, Heap, Stack, Vdso, SharedMemory };

  GuestAddr start = 0, end = 0;  // multiples of the page size, [start, end)
  int prot = 0;                  // PROT_READ | PROT_WRITE | PROT_EXEC
  int flags = 0;                 // MAP_SHARED or MAP_PRIVATE, MAP_ANONYMOUS, ... as given to mmap
  Kind kind = Kind::Anonymous;
  u64 dev = 0, ino = 0;  // of the mapped file; 0 when anonymous. SharedMemory: ino is where it was attached
  u64 offset = 0;        // in the file, of `start`

  bool executable() const;
  u64 size() const { return end - start; }
};

// Host protection for a guest protection: never executable; executable implies readable (the translator
// reads the code).
int host_prot(int guest_prot);

class GuestMaps final : public CodeSource {
 public:
  struct Range {
    GuestAddr start, end;
  };

  // Holds the map exclusively, so that a host mapping call and the record of it are one step to others:
  //   GuestMaps::Update update(maps);
  //   if (!update.may_replace(a, b)) return -ENOMEM;
  //   if (::mmap(...) failed) return -errno;
  //   update.add({...});
  // Then, outside of the guard, translator->invalidate() when `executable` said that code was in the range.
  class Update {
   public:
    explicit Update(GuestMaps& maps) : maps_(maps), lock_(maps.mutex_) {}

    // Records a mapping; what it overlaps is replaced.
    void add(const Mapping& mapping) { maps_.add_locked(mapping); }
    void remove(GuestAddr start, GuestAddr end) { maps_.remove_locked(start, end); }
    void protect(GuestAddr start, GuestAddr end, int prot) { maps_.protect_locked(start, end, prot); }
    // mremap: the attributes at old_start go to [new_start, new_start + new_size); the old range is removed
    // unless `keep_old` (MREMAP_DONTUNMAP, or an old size of zero).
    void move(GuestAddr old_start, u64 old_size, GuestAddr new_start, u64 new_size, bool keep_old);

    std::optional<Mapping> find(GuestAddr addr) const { return maps_.find_locked(addr); }
    // Is every page of the range the guest's?
    bool covers(GuestAddr start, GuestAddr end) const { return maps_.gaps_locked(start, end).empty(); }
    // Does the range hold any page of the guest's?
    bool overlaps(GuestAddr start, GuestAddr end) const;
    // May any of the range have been executed?
    bool executable(GuestAddr start, GuestAddr end) const;
    // The parts of the range that are not the guest's: free on the host, or veneer's own.
    std::vector<Range> gaps(GuestAddr start, GuestAddr end) const { return maps_.gaps_locked(start, end); }
    // The parts that are the guest's, clipped to the range.
    std::vector<Mapping> parts(GuestAddr start, GuestAddr end) const { return maps_.parts_locked(start, end); }
    // MAP_FIXED and munmap: true when nothing of veneer's own is in the range. The gaps that were free are
    // left reserved (PROT_NONE) by this when `reserve`, so that the caller's MAP_FIXED hits only its own.
    bool may_replace(GuestAddr start, GuestAddr end, bool reserve);

   private:
    GuestMaps& maps_;
    std::unique_lock<std::shared_mutex> lock_;
  };

  // The same questions, for one answer.
  std::optional<Mapping> find(GuestAddr addr) const;
  std::vector<Mapping> all() const;

  // CodeSource: what is from pc to the end of the next page, as far as it is executable.
  // Empty when pc cannot be fetched; `std::nullopt` from find() then tells MAPERR from ACCERR.
  std::span<const u8> fetch(GuestAddr pc) override;
  // Not what a file is mapped as privately, and not to be written.
  bool may_change(GuestAddr start, GuestAddr end) override;
  bool read(GuestAddr start, std::span<u8> out) override;

  // Around a host fork: the lock is held over it, so that the child finds the map whole.
  void lock_for_fork() {
    mutex_.lock();
    executable_mutex_.lock();
  }
  void unlock_after_fork() {
    executable_mutex_.unlock();
    mutex_.unlock();
  }
  // In the child. Not unlocked but made anew: a rwlock knows its writer by thread id, and the child's is
  // another.
  void renew_lock_after_fork() {
    executable_mutex_.unlock();
    new (&mutex_) std::shared_mutex;
  }

 private:
  void add_locked(const Mapping& mapping);
  void remove_locked(GuestAddr start, GuestAddr end);
  void protect_locked(GuestAddr start, GuestAddr end, int prot);
  std::optional<Mapping> find_locked(GuestAddr addr) const;
  std::vector<Range> gaps_locked(GuestAddr start, GuestAddr end) const;
  std::vector<Mapping> parts_locked(GuestAddr start, GuestAddr end) const;
  void split_locked(GuestAddr at);
  void merge_locked(GuestAddr start, GuestAddr end);

  void note_executable_locked();

  std::map<GuestAddr, Mapping> map_;  // by start
  mutable std::shared_mutex mutex_;
  // What may be executed, again: fetching must not wait for those who are changing the map, and hold the lock
  // over calls of the host's kernel.
  std::vector<Range> executable_;  // by start; neighbours are one
  std::vector<Range> changeable_;  // those parts of it that may_change() is about; likewise
  std::mutex executable_mutex_;
};

}  // namespace veneer
