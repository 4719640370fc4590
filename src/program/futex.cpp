#include "program/futex.h"

#include <climits>

#include <linux/futex.h>
#include <sys/syscall.h>

#include "program/guest_memory.h"

namespace veneer {
namespace {

struct RobustList {
  GuestAddr next;
};

struct RobustListHead {
  RobustList list;
  s64 futex_offset;
  GuestAddr pending;
};

constexpr int kLimit = 2048;  // ROBUST_LIST_LIMIT

void wake(GuestAddr word, int count) {
  host_syscall(SYS_futex, word, FUTEX_WAKE, static_cast<u64>(count));
}

// One lock of a thread that ends (kernel/futex/core.c, handle_futex_death). False when memory is bad.
bool release(GuestAddr word, bool pi, bool is_pending, u32 tid) {
  if (word % 4 != 0) return false;
  u32 value;
  if (!read_guest(word, value)) return false;
  for (;;) {
    // Unlocked in user space, but nobody woken.
    if (is_pending && !pi && (value & FUTEX_TID_MASK) == 0) {
      wake(word, 1);
      return true;
    }
    if ((value & FUTEX_TID_MASK) != tid) return true;
    u32 found = value;
    if (!compare_exchange_guest(word, found, (value & FUTEX_WAITERS) | FUTEX_OWNER_DIED)) return false;
    if (found == value) break;
    value = found;
  }
  if (!pi && (value & FUTEX_WAITERS)) wake(word, 1);
  return true;
}

}  // namespace

void release_robust_list(Thread& thread) {
  GuestAddr head_addr = 0;
  u64 size = 0;
  host_syscall(SYS_get_robust_list, 0, reinterpret_cast<u64>(&head_addr), reinterpret_cast<u64>(&size));
  if (head_addr == 0) return;
  host_syscall(SYS_set_robust_list, 0, sizeof(RobustListHead));
  RobustListHead head;
  if (!read_guest(head_addr, head)) return;
  auto tid = static_cast<u32>(thread.tid);
  auto word = [&](GuestAddr entry) { return (entry & ~GuestAddr{1}) + static_cast<u64>(head.futex_offset); };
  GuestAddr entry = head.list.next;
  for (int i = 0; i < kLimit && (entry & ~GuestAddr{1}) != head_addr; i++) {
    // Its successor is read first: an unlocked lock may vanish.
    RobustList next{};
    bool readable = read_guest(entry & ~GuestAddr{1}, next);
    if (entry != head.pending && !release(word(entry), entry & 1, false, tid)) return;
    if (!readable) return;
    entry = next.next;
  }
  if (head.pending) release(word(head.pending), head.pending & 1, true, tid);
}

void clear_child_tid(Thread& thread) {
  GuestAddr word = thread.clear_child_tid;
  thread.clear_child_tid = 0;
  if (word == 0 || !write_guest(word, u32{0})) return;
  wake(word, 1);
}

}  // namespace veneer
