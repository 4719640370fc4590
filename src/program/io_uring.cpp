#include "program/io_uring.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <deque>
#include <new>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <linux/io_uring.h>
#include <linux/openat2.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "program/guest_memory.h"
#include "program/safe_syscall.h"
#include "program/syscalls/open_flags.h"
#include "program/syscalls/paths.h"

#ifndef IORING_SETUP_NO_SQARRAY
#define IORING_SETUP_NO_SQARRAY (1U << 16)
#endif
#ifndef IORING_SETUP_NO_MMAP
#define IORING_SETUP_NO_MMAP (1U << 14)
#endif

namespace veneer {
namespace {

u64 address(const void* p) {
  return reinterpret_cast<u64>(p);  // NOLINT: a system call's argument
}

// struct epoll_event where it is not packed.
struct GuestEvent {
  u32 events, padding;
  u64 data;
};

// What a converted request points to until it has been submitted, when the kernel has copied it.
struct Converted {
  std::deque<GuestPath> paths;
  std::deque<open_how> hows;
  std::deque<epoll_event> events;
};

// What does not convert (a bad address) is left to the kernel to refuse.
void convert_path(Thread& thread, Converted& c, s64 dirfd, __u64& at, PathUse use) {
  GuestPath& path = c.paths.emplace_back();
  if (path.read(thread, dirfd, at, use) == 0) at = path.host();
}

PathUse use_of_open(u64 host_flags) {
  if (host_flags & O_CREAT) return PathUse::Create;
  return host_flags & O_NOFOLLOW ? PathUse::NoFollow : PathUse::Follow;
}

// False: the request is as the host's kernel wants it.
bool convert(Thread& thread, io_uring_sqe& sqe, Converted& c) {
  switch (sqe.opcode) {
    case IORING_OP_OPENAT:
      sqe.open_flags = static_cast<u32>(open_flags_to_host(*thread.process.platform.abi, sqe.open_flags));
      convert_path(thread, c, sqe.fd, sqe.addr, use_of_open(sqe.open_flags));
      return true;
    case IORING_OP_OPENAT2: {
      open_how how{};
      if (sqe.len < sizeof how || !read_guest(sqe.addr2, how)) return false;
      how.flags = open_flags_to_host(*thread.process.platform.abi, how.flags);
      convert_path(thread, c, sqe.fd, sqe.addr, use_of_open(how.flags));
      sqe.addr2 = address(&c.hows.emplace_back(how));
      sqe.len = sizeof how;
      return true;
    }
    case IORING_OP_STATX:
      convert_path(thread, c, sqe.fd, sqe.addr,
                   sqe.statx_flags & AT_SYMLINK_NOFOLLOW ? PathUse::NoFollow : PathUse::Follow);
      return true;
    case IORING_OP_RENAMEAT:
      convert_path(thread, c, sqe.fd, sqe.addr, PathUse::NoFollow);
      convert_path(thread, c, static_cast<s32>(sqe.len), sqe.addr2, PathUse::Create);
      return true;
    case IORING_OP_LINKAT:
      convert_path(thread, c, sqe.fd, sqe.addr,
                   sqe.hardlink_flags & AT_SYMLINK_FOLLOW ? PathUse::Follow : PathUse::NoFollow);
      convert_path(thread, c, static_cast<s32>(sqe.len), sqe.addr2, PathUse::Create);
      return true;
    case IORING_OP_UNLINKAT: convert_path(thread, c, sqe.fd, sqe.addr, PathUse::NoFollow); return true;
    case IORING_OP_MKDIRAT: convert_path(thread, c, sqe.fd, sqe.addr, PathUse::Create); return true;
    case IORING_OP_SYMLINKAT: convert_path(thread, c, sqe.fd, sqe.addr2, PathUse::Create); return true;
    case IORING_OP_SETXATTR:
    case IORING_OP_GETXATTR: convert_path(thread, c, AT_FDCWD, sqe.addr3, PathUse::Follow); return true;
    case IORING_OP_EPOLL_CTL: {
      GuestEvent guest{};
      if (sqe.addr == 0 || !read_guest(sqe.addr, guest)) return false;
      epoll_event& event = c.events.emplace_back();
      event.events = guest.events;
      event.data.u64 = guest.data;
      sqe.addr = address(&event);
      return true;
    }
    default: return false;
  }
}

}  // namespace

// A view of a ring's memory that is veneer's own: where the guest has mapped it does not matter.
struct IoUrings::Ring {
  void* rings = MAP_FAILED;
  void* requests = MAP_FAILED;
  usize rings_size = 0, requests_size = 0;
  const u32 *head = nullptr, *tail = nullptr, *array = nullptr;
  io_uring_sqe* sqes = nullptr;
  u32 entries = 0;
  bool wide = false;  // IORING_SETUP_SQE128

  Ring() = default;
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;
  ~Ring() {
    if (rings != MAP_FAILED) ::munmap(rings, rings_size);
    if (requests != MAP_FAILED) ::munmap(requests, requests_size);
  }

  bool open(int fd, const io_uring_params& p) {
    entries = p.sq_entries;
    wide = p.flags & IORING_SETUP_SQE128;
    rings_size = (p.flags & IORING_SETUP_NO_SQARRAY ? p.sq_off.tail + sizeof(u32)
                                                    : p.sq_off.array + entries * sizeof(u32));
    requests_size = static_cast<usize>(entries) * sizeof(io_uring_sqe) * (wide ? 2 : 1);
    rings = ::mmap(nullptr, rings_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, IORING_OFF_SQ_RING);
    requests = ::mmap(nullptr, requests_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, IORING_OFF_SQES);
    if (rings == MAP_FAILED || requests == MAP_FAILED) return false;
    const auto word = [this](u32 offset) {
      return reinterpret_cast<const u32*>(address(rings) + offset);  // NOLINT: the kernel's layout
    };
    head = word(p.sq_off.head);
    tail = word(p.sq_off.tail);
    if (!(p.flags & IORING_SETUP_NO_SQARRAY)) array = word(p.sq_off.array);
    sqes = static_cast<io_uring_sqe*>(requests);
    return true;
  }

  // The request at a position of the queue; null when the guest's array says nonsense.
  io_uring_sqe* at(u32 position) const {
    const u32 slot = position & (entries - 1);
    const u32 index = array ? __atomic_load_n(array + slot, __ATOMIC_RELAXED) : slot;
    return index < entries ? sqes + static_cast<usize>(index) * (wide ? 2 : 1) : nullptr;
  }
};

IoUrings::IoUrings() = default;
IoUrings::~IoUrings() = default;

s64 IoUrings::setup(u64 entries, GuestAddr params) {
  io_uring_params p;
  if (!read_guest(params, p)) return -EFAULT;
  if (p.flags & (IORING_SETUP_SQPOLL | IORING_SETUP_NO_MMAP)) return -EPERM;
  const s64 fd = host_syscall(SYS_io_uring_setup, entries, params);
  if (fd < 0) return fd;
  auto ring = std::make_shared<Ring>();
  const std::lock_guard lock(mutex_);
  if (read_guest(params, p) && ring->open(static_cast<int>(fd), p)) {
    rings_[static_cast<int>(fd)] = std::move(ring);
  } else {
    rings_.erase(static_cast<int>(fd));
  }
  return fd;
}

s64 IoUrings::enter(Thread& thread, u64 fd, u64 to_submit, u64 min_complete, u64 flags, u64 argument,
                    u64 size) {
  std::shared_ptr<Ring> ring;
  if (to_submit != 0 && !(flags & IORING_ENTER_REGISTERED_RING)) {
    const std::lock_guard lock(mutex_);
    if (const auto found = rings_.find(static_cast<int>(fd)); found != rings_.end()) ring = found->second;
  }
  struct Saved {
    u32 position;
    std::array<u8, sizeof(io_uring_sqe)> sqe;
  };
  std::vector<Saved> saved;
  Converted converted;
  if (ring) {
    const u32 head = __atomic_load_n(ring->head, __ATOMIC_ACQUIRE),
              tail = __atomic_load_n(ring->tail, __ATOMIC_ACQUIRE);
    const u32 count = std::min({tail - head, ring->entries, static_cast<u32>(to_submit)});
    for (u32 position = head; position != head + count; position++) {
      io_uring_sqe* sqe = ring->at(position);
      if (!sqe) continue;
      Saved before{position, {}};
      std::memcpy(before.sqe.data(), sqe, before.sqe.size());
      if (convert(thread, *sqe, converted)) saved.push_back(before);
    }
  }
  const s64 result =
      safe_syscall(thread, SYS_io_uring_enter, fd, to_submit, min_complete, flags, argument, size);
  if (!saved.empty()) {
    // What has not been taken will be submitted again.
    const u32 head = __atomic_load_n(ring->head, __ATOMIC_ACQUIRE);
    for (const Saved& s : saved)
      if (static_cast<s32>(s.position - head) >= 0)
        if (io_uring_sqe* sqe = ring->at(s.position)) std::memcpy(sqe, s.sqe.data(), s.sqe.size());
  }
  return result;
}

void IoUrings::forget_all() {
  new (&mutex_) std::mutex;  // whoever held it is not in the child
  // The kernel has not copied the mappings: there is nothing to unmap.
  for (auto& [fd, ring] : rings_) {
    ring->rings = MAP_FAILED;
    ring->requests = MAP_FAILED;
  }
  rings_.clear();
}

}  // namespace veneer
