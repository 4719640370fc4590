// maskedPaths and readonlyPaths of config.json.
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include <cerrno>

#include "image/rooted_path.h"
#include "zone/mount_api.h"
#include "zone/rootfs.h"

namespace veneer::zone {
namespace {

// A name that the image has not, or cannot have, needs no protection.
bool absent(int error) {
  return error == ENOENT || error == ENOTDIR || error == EACCES;
}

// Copies of one empty, read-only file system, and of the host's /dev/null, cover what is masked.
class Covers {
 public:
  Result<Fd> directory() {
    if (!empty_) {
      Result<Fd> made = new_filesystem("tmpfs", "tmpfs", {"size=0k", "nr_inodes=2", "mode=555"});
      if (!made) return made;
      if (Failure e = set_attributes(made->get(), MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, 0,
                                     0, false))
        return std::move(*e);
      empty_ = std::move(*made);
      // The kernel clones no detached mount of a detached mount before 6.15: the first is kept attached
      // nowhere.
    }
    Result<Fd> copy = clone_tree(empty_.get(), "", false);
    if (copy) return copy;
    return std::move(empty_);
  }
  Result<Fd> file() {
    // The host's, opened by the kernel's own number and not by what an image calls /dev/null.
    struct stat info{};
    Result<Fd> tree = clone_tree(AT_FDCWD, "/dev/null", false);
    if (tree && (::fstat(tree->get(), &info) != 0 || !S_ISCHR(info.st_mode) || info.st_rdev != ::makedev(1, 3)))
      return Error{exit_status::kVeneer, "the host's /dev/null is not the null device"};
    return tree;
  }

 private:
  Fd empty_;
};

Failure mask(int root, const std::string& path, Covers& covers) {
  const int fd = openat2_in_root(root, path.c_str(), 0);
  if (fd < 0) {
    if (absent(-fd)) return std::nullopt;
    return failed(-fd, "mask '%s'", path.c_str());
  }
  const Fd at(fd);
  struct stat info{};
  if (::fstat(fd, &info) != 0) return failed(errno, "mask '%s'", path.c_str());
  Result<Fd> cover = S_ISDIR(info.st_mode) ? covers.directory() : covers.file();
  if (!cover) return cover.error();
  return attach_tree(cover->get(), fd, path);
}

Failure make_readonly(int root, const std::string& path) {
  const int fd = openat2_in_root(root, path.c_str(), 0);
  if (fd < 0) {
    if (absent(-fd)) return std::nullopt;
    return failed(-fd, "make '%s' read-only", path.c_str());
  }
  const Fd at(fd);
  Result<Fd> tree = clone_tree(fd, "", true);
  if (!tree) return tree.error();
  if (Failure e = set_attributes(tree->get(), MOUNT_ATTR_RDONLY, 0, 0, true)) return e;
  return attach_tree(tree->get(), fd, path);
}

}  // namespace

Failure protect_paths(int root, const Spec& spec) {
  for (const std::string& path : spec.readonly_paths) {
    if (Failure e = make_readonly(root, path)) return e;
  }
  Covers covers;
  for (const std::string& path : spec.masked_paths) {
    if (Failure e = mask(root, path, covers)) return e;
  }
  return std::nullopt;
}

}  // namespace veneer::zone
