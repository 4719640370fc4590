#include "zone/rootfs.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cerrno>

#include "zone/mount_api.h"
#include "zone/mount_options.h"

namespace veneer::zone {

Failure detach_from_host(const std::string& propagation) {
  // What the host mounts later may still come in by "slave"; nothing goes out, and pivot_root(2) wants no
  // shared parent.
  const bool slave = propagation.ends_with("slave") || propagation.ends_with("shared");
  if (::mount(nullptr, "/", nullptr, MS_REC | (slave ? MS_SLAVE : MS_PRIVATE), nullptr) != 0)
    return failed(errno, "detach the mounts from the host's");
  return std::nullopt;
}

Failure attach_root(int tree) {
  const Fd root(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!root) return failed(errno, "open '/'");
  return attach_tree(tree, root.get(), "/");
}

Failure enter_root(int tree, bool no_pivot) {
  if (::fchdir(tree) != 0) return failed(errno, "enter the container's root");
  if (no_pivot) {
    if (::chroot(".") != 0) return failed(errno, "change the root directory");
    return std::nullopt;
  }
  if (::syscall(SYS_pivot_root, ".", ".") != 0)
    return failed(errno, "make the container's root the root directory (--no-pivot may help)");
  // The old root now lies over the new one.
  if (::umount2(".", MNT_DETACH) != 0) return failed(errno, "unmount the host's root");
  if (::chdir("/") != 0) return failed(errno, "enter '/'");
  return std::nullopt;
}

Failure finish_root(const Spec& spec) {
  const Fd root(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!root) return failed(errno, "open '/'");
  if (spec.root_readonly) {
    if (Failure e = set_attributes(root.get(), MOUNT_ATTR_RDONLY, 0, 0, false)) return e;
  }
  if (const u64 flags = propagation_flags(spec.rootfs_propagation)) {
    if (::mount(nullptr, "/", nullptr, flags, nullptr) != 0)
      return failed(errno, "make the root %s", spec.rootfs_propagation.c_str());
  } else if (!spec.rootfs_propagation.empty()) {
    return Error{exit_status::kVeneer,
                 "linux.rootfsPropagation '" + spec.rootfs_propagation + "' is no kind of mount propagation"};
  }
  return std::nullopt;
}

}  // namespace veneer::zone
