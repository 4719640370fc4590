// Waiting for descriptors.
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <algorithm>
#include <cerrno>
#include <vector>

#include "program/guest_memory.h"
#include "program/signals.h"
#include "program/syscalls/table.h"

namespace veneer {

namespace {

// Packed on x86-64, naturally aligned on arm64.
struct GuestEpollEvent {
  u32 events, pad;
  u64 data;
};
static_assert(sizeof(GuestEpollEvent) == 16);

u64 pointer(const void* p) {
  return reinterpret_cast<u64>(p);  // NOLINT: a system call's argument
}

s64 wait(Thread& thread, long number, const SyscallArgs& a) {
  const s32 count = static_cast<s32>(a[2]);
  if (count <= 0 || static_cast<u64>(count) > 0x7fffffff / sizeof(epoll_event)) return -EINVAL;
  if (s64 error = use_temporary_mask(thread, a[4], a[5]); error < 0) return error;
  // More than a page's worth at once is asked for, never delivered.
  std::vector<epoll_event> events(std::min<usize>(static_cast<usize>(count), 4096));
  const s64 n = safe_syscall(thread, number, a[0], pointer(events.data()), events.size(), a[3], a[4], a[5]);
  for (s64 i = 0; i < n; ++i) {
    const epoll_event& e = events[static_cast<usize>(i)];
    const GuestEpollEvent g{e.events, 0, e.data.u64};
    if (!write_guest(a[1] + static_cast<u64>(i) * sizeof g, g)) return -EFAULT;
  }
  return n;
}

}  // namespace

s64 sys_epoll_ctl(Thread&, const SyscallArgs& a) {
  epoll_event e{};
  if (a[3]) {
    GuestEpollEvent g;
    if (!read_guest(a[3], g)) return -EFAULT;
    e.events = g.events;
    e.data.u64 = g.data;
  }
  return host_syscall(SYS_epoll_ctl, a[0], a[1], a[2], a[3] ? pointer(&e) : 0);
}

s64 sys_epoll_pwait(Thread& thread, const SyscallArgs& a) {
  return wait(thread, SYS_epoll_pwait, a);
}
s64 sys_epoll_pwait2(Thread& thread, const SyscallArgs& a) {
  return wait(thread, 441, a);
}

s64 sys_ppoll(Thread& thread, const SyscallArgs& a) {
  if (s64 error = use_temporary_mask(thread, a[3], a[4]); error < 0) return error;
  return safe_syscall(thread, SYS_ppoll, a[0], a[1], a[2], a[3], a[4]);
}

s64 sys_pselect6(Thread& thread, const SyscallArgs& a) {
  struct {
    GuestAddr mask;
    u64 size;
  } argument{};
  if (a[5]) {
    if (!read_guest(a[5], argument)) return -EFAULT;
    if (s64 error = use_temporary_mask(thread, argument.mask, argument.size); error < 0) return error;
  }
  return safe_syscall(thread, SYS_pselect6, a[0], a[1], a[2], a[3], a[4], a[5]);
}

}  // namespace veneer
