// veneer oci, also called as veneer-oci: the OCI runtime's command line, as runc and crun have it.
#include <fcntl.h>
#include <unistd.h>
#include <CLI/CLI.hpp>
#include <ctime>
#include <iterator>
#include <string>
#include <vector>

#include "base/errors.h"
#include "base/files.h"
#include "base/json.h"
#include "cli/commands.h"
#include "cli/oci_verbs.h"
#include "cli/version.h"
#include "zone/own_executable.h"

namespace veneer::cli {
namespace {

constexpr std::string_view kHelp =
    R"help(An OCI runtime (runtime-spec 1.2): containers from bundles, as podman, containerd and others call it.

Usage: veneer oci [OPTIONS] VERB ...        (the same as veneer-oci, a link to veneer)

Verbs:
  create    make a container from a bundle          start     run what a created container is for
  run       create, start, wait, delete             exec      run another process in a container
  state     show a container as JSON                list      show all containers
  kill      send a signal                           delete    remove a container
  ps        show a container's processes            events    show what a container uses
  pause     freeze its processes                    resume    thaw them
  update    change its limits                       spec      write a config.json to start from
  features  show what this runtime knows

Options:
      --root DIR               where containers are remembered (/run/veneer/oci; without root in XDG_RUNTIME_DIR)
      --log FILE               append errors to FILE too
      --log-format FORMAT      text or json
      --debug                  (accepted)
      --systemd-cgroup         have systemd make cgroups; also --cgroup-manager systemd|cgroupfs|disabled
      --rootless WHETHER       (accepted: it is found out)
  -h, --help                   show this help; `veneer oci VERB --help` shows a verb's
      --version                show the version

Examples:
  veneer oci spec && veneer oci run web
  podman --runtime "$(command -v veneer-oci)" run docker.io/library/debian:12 uname -m
)help";

struct Log {
  std::string file;
  bool json = false;

  void write(const std::string& message) const {
    if (file.empty()) return;
    const Fd fd(::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
    if (!fd) return;
    const std::time_t seconds = std::time(nullptr);
    tm parts{};
    ::gmtime_r(&seconds, &parts);
    char when[32];
    std::strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", &parts);
    const std::string line =
        json ? format("{\"level\":\"error\",\"msg\":%s,\"time\":\"%s\"}\n", json_string(message).c_str(), when)
             : format("time=\"%s\" level=error msg=%s\n", when, json_string(message).c_str());
    (void)write_all(fd.get(), line);
  }
};

}  // namespace

int oci_command(int argc, char** argv) {
  CLI::App app;
  app.set_help_flag();
  app.prefix_command();
  std::string root, log_format = "text", manager, ignored;
  Log log;
  bool systemd = false, help = false, version = false, flag = false;
  app.add_flag("-h,--help", help);
  app.add_flag("-v,--version", version);
  app.add_flag("--debug", flag);
  app.add_flag("--systemd-cgroup", systemd);
  app.add_option("--root", root);
  app.add_option("--log", log.file);
  app.add_option("--log-format", log_format);
  app.add_option("--cgroup-manager", manager);
  app.add_option("--rootless", ignored);
  app.add_option("--criu", ignored);
  std::vector<std::string> words(std::make_reverse_iterator(argv + argc), std::make_reverse_iterator(argv));
  auto fail = [&](const Error& error) {
    report(error.message);
    log.write(error.message);
    return error.status;
  };
  try {
    app.parse(words);
  } catch (const CLI::ParseError& e) {
    return fail({exit_status::kVeneer, std::string(e.what()) + "; see `veneer oci --help`"});
  }
  log.json = log_format == "json";
  if (version) return print("veneer-oci version " VENEER_VERSION "\nspec: 1.2.0\n");
  std::vector<std::string> rest = app.remaining();
  if (help || rest.empty() || rest[0] == "help") {
    if (help || !rest.empty()) return print(kHelp);
    return fail({exit_status::kVeneer, "no verb given; see `veneer oci --help`"});
  }
  if (manager == "systemd") systemd = true;
  if (!manager.empty() && manager != "systemd" && manager != "cgroupfs" && manager != "disabled")
    return fail(
        {exit_status::kVeneer, "--cgroup-manager '" + manager + "' must be systemd, cgroupfs or disabled"});
  const zone::oci::Runtime runtime{
      zone::oci::StateStore(root.empty() ? zone::oci::StateStore::default_root() : root), systemd,
      manager == "disabled"};
  const OciVerb* verb = find_oci_verb(rest[0]);
  if (!verb) return fail({exit_status::kVeneer, "unknown verb '" + rest[0] + "'; see `veneer oci --help`"});
  rest.erase(rest.begin());
  if (verb->enters) {
    std::vector<char*> again = {const_cast<char*>("veneer-oci")};
    again.insert(again.end(), argv, argv + argc);
    again.push_back(nullptr);
    if (Failure e = zone::protect_own_executable(again.data())) return fail(*e);
  }
  Result<int> status = verb->run(runtime, std::move(rest));
  return status ? *status : fail(status.error());
}

}  // namespace veneer::cli
