// delete
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cerrno>

#include "zone/cgroups/systemd.h"
#include "zone/hooks.h"
#include "zone/oci/runtime.h"
#include "zone/oci/spec_reader.h"

namespace veneer::zone::oci {
namespace {

// Of a first process that nobody has waited for yet, the end is enough.
void end_process(const ContainerState& state) {
  const Fd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, state.pid, 0)));
  if (!pidfd || start_time_of(state.pid) != state.start_time) return;
  ::syscall(SYS_pidfd_send_signal, pidfd.get(), SIGKILL, nullptr, 0);
  pollfd fd{pidfd.get(), POLLIN, 0};
  for (int tries = 0; tries < 500 && start_time_of(state.pid) == state.start_time; tries++) {
    if (::poll(&fd, 1, 20) > 0) break;
  }
}

}  // namespace

Failure remove(const Runtime& runtime, const std::string& id, bool force) {
  const StateStore& store = runtime.store;
  if (Failure e = check_id(id)) return e;
  if (force && ::access(store.directory(id).c_str(), F_OK) != 0) return std::nullopt;
  Result<Fd> lock = store.lock(id);
  if (!lock) return lock.error();
  Result<ContainerState> state = store.read(id);
  if (!state) {
    // A runtime that was killed before it had made anything, or a damaged state: nothing more can be known.
    if (!force) return state.error();
    store.remove(id);
    return std::nullopt;
  }
  const Status status = store.status(*state);
  if (!force && (status == Status::Running || status == Status::Paused))
    return Error{exit_status::kVeneer, format("cannot delete container '%s': it is %s (--force kills it)",
                                              id.c_str(), name_of(status))};
  const Cgroup group(state->cgroups);
  if (state->pid > 0 && status != Status::Stopped) {
    if (status == Status::Paused) (void)group.freeze(false);
    end_process(*state);
  }
  if (!group.processes().empty()) group.kill_all();
  if (Failure e = group.remove()) return e;
  if (!state->systemd_unit.empty()) stop_scope(state->systemd_unit, state->rootless);
  Failure hooks;
  if (Result<std::string> text = store.read_config(id)) {
    if (Result<Spec> spec = read_spec(*text))
      hooks = run_hooks(spec->hooks.poststop, "poststop", state_json(*state, "stopped", false));
  }
  store.remove(id);
  // The container is gone nevertheless (runtime.md, "Lifecycle", step 13).
  if (hooks) report("warning: " + hooks->message);
  return std::nullopt;
}

}  // namespace veneer::zone::oci
