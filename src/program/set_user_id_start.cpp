#include "program/set_user_id_start.h"

#include <fcntl.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <cerrno>

#include "base/files.h"

namespace veneer {
namespace {

struct Ids {
  uid_t user;
  gid_t group;
};

// As the caller sees it: what it could not execute it cannot execute by us.
Result<Fd> open_as_caller(const std::string& path, Ids caller, Ids privileged) {
  auto refuse = [&](int error) {
    return Error{error == ENOENT ? exit_status::kNotFound : exit_status::kCannotRun,
                 format("cannot run '%s': %s", path.c_str(), errno_text(error))};
  };
  if (::setegid(caller.group) != 0 || ::seteuid(caller.user) != 0) return refuse(errno);
  const Fd seen(::open(path.c_str(), O_PATH | O_CLOEXEC));
  const int error = !seen                                                                ? errno
                    : ::faccessat(seen.get(), "", X_OK, AT_EMPTY_PATH | AT_EACCESS) != 0 ? errno
                                                                                         : 0;
  if (::seteuid(privileged.user) != 0 || ::setegid(privileged.group) != 0) return refuse(errno);
  if (error != 0) return refuse(error);
  // Executable is enough: it need not be readable. The same file, whatever its name has come to mean.
  Fd file(::open(format("/proc/self/fd/%d", seen.get()).c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return refuse(errno);
  return file;
}

Ids ids_of(int file, Ids caller) {
  constexpr mode_t kSetGroup = S_ISGID | S_IXGRP;
  struct stat info{};
  struct statvfs system{};
  if (::fstat(file, &info) != 0 || ::fstatvfs(file, &system) != 0 || system.f_flag & ST_NOSUID) return caller;
  return {info.st_mode & S_ISUID ? info.st_uid : caller.user,
          (info.st_mode & kSetGroup) == kSetGroup ? info.st_gid : caller.group};
}

}  // namespace

bool executed_set_user_id() {
  return ::getauxval(AT_SECURE) && (::getuid() != ::geteuid() || ::getgid() != ::getegid());
}

Failure take_ids_of_program(RunOptions& o) {
  if (!executed_set_user_id()) return std::nullopt;
  const Ids caller{::getuid(), ::getgid()}, privileged{::geteuid(), ::getegid()};
  RunOptions safe;
  safe.zone = true;
  safe.program = o.program;
  safe.args = o.args;
  safe.argv0 = o.argv0;
  safe.exec_name = o.exec_name;
  safe.seccomp_fd = o.seccomp_fd;  // filters only take away, as
  safe.cpus = o.cpus;              // these do
  Result<Fd> file = open_as_caller(o.program, caller, privileged);
  if (!file) return file.error();
  const Ids ids = ids_of(file->get(), caller);
  if (::setresgid(caller.group, ids.group, ids.group) != 0 || ::setresuid(caller.user, ids.user, ids.user) != 0)
    return Error{exit_status::kCannotRun,
                 format("cannot run '%s': its ids cannot be taken: %s", o.program.c_str(), errno_text(errno))};
  safe.secure = ids.user != caller.user || ids.group != caller.group;
  if (!*safe.secure) ::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
  safe.program_fd = file->release();
  if (o.cache_fd >= 0) ::close(o.cache_fd);
  // No descriptor of the caller's is executed later on, but this program itself.
  safe.keeps_itself = true;
  o = std::move(safe);
  return std::nullopt;
}

}  // namespace veneer
