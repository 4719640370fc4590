// kill
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <algorithm>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "zone/oci/runtime.h"

namespace veneer::zone::oci {

std::optional<int> signal_number(const std::string& name) {
  int number = 0;
  auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (error == std::errc{} && end == name.data() + name.size()) {
    if (number > 0 && number <= SIGRTMAX) return number;
    return std::nullopt;
  }
  std::string upper = name;
  std::transform(upper.begin(), upper.end(), upper.begin(), [](unsigned char c) { return std::toupper(c); });
  if (upper.starts_with("SIG")) upper.erase(0, 3);
  for (int s = 1; s < 32; s++) {
    const char* abbreviation = sigabbrev_np(s);
    if (abbreviation && upper == abbreviation) return s;
  }
  for (const char* base : {"RTMIN", "RTMAX"}) {
    if (!upper.starts_with(base)) continue;
    int offset = 0;
    std::string rest = upper.substr(5);
    if (rest.starts_with('+')) rest.erase(0, 1);
    if (!rest.empty() && std::from_chars(rest.data(), rest.data() + rest.size(), offset).ec != std::errc{})
      return std::nullopt;
    const int s = (upper[2] == 'M' && upper[3] == 'I' ? 34 : 64) + offset;
    if (s >= 34 && s <= 64) return s;
  }
  return std::nullopt;
}

Failure kill(const Runtime& runtime, const std::string& id, const std::string& signal, bool all) {
  Result<ContainerState> state = runtime.store.read(id);
  if (!state) return state.error();
  std::optional<int> number = signal_number(signal);
  if (!number) return Error{exit_status::kVeneer, "'" + signal + "' is no signal"};
  const Cgroup group(state->cgroups);
  const Status status = runtime.store.status(*state);
  if (status == Status::Stopped || status == Status::Creating) {
    // Without a pid namespace of its own a container's other processes outlive the first.
    if (!all || (group.processes().empty() && state->own_pid_namespace))
      return Error{exit_status::kVeneer, "cannot signal container '" + id + "': container not running"};
  }
  bool first_signalled = false;
  if (all || (*number == SIGKILL && !state->own_pid_namespace)) {
    for (pid_t pid : group.processes())
      first_signalled = (::kill(pid, *number) == 0 && pid == state->pid) || first_signalled;
  }
  if (status != Status::Stopped && state->pid > 0 && !first_signalled) {
    const Fd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, state->pid, 0)));
    // The number may have gone to another process between: the descriptor cannot.
    if (!pidfd || start_time_of(state->pid) != state->start_time ||
        (::syscall(SYS_pidfd_send_signal, pidfd.get(), *number, nullptr, 0) != 0 && errno == ESRCH))
      return Error{exit_status::kVeneer, "cannot signal container '" + id + "': container not running"};
  }
  // A frozen process dies when it is thawed.
  if (*number == SIGKILL && status == Status::Paused) return group.freeze(false);
  return std::nullopt;
}

}  // namespace veneer::zone::oci
