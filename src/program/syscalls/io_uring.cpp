// io_uring(7).
#include "program/io_uring.h"

#include "program/syscalls/table.h"

namespace veneer {

s64 sys_io_uring_setup(Thread& thread, const SyscallArgs& a) {
  return thread.process.io_urings.setup(a[0], a[1]);
}

s64 sys_io_uring_enter(Thread& thread, const SyscallArgs& a) {
  return thread.process.io_urings.enter(thread, a[0], a[1] & 0xffffffff, a[2], a[3], a[4], a[5]);
}

}  // namespace veneer
