// Which cgroup hierarchies this process can see: cgroups(7). Version 1, version 2, or both (hybrid).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace veneer::zone {

struct Hierarchy {
  bool v2 = false;
  std::string mount_point;               // "/sys/fs/cgroup/memory"
  std::string mount_root;                // what of the hierarchy is mounted there
  std::vector<std::string> controllers;  // v1: {"cpu", "cpuacct"} or {"name=systemd"}; v2: those of its root
  std::string own;                       // this process's cgroup, relative to the hierarchy's root

  // "cpu,cpuacct"; empty for v2.
  std::string key() const;
  // The directory of a cgroup, given relative to the hierarchy's root.
  std::string directory(std::string_view cgroup) const;
};

struct CgroupLayout {
  std::vector<Hierarchy> hierarchies;

  bool pure_v2() const { return hierarchies.size() == 1 && hierarchies[0].v2; }
  const Hierarchy* v2() const;
  // Which hierarchy has a controller: of v1 before v2; null: none.
  const Hierarchy* of(std::string_view controller) const;
  const Hierarchy* by_key(std::string_view key) const;
  const char* name() const;  // "unified", "hybrid", "legacy", "none"
};

CgroupLayout detect_cgroups();
// The same from the text of /proc/self/mountinfo and /proc/self/cgroup; controllers of v2 are not looked up.
CgroupLayout parse_cgroups(std::string_view mountinfo, std::string_view own);

// The cgroup of a process in a hierarchy, relative to the hierarchy's root; from the text of its
// /proc/PID/cgroup.
std::string cgroup_in(std::string_view proc_cgroup, const Hierarchy& hierarchy);

}  // namespace veneer::zone
