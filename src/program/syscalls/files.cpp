// Opening, describing and naming files.
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <algorithm>
#include <cerrno>
#include <cstring>

#include "program/guest_memory.h"
#include "program/procfs.h"
#include "program/syscalls/open_flags.h"
#include "program/syscalls/paths.h"
#include "program/syscalls/table.h"

namespace veneer {

namespace {

// struct stat of arm64: asm-generic/stat.h.
struct GuestStat {
  u64 dev, ino;
  u32 mode, nlink, uid, gid;
  u64 rdev, pad1;
  s64 size;
  s32 blksize, pad2;
  s64 blocks;
  s64 atime, atime_nsec, mtime, mtime_nsec, ctime, ctime_nsec;
  u32 unused[2];
};
static_assert(sizeof(GuestStat) == 128);

s64 put_stat(GuestAddr to, const struct stat& st) {
  GuestStat g{};
  g.dev = st.st_dev;
  g.ino = st.st_ino;
  g.mode = st.st_mode;
  g.nlink = static_cast<u32>(st.st_nlink);
  g.uid = st.st_uid;
  g.gid = st.st_gid;
  g.rdev = st.st_rdev;
  g.size = st.st_size;
  g.blksize = static_cast<s32>(st.st_blksize);
  g.blocks = st.st_blocks;
  g.atime = st.st_atim.tv_sec;
  g.atime_nsec = st.st_atim.tv_nsec;
  g.mtime = st.st_mtim.tv_sec;
  g.mtime_nsec = st.st_mtim.tv_nsec;
  g.ctime = st.st_ctim.tv_sec;
  g.ctime_nsec = st.st_ctim.tv_nsec;
  return write_guest(to, g) ? 0 : -EFAULT;
}

u64 pointer(const void* p) {
  return reinterpret_cast<u64>(p);  // NOLINT: a system call's argument
}

PathUse use_of_open(u64 host_flags) {
  if (host_flags & O_CREAT) return PathUse::Create;
  return host_flags & O_NOFOLLOW ? PathUse::NoFollow : PathUse::Follow;
}

s64 open_path(Thread& thread, int dirfd, GuestAddr address, open_how how) {
  how.flags = open_flags_to_host(*thread.process.platform.abi, how.flags);
  GuestPath path;
  if (s64 error = path.read(thread, dirfd, address, use_of_open(how.flags)); error < 0) return error;
  if (path.text())
    if (auto fd = procfs::open(thread.process, dirfd, path.text(), static_cast<int>(how.flags))) return *fd;
  const u64 dir = static_cast<u64>(dirfd);
  const s64 fd = how.resolve == 0
                     ? safe_syscall(thread, SYS_openat, dir, path.host(), how.flags, how.mode)
                     : safe_syscall(thread, SYS_openat2, dir, path.host(), pointer(&how), sizeof how);
  // In a zone the translator is out of reach, and what it has translated.
  if (fd >= 0 && thread.process.options.zone &&
      ((path.text() && procfs::is_translator(thread.process, path.text(), static_cast<int>(fd))) ||
       thread.process.cache.hides(static_cast<int>(fd)))) {
    host_syscall(SYS_close, static_cast<u64>(fd));
    return -EACCES;
  }
  return fd;
}

}  // namespace

s64 sys_openat(Thread& thread, const SyscallArgs& a) {
  open_how how{};
  how.flags = a[2] & 0xffffffff;
  how.mode = a[3] & 07777;
  return open_path(thread, static_cast<int>(a[0]), a[1], how);
}

s64 sys_openat2(Thread& thread, const SyscallArgs& a) {
  open_how how{};
  if (a[3] < sizeof how) return -EINVAL;
  if (a[3] > kPageSize) return -E2BIG;
  if (!read_guest(a[2], how)) return -EFAULT;
  // What this kernel structure does not know yet must be zero.
  for (u64 at = sizeof how; at < a[3]; ++at) {
    u8 byte;
    if (!read_guest(a[2] + at, byte)) return -EFAULT;
    if (byte) return -E2BIG;
  }
  return open_path(thread, static_cast<int>(a[0]), a[1], how);
}

s64 sys_readlinkat(Thread& thread, const SyscallArgs& a) {
  if (static_cast<s32>(a[3]) <= 0) return -EINVAL;
  GuestPath path;
  if (s64 error = path.read(thread, static_cast<int>(a[0]), a[1], PathUse::NoFollow); error < 0) return error;
  char text[PATH_MAX];
  const usize size = std::min<usize>(a[3], sizeof text);
  s64 n;
  if (auto emulated = path.text()
                          ? procfs::readlink(thread.process, static_cast<int>(a[0]), path.text(), text, size)
                          : std::nullopt) {
    n = *emulated;
  } else {
    n = host_syscall(SYS_readlinkat, a[0], path.host(), pointer(text), size);
  }
  if (n < 0) return n;
  return copy_to_guest(a[2], text, static_cast<usize>(n)) ? n : -EFAULT;
}

s64 sys_newfstatat(Thread& thread, const SyscallArgs& a) {
  GuestPath path;
  const PathUse use = a[3] & AT_SYMLINK_NOFOLLOW ? PathUse::NoFollow : PathUse::Follow;
  if (s64 error = path.read(thread, static_cast<int>(a[0]), a[1], use); error < 0) return error;
  struct stat st;
  if (s64 error = safe_syscall(thread, SYS_newfstatat, a[0], path.host(), pointer(&st), a[3]); error < 0)
    return error;
  return put_stat(a[2], st);
}

s64 sys_fstat(Thread&, const SyscallArgs& a) {
  struct stat st;
  if (s64 error = host_syscall(SYS_fstat, a[0], pointer(&st)); error < 0) return error;
  return put_stat(a[1], st);
}

s64 sys_getcwd(Thread& thread, const SyscallArgs& a) {
  char text[PATH_MAX];
  const s64 n = host_syscall(SYS_getcwd, pointer(text), sizeof text);
  if (n < 0) return n;
  const std::string_view guest = thread.process.sysroot.to_guest({text, static_cast<usize>(n - 1)});
  std::string copy(guest.empty() ? "/" : guest);
  if (copy.size() + 1 > a[1]) return -ERANGE;
  return copy_to_guest(a[0], copy.c_str(), copy.size() + 1) ? static_cast<s64>(copy.size() + 1) : -EFAULT;
}

s64 sys_fcntl(Thread& thread, const SyscallArgs& a) {
  switch (static_cast<int>(a[1])) {
    case F_GETFL: {
      const s64 flags = host_syscall(SYS_fcntl, a[0], F_GETFL);
      return flags < 0
                 ? flags
                 : static_cast<s64>(open_flags_to_guest(*thread.process.platform.abi, static_cast<u64>(flags)));
    }
    case F_SETFL:
      return host_syscall(SYS_fcntl, a[0], F_SETFL, open_flags_to_host(*thread.process.platform.abi, a[2]));
    default: return safe_syscall(thread, SYS_fcntl, a[0], a[1], a[2]);
  }
}

s64 sys_pipe2(Thread& thread, const SyscallArgs& a) {
  return host_syscall(SYS_pipe2, a[0], open_flags_to_host(*thread.process.platform.abi, a[1] & 0xffffffff));
}

s64 sys_open_by_handle_at(Thread& thread, const SyscallArgs& a) {
  return safe_syscall(thread, SYS_open_by_handle_at, a[0], a[1],
                      open_flags_to_host(*thread.process.platform.abi, a[2] & 0xffffffff));
}

s64 sys_fanotify_init(Thread& thread, const SyscallArgs& a) {
  return host_syscall(SYS_fanotify_init, a[0],
                      open_flags_to_host(*thread.process.platform.abi, a[1] & 0xffffffff));
}

s64 sys_chroot(Thread& thread, const SyscallArgs& a) {
  GuestPath path;
  if (s64 error = path.read(thread, AT_FDCWD, a[0], PathUse::Follow); error < 0) return error;
  // While /proc is in sight.
  if (int error = thread.process.self_exe.keep(); error < 0) return error;
  const s64 result = safe_syscall(thread, SYS_chroot, path.host());
  if (result == 0) thread.process.sysroot.leave();
  return result;
}

s64 sys_pivot_root(Thread& thread, const SyscallArgs& a) {
  GuestPath root, old;
  if (s64 error = root.read(thread, AT_FDCWD, a[0], PathUse::Follow); error < 0) return error;
  if (s64 error = old.read(thread, AT_FDCWD, a[1], PathUse::Follow); error < 0) return error;
  if (int error = thread.process.self_exe.keep(); error < 0) return error;
  const s64 result = safe_syscall(thread, SYS_pivot_root, root.host(), old.host());
  if (result == 0) thread.process.sysroot.leave();
  return result;
}

s64 sys_renameat(Thread& thread, const SyscallArgs& a) {
  if (!thread.process.platform.abi->has_renameat) return -ENOSYS;
  GuestPath from, to;
  if (s64 error = from.read(thread, static_cast<int>(a[0]), a[1], PathUse::NoFollow); error < 0) return error;
  if (s64 error = to.read(thread, static_cast<int>(a[2]), a[3], PathUse::Create); error < 0) return error;
  return safe_syscall(thread, SYS_renameat, a[0], from.host(), a[2], to.host());
}

}  // namespace veneer
