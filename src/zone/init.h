// A container's first process, from its birth in new namespaces to the program.
#pragma once

#include <string>
#include <vector>

#include "base/files.h"
#include "zone/channel.h"
#include "zone/mounts.h"
#include "zone/namespaces.h"
#include "zone/process_start.h"
#include "zone/spec.h"

namespace veneer::zone {

struct JoinedNamespace {
  NamespaceKind kind;
  Fd fd;
  bool done = false;
};

struct ContainerInit {
  const Spec& spec;
  std::string bundle;
  std::string rootfs;       // absolute
  Fd root_tree;             // of the rootfs, when it was opened before
  std::vector<Fd> sources;  // open_mount_sources
  std::vector<CgroupView> cgroups;
  std::vector<JoinedNamespace>& joins;
  bool no_pivot = false;
  bool share_cgroup_namespace = true;
  bool rootless = false;  // devices cannot be made
  Fd start_socket;        // listens for `start`; none: the program starts at once
  ProcessStart start;
  Channel channel;
};

[[noreturn]] void run_init(ContainerInit& init);

}  // namespace veneer::zone
