// What a container or zone is made from: the fields of the OCI runtime specification's config.json (1.2) for
// Linux, named after them. https://github.com/opencontainers/runtime-spec/blob/v1.2.0/config.md,
// config-linux.md
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/types.h"

namespace veneer::zone {

struct IdMapping {
  u32 container = 0;
  u32 host = 0;
  u32 size = 0;
};

struct Mount {
  std::string destination;
  std::string type;
  std::string source;
  std::vector<std::string> options;
  std::vector<IdMapping> uid_mappings, gid_mappings;
};

struct Hook {
  std::string path;
  std::vector<std::string> args, env;
  std::optional<s64> timeout;  // seconds
};

struct Hooks {
  std::vector<Hook> prestart, create_runtime, create_container, start_container, poststart, poststop;
};

struct Rlimit {
  std::string type;
  u64 soft = 0, hard = 0;
};

// Sets of capabilities as bit masks, bit N for capability number N (linux/capability.h).
struct Capabilities {
  u64 bounding = 0, effective = 0, inheritable = 0, permitted = 0, ambient = 0;
};

struct User {
  u32 uid = 0, gid = 0;
  std::optional<u32> umask;
  std::vector<u32> additional_gids;
};

struct Scheduler {  // sched_setattr(2)
  std::string policy;
  s32 nice = 0, priority = 0;
  std::vector<std::string> flags;
  u64 runtime = 0, deadline = 0, period = 0;
};

struct IoPriority {  // ioprio_set(2)
  std::string io_class;
  s64 priority = 0;
};

struct Process {
  bool terminal = false;
  u16 console_rows = 0, console_columns = 0;
  std::string cwd;
  std::vector<std::string> env, args;
  std::vector<Rlimit> rlimits;
  std::optional<Capabilities> capabilities;
  bool no_new_privileges = false;
  std::string apparmor_profile, selinux_label;
  std::optional<s64> oom_score_adj;
  User user;
  std::optional<Scheduler> scheduler;
  std::optional<IoPriority> io_priority;
  std::string cpu_affinity_initial, cpu_affinity_final;  // execCPUAffinity
};

struct Device {
  char type = 'c';  // c, b, p
  std::string path;
  u32 major = 0, minor = 0;
  u32 mode = 0666;
  u32 uid = 0, gid = 0;
};

struct DeviceRule {
  bool allow = false;
  char type = 'a';
  std::optional<u32> major, minor;
  std::string access = "rwm";
};

struct DeviceWeight {
  u32 major = 0, minor = 0;
  std::optional<u16> weight, leaf_weight;
};

struct DeviceRate {
  u32 major = 0, minor = 0;
  u64 rate = 0;
};

struct Resources {
  std::vector<DeviceRule> devices;
  // memory, bytes; -1: no limit
  std::optional<s64> memory_limit, memory_reservation, memory_swap, memory_kernel, memory_kernel_tcp;
  std::optional<u64> memory_swappiness;
  std::optional<bool> disable_oom_killer, check_before_update;
  // cpu
  std::optional<u64> cpu_shares, cpu_period, cpu_burst, cpu_realtime_period;
  std::optional<s64> cpu_quota, cpu_realtime_runtime, cpu_idle;
  std::string cpus, mems;
  std::optional<s64> pids_limit;
  // blockIO
  std::optional<u16> io_weight, io_leaf_weight;
  std::vector<DeviceWeight> io_weight_devices;
  std::vector<DeviceRate> io_read_bps, io_write_bps, io_read_iops, io_write_iops;
  std::vector<std::pair<std::string, u64>> hugepage_limits;
  std::optional<u32> network_class;
  std::vector<std::pair<std::string, u32>> network_priorities;
  struct Rdma {
    std::string device;
    std::optional<u32> handles, objects;
  };
  std::vector<Rdma> rdma;
  std::vector<std::pair<std::string, std::string>> unified;
};

enum class NamespaceKind { Mount, Pid, Network, Ipc, Uts, User, Cgroup, Time };

struct Namespace {
  NamespaceKind kind = NamespaceKind::Mount;
  std::string path;  // empty: a new one
};

struct SeccompArgument {
  u32 index = 0;
  u64 value = 0, value_two = 0;
  std::string op;
};

struct SeccompCall {
  std::vector<std::string> names;
  std::string action;
  std::optional<u32> errno_return;
  std::vector<SeccompArgument> args;
};

struct Seccomp {
  std::string default_action;
  std::optional<u32> default_errno;
  std::vector<std::string> architectures, flags;
  std::string listener_path, listener_metadata;
  std::vector<SeccompCall> calls;
};

struct TimeOffset {
  s64 seconds = 0;
  u32 nanoseconds = 0;
};

struct Spec {
  std::string version;
  std::string hostname, domainname;
  std::string root_path;
  bool root_readonly = false;
  std::optional<Process> process;
  std::vector<Mount> mounts;
  Hooks hooks;
  std::vector<std::pair<std::string, std::string>> annotations;

  // linux
  std::vector<IdMapping> uid_mappings, gid_mappings;
  std::vector<Namespace> namespaces;
  std::vector<Device> devices;
  std::string cgroups_path;
  std::optional<Resources> resources;
  std::vector<std::pair<std::string, std::string>> sysctl;
  std::optional<Seccomp> seccomp;
  std::string rootfs_propagation;
  std::vector<std::string> masked_paths, readonly_paths;
  std::string mount_label;
  std::string personality;
  std::optional<TimeOffset> boottime_offset, monotonic_offset;

  const Namespace* find(NamespaceKind kind) const {
    for (const Namespace& n : namespaces) {
      if (n.kind == kind) return &n;
    }
    return nullptr;
  }
  bool creates(NamespaceKind kind) const {
    const Namespace* n = find(kind);
    return n && n->path.empty();
  }
};

}  // namespace veneer::zone
