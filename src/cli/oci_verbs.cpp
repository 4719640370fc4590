#include "cli/oci_verbs.h"

#include "base/files.h"
#include "cli/verb_options.h"
#include "zone/oci/spec_reader.h"

namespace veneer::cli {
namespace {

using zone::oci::Runtime;
using Args = std::vector<std::string>;

void container_options(Verb& verb, zone::oci::CreateOptions& o) {
  verb->add_option("-b,--bundle", o.bundle, "directory of config.json");
  verb->add_option("-f,--config", o.config, "another config.json");
  verb->add_option("--console-socket", o.console_socket, "unix socket that takes the terminal");
  verb->add_option("--pid-file", o.pid_file, "write the process id there");
  verb->add_option("--preserve-fds", o.preserve_fds, "pass so many descriptors from 3 on");
  verb->add_flag("--no-pivot", o.no_pivot, "change the root by chroot (the host's is an initial RAM disk)");
  verb->add_flag("--no-new-keyring", o.no_new_keyring, "keep the caller's session keyring");
  verb->add_flag("--no-subreaper", verb.ignored, "(accepted)");
  verb->add_option("id", o.id, "the container's name")->required();
}

Result<int> create_verb(const Runtime& runtime, Args args) {
  Verb verb("veneer oci create", "Makes a container from a bundle; `start` runs it.");
  zone::oci::CreateOptions o;
  container_options(verb, o);
  if (auto end = verb.parse(std::move(args))) return *end;
  return done(zone::oci::create(runtime, o));
}

Result<int> run_verb(const Runtime& runtime, Args args) {
  Verb verb("veneer oci run", "Makes a container, starts it, waits for its end and deletes it.");
  zone::oci::CreateOptions o;
  container_options(verb, o);
  verb->add_flag("-d,--detach", o.detach, "do not wait");
  verb->add_flag("--keep", o.keep, "do not delete it");
  if (auto end = verb.parse(std::move(args))) return *end;
  return zone::oci::run(runtime, o);
}

Result<int> start_verb(const Runtime& runtime, Args args) {
  Verb verb("veneer oci start", "Runs what a created container is for.");
  std::string id;
  verb->add_option("id", id)->required();
  if (auto end = verb.parse(std::move(args))) return *end;
  return done(zone::oci::start(runtime, id));
}

Result<int> state_verb(const Runtime& runtime, Args args) {
  Verb verb("veneer oci state", "Shows a container as JSON.");
  std::string id;
  verb->add_option("id", id)->required();
  if (auto end = verb.parse(std::move(args))) return *end;
  return shown(zone::oci::state(runtime, id));
}

Result<int> kill_verb(const Runtime& runtime, Args args) {
  Verb verb("veneer oci kill", "Sends a signal (TERM) to a container's first process.");
  std::string id, signal = "TERM";
  bool all = false;
  verb->add_flag("-a,--all", all, "to all of its processes");
  verb->add_option("id", id)->required();
  verb->add_option("signal", signal);
  if (auto end = verb.parse(std::move(args))) return *end;
  return done(zone::oci::kill(runtime, id, signal, all));
}

Result<int> delete_verb(const Runtime& runtime, Args args) {
  Verb verb("veneer oci delete", "Removes a container that is stopped.");
  std::string id;
  bool force = false;
  verb->add_flag("-f,--force", force, "kill it first; no error when there is none");
  verb->add_option("id", id)->required();
  if (auto end = verb.parse(std::move(args))) return *end;
  return done(zone::oci::remove(runtime, id, force));
}

Result<int> exec_verb(const Runtime& runtime, Args args) {
  Verb verb("veneer oci exec", "Runs another process in a container.");
  verb->prefix_command();
  zone::oci::ExecCommand c;
  verb->add_option("-p,--process", c.process_file, "a file with the process, as in config.json");
  verb->add_option("--cwd", c.cwd, "working directory");
  verb->add_option("-e,--env", c.env, "VAR=VALUE")->allow_extra_args(false);
  verb->add_flag("-t,--tty", c.terminal, "with a terminal");
  verb->add_option("-u,--user", c.user, "UID[:GID]");
  verb->add_option("-g,--additional-gids", c.additional_gids, "a supplementary group")->allow_extra_args(false);
  verb->add_flag("-d,--detach", c.detach, "do not wait");
  verb->add_option("--pid-file", c.pid_file, "write the process id there");
  verb->add_option("--process-label", c.process_label, "SELinux label");
  verb->add_option("--apparmor", c.apparmor, "AppArmor profile");
  verb->add_flag("--no-new-privs", c.no_new_privileges, "the process can gain no privileges");
  verb->add_option("-c,--cap", c.capabilities, "add a capability")->allow_extra_args(false);
  verb->add_option("--console-socket", c.console_socket, "unix socket that takes the terminal");
  verb->add_option("--preserve-fds", c.preserve_fds, "pass so many descriptors from 3 on");
  verb->add_option("--cgroup", c.cgroup, "a cgroup beneath the container's");
  verb->add_flag("--ignore-paused", c.ignore_paused, "also in a paused container");
  verb->add_flag("--no-subreaper", verb.ignored, "(accepted)");
  verb->add_option("id", c.id)->required();
  if (auto end = verb.parse(std::move(args))) return *end;
  c.args = verb->remaining();
  if (!c.args.empty() && c.args[0] == "--") c.args.erase(c.args.begin());
  if (c.args.empty() && c.process_file.empty())
    return Error{exit_status::kVeneer, "no program is given; see `veneer oci exec --help`"};
  return zone::oci::exec(runtime, c);
}

Result<int> list_verb(const Runtime& runtime, Args args) {
  Verb verb("veneer oci list", "Shows all containers.");
  std::string format = "table";
  bool quiet = false;
  verb->add_option("-f,--format", format, "table or json")->check(CLI::IsMember({"table", "json"}));
  verb->add_flag("-q,--quiet", quiet, "names only");
  if (auto end = verb.parse(std::move(args))) return *end;
  return shown(zone::oci::list(runtime, quiet, format == "json"));
}

Result<int> ps_verb(const Runtime& runtime, Args args) {
  Verb verb("veneer oci ps", "Shows a container's processes; what follows its name is for ps(1).");
  verb->prefix_command();
  std::string id, format = "table";
  verb->add_option("-f,--format", format, "table or json")->check(CLI::IsMember({"table", "json"}));
  verb->add_option("id", id)->required();
  if (auto end = verb.parse(std::move(args))) return *end;
  return shown(zone::oci::processes(runtime, id, format == "json", verb->remaining()));
}

Result<int> pause_or_resume(const Runtime& runtime, Args args, bool pause) {
  Verb verb(pause ? "veneer oci pause" : "veneer oci resume",
            pause ? "Freezes a container's processes." : "Thaws a container's processes.");
  std::string id;
  verb->add_option("id", id)->required();
  if (auto end = verb.parse(std::move(args))) return *end;
  return done(zone::oci::set_paused(runtime, id, pause));
}

Result<int> pause_verb(const Runtime& runtime, Args args) {
  return pause_or_resume(runtime, std::move(args), true);
}
Result<int> resume_verb(const Runtime& runtime, Args args) {
  return pause_or_resume(runtime, std::move(args), false);
}

Result<std::string> read_input(const std::string& path) {
  std::optional<std::string> text = read_file(path == "-" ? "/proc/self/fd/0" : path.c_str());
  if (!text) return Error{exit_status::kVeneer, "cannot read '" + path + "'"};
  return *text;
}

Result<int> update_verb(const Runtime& runtime, Args args) {
  Verb verb("veneer oci update", "Changes a container's limits while it runs.");
  std::string id, file;
  zone::Resources r;
  std::string unused;
  verb->add_option("-r,--resources", file, "a file with linux.resources, or - for standard input");
  verb->add_option("--memory", r.memory_limit, "bytes; -1: no limit");
  verb->add_option("--memory-swap", r.memory_swap, "memory and swap together, bytes");
  verb->add_option("--memory-reservation", r.memory_reservation, "bytes");
  verb->add_option("--kernel-memory", unused, "(accepted: kernels no longer have it)");
  verb->add_option("--kernel-memory-tcp", r.memory_kernel_tcp, "bytes");
  verb->add_option("--cpu-quota", r.cpu_quota, "microseconds a period");
  verb->add_option("--cpu-period", r.cpu_period, "microseconds");
  verb->add_option("--cpu-burst", r.cpu_burst, "microseconds");
  verb->add_option("--cpu-share", r.cpu_shares, "weight, 2 to 262144");
  verb->add_option("--cpu-rt-period", r.cpu_realtime_period, "microseconds");
  verb->add_option("--cpu-rt-runtime", r.cpu_realtime_runtime, "microseconds");
  verb->add_option("--cpu-idle", r.cpu_idle, "1: runs when nothing else does");
  verb->add_option("--cpuset-cpus", r.cpus, "a list such as 0-3,7");
  verb->add_option("--cpuset-mems", r.mems, "memory nodes");
  verb->add_option("--pids-limit", r.pids_limit, "-1: no limit");
  verb->add_option("--blkio-weight", r.io_weight, "10 to 1000");
  verb->add_option("id", id)->required();
  if (auto end = verb.parse(std::move(args))) return *end;
  if (!file.empty()) {
    Result<std::string> text = read_input(file);
    if (!text) return text.error();
    Result<zone::Resources> read = zone::oci::read_resources(*text);
    if (!read) return Error{exit_status::kVeneer, file + ": " + read.error().message};
    r = std::move(*read);
  }
  return done(zone::oci::update(runtime, id, r));
}

Result<int> events_verb(const Runtime& runtime, Args args) {
  Verb verb("veneer oci events", "Shows what a container uses, every few seconds, until it stops.");
  std::string id;
  unsigned interval = 5;
  bool once = false;
  verb->add_flag("--stats", once, "once");
  verb->add_option("--interval", interval, "seconds")->check(CLI::Range(1u, 86400u));
  verb->add_option("id", id)->required();
  if (auto end = verb.parse(std::move(args))) return *end;
  if (once) return shown(zone::oci::statistics(runtime, id));
  return done(zone::oci::events(runtime, id, interval));
}

Result<int> features_verb(const Runtime&, Args args) {
  Verb verb("veneer oci features", "Shows what this runtime knows, as JSON.");
  if (auto end = verb.parse(std::move(args))) return *end;
  return print(zone::oci::features());
}

Result<int> spec_verb(const Runtime&, Args args) {
  Verb verb("veneer oci spec", "Writes a config.json to start from.");
  std::string bundle = ".";
  bool rootless = false;
  verb->add_option("-b,--bundle", bundle, "the directory to write it to");
  verb->add_flag("--rootless", rootless, "for a caller who is not root");
  if (auto end = verb.parse(std::move(args))) return *end;
  return done(zone::oci::write_default_config(bundle, rootless));
}

Result<int> refuse(const Runtime&,
                   Args /*args*/) {  // NOLINT(performance-unnecessary-value-param): as all verbs are
  return Error{
      exit_status::kVeneer,
      "checkpoint and restore are not supported: veneer does not save processes (criu with runc does)"};
}

constexpr OciVerb kVerbs[] = {
    {"create", create_verb, true}, {"start", start_verb},       {"run", run_verb, true},
    {"state", state_verb},         {"kill", kill_verb},         {"delete", delete_verb},
    {"exec", exec_verb, true},     {"list", list_verb},         {"ps", ps_verb},
    {"pause", pause_verb},         {"resume", resume_verb},     {"update", update_verb},
    {"events", events_verb},       {"features", features_verb}, {"spec", spec_verb},
    {"checkpoint", refuse},        {"restore", refuse},
};

}  // namespace

const OciVerb* find_oci_verb(std::string_view name) {
  for (const OciVerb& verb : kVerbs) {
    if (verb.name == name) return &verb;
  }
  return nullptr;
}

}  // namespace veneer::cli
