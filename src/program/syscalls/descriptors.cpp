// Closing and replacing descriptors, of which one is veneer's own (self_exe.h).
#include <fcntl.h>
#include <sys/syscall.h>
#include <algorithm>
#include <cerrno>

#include "program/syscalls/open_flags.h"
#include "program/syscalls/table.h"

namespace veneer {

s64 sys_close(Thread& thread, const SyscallArgs& a) {
  return thread.process.self_exe.is(static_cast<int>(a[0])) ? -EBADF : host_syscall(SYS_close, a[0]);
}

s64 sys_dup3(Thread& thread, const SyscallArgs& a) {
  if (thread.process.self_exe.is(static_cast<int>(a[1]))) return -EBADF;
  return host_syscall(SYS_dup3, a[0], a[1], open_flags_to_host(a[2] & 0xffffffff));
}

s64 sys_close_range(Thread& thread, const SyscallArgs& a) {
  const u64 first = a[0] & 0xffffffff, last = a[1] & 0xffffffff;
  const s64 own = thread.process.self_exe.fd();
  if (own < 0 || first > last || static_cast<u64>(own) < first || static_cast<u64>(own) > last)
    return host_syscall(SYS_close_range, first, last, a[2]);
  // Around it.
  const u64 at = static_cast<u64>(own);
  if (at > first)
    if (s64 error = host_syscall(SYS_close_range, first, at - 1, a[2]); error < 0) return error;
  return at < last ? host_syscall(SYS_close_range, at + 1, last, a[2]) : 0;
}

}  // namespace veneer
