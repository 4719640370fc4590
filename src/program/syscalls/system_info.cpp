// What the system is.
#include <sys/utsname.h>
#include <cstring>

#include <cerrno>

#include "program/guest_memory.h"
#include "program/syscalls/table.h"

namespace veneer {

s64 sys_uname(Thread& thread, const SyscallArgs& a) {
  utsname name{};
  if (::uname(&name) != 0) return -errno;
  std::memset(name.machine, 0, sizeof name.machine);
  std::strcpy(name.machine, thread.process.platform.abi->machine);
  return write_guest(a[0], name) ? 0 : -EFAULT;
}

}  // namespace veneer
