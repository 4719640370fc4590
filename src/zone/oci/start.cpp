// start
#include <unistd.h>

#include "zone/channel.h"
#include "zone/hooks.h"
#include "zone/launch.h"
#include "zone/oci/runtime.h"
#include "zone/oci/spec_reader.h"
#include "zone/unix_socket.h"

namespace veneer::zone::oci {

Failure start(const Runtime& runtime, const std::string& id, bool own_init) {
  Result<Fd> lock = runtime.store.lock(id);
  if (!lock) return lock.error();
  Result<ContainerState> state = runtime.store.read(id);
  if (!state) return state.error();
  const Status status = runtime.store.status(*state);
  if (status != Status::Created)
    return Error{exit_status::kVeneer,
                 format("cannot start container '%s': it is %s, not created", id.c_str(), name_of(status))};
  Result<std::string> text = runtime.store.read_config(id);
  if (!text) return text.error();
  Result<Spec> spec = read_spec(*text);
  if (!spec) return spec.error();
  if (!spec->process || (spec->process->args.empty() && !own_init))
    return Error{exit_status::kVeneer,
                 "cannot start container '" + id + "': its configuration has no process.args"};
  const std::string socket = runtime.store.start_socket(id);
  Result<Fd> connection = connect_unix(socket, true);
  if (!connection) return connection.error();
  // Started once and no more, whether that succeeds or not.
  ::unlink(socket.c_str());
  const std::string created = state_json(*state, "created", false);
  Failure e = go_on(Channel(std::move(*connection)), created, [&](Fd listener) {
    return send_listener(*spec->seccomp, created, state->pid, std::move(listener));
  });
  if (e) return e;
  return run_hooks(spec->hooks.poststart, "poststart", state_json(*state, "running", false));
}

}  // namespace veneer::zone::oci
