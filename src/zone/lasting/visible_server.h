// Files of /proc that change all the time, as a zone sees them: meminfo, stat and loadavg. A process of the
// host serves them by FUSE for as long as the zone's first process lives.
#pragma once

#include <sys/types.h>
#include <string>

#include "base/errors.h"
#include "zone/cgroups/cgroup.h"

namespace veneer::zone {

struct VisibleZone {
  std::string name;
  std::string cpu_online;  // path of the list of CPUs that the zone sees
  pid_t init = 0;
  Cgroup cgroup;
};

// Starts the process and mounts the files in the zone, over those that are there; when this returns they are
// seen. The error: the zone sees what was there before (no /dev/fuse, or not permitted).
Failure serve_visible(const VisibleZone& zone);

}  // namespace veneer::zone
