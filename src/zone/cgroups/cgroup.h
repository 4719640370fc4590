// A container's cgroup: one directory in each hierarchy that could have one.
#pragma once

#include <sys/types.h>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/errors.h"
#include "base/files.h"
#include "zone/cgroups/layout.h"
#include "zone/mounts.h"
#include "zone/spec.h"

namespace veneer::zone {

class Cgroup {
 public:
  struct Directory {
    std::string key;   // Hierarchy::key
    std::string path;  // on the host
  };

  // None: the processes stay where they are.
  Cgroup() = default;
  // Of what state.json remembers.
  explicit Cgroup(std::vector<Directory> directories) : directories_(std::move(directories)) {}

  // The directories that a path of config.json stands for; none is made. `rootless`: a relative path is beneath
  // the caller's own cgroup.
  static Cgroup at(const CgroupLayout& layout, const std::string& path, bool rootless);
  // Those where a process is.
  static Cgroup of_process(const CgroupLayout& layout, pid_t pid);

  // Of the hierarchies of version 1 where `made` has no directory: that of the same path as in one where it
  // has. The process is in `made`.
  static Cgroup beside(const CgroupLayout& layout, const std::vector<Directory>& made, pid_t pid);

  // Makes the directories. Where that is not permitted they are left out; it is no error unless `resources`
  // wants one.
  Failure create(const CgroupLayout& layout, const Resources* resources);
  Failure apply(const CgroupLayout& layout, const Resources& resources, bool new_group) const;
  // Moves a process in; version 2's can be skipped when it was born there.
  Failure add(pid_t pid, bool skip_v2) const;
  // Of version 2, for CLONE_INTO_CGROUP; nothing where there is none.
  Fd open_v2() const;

  Failure freeze(bool frozen) const;
  bool frozen() const;
  std::vector<pid_t> processes() const;  // in it and beneath it
  void kill_all() const;                 // SIGKILL, frozen or not
  // Waits a while for the last process to be gone; then an error.
  Failure remove() const;
  bool exists() const;

  std::optional<std::string> read(std::string_view controller, const std::string& file) const;
  std::optional<std::string> directory_of(std::string_view controller) const;
  bool is_v2(std::string_view controller) const;

  const std::vector<Directory>& directories() const { return directories_; }
  std::vector<CgroupView> views(const CgroupLayout& layout) const;

 private:
  std::vector<Directory> directories_;
};

}  // namespace veneer::zone
