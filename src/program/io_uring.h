// Requests in the rings of io_uring(7), which the guest writes to memory: those with paths, open flags and
// epoll events are converted where they are submitted, as the system calls of the same names are.
#pragma once

#include <map>
#include <memory>
#include <mutex>

#include "base/types.h"

namespace veneer {

struct Thread;

class IoUrings {
 public:
  IoUrings();
  ~IoUrings();
  IoUrings(const IoUrings&) = delete;
  IoUrings& operator=(const IoUrings&) = delete;

  // io_uring_setup(2) and io_uring_enter(2): the result, -errno or kRestartSyscall. A ring that the kernel
  // polls (IORING_SETUP_SQPOLL) is refused with EPERM, as by kernels where that is a privilege: nothing would
  // be converted. So is one in memory of the guest's own (IORING_SETUP_NO_MMAP).
  s64 setup(u64 entries, GuestAddr params);
  s64 enter(Thread& thread, u64 fd, u64 to_submit, u64 min_complete, u64 flags, u64 argument, u64 size);

  // In the child of a fork, which does not have the rings.
  void forget_all();

 private:
  struct Ring;
  std::mutex mutex_;
  std::map<int, std::shared_ptr<Ring>> rings_;  // by descriptor
};

}  // namespace veneer
