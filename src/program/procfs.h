// The files of /proc that must speak of the guest and not of veneer: /proc/self (and its own pid's) exe,
// maps, auxv, cmdline, comm, environ, stat; /proc/cpuinfo.
#pragma once

#include <optional>

#include "base/types.h"
#include "program/process.h"

namespace veneer::procfs {

// Each takes the host path as Sysroot::resolve gave it; `nullopt` means: not emulated, ask the host.
// Otherwise the syscall's result (a descriptor or length, or -errno).

// openat; `flags` are the host's.
std::optional<s64> open(Process& process, int dirfd, const char* path, int flags);
// readlinkat; writes at most `size` bytes to `out` (a host buffer).
std::optional<s64> readlink(Process& process, int dirfd, const char* path, char* out, usize size);
// Did opening this path give veneer's own program (by /proc/PID/exe, /proc/PID/fd/N, map_files)?
bool is_translator(const Process& process, const char* path, int fd);
// The path that a *following* call (stat, access, open O_PATH, execve, statx) must use in place of
// /proc/self/exe; null: no replacement. The string lives as long as the process.
const char* follow(const Process& process, int dirfd, const char* path);

}  // namespace veneer::procfs
