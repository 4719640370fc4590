// Making a container: the runtime's side of it, until its first process only waits to be started.
#pragma once

#include <sys/types.h>
#include <functional>
#include <optional>
#include <string>

#include "base/errors.h"
#include "base/files.h"
#include "zone/brand.h"
#include "zone/cgroups/cgroup.h"
#include "zone/channel.h"
#include "zone/init.h"
#include "zone/seccomp_filter.h"
#include "zone/spec.h"

namespace veneer::zone {

struct LaunchOptions {
  const Spec& spec;
  std::string bundle;
  std::string rootfs;  // absolute
  const CgroupLayout& layout;
  Cgroup& cgroup;                        // made already, or not to be (no directories)
  const OverlayRoot* overlay = nullptr;  // in place of rootfs
  const Brand* brand = nullptr;
  const SeccompFilter* filter = nullptr;
  Fd start_socket;  // see ContainerInit
  bool no_pivot = false, new_keyring = true;
  unsigned preserved_fds = 0;
  // Called when the first process exists, before anything of the container does: the cgroup by systemd, state.
  std::function<Failure(pid_t)> born;
  // The container's state as JSON, for hooks; `status` as state has it.
  std::function<std::string(const char* status, pid_t)> state;
};

struct Launched {
  pid_t pid = -1;
  Channel channel;  // the first process waits for GoOn
  Fd terminal;      // master, when process.terminal
};

Result<Launched> launch(LaunchOptions& options);

// Kills and reaps a first process that is not to live on.
void abandon(Launched& launched);

// Says GoOn, and waits until the program is executed or could not be. `listener`: takes seccomp's.
Failure go_on(const Channel& channel, const std::string& state, const std::function<Failure(Fd)>& listener);

// Sends seccomp's listener to linux.seccomp.listenerPath, as config-linux.md has it ("The Container Process
// State").
Failure send_listener(const Seccomp& seccomp, const std::string& state, pid_t pid, Fd listener);

struct ExecOptions {
  pid_t init = -1;  // of the container
  const Cgroup& cgroup;
  const Process& process;
  const Brand* brand = nullptr;
  const SeccompFilter* filter = nullptr;
  bool new_keyring = false;
  unsigned preserved_fds = 0;
};

// A process in the namespaces of a container's first one, waiting for GoOn.
Result<Launched> launch_into(const ExecOptions& options);

}  // namespace veneer::zone
