// Path arguments of system calls.
#pragma once

#include "program/sysroot.h"
#include "program/thread.h"

namespace veneer {

// A guest's path argument, as the host's call is to have it.
class GuestPath {
 public:
  // 0 or -errno. A null pointer stays one: some calls take it.
  s64 read(Thread& thread, s64 dirfd, GuestAddr address, PathUse use);
  u64 host() const { return reinterpret_cast<u64>(host_); }  // NOLINT: a system call's argument
  const char* text() const { return host_; }

 private:
  char guest_[PATH_MAX];
  PathBuffer buffer_;
  const char* host_ = nullptr;
};

}  // namespace veneer
