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

// A root of overlayfs, mounted where only the container sees it: it leaves nothing on the host.
struct OverlayRoot {
  std::vector<std::string> layers;  // directories, the lowest first
  std::string upper, work;          // empty: what is written is kept in memory, and gone with the container
};

struct ContainerInit {
  const Spec& spec;
  std::string bundle;
  std::string rootfs;       // absolute
  Fd root_tree;             // of the rootfs, when it was opened before
  std::vector<Fd> sources;  // open_mount_sources
  std::vector<CgroupView> cgroups;
  std::vector<JoinedNamespace>& joins;
  const OverlayRoot* overlay = nullptr;  // in place of rootfs
  bool no_pivot = false;
  Fd start_socket;  // listens for `start`; none: the program starts at once
  ProcessStart start;
  Channel channel;
};

[[noreturn]] void run_init(ContainerInit& init);

}  // namespace veneer::zone
