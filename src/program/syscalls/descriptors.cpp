// Closing and replacing descriptors, of which one is veneer's own (self_exe.h).
#include <fcntl.h>
#include <sys/syscall.h>
#include <algorithm>
#include <cerrno>

#include "program/syscalls/open_flags.h"
#include "program/syscalls/table.h"

namespace veneer {

s64 sys_close(Thread& thread, const SyscallArgs& a) {
  return thread.process.is_own_descriptor(static_cast<int>(a[0])) ? -EBADF : host_syscall(SYS_close, a[0]);
}

s64 sys_dup3(Thread& thread, const SyscallArgs& a) {
  if (thread.process.is_own_descriptor(static_cast<int>(a[1]))) return -EBADF;
  return host_syscall(SYS_dup3, a[0], a[1],
                      open_flags_to_host(*thread.process.platform.abi, a[2] & 0xffffffff));
}

s64 sys_close_range(Thread& thread, const SyscallArgs& a) {
  u64 first = a[0] & 0xffffffff;
  const u64 last = a[1] & 0xffffffff;
  if (first > last) return host_syscall(SYS_close_range, first, last, a[2]);
  // Around veneer's own.
  const Process& process = thread.process;
  std::array own = process.own_descriptors();
  std::sort(std::begin(own), std::end(own));
  for (const int fd : own) {
    if (fd < 0 || static_cast<u64>(fd) < first || static_cast<u64>(fd) > last) continue;
    const u64 at = static_cast<u64>(fd);
    if (at > first)
      if (s64 error = host_syscall(SYS_close_range, first, at - 1, a[2]); error < 0) return error;
    if (at == last) return 0;
    first = at + 1;
  }
  return host_syscall(SYS_close_range, first, last, a[2]);
}

}  // namespace veneer
