// Device nodes of a container: the specification's default devices, and linux.devices.
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

// config-linux.md, "Default Devices"; numbers from the kernel's Documentation/admin-guide/devices.txt.
struct DefaultDevice {
  const char* path;
  u32 major, minor;
};
constexpr DefaultDevice kDefaults[] = {{"/dev/null", 1, 3},   {"/dev/zero", 1, 5},    {"/dev/full", 1, 7},
                                       {"/dev/random", 1, 8}, {"/dev/urandom", 1, 9}, {"/dev/tty", 5, 0}};

struct Link {
  const char* path;
  const char* target;
};
constexpr Link kLinks[] = {{"/dev/fd", "/proc/self/fd"},       {"/dev/stdin", "/proc/self/fd/0"},
                           {"/dev/stdout", "/proc/self/fd/1"}, {"/dev/stderr", "/proc/self/fd/2"},
                           {"/dev/core", "/proc/kcore"},       {"/dev/ptmx", "pts/ptmx"}};

mode_t node_type(const Device& d) {
  return d.type == 'b' ? S_IFBLK : d.type == 'p' ? S_IFIFO : S_IFCHR;
}

bool is_device(const struct stat& info, const Device& d) {
  return (info.st_mode & S_IFMT) == node_type(d) &&
         (d.type == 'p' || info.st_rdev == ::makedev(d.major, d.minor));
}

Failure bind_device(int root, const Device& d) {
  Result<Fd> tree = clone_tree(AT_FDCWD, d.path, false);
  if (!tree) return tree.error();
  struct stat info{};
  if (::fstat(tree->get(), &info) != 0 || !is_device(info, d))
    return Error{exit_status::kVeneer,
                 format("the host's '%s' is not the device %u:%u", d.path.c_str(), d.major, d.minor)};
  Result<Fd> at = make_file_in_root(root, d.path);
  if (!at) return at.error();
  return attach_tree(tree->get(), at->get(), d.path);
}

Failure make_device(int root, const Device& d, bool bind) {
  if (bind && d.type != 'p') return bind_device(root, d);
  Result<Place> place = place_in_root(root, d.path);
  if (!place) return place.error();
  const int dir = place->directory.get();
  const char* name = place->name.c_str();
  if (::mknodat(dir, name, node_type(d) | d.mode, ::makedev(d.major, d.minor)) != 0) {
    struct stat info{};
    if (errno == EEXIST && ::fstatat(dir, name, &info, AT_SYMLINK_NOFOLLOW) == 0) {
      if (is_device(info, d)) return std::nullopt;
      // An image's or an engine's empty file as a place to bind to.
      if (S_ISREG(info.st_mode)) return bind_device(root, d);
    }
    if (errno == EPERM) return bind_device(root, d);
    return failed(errno, "make the device '%s'", d.path.c_str());
  }
  // By name, but never through a link; another process in the image's tree could only exchange it for its own.
  if (::fchmodat(dir, name, d.mode, 0) != 0 || ::fchownat(dir, name, d.uid, d.gid, AT_SYMLINK_NOFOLLOW) != 0)
    return failed(errno, "give '%s' its owner and mode", d.path.c_str());
  return std::nullopt;
}

Failure make_link(int root, const Link& link) {
  Result<Fd> dev = make_directory_in_root(root, "/dev");
  if (!dev) return dev.error();
  const std::string name = std::string(link.path).substr(5);
  if (::symlinkat(link.target, dev->get(), name.c_str()) == 0 || errno == EROFS) return std::nullopt;
  if (errno != EEXIST) return failed(errno, "make the link '%s'", link.path);
  // A container's own ptmx must be the one of its own devpts, whatever the image has there.
  if (name == "ptmx" && ::unlinkat(dev->get(), "ptmx", 0) == 0 &&
      ::symlinkat(link.target, dev->get(), "ptmx") != 0)
    return failed(errno, "make the link '%s'", link.path);
  return std::nullopt;
}

bool listed(const Spec& spec, const std::string& path) {
  for (const Device& d : spec.devices) {
    if (d.path == path) return true;
  }
  return false;
}

// An engine that binds the host's /dev wants no nodes made in it.
bool host_dev(const Spec& spec) {
  for (const Mount& m : spec.mounts) {
    if ((m.destination == "/dev" || m.destination == "/dev/") &&
        (m.type == "bind" || m.type == "rbind" || m.type.empty() || m.type == "none"))
      return true;
  }
  return false;
}

}  // namespace

Failure make_devices(int root, const Spec& spec, bool bind) {
  for (const Device& d : spec.devices) {
    if (Failure e = make_device(root, d, bind)) return e;
  }
  if (host_dev(spec)) return std::nullopt;
  for (const DefaultDevice& d : kDefaults) {
    Device device;
    device.path = d.path;
    device.major = d.major;
    device.minor = d.minor;
    if (listed(spec, device.path)) continue;
    if (Failure e = make_device(root, device, bind)) return e;
  }
  for (const Link& link : kLinks) {
    if (listed(spec, link.path)) continue;
    if (Failure e = make_link(root, link)) return e;
  }
  return std::nullopt;
}

}  // namespace veneer::zone
