// `-L ROOT`: where the guest's paths lead. An absolute path is looked up under ROOT first, its symbolic
// links (absolute ones too) staying inside, then on the host. /proc, /sys and /dev are always the host's;
// /tmp, /var/tmp, /run, /home, /root and the directory veneer was started in are the host's first.
#pragma once

#include <climits>
#include <string>
#include <string_view>

#include "base/types.h"

namespace veneer {

// What a path argument is for.
enum class PathUse : u8 {
  Follow,    // an existing object; a final symbolic link is followed (open, stat, chdir, execve)
  NoFollow,  // an existing object; a final link is the object (lstat, readlink, unlink, rename from)
  Create,    // the name may be made (open O_CREAT, mkdir, rename to, link to, symlink at, mknod, bind)
};

struct PathBuffer {
  char text[PATH_MAX];
};

class Sysroot {
 public:
  Sysroot() = default;
  // `root`: absolute, resolved, without a trailing slash; empty for none.
  explicit Sysroot(std::string root);

  bool empty() const { return root_.empty() || __atomic_load_n(&left_, __ATOMIC_RELAXED); }
  // Paths are the host's from now on: after chroot.
  void leave() { __atomic_store_n(&left_, true, __ATOMIC_RELAXED); }
  const std::string& root() const { return root_; }

  // The host path to use with `dirfd` in place of `path`: either `path` itself or `buffer.text` (absolute).
  // `path` is a readable string (see guest_memory.h). Costs nothing without a ROOT.
  const char* resolve(int dirfd, const char* path, PathUse use, PathBuffer& buffer) const {
    return empty() ? path : resolve_in_root(dirfd, path, use, buffer);
  }

  // Looks an absolute guest path up under ROOT alone; true: buffer.text is its host path.
  bool find_in_root(std::string_view path, PathUse use, PathBuffer& buffer) const;

  // How the guest calls a host path: without ROOT in front (getcwd, readlink of /proc/self/fd/N, maps).
  std::string_view to_guest(std::string_view host_path) const;

 private:
  const char* resolve_in_root(int dirfd, const char* path, PathUse use, PathBuffer& buffer) const;
  bool host_first(std::string_view path) const;

  std::string root_;
  bool left_ = false;
  std::string start_directory_;  // empty when it is not to be preferred
};

}  // namespace veneer
