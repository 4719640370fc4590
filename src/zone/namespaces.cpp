#include "zone/namespaces.h"

#include <fcntl.h>
#include <linux/nsfs.h>
#include <linux/sched.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cerrno>
#include <csignal>

#ifndef CLONE_INTO_CGROUP
#define CLONE_INTO_CGROUP 0x200000000ULL
#endif
#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

namespace veneer::zone {
namespace {

constexpr NamespaceName kNames[] = {
    {NamespaceKind::Mount, "mount", "mnt", CLONE_NEWNS},
    {NamespaceKind::Pid, "pid", "pid", CLONE_NEWPID},
    {NamespaceKind::Network, "network", "net", CLONE_NEWNET},
    {NamespaceKind::Ipc, "ipc", "ipc", CLONE_NEWIPC},
    {NamespaceKind::Uts, "uts", "uts", CLONE_NEWUTS},
    {NamespaceKind::User, "user", "user", CLONE_NEWUSER},
    {NamespaceKind::Cgroup, "cgroup", "cgroup", CLONE_NEWCGROUP},
    {NamespaceKind::Time, "time", "time", CLONE_NEWTIME},
};

}  // namespace

std::span<const NamespaceName> namespace_names() {
  return kNames;
}

std::optional<NamespaceKind> namespace_kind(std::string_view oci) {
  for (const NamespaceName& n : kNames) {
    if (oci == n.oci) return n.kind;
  }
  return std::nullopt;
}

const NamespaceName& name_of(NamespaceKind kind) {
  return kNames[static_cast<usize>(kind)];
}

Result<Fd> open_namespace(NamespaceKind kind, const std::string& path) {
  Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd) return failed(errno, "open the %s namespace '%s'", name_of(kind).oci, path.c_str());
  const int type = ::ioctl(fd.get(), NS_GET_NSTYPE);
  if (type < 0 || static_cast<u64>(type) != name_of(kind).flag)
    return Error{exit_status::kVeneer, format("'%s' is not a %s namespace", path.c_str(), name_of(kind).oci)};
  return fd;
}

bool shares_namespace(pid_t pid, NamespaceKind kind) {
  struct stat ours{}, theirs{};
  const char* name = name_of(kind).proc;
  return ::stat(format("/proc/self/ns/%s", name).c_str(), &ours) == 0 &&
         ::stat(format("/proc/%d/ns/%s", pid, name).c_str(), &theirs) == 0 && ours.st_ino == theirs.st_ino &&
         ours.st_dev == theirs.st_dev;
}

pid_t clone_process(u64 flags, int cgroup, bool& in_cgroup) {
  clone_args args{};
  args.flags = flags;
  args.exit_signal = flags & CLONE_PARENT ? 0 : SIGCHLD;
  if (cgroup >= 0) {
    args.flags |= CLONE_INTO_CGROUP;
    args.cgroup = static_cast<u64>(cgroup);
    const long pid = ::syscall(SYS_clone3, &args, sizeof args);
    if (pid >= 0) return in_cgroup = true, static_cast<pid_t>(pid);
    args.flags &= ~CLONE_INTO_CGROUP;
    args.cgroup = 0;
  }
  in_cgroup = false;
  return static_cast<pid_t>(::syscall(SYS_clone3, &args, sizeof args));
}

void become_mapped_root() {
  (void)::syscall(SYS_setresgid, 0, 0, 0);
  (void)::syscall(SYS_setresuid, 0, 0, 0);
  (void)::syscall(SYS_setgroups, 0, nullptr);
}

}  // namespace veneer::zone
