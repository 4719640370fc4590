// pause and resume
#include "zone/oci/runtime.h"

namespace veneer::zone::oci {

Failure set_paused(const Runtime& runtime, const std::string& id, bool paused) {
  Result<Fd> lock = runtime.store.lock(id);
  if (!lock) return lock.error();
  Result<ContainerState> state = runtime.store.read(id);
  if (!state) return state.error();
  const Status status = runtime.store.status(*state);
  if (paused ? status != Status::Running && status != Status::Created : status != Status::Paused)
    return Error{exit_status::kVeneer, format("cannot %s container '%s': it is %s", paused ? "pause" : "resume",
                                              id.c_str(), name_of(status))};
  return Cgroup(state->cgroups).freeze(paused);
}

}  // namespace veneer::zone::oci
