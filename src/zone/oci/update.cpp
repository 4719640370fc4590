// update
#include "zone/cgroups/systemd.h"
#include "zone/oci/runtime.h"

namespace veneer::zone::oci {

Failure update(const Runtime& runtime, const std::string& id, const Resources& resources) {
  Result<Fd> lock = runtime.store.lock(id);
  if (!lock) return lock.error();
  Result<ContainerState> state = runtime.store.read(id);
  if (!state) return state.error();
  const Status status = runtime.store.status(*state);
  if (status == Status::Stopped || status == Status::Creating)
    return Error{exit_status::kVeneer,
                 format("cannot update container '%s': it is %s", id.c_str(), name_of(status))};
  if (state->cgroups.empty())
    return Error{exit_status::kVeneer, "cannot update container '" + id + "': it has no cgroup"};
  const CgroupLayout layout = detect_cgroups();
  if (!state->systemd_unit.empty()) {
    if (Failure e = change_scope(state->systemd_unit, resources, layout.pure_v2(), state->rootless)) return e;
  }
  return Cgroup(state->cgroups).apply(layout, resources, true);
}

}  // namespace veneer::zone::oci
