// The last steps of every process of a container, its first one and those that `exec` adds: identity, limits,
// privileges, and the program itself.
#pragma once

#include <string>
#include <vector>

#include "base/errors.h"
#include "zone/brand.h"
#include "zone/channel.h"
#include "zone/seccomp_filter.h"
#include "zone/spec.h"

namespace veneer::zone {

struct ProcessStart {
  Process process;
  const SeccompFilter* filter = nullptr;
  bool user_namespace = false;  // not the host's first one
  bool new_keyring = true;
  unsigned preserved_fds = 0;    // from 3 on
  const Brand* brand = nullptr;  // null: native
  int set_id_translator = -1;    // of the brand, on a mount of the container's
};

// In the container's namespaces and root, still as the privileged user: what can be told before the program is
// known to start. `proc`: a trusted procfs, or -1. The path found for the program is kept in `program`.
Failure prepare_process(const ProcessStart& start, int proc, std::string& program);

// Gives up what the process may not have. The seccomp filter and the capabilities are set by `execute`.
Failure drop_privileges(const ProcessStart& start);

// Executes it. Returns the error when that fails. `channel`: where a seccomp listener goes to.
Error execute(const ProcessStart& start, const std::string& program, const Channel& channel);

// Closes all descriptors from `first` on but those.
void close_all_but(unsigned first, std::vector<int> keep);

}  // namespace veneer::zone
