#include "zone/mounts.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>

#include "image/copy_tree.h"
#include "image/rooted_path.h"
#include "zone/id_map.h"
#include "zone/mount_api.h"
#include "zone/mount_options.h"

namespace veneer::zone {
namespace {

std::string source_path(const Mount& mount, const std::string& bundle) {
  return mount.source.starts_with('/') ? mount.source : bundle + "/" + mount.source;
}

bool is_bind(const Mount& mount, const MountOptions& options) {
  return options.bind || mount.type == "bind" || mount.type == "rbind";
}

Error of_mount(Error error, const Mount& mount) {
  error.message +=
      format(", for the mount of '%s' at '%s'",
             mount.source.empty() ? mount.type.c_str() : mount.source.c_str(), mount.destination.c_str());
  return error;
}

class Mounter {
 public:
  Mounter(int root, const MountSetup& setup) : root_(root), setup_(setup) {}

  Failure mount(const Mount& mount, Fd source) {
    Result<MountOptions> options = parse_mount_options(mount.options);
    if (!options) return options.error();
    if (options->remount) return remount(mount, *options);
    if (is_bind(mount, *options)) return bind(mount, *options, std::move(source));
    if (mount.type == "cgroup" || mount.type == "cgroup2") return cgroups(mount, *options);
    if (mount.type.empty()) return Error{exit_status::kVeneer, "a mount that is no bind mount has no type"};
    return filesystem(mount, *options);
  }

 private:
  Failure place(int tree, const Mount& mount, const MountOptions& o, bool directory) {
    // /proc and /sys of the container are what masks, sysctls and labels trust: their mount points are its own.
    if (Failure e = check_trusted(mount)) return e;
    Result<Fd> at = directory ? make_directory_in_root(root_, mount.destination)
                              : make_file_in_root(root_, mount.destination);
    if (!at) return at.error();
    struct stat info{};
    if (::fstat(at->get(), &info) == 0 && S_ISDIR(info.st_mode) != directory)
      return Error{exit_status::kVeneer, format("'%s' in the container's root is %s directory",
                                                mount.destination.c_str(), directory ? "no" : "a")};
    if (Failure e = set_attributes(tree, o.set, o.clear, 0, false)) return e;
    if (Failure e = set_attributes(tree, o.tree_set, o.tree_clear, 0, true)) return e;
    if (Failure e = attach_tree(tree, at->get(), mount.destination)) return e;
    return set_attributes(tree, 0, 0, o.propagation, o.propagate_tree);
  }
  // Nothing but the file systems themselves, whole, may stand at /proc and /sys, and not through a link.
  Failure check_trusted(const Mount& mount) {
    std::string where = mount.destination;
    while (where.size() > 1 && where.back() == '/') where.pop_back();
    if (where != "/proc" && where != "/sys") return std::nullopt;
    struct stat info{};
    if (::fstatat(root_, where.c_str() + 1, &info, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISDIR(info.st_mode))
      return Error{exit_status::kVeneer, "'" + where + "' of the image must be a directory"};
    return std::nullopt;
  }

  Failure bind(const Mount& mount, const MountOptions& o, Fd source) {
    if (!source) {
      Result<Fd> tree =
          clone_tree(AT_FDCWD, source_path(mount, setup_.bundle), o.recursive || mount.type == "rbind");
      if (!tree) return tree.error();
      source = std::move(*tree);
    }
    struct stat info{};
    if (::fstat(source.get(), &info) != 0) return failed(errno, "look at '%s'", mount.source.c_str());
    return place(source.get(), mount, o, S_ISDIR(info.st_mode));
  }

  Failure remount(const Mount& mount, const MountOptions& o) {
    Result<Fd> at = open_in_root(root_, mount.destination);
    if (!at) return at.error();
    if (Failure e = set_attributes(at->get(), o.set, o.clear, o.propagation, false)) return e;
    return set_attributes(at->get(), o.tree_set, o.tree_clear, 0, true);
  }

  Failure filesystem(const Mount& mount, const MountOptions& o) {
    std::vector<std::string> data = o.data;
    const bool labelled = mount.type == "tmpfs" || mount.type == "devpts" || mount.type == "mqueue";
    if (labelled && !setup_.spec.mount_label.empty()) data.push_back("context=" + setup_.spec.mount_label);
    Result<Fd> tree = new_filesystem(mount.type, mount.source.empty() ? mount.type : mount.source, data);
    if (!tree && setup_.user_namespace) tree = substitute(mount, data, tree.error());
    if (!tree) return tree.error();
    if (o.copy_up && mount.type == "tmpfs") {
      if (Failure e = copy_up(mount, tree->get())) return e;
    }
    return place(tree->get(), mount, o, true);
  }
  // What a user namespace refuses, and what stands in its place: the host's /sys where the network namespace is
  // not ours, devpts without a group that is not mapped.
  Result<Fd> substitute(const Mount& mount, std::vector<std::string> data, Error error) {
    if (mount.type == "sysfs") return clone_tree(AT_FDCWD, "/sys", true);
    if (mount.type == "devpts" &&
        std::erase_if(data, [](const std::string& d) { return d.starts_with("gid="); }) > 0)
      return new_filesystem("devpts", "devpts", data);
    if (mount.type == "mqueue") return clone_tree(AT_FDCWD, "/dev/mqueue", false);
    if (mount.type == "proc")
      error.message += "; a host that hides parts of its own /proc lets user namespaces mount no new one";
    return error;
  }
  Failure copy_up(const Mount& mount, int tree) {
    Result<Fd> at = open_in_root(root_, mount.destination, O_DIRECTORY);
    if (!at) return std::nullopt;
    return copy_tree(at->get(), tree);
  }

  Failure cgroups(const Mount& mount, const MountOptions& o) {
    const std::vector<CgroupView>& views = setup_.cgroups;
    if (views.empty()) return host_cgroups(mount, o);
    const bool single = views.size() == 1 && views[0].name.empty();
    if (single) {
      Result<Fd> tree = cgroup_tree(views[0]);
      if (!tree) return tree.error();
      return place(tree->get(), mount, o, true);
    }
    Result<Fd> top = new_filesystem("tmpfs", "tmpfs", {"mode=755"});
    if (!top) return top.error();
    MountOptions plain = o;
    const u64 read_only = plain.set & MOUNT_ATTR_RDONLY;
    plain.set &= ~static_cast<u64>(MOUNT_ATTR_RDONLY);
    plain.data.clear();
    if (Failure e = place(top->get(), mount, plain, true)) return e;
    for (const CgroupView& view : views) {
      Result<Fd> tree = cgroup_tree(view);
      if (!tree) return tree.error();
      Mount one = mount;
      one.destination += "/" + view.name;
      if (Failure e = place(tree->get(), one, o, true)) return e;
    }
    if (Failure e = link_controllers(mount)) return e;
    return set_attributes(top->get(), read_only, 0, 0, false);
  }
  // "cpu,cpuacct" is one directory; programs look for "cpu" and for "cpuacct".
  Failure link_controllers(const Mount& mount) {
    Result<Fd> at = open_in_root(root_, mount.destination, O_DIRECTORY);
    if (!at) return at.error();
    for (const CgroupView& view : setup_.cgroups) {
      std::string_view names = view.name;
      if (names.find(',') == names.npos) continue;
      while (!names.empty()) {
        const std::string name(names.substr(0, names.find(',')));
        names.remove_prefix(std::min(names.size(), name.size() + 1));
        if (::symlinkat(view.name.c_str(), at->get(), name.c_str()) != 0 && errno != EEXIST)
          return failed(errno, "link '%s' to '%s'", name.c_str(), view.name.c_str());
      }
    }
    return std::nullopt;
  }
  // Of a new cgroup namespace the hierarchy's own root is the container's; else its directory is bound.
  Result<Fd> cgroup_tree(const CgroupView& view) {
    if (!setup_.cgroup_namespace) return clone_tree(AT_FDCWD, view.path, true);
    if (view.controllers.empty()) return new_filesystem("cgroup2", "cgroup", {});
    std::vector<std::string> data;
    std::string_view rest = view.controllers;
    if (rest.starts_with("name=")) data.emplace_back("none");
    while (!rest.empty()) {
      const std::string_view one = rest.substr(0, rest.find(','));
      data.emplace_back(one);
      rest.remove_prefix(std::min(rest.size(), one.size() + 1));
    }
    return new_filesystem("cgroup", "cgroup", data);
  }
  // No cgroup of our own: what the host shows, to be read.
  Failure host_cgroups(const Mount& mount, MountOptions o) {
    Result<Fd> tree = clone_tree(AT_FDCWD, "/sys/fs/cgroup", true);
    if (!tree) return tree.error();
    o.data.clear();
    o.tree_set |= MOUNT_ATTR_RDONLY;
    return place(tree->get(), mount, o, true);
  }

  int root_;
  const MountSetup& setup_;
};

}  // namespace

Result<std::vector<Fd>> open_mount_sources(const Spec& spec, const std::string& bundle, bool all) {
  std::vector<Fd> out(spec.mounts.size());
  for (usize i = 0; i < spec.mounts.size(); i++) {
    const Mount& mount = spec.mounts[i];
    Result<MountOptions> o = parse_mount_options(mount.options);
    if (!o) return of_mount(o.error(), mount);
    const bool mapped = o->id_map != IdMap::None || !mount.uid_mappings.empty() || !mount.gid_mappings.empty();
    if (mapped && !is_bind(mount, *o))
      return of_mount(Error{exit_status::kVeneer, "only bind mounts can have mapped ids"}, mount);
    if (o->remount || !is_bind(mount, *o) || (!all && !mapped)) continue;
    Result<Fd> tree = clone_tree(AT_FDCWD, source_path(mount, bundle), o->recursive || mount.type == "rbind");
    if (!tree) return of_mount(tree.error(), mount);
    if (mapped) {
      const bool own = !mount.uid_mappings.empty();
      Result<Fd> userns = make_user_namespace(own ? mount.uid_mappings : spec.uid_mappings,
                                              own ? mount.gid_mappings : spec.gid_mappings);
      if (!userns) return of_mount(userns.error(), mount);
      if (Failure e =
              set_attributes(tree->get(), MOUNT_ATTR_IDMAP, 0, 0, o->id_map == IdMap::Tree, userns->get()))
        return of_mount(std::move(*e), mount);
    }
    out[i] = std::move(*tree);
  }
  return out;
}

Failure mount_all(int root, const MountSetup& setup) {
  Mounter mounter(root, setup);
  for (usize i = 0; i < setup.spec.mounts.size(); i++) {
    const Mount& mount = setup.spec.mounts[i];
    if (Failure e = mounter.mount(mount, std::move(setup.sources[i]))) return of_mount(std::move(*e), mount);
  }
  return std::nullopt;
}

}  // namespace veneer::zone
