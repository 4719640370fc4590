// veneer host
#include <string_view>

#include "base/errors.h"
#include "cli/commands.h"
#include "plan/host.h"

namespace veneer::cli {
namespace {

constexpr std::string_view kHelp =
    R"(Shows what this host offers: the CPU features that translated programs use.

Usage: veneer host [--json]

Options:
      --json    print a JSON object
  -h, --help    show this help

Examples:
  veneer host
  veneer host --json | jq .features.avx2
)";

}  // namespace

int host_command(int argc, char** argv) {
  bool json = false;
  for (int i = 0; i < argc; i++) {
    std::string_view argument = argv[i];
    if (argument == "--help" || argument == "-h") return print(kHelp);
    if (argument == "--json") {
      json = true;
      continue;
    }
    report("unknown " + std::string(argument.starts_with('-') ? "option" : "argument") + " '" + argv[i] +
           "' of `veneer host`; see `veneer host --help`");
    return exit_status::kVeneer;
  }
  plan::Host host = plan::inspect_host();
  return print(json ? plan::to_json(host) : plan::to_text(host));
}

}  // namespace veneer::cli
