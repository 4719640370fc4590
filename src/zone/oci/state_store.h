// What the runtime remembers of its containers between its calls: one directory each beneath --root.
//
//   ID/container    ContainerState as JSON on the first line, then the configuration as it was at `create`
//   ID/pid          a link to "PID START-TIME" of the first process, once the container is made: made and
//   removed in
//                   one step, without a block on a disk
//   ID/start        socket on which a created container waits for `start`
//   .seccomp/       filters, by what they were made from
#pragma once

#include <sys/types.h>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/errors.h"
#include "base/files.h"
#include "base/types.h"
#include "zone/brand.h"
#include "zone/cgroups/cgroup.h"

namespace veneer::zone::oci {

struct ContainerState {
  std::string id, bundle, rootfs, created, version, owner;
  pid_t pid = 0;       // 0: the first process is not there yet
  u64 start_time = 0;  // of the pid, as /proc/PID/stat has it: another process may get the number
  std::vector<Cgroup::Directory> cgroups;
  std::string systemd_unit;
  bool rootless = false;
  bool own_pid_namespace = true;
  Architecture architecture = Architecture::Native;
  std::vector<std::pair<std::string, std::string>> annotations;
};

enum class Status { Creating, Created, Running, Paused, Stopped };
const char* name_of(Status status);

class StateStore {
 public:
  explicit StateStore(std::string root) : root_(std::move(root)) {}

  // /run/veneer/oci; without root it is in XDG_RUNTIME_DIR.
  static std::string default_root();

  const std::string& root() const { return root_; }
  std::string directory(const std::string& id) const { return root_ + "/" + id; }
  std::string start_socket(const std::string& id) const { return directory(id) + "/start"; }
  std::string seccomp_cache() const { return root_ + "/.seccomp"; }

  // A new directory, locked. The error: there is one already.
  Result<Fd> create(const std::string& id) const;
  // Locks a container's directory until the descriptor is closed.
  Result<Fd> lock(const std::string& id) const;

  Failure write(const ContainerState& state, std::string_view config) const;
  Failure write_pid(const ContainerState& state) const;
  Result<ContainerState> read(const std::string& id) const;
  Result<std::string> read_config(const std::string& id) const;
  Status status(const ContainerState& state) const;
  std::vector<std::string> ids() const;
  void remove(const std::string& id) const;

 private:
  std::string root_;
};

Failure check_id(const std::string& id);
u64 start_time_of(pid_t pid);  // 0: there is no such process, or it is dying or dead

// The state as runtime.md has it ("State"); `full` adds what list and state of the peers show.
std::string state_json(const ContainerState& state, const char* status, bool full);

}  // namespace veneer::zone::oci
