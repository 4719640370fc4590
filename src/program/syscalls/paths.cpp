#include "program/syscalls/paths.h"

#include <cerrno>
#include <cstring>

#include "program/guest_memory.h"
#include "program/procfs.h"

namespace veneer {

s64 GuestPath::read(Thread& thread, s64 dirfd, GuestAddr address, PathUse use) {
  if (address == 0) return 0;
  const s64 length = guest_string_length(address, sizeof guest_);
  if (length < 0) return length;
  if (static_cast<usize>(length) >= sizeof guest_) return -ENAMETOOLONG;
  if (!copy_from_guest(guest_, address, static_cast<usize>(length) + 1)) return -EFAULT;
  guest_[length] = '\0';
  host_ = thread.process.sysroot.resolve(static_cast<int>(dirfd), guest_, use, buffer_);
  if (use == PathUse::Follow)
    if (const char* exe = procfs::follow(thread.process, static_cast<int>(dirfd), host_)) host_ = exe;
  return 0;
}

}  // namespace veneer
