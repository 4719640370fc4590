// The mounts of config.json, made inside a container's root.
#pragma once

#include <string>
#include <vector>

#include "base/errors.h"
#include "base/files.h"
#include "zone/spec.h"

namespace veneer::zone {

// A cgroup hierarchy as the container shall see it when it mounts type "cgroup".
struct CgroupView {
  std::string controllers;  // v1: "cpu,cpuacct" or "name=systemd"; empty: v2
  std::string name;         // of the directory beneath the mount point; empty: the mount point itself
  std::string path;         // of the container's own cgroup on the host
};

// Opens the sources of bind mounts before the namespaces are made: where the mapped ids could not reach them,
// and where they are to be mounted with mapped ids. One for each mount, -1 where it is not needed. `bundle`:
// what relative sources start from.
Result<std::vector<Fd>> open_mount_sources(const Spec& spec, const std::string& bundle, bool all);

struct MountSetup {
  const Spec& spec;
  const std::string& bundle;
  std::vector<Fd>& sources;  // of open_mount_sources
  const std::vector<CgroupView>& cgroups;
  bool user_namespace = false;    // not the host's initial one
  bool cgroup_namespace = false;  // a new one
};

// Makes them all; `root` is the container's root, attached, in the calling thread's mount namespace.
Failure mount_all(int root, const MountSetup& setup);

}  // namespace veneer::zone
