#include "program/self_exe.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/files.h"
#include "base/types.h"

namespace veneer {

namespace {

// The same file by as high a number as the limit allows, where no guest looks for one; -1 when there is none.
int high_copy(int fd) {
  constexpr rlim_t kHighest = 65536;
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  for (rlim_t at = std::min(limit.rlim_cur, kHighest); at > 0; at /= 2) {
    const int copy = ::fcntl(fd, F_DUPFD_CLOEXEC, static_cast<int>(at - 1));
    if (copy >= 0) return copy;
  }
  return -1;
}

}  // namespace

SelfExe::SelfExe(int inherited) : fd_(inherited) {
  if (fd_ < 0) return;
  constexpr int kLow = 256;
  if (fd_ < kLow) {
    if (const int copy = high_copy(fd_); copy >= 0) {
      ::close(fd_);
      fd_ = copy;
    }
  }
  ::fcntl(fd_, F_SETFD, FD_CLOEXEC);
}

SelfExe::SelfExe(SelfExe&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

SelfExe& SelfExe::operator=(SelfExe&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

SelfExe::~SelfExe() {
  if (fd_ >= 0) ::close(fd_);
}

int SelfExe::keep() {
  if (fd_ >= 0) return 0;
  const Fd exe(::open("/proc/self/exe", O_PATH | O_CLOEXEC));
  if (!exe) return -errno;
  fd_ = high_copy(exe.get());
  return fd_ >= 0 ? 0 : -errno;
}

}  // namespace veneer
