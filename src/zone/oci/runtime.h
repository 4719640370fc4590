// The verbs of the OCI runtime's command line, one file each. Every one takes what the command line gave it;
// its errors say what, to which container, and why.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/errors.h"
#include "zone/init.h"
#include "zone/oci/state_store.h"
#include "zone/spec.h"

namespace veneer::zone::oci {

struct Runtime {
  StateStore store;
  bool systemd_cgroup = false;
  bool no_cgroup = false;  // --cgroup-manager disabled
};

struct CreateOptions {
  std::string id;
  std::string bundle = ".";
  std::string config;  // empty: config.json of the bundle
  std::string console_socket, pid_file;
  bool no_pivot = false, no_new_keyring = false;
  unsigned preserve_fds = 0;
  // Of zones: not what a bundle can ask for.
  const OverlayRoot* overlay = nullptr;      // the root, in place of root.path
  std::optional<Architecture> architecture;  // known from an image
  // run
  bool detach = false, keep = false;
};

Failure create(const Runtime& runtime, const CreateOptions& options);
// `own_init`: without process.args it is an init of our own (own_init.h).
Failure start(const Runtime& runtime, const std::string& id, bool own_init = false);
// The exit status of the container's process.
Result<int> run(const Runtime& runtime, const CreateOptions& options);

struct ExecCommand {
  std::string id;
  std::vector<std::string> args;
  std::string process_file;  // --process; else the container's own process with what follows
  std::string cwd, user;     // UID[:GID]
  std::vector<std::string> env, capabilities;
  std::vector<u32> additional_gids;
  bool terminal = false, detach = false, no_new_privileges = false, ignore_paused = false;
  std::string console_socket, pid_file, process_label, apparmor, cgroup;
  unsigned preserve_fds = 0;
};
Result<int> exec(const Runtime& runtime, const ExecCommand& command);

Result<std::string> state(const Runtime& runtime, const std::string& id);  // JSON
Failure kill(const Runtime& runtime, const std::string& id, const std::string& signal, bool all);
Failure remove(const Runtime& runtime, const std::string& id, bool force);
Failure set_paused(const Runtime& runtime, const std::string& id, bool paused);
Result<std::string> list(const Runtime& runtime, bool quiet, bool json);
Result<std::string> processes(const Runtime& runtime, const std::string& id, bool json,
                              const std::vector<std::string>& ps_arguments);
Failure update(const Runtime& runtime, const std::string& id, const Resources& resources);
Result<std::string> statistics(const Runtime& runtime, const std::string& id);  // JSON, one line
// Prints events until the container stops; `interval`: seconds between statistics.
Failure events(const Runtime& runtime, const std::string& id, unsigned interval);
std::string features();                     // JSON
std::string default_config(bool rootless);  // JSON
Failure write_default_config(const std::string& bundle, bool rootless);

std::optional<int> signal_number(const std::string& name);  // "TERM", "SIGTERM", "15"

}  // namespace veneer::zone::oci
