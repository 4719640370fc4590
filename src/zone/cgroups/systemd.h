// Cgroups that systemd makes: a transient scope (org.freedesktop.systemd1, StartTransientUnit), asked for by
// busctl(1).
#pragma once

#include <sys/types.h>
#include <string>

#include "base/errors.h"
#include "zone/spec.h"

namespace veneer::zone {

struct SystemdUnit {
  std::string slice, name;  // "user.slice", "libpod-ID.scope"
};

// "SLICE:PREFIX:NAME", as linux.cgroupsPath is with --systemd-cgroup.
Result<SystemdUnit> parse_systemd_path(const std::string& path, const std::string& id, bool rootless);
// `v2`: systemd has the unified hierarchy.
Failure start_scope(const SystemdUnit& unit, pid_t pid, const Resources& resources, bool v2, bool rootless);
// Tells systemd what is to be different.
Failure change_scope(const std::string& name, const Resources& resources, bool v2, bool rootless);
void stop_scope(const std::string& name, bool rootless);

}  // namespace veneer::zone
