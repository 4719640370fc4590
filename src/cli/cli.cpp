#include "cli/cli.h"

#include <cerrno>
#include <string>

#include "base/errors.h"
#include "base/files.h"
#include "cli/commands.h"
#include "cli/version.h"
#include "program/set_user_id_start.h"

namespace veneer::cli {
namespace {

constexpr Command kCommands[] = {
    {"run", "run an aarch64 or riscv64 Linux program", run_command},
    {"zone", "zones: configure, install, boot, log in to, clone", zone_command},
    {"image", "images that zones are made from", image_command},
    {"oci", "an OCI runtime for podman, containerd and others; also called as veneer-oci", oci_command},
    {"cache", "translations on disk, by which programs start sooner", cache_command},
    {"host", "show what this host offers to translated programs", host_command},
};

std::string help() {
  std::string text =
      "veneer runs aarch64 and riscv64 Linux programs on this machine.\n\n"
      "Usage: veneer COMMAND [OPTIONS] ...\n\nCommands:\n";
  for (const Command& command : kCommands) {
    text.append("  ")
        .append(command.name)
        .append(10 - command.name.size(), ' ')
        .append(command.summary)
        .append("\n");
  }
  return text +
         "\nOptions:\n"
         "  -h, --help     show this help; `veneer COMMAND --help` shows a command's\n"
         "  --version      show the version\n\n"
         "Examples:\n"
         "  veneer run ./hello\n"
         "  veneer run -L /srv/arm64-root python3 -c 'print(6 * 7)'\n";
}

}  // namespace

int main(int argc, char** argv) {
  // What a zone's users reach of it; whoever executed it chose the arguments.
  if (executed_set_user_id() && (argc < 2 || std::string_view(argv[1]) != "run")) {
    report("this copy of veneer only runs programs of a zone");
    return exit_status::kCannotRun;
  }
  const std::string_view called = argc > 0 ? argv[0] : "";
  if (called.substr(called.rfind('/') + 1) == "veneer-oci") return oci_command(argc - 1, argv + 1);
  if (argc < 2) {
    report("no command given; see `veneer --help`");
    return exit_status::kVeneer;
  }
  std::string_view name = argv[1];
  for (const Command& command : kCommands) {
    if (command.name == name) return command.run(argc - 2, argv + 2);
  }
  if (name == "--help" || name == "-h" || name == "help") return print(help());
  if (name == "--version") return print("veneer " VENEER_VERSION "\n");
  const char* what = name.starts_with('-') ? "option" : "command";
  report("unknown " + std::string(what) + " '" + argv[1] + "'; see `veneer --help`");
  return exit_status::kVeneer;
}

}  // namespace veneer::cli
