// exec: another process in a container.
#include <fcntl.h>
#include <unistd.h>
#include <cerrno>
#include <charconv>

#include "image/rooted_path.h"
#include "zone/capabilities.h"
#include "zone/console.h"
#include "zone/launch.h"
#include "zone/oci/foreground.h"
#include "zone/oci/runtime.h"
#include "zone/oci/spec_reader.h"
#include "zone/translations.h"

namespace veneer::zone::oci {
namespace {

Failure read_user(const std::string& text, User& user) {
  const usize colon = text.find(':');
  auto number = [&](std::string_view part, u32& out) {
    auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), out);
    return error == std::errc{} && end == part.data() + part.size();
  };
  const std::string_view all = text;
  if (number(all.substr(0, colon), user.uid) && (colon == text.npos || number(all.substr(colon + 1), user.gid)))
    return std::nullopt;
  return Error{exit_status::kVeneer, "--user '" + text + "' must be UID or UID:GID, in numbers"};
}

Result<Process> process_of(const ExecCommand& c, const Spec& spec) {
  Process p;
  if (!c.process_file.empty()) {
    std::optional<std::string> text = read_file(c.process_file.c_str());
    if (!text) return failed(errno, "read '%s'", c.process_file.c_str());
    Result<Process> read = read_process(*text);
    if (!read) return Error{exit_status::kVeneer, c.process_file + ": " + read.error().message};
    p = std::move(*read);
  } else {
    if (!spec.process)
      return Error{exit_status::kVeneer, "the container's configuration has no process: --process is needed"};
    p = *spec.process;
    p.args = c.args;
    p.terminal = c.terminal;
  }
  if (c.terminal) p.terminal = true;
  if (!c.cwd.empty()) p.cwd = c.cwd;
  if (!c.user.empty()) {
    if (Failure e = read_user(c.user, p.user)) return std::move(*e);
  }
  p.user.additional_gids.insert(p.user.additional_gids.end(), c.additional_gids.begin(),
                                c.additional_gids.end());
  p.env.insert(p.env.end(), c.env.begin(), c.env.end());
  if (c.no_new_privileges) p.no_new_privileges = true;
  if (!c.process_label.empty()) p.selinux_label = c.process_label;
  if (!c.apparmor.empty()) p.apparmor_profile = c.apparmor;
  for (const std::string& name : c.capabilities) {
    std::optional<unsigned> n = capability_number(name);
    if (!n) return Error{exit_status::kVeneer, "--cap '" + name + "' is no capability"};
    if (!p.capabilities) p.capabilities.emplace();
    for (u64* set : {&p.capabilities->bounding, &p.capabilities->effective, &p.capabilities->permitted})
      *set |= u64{1} << *n;
  }
  if (!p.cwd.starts_with('/'))
    return Error{exit_status::kVeneer, "the working directory '" + p.cwd + "' must be absolute"};
  if (p.args.empty() || p.args[0].empty()) return Error{exit_status::kVeneer, "no program is given to execute"};
  return p;
}

}  // namespace

Result<int> exec(const Runtime& runtime, const ExecCommand& c) {
  Result<ContainerState> state = runtime.store.read(c.id);
  if (!state) return state.error();
  const Status status = runtime.store.status(*state);
  if (status == Status::Paused && !c.ignore_paused)
    return Error{exit_status::kVeneer,
                 "cannot execute in container '" + c.id + "': it is paused (--ignore-paused waits for it)"};
  if (status != Status::Running && status != Status::Paused && status != Status::Created)
    return Error{exit_status::kVeneer,
                 format("cannot execute in container '%s': it is %s", c.id.c_str(), name_of(status))};
  Result<std::string> text = runtime.store.read_config(c.id);
  if (!text) return text.error();
  Result<Spec> spec = read_spec(*text);
  if (!spec) return spec.error();
  Result<Process> process = process_of(c, *spec);
  if (!process) return process.error();
  if (process->terminal && c.detach && c.console_socket.empty())
    return Error{exit_status::kVeneer, "a terminal with --detach needs --console-socket"};
  std::optional<SeccompFilter> filter;
  if (spec->seccomp) {
    Result<SeccompFilter> made = make_seccomp_filter(*spec->seccomp, runtime.store.seccomp_cache());
    if (!made) return made.error();
    filter = std::move(*made);
  }
  Result<Brand> brand = make_brand(state->architecture, state->annotations);
  if (!brand) return brand.error();
  std::vector<Cgroup::Directory> directories = state->cgroups;
  if (!c.cgroup.empty()) {
    for (Cgroup::Directory& d : directories) d.path += "/" + c.cgroup;
  }
  const Cgroup group(std::move(directories));
  Result<Launched> launched =
      launch_into({state->pid, group, *process, &*brand, filter ? &*filter : nullptr, false, c.preserve_fds});
  if (!launched) return launched.error();
  if (start_time_of(state->pid) != state->start_time) {
    abandon(*launched);
    return Error{exit_status::kVeneer, "container '" + c.id + "' ended meanwhile"};
  }
  if (!c.pid_file.empty()) {
    const Fd fd(::open(c.pid_file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    if (!fd || !write_all(fd.get(), std::to_string(launched->pid))) {
      const Error e = failed(errno, "write the pid file '%s'", c.pid_file.c_str());
      abandon(*launched);
      return e;
    }
  }
  if (!c.console_socket.empty() && launched->terminal) {
    if (Failure e = send_console(c.console_socket, launched->terminal.get())) {
      abandon(*launched);
      return std::move(*e);
    }
    launched->terminal.reset();
  }
  const std::string json = state_json(*state, "running", false);
  if (Failure e = go_on(launched->channel, json, [&](Fd listener) {
        return send_listener(*spec->seccomp, json, launched->pid, std::move(listener));
      })) {
    abandon(*launched);
    return std::move(*e);
  }
  if (!brand->native()) request_translations({state->rootfs}, *process);
  if (c.detach) return 0;
  return wait_in_foreground(launched->pid, std::move(launched->terminal));
}

}  // namespace veneer::zone::oci
