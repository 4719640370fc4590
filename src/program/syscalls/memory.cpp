// Memory mappings. The host's mappings are the guest's, but that none is executable on the host; GuestMaps
// remembers what the guest asked for and keeps it from veneer's own memory.
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>

#include "program/syscalls/table.h"

namespace veneer {

namespace {

constexpr u64 kGuestTop = u64{1} << 47;  // what the host offers below what arm64 would
constexpr u64 kProtSem = 0x8;            // PROT_SEM: accepted, without effect
constexpr u64 kProtMask = PROT_READ | PROT_WRITE | PROT_EXEC;

bool bad_range(GuestAddr start, u64 length) {
  return start % kPageSize || start > kGuestTop || length > kGuestTop - start;
}

void forget_code(Thread& thread, bool was_executable, GuestAddr start, GuestAddr end) {
  if (was_executable) thread.process.translator->invalidate(start, end);
}

void describe_file(Mapping& m, u64 fd, u64 offset) {
  struct stat st;
  if (::fstat(static_cast<int>(fd), &st) != 0) return;
  m.kind = Mapping::Kind::File;
  m.dev = st.st_dev;
  m.ino = st.st_ino;
  m.offset = offset;
}

// What may as well be at the same place in all processes, where there are translations of it: the dynamic
// linker maps a library without an address, as a whole, or reserves room for it.
bool may_be_placed(const Process& process, GuestAddr hint, u64 length, u64 prot, u64 flags, u64 offset) {
  constexpr u64 kMost = u64{1} << 30, kNeutral = MAP_DENYWRITE | MAP_NORESERVE | MAP_EXECUTABLE;
  if (!process.cache.enabled() || hint || length > kMost) return false;
  if ((flags & ~kNeutral) == (MAP_PRIVATE | MAP_ANONYMOUS)) return prot == PROT_NONE;
  return (flags & ~kNeutral) == MAP_PRIVATE && offset == 0;
}

// The address, or an error of no consequence.
s64 map_at_place(const Process& process, u64 length, u64 prot, u64 flags, const SyscallArgs& a) {
  constexpr u64 kPlaces = 8;  // of the same length
  s64 result = -ENOMEM;
  for (u64 n = 0; n < kPlaces; ++n) {
    result = host_syscall(SYS_mmap, process.cache.place(length | n), length,
                          static_cast<u64>(host_prot(static_cast<int>(prot))), flags | MAP_FIXED_NOREPLACE,
                          a[4], a[5]);
    if (result != -EEXIST) break;
  }
  return result;
}

}  // namespace

s64 sys_mmap(Thread& thread, const SyscallArgs& a) {
  const GuestAddr hint = a[0];
  const u64 length = page_up(a[1]), prot = a[2], flags = a[3];
  if (a[1] == 0) return -EINVAL;
  if (length == 0 || length > kGuestTop) return -ENOMEM;
  // PROT_BTI and PROT_MTE are for cores that have them.
  if (prot & ~(kProtMask | kProtSem | PROT_GROWSDOWN | PROT_GROWSUP)) return -EINVAL;
  const bool fixed = flags & (MAP_FIXED | MAP_FIXED_NOREPLACE);
  if (fixed && bad_range(hint, length)) return hint % kPageSize ? -EINVAL : -ENOMEM;
  if (a[5] % kPageSize) return -EINVAL;
  s64 result;
  bool was_executable = false;
  {
    GuestMaps::Update update(thread.process.maps);
    u64 host_flags = flags & ~u64{0x40};  // MAP_32BIT means nothing on arm64
    if (fixed) {
      if (flags & MAP_FIXED_NOREPLACE) {
        if (update.overlaps(hint, hint + length)) return -EEXIST;
      } else {
        if (!update.may_replace(hint, hint + length, true)) return -ENOMEM;
        was_executable = update.executable(hint, hint + length);
      }
    }
    result = may_be_placed(thread.process, hint, length, prot, host_flags, a[5])
                 ? map_at_place(thread.process, length, prot, host_flags, a)
                 : -ENOMEM;
    if (result < 0 && result > -4096)
      result = host_syscall(SYS_mmap, hint, length, static_cast<u64>(host_prot(static_cast<int>(prot))),
                            host_flags, a[4], a[5]);
    if (result < 0 && result > -4096) return result;
    Mapping m;
    m.start = static_cast<u64>(result);
    m.end = m.start + length;
    m.prot = static_cast<int>(prot & kProtMask);
    m.flags = static_cast<int>(flags);
    if (!(flags & MAP_ANONYMOUS)) describe_file(m, a[4], a[5]);
    update.add(m);
  }
  forget_code(thread, was_executable, hint, hint + length);
  if (prot & PROT_EXEC && !(flags & (MAP_ANONYMOUS | MAP_SHARED)))
    thread.process.cache.offer(*thread.process.translator, static_cast<int>(a[4]), a[5],
                               static_cast<u64>(result), length);
  return result;
}

s64 sys_munmap(Thread& thread, const SyscallArgs& a) {
  const u64 length = page_up(a[1]);
  if (length == 0 || bad_range(a[0], length)) return -EINVAL;
  bool was_executable = false;
  {
    GuestMaps::Update update(thread.process.maps);
    was_executable = update.executable(a[0], a[0] + length);
    // Only what is the guest's goes; munmap of nothing succeeds.
    for (const Mapping& part : update.parts(a[0], a[0] + length))
      if (s64 error = host_syscall(SYS_munmap, part.start, part.size()); error < 0) return error;
    update.remove(a[0], a[0] + length);
  }
  forget_code(thread, was_executable, a[0], a[0] + length);
  return 0;
}

s64 sys_mprotect(Thread& thread, const SyscallArgs& a) {
  const u64 length = page_up(a[1]), prot = a[2];
  if (prot & ~(kProtMask | kProtSem | PROT_GROWSDOWN | PROT_GROWSUP)) return -EINVAL;
  if (a[0] % kPageSize) return -EINVAL;
  if (length == 0) return 0;
  if (bad_range(a[0], length)) return -ENOMEM;
  bool was_executable = false;
  s64 result = 0;
  {
    GuestMaps::Update update(thread.process.maps);
    was_executable = update.executable(a[0], a[0] + length);
    const u64 host = static_cast<u64>(host_prot(static_cast<int>(prot & kProtMask))) |
                     (prot & (PROT_GROWSDOWN | PROT_GROWSUP));
    // The kernel changes the pages before the first hole, then says ENOMEM.
    GuestAddr at = a[0];
    for (const Mapping& part : update.parts(a[0], a[0] + length)) {
      if (part.start != at) break;
      result = host_syscall(SYS_mprotect, part.start, part.size(), host);
      if (result < 0) return result;
      update.protect(part.start, part.end, static_cast<int>(prot & kProtMask));
      at = part.end;
    }
    if (at != a[0] + length) result = -ENOMEM;
  }
  forget_code(thread, was_executable, a[0], a[0] + length);
  return result;
}

s64 sys_mremap(Thread& thread, const SyscallArgs& a) {
  const GuestAddr old_start = a[0], new_start = a[4];
  const u64 old_size = page_up(a[1]), new_size = page_up(a[2]), flags = a[3];
  if (new_size == 0 || bad_range(old_start, old_size)) return -EINVAL;
  s64 result;
  bool was_executable = false;
  {
    GuestMaps::Update update(thread.process.maps);
    if (!update.covers(old_start, old_start + std::max<u64>(old_size, 1))) return -EFAULT;
    was_executable = update.executable(old_start, old_start + old_size);
    if (flags & MREMAP_FIXED) {
      if (bad_range(new_start, new_size)) return -EINVAL;
      if (!update.may_replace(new_start, new_start + new_size, true)) return -ENOMEM;
      was_executable |= update.executable(new_start, new_start + new_size);
    }
    result = host_syscall(SYS_mremap, old_start, a[1], a[2], flags, new_start);
    if (result < 0 && result > -4096) return result;
    update.move(old_start, old_size, static_cast<u64>(result), new_size,
                flags & MREMAP_DONTUNMAP || old_size == 0);
  }
  if (was_executable) {
    thread.process.translator->invalidate(old_start, old_start + old_size);
    thread.process.translator->invalidate(static_cast<u64>(result), static_cast<u64>(result) + new_size);
  }
  return result;
}

s64 sys_brk(Thread& thread, const SyscallArgs& a) {
  GuestMaps::Update update(thread.process.maps);
  Brk& brk = thread.process.brk;
  const GuestAddr wanted = a[0];
  const s64 unchanged = static_cast<s64>(brk.current);
  if (wanted < brk.start || wanted > kGuestTop) return unchanged;
  const GuestAddr old_end = page_up(brk.current), new_end = page_up(wanted);
  if (new_end > old_end) {
    const s64 at = host_syscall(SYS_mmap, old_end, new_end - old_end, PROT_READ | PROT_WRITE,
                                MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, ~u64{0}, 0);
    if (at != static_cast<s64>(old_end)) {
      if (at > 0) host_syscall(SYS_munmap, static_cast<u64>(at), new_end - old_end);
      return unchanged;
    }
    Mapping m;
    m.start = old_end;
    m.end = new_end;
    m.prot = PROT_READ | PROT_WRITE;
    m.flags = MAP_PRIVATE | MAP_ANONYMOUS;
    m.kind = Mapping::Kind::Heap;
    update.add(m);
  } else if (new_end < old_end) {
    if (host_syscall(SYS_munmap, new_end, old_end - new_end) < 0) return unchanged;
    update.remove(new_end, old_end);
  }
  brk.current = wanted;
  return static_cast<s64>(wanted);
}

s64 sys_map_shadow_stack(Thread& thread, const SyscallArgs& /*a*/) {
  return -thread.process.platform.abi->shadow_stack_error;
}

s64 sys_shmat(Thread& thread, const SyscallArgs& a) {
  shmid_ds info;
  if (::shmctl(static_cast<int>(a[0]), IPC_STAT, &info) != 0) return -errno;
  const u64 size = page_up(info.shm_segsz);
  GuestAddr at = a[1];
  bool was_executable = false;
  {
    GuestMaps::Update update(thread.process.maps);
    if (at) {
      if (at % kPageSize) {
        if (!(a[2] & SHM_RND)) return -EINVAL;
        at = page_down(at);
      }
      if (bad_range(at, size)) return -EINVAL;
      if (a[2] & SHM_REMAP && !update.may_replace(at, at + size, true)) return -EINVAL;
      was_executable = a[2] & SHM_REMAP && update.executable(at, at + size);
    }
    // No execution on the host.
    at = static_cast<u64>(host_syscall(SYS_shmat, a[0], at, a[2] & ~u64{SHM_EXEC}));
    if (static_cast<s64>(at) < 0 && static_cast<s64>(at) > -4096) return static_cast<s64>(at);
    Mapping m;
    m.start = at;
    m.end = m.start + size;
    m.prot = PROT_READ | (a[2] & SHM_RDONLY ? 0 : PROT_WRITE) | (a[2] & SHM_EXEC ? PROT_EXEC : 0);
    m.flags = MAP_SHARED;
    m.kind = Mapping::Kind::SharedMemory;
    m.ino = m.start;  // which attachment it is part of: neighbours stay apart
    update.add(m);
  }
  forget_code(thread, was_executable, at, at + size);
  return static_cast<s64>(at);
}

s64 sys_shmdt(Thread& thread, const SyscallArgs& a) {
  GuestAddr end = a[0];
  bool was_executable = false;
  {
    GuestMaps::Update update(thread.process.maps);
    const auto m = update.find(a[0]);
    if (!m || m->kind != Mapping::Kind::SharedMemory || m->ino != a[0]) return -EINVAL;
    if (s64 error = host_syscall(SYS_shmdt, a[0]); error < 0) return error;
    // In parts, where their protections differ.
    for (auto part = m; part && part->kind == Mapping::Kind::SharedMemory && part->ino == a[0];) {
      end = part->end;
      was_executable |= part->executable();
      update.remove(part->start, end);
      part = update.find(end);
    }
  }
  forget_code(thread, was_executable, a[0], end);
  return 0;
}

}  // namespace veneer
