// execve as the guest sees it: a guest program runs under veneer again, with the same options; a native one
// runs directly; `#!` scripts go to their interpreter.
#pragma once

#include <string>
#include <vector>

#include "base/types.h"
#include "program/process.h"
#include "program/seccomp.h"

namespace veneer {

// The arguments of execveat, copied from the guest, and the memory that building the host's call takes.
// A vfork child shares the parent's heap and never returns from a successful exec: own the request in the
// Thread object of the child, which the parent destroys, or it leaks.
struct ExecRequest {
  int dirfd = -100;  // AT_FDCWD
  std::string path;  // as the guest gave it (a guest path; not yet through Sysroot)
  int flags = 0;     // AT_EMPTY_PATH, AT_SYMLINK_NOFOLLOW
  std::vector<std::string> argv, envp;

  // Working memory.
  std::string exec_name, current, target;
  std::vector<std::string> storage;
  std::vector<char*> host_argv, host_envp;
};

// Returns only on failure, with -errno as the kernel would have it (ENOENT, EACCES, ENOEXEC, ELOOP, E2BIG...);
// everything is checked before the host's execve, and nothing of the process is changed.
// The caller sets up the signal mask and dispositions that the new program must inherit (the host's are the
// guest's already, except where the thread keeps a signal unblocked on the host only).
s64 exec_program(const Process& process, const SeccompState& seccomp, ExecRequest& request);

}  // namespace veneer
