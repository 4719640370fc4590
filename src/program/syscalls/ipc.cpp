// System V semaphores. Of the structures of System V IPC, theirs alone differs.
#include <sys/ipc.h>
#include <sys/sem.h>
#include <sys/syscall.h>
#include <cerrno>

#include "program/guest_memory.h"
#include "program/syscalls/table.h"

namespace veneer {

namespace {

// struct semid64_ds of asm-generic/sembuf.h; x86-64's has a reserved word behind each time.
struct GuestSemaphores {
  ipc_perm permissions;
  s64 operated, changed;
  u64 count;
  u64 reserved[2];
};
static_assert(sizeof(ipc_perm) == 48 && sizeof(GuestSemaphores) == 88);

u64 pointer(void* p) {
  return reinterpret_cast<u64>(p);  // NOLINT: a system call's argument
}

}  // namespace

s64 sys_semctl(Thread&, const SyscallArgs& a) {
  constexpr u64 kIpc64 = 0x100;  // which kernels with one form of the structures ignore
  semid_ds host{};
  GuestSemaphores guest{};
  switch (a[2] & ~kIpc64) {
    case IPC_STAT:
    case SEM_STAT:
    case SEM_STAT_ANY: {
      const s64 result = host_syscall(SYS_semctl, a[0], a[1], a[2], pointer(&host));
      if (result < 0) return result;
      guest.permissions = host.sem_perm;
      guest.operated = host.sem_otime;
      guest.changed = host.sem_ctime;
      guest.count = host.sem_nsems;
      return write_guest(a[3], guest) ? result : -EFAULT;
    }
    case IPC_SET:
      if (!read_guest(a[3], guest)) return -EFAULT;
      host.sem_perm = guest.permissions;
      return host_syscall(SYS_semctl, a[0], a[1], a[2], pointer(&host));
    default: return host_syscall(SYS_semctl, a[0], a[1], a[2], a[3]);
  }
}

}  // namespace veneer
