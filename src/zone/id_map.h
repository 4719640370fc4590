// User and group id mappings of user namespaces: user_namespaces(7), newuidmap(1), subuid(5).
#pragma once

#include <sys/types.h>
#include <functional>
#include <string>
#include <vector>

#include "base/errors.h"
#include "base/files.h"
#include "base/user_namespace.h"
#include "zone/spec.h"

namespace veneer::zone {

// Writes the mappings of a process that is in a new user namespace: directly where that is allowed, else by
// newuidmap and newgidmap, else a single id. The error says what the host lacks.
Failure write_id_mappings(pid_t pid, const std::vector<IdMapping>& uids, const std::vector<IdMapping>& gids);

// A user namespace with these mappings and no process in it.
Result<Fd> make_user_namespace(const std::vector<IdMapping>& uids, const std::vector<IdMapping>& gids);

// What the calling user may map: its own id as 0, and its ranges of /etc/subuid and /etc/subgid from 1 on.
struct UserMappings {
  std::vector<IdMapping> uids, gids;
};
UserMappings mappings_of_user();

// Runs `f` in a process that is root of a user namespace with mappings_of_user; its exit status.
int run_mapped(const std::function<int()>& f);

}  // namespace veneer::zone
