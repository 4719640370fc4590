#include "program/set_ids.h"

#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "program/safe_syscall.h"

namespace veneer {
namespace {

constexpr u64 kSame = ~u64{0};

// Of this thread alone, as the kernel has it.
bool set_effective_user(uid_t user) {
  return host_syscall(SYS_setresuid, kSame, user, kSame) == 0;
}
bool set_effective_group(gid_t group) {
  return host_syscall(SYS_setresgid, kSame, group, kSame) == 0;
}

}  // namespace

SetIds::SetIds(int fd) : user_(::geteuid()), group_(::getegid()) {
  // bprm_fill_uid (fs/exec.c). A group bit without execution by the group is for mandatory locks.
  constexpr mode_t kSetGroup = S_ISGID | S_IXGRP;
  struct stat file{};
  if (::fstat(fd, &file) != 0) return;
  const uid_t user = file.st_mode & S_ISUID ? file.st_uid : user_;
  const gid_t group = (file.st_mode & kSetGroup) == kSetGroup ? file.st_gid : group_;
  if (user == user_ && group == group_) return;
  struct statvfs system{};
  if (::fstatvfs(fd, &system) != 0 || system.f_flag & ST_NOSUID ||
      ::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 0)
    return;
  if (group != group_ && !set_effective_group(group)) {
    refused_ = true;
    return;
  }
  changed_ = true;
  // All, or nothing.
  if (user != user_ && !set_effective_user(user)) {
    set_effective_group(group_);
    changed_ = false;
    refused_ = true;
  }
}

SetIds::~SetIds() {
  if (!changed_) return;
  set_effective_user(user_);
  set_effective_group(group_);
}

}  // namespace veneer
