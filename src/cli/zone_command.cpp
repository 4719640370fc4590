// veneer zone
#include <sys/stat.h>
#include <unistd.h>
#include <nlohmann/json.hpp>

#include "cli/verb_options.h"
#include "zone/lasting/zones.h"
#include "zone/own_executable.h"

namespace veneer::cli {
namespace {

using zone::Zones;
using Args = std::vector<std::string>;

constexpr std::string_view kHelp =
    R"help(Zones: worlds of their own for programs, which last. docs/zones.md describes them.

Usage: veneer zone [--store DIR] VERB ...

Verbs, in the order of a zone's life:
  create NAME [KEY=VALUE...]   configure one: image=NAME or root=DIR, memory.capped=512M, cpu.capped=1.5 ...
  set NAME KEY=VALUE...        change keys; says what took effect at once
  install NAME                 give it its root
  ready NAME                   make everything but start nothing
  boot NAME | --auto           start it, and first the zones that it depends on; --auto: all with autoboot
  exec NAME PROGRAM [ARGS]     run a program in it
  login NAME                   a shell in it; --user UID[:GID]
  shutdown NAME                ask it to end (--timeout SECONDS), then halt it
  halt NAME                    end it at once
  reboot NAME                  shutdown and boot
  clone FROM TO                a new zone with what FROM has (halted), in no time
  detach NAME, attach NAME     take its root away from it, and give it back
  move NAME NEW                another name
  uninstall NAME               remove its root
  delete NAME                  remove its configuration

Verbs that show:
  list [--json]     all zones and their states       info NAME [--json]  one zone
  top [--json]      what each running one uses       log NAME            what was done to it, and what it printed
  export NAME       its configuration, as zone.toml

Examples:
  veneer zone create web image=debian memory.capped=512M && veneer zone install web && veneer zone boot web
  veneer zone login web
)help";

struct NameOnly {
  std::string name;
  std::optional<Result<int>> parse(const char* verb_name, const char* what, Args args) {
    Verb verb(std::string("veneer zone ") + verb_name, what);
    verb->add_option("name", name, "of the zone")->required();
    return verb.parse(std::move(args));
  }
};

template <Failure (Zones::*method)(const std::string&) const>
Result<int> simple(const Zones& zones, const char* name, const char* what, Args args) {
  NameOnly o;
  if (auto end = o.parse(name, what, std::move(args))) return *end;
  return done((zones.*method)(o.name));
}

Result<int> install_verb(const Zones& z, Args a) {
  return simple<&Zones::install>(z, "install", "Gives a zone its root.", std::move(a));
}
Result<int> ready_verb(const Zones& z, Args a) {
  return simple<&Zones::ready>(z, "ready", "Makes a zone, without starting anything.", std::move(a));
}
Result<int> halt_verb(const Zones& z, Args a) {
  return simple<&Zones::halt>(z, "halt", "Ends a zone at once.", std::move(a));
}
Result<int> detach_verb(const Zones& z, Args a) {
  return simple<&Zones::detach>(z, "detach", "Takes its root away from a zone.", std::move(a));
}
Result<int> attach_verb(const Zones& z, Args a) {
  return simple<&Zones::attach>(z, "attach", "Gives a detached zone its root back.", std::move(a));
}
Result<int> uninstall_verb(const Zones& z, Args a) {
  return simple<&Zones::uninstall>(z, "uninstall", "Removes a zone's root.", std::move(a));
}
Result<int> delete_verb(const Zones& z, Args a) {
  return simple<&Zones::remove>(z, "delete", "Removes a zone's configuration.", std::move(a));
}

Result<int> create_verb(const Zones& zones, Args args) {
  Verb verb("veneer zone create", "Configures a zone.");
  std::string name;
  Args keys;
  verb->add_option("name", name, "of the zone")->required();
  verb->add_option("keys", keys, "KEY=VALUE");
  if (auto end = verb.parse(std::move(args))) return *end;
  zone::ZoneConfig config;
  for (const std::string& key : keys) {
    const usize equals = key.find('=');
    if (equals == key.npos || equals == 0)
      return Error{exit_status::kVeneer, "'" + key + "' must be KEY=VALUE"};
    if (Failure e = zone::set_zone_key(config, key.substr(0, equals), key.substr(equals + 1))) return *e;
  }
  return done(zones.create(name, config));
}

Result<int> set_verb(const Zones& zones, Args args) {
  Verb verb("veneer zone set", "Changes keys of a zone.");
  std::string name;
  Args keys;
  verb->add_option("name", name, "of the zone")->required();
  verb->add_option("keys", keys, "KEY=VALUE; KEY= removes it")->required();
  if (auto end = verb.parse(std::move(args))) return *end;
  return shown(zones.set(name, keys));
}

Result<int> boot_verb(const Zones& zones, Args args) {
  Verb verb("veneer zone boot", "Starts a zone, and first those that it depends on.");
  std::string name;
  bool all = false;
  verb->add_flag("--auto", all, "all zones with autoboot");
  verb->add_option("name", name, "of the zone");
  if (auto end = verb.parse(std::move(args))) return *end;
  if (all) return done(zones.autoboot());
  if (name.empty()) return Error{exit_status::kVeneer, "no zone is named; see `veneer zone boot --help`"};
  return done(zones.boot(name));
}

Result<int> shut_down(const Zones& zones, Args args, bool again) {
  Verb verb(again ? "veneer zone reboot" : "veneer zone shutdown",
            again ? "Shuts a zone down and boots it." : "Asks a zone to end.");
  std::string name;
  unsigned seconds = 30;
  verb->add_option("--timeout", seconds, "then it is halted");
  verb->add_option("name", name, "of the zone")->required();
  if (auto end = verb.parse(std::move(args))) return *end;
  if (Failure e = zones.shutdown(name, seconds)) return *e;
  return again ? done(zones.boot(name)) : Result<int>(0);
}
Result<int> shutdown_verb(const Zones& z, Args a) {
  return shut_down(z, std::move(a), false);
}
Result<int> reboot_verb(const Zones& z, Args a) {
  return shut_down(z, std::move(a), true);
}

Result<int> exec_verb(const Zones& zones, Args args) {
  Verb verb("veneer zone exec", "Runs a program in a zone.");
  verb->prefix_command();
  std::string name, user;
  bool terminal = false;
  verb->add_flag("-t,--tty", terminal, "with a terminal");
  verb->add_option("-u,--user", user, "UID[:GID]");
  verb->add_option("name", name, "of the zone")->required();
  if (auto end = verb.parse(std::move(args))) return *end;
  Args program = verb->remaining();
  if (!program.empty() && program[0] == "--") program.erase(program.begin());
  if (program.empty()) return Error{exit_status::kVeneer, "no program is given; see `veneer zone exec --help`"};
  return zones.exec(name, program, terminal, user);
}

Result<int> login_verb(const Zones& zones, Args args) {
  Verb verb("veneer zone login", "A shell in a zone.");
  std::string name, user;
  verb->add_option("-u,--user", user, "UID[:GID]");
  verb->add_option("name", name, "of the zone")->required();
  if (auto end = verb.parse(std::move(args))) return *end;
  return zones.exec(name, {"/bin/sh", "-c", "cd; command -v bash >/dev/null && exec bash -l; exec sh -l"},
                    ::isatty(0) != 0, user);
}

Result<int> clone_verb(const Zones& zones, Args args) {
  Verb verb("veneer zone clone", "A new zone with what another one has.");
  std::string from, to;
  verb->add_option("from", from)->required();
  verb->add_option("to", to)->required();
  if (auto end = verb.parse(std::move(args))) return *end;
  return done(zones.clone(from, to));
}

Result<int> move_verb(const Zones& zones, Args args) {
  Verb verb("veneer zone move", "Gives a zone another name.");
  std::string from, to;
  verb->add_option("name", from)->required();
  verb->add_option("new", to)->required();
  if (auto end = verb.parse(std::move(args))) return *end;
  return done(zones.rename(from, to));
}

Result<int> list_verb(const Zones& zones, Args args) {
  Verb verb("veneer zone list", "Shows all zones.");
  bool json = false;
  verb->add_flag("--json", json, "as JSON");
  if (auto end = verb.parse(std::move(args))) return *end;
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  std::string out = format("%-24s %-11s %-8s %s\n", "NAME", "STATE", "BRAND", "ROOT");
  for (const zone::Zone& z : zones.list()) {
    const std::string brand = z.architecture.empty()                                    ? "-"
                              : architecture_of(z.architecture) == Architecture::Native ? "native"
                                                                                        : z.architecture;
    const std::string root = z.config.image.empty() ? z.config.root : z.config.image;
    all.push_back({{"name", z.name},
                   {"state", name_of(z.state)},
                   {"brand", brand},
                   {"root", root},
                   {"autoboot", z.config.autoboot}});
    out += format("%-24s %-11s %-8s %s\n", z.name.c_str(), name_of(z.state), brand.c_str(), root.c_str());
  }
  return print(json ? all.dump() + "\n" : out);
}

Result<int> info_verb(const Zones& zones, Args args) {
  Verb verb("veneer zone info", "Shows a zone.");
  std::string name;
  bool json = false;
  verb->add_flag("--json", json, "as JSON");
  verb->add_option("name", name)->required();
  if (auto end = verb.parse(std::move(args))) return *end;
  return shown(zones.info(name, json));
}

Result<int> export_verb(const Zones& zones, Args args) {
  NameOnly o;
  if (auto end = o.parse("export", "Shows a zone's configuration.", std::move(args))) return *end;
  Result<zone::Zone> z = zones.find(o.name);
  if (!z) return z.error();
  return print(zone::write_zone_config(z->config));
}

Result<int> log_verb(const Zones& zones, Args args) {
  NameOnly o;
  if (auto end = o.parse("log", "Shows what was done to a zone and what it printed.", std::move(args)))
    return *end;
  return shown(zones.log(o.name));
}

Result<int> top_verb(const Zones& zones, Args args) {
  Verb verb("veneer zone top", "Shows what each running zone uses.");
  bool json = false;
  verb->add_flag("--json", json, "as JSON");
  if (auto end = verb.parse(std::move(args))) return *end;
  return shown(zones.top(json));
}

struct ZoneVerb {
  std::string_view name;
  Result<int> (*run)(const Zones&, Args);
  bool enters = false;  // see OciVerb
};
constexpr ZoneVerb kVerbs[] = {
    {"create", create_verb},
    {"set", set_verb},
    {"install", install_verb},
    {"ready", ready_verb, true},
    {"boot", boot_verb, true},
    {"halt", halt_verb},
    {"shutdown", shutdown_verb},
    {"reboot", reboot_verb, true},
    {"exec", exec_verb, true},
    {"login", login_verb, true},
    {"clone", clone_verb},
    {"detach", detach_verb},
    {"attach", attach_verb},
    {"move", move_verb},
    {"uninstall", uninstall_verb},
    {"delete", delete_verb},
    {"list", list_verb},
    {"info", info_verb},
    {"export", export_verb},
    {"log", log_verb},
    {"top", top_verb},
};

}  // namespace

int zone_command(int argc, char** argv) {
  Args args(argv, argv + argc);
  std::string root = image::ImageStore::default_root();
  if (args.size() > 1 && args[0] == "--store") {
    root = args[1];
    args.erase(args.begin(), args.begin() + 2);
  }
  auto fail = [](const Error& e) {
    report(e.message);
    return e.status;
  };
  if (args.empty()) return fail({exit_status::kVeneer, "no verb given; see `veneer zone --help`"});
  if (args[0] == "--help" || args[0] == "-h") return print(kHelp);
  for (const ZoneVerb& verb : kVerbs) {
    if (verb.name != args[0]) continue;
    if (verb.enters) {
      std::vector<char*> again = {const_cast<char*>("veneer"), const_cast<char*>("zone")};
      again.insert(again.end(), argv, argv + argc);
      again.push_back(nullptr);
      if (Failure e = zone::protect_own_executable(again.data())) return fail(*e);
    }
    args.erase(args.begin());
    Result<int> status = verb.run(Zones(root), std::move(args));
    return status ? *status : fail(status.error());
  }
  return fail({exit_status::kVeneer, "unknown verb '" + args[0] + "'; see `veneer zone --help`"});
}

}  // namespace veneer::cli
