// veneer run
#include <string_view>
#include <utility>

#include "cli/commands.h"
#include "cli/platform.h"
#include "cli/run_options.h"
#include "cli/run_zone.h"
#include "debug/server.h"
#include "program/set_user_id_start.h"

namespace veneer::cli {
namespace {

constexpr std::string_view kHelp =
    R"(Runs an aarch64 or riscv64 Linux program as an ordinary process, or an image or root tree as a zone.

Usage: veneer run [OPTIONS] [--] PROGRAM [ARGS]
       veneer run [-E VAR=VALUE] [--cpu CPU] [--network shared] [--] IMAGE|ROOT [PROGRAM [ARGS]]

IMAGE is one of `veneer image list`, ROOT a directory with a root tree, of this machine's instruction set, of
arm64 or of riscv64. The program (the image's own, else a shell) runs in a zone that is gone afterwards, with what it wrote; the root
itself is not changed. The zone has no network, unless it shares the machine's.

PROGRAM is a path, or a name that is searched for in PATH. Programs that it starts run the same way; a
program of this machine's own instruction set just runs. The exit status is the program's; 125 means that
veneer failed, 126 that the program cannot be run, 127 that it was not found.

Options:
  -L, --root ROOT          look files up under this directory first, then on the host
  -E, --env VAR=VALUE      set an environment variable of the program
  -U, --unset-env VAR      unset one
      --argv0 NAME         what the program is told it was called as
      --strace             print each system call and its result
      --gdb PORT|SOCKET    wait at this port (of 127.0.0.1, or HOST:PORT) or path for gdb or LLDB to connect
      --perf               tell perf(1) and gdb of this machine the program's functions: /tmp/perf-PID.map,
                           /tmp/jit-PID.dump (for perf inject --jit), gdb's JIT interface
      --trace              print each translated block as it is entered
      --dump WHAT[:ADDR]   print translations: ir, guest, host (several with commas), all or what contains ADDR
      --tier TIER          how to execute: adaptive (the default: interpret what runs for the first times, translate what
                           runs more often), 1 (translate at once) or interp (the reference, slow)
      --cpu CPU[,EXT,noEXT]  what the program's processor has: a CPU, with extensions added or taken away; `help` lists
                           them (--json: as JSON). Once for each instruction set; programs that it starts have the same
      --no-cache           neither use nor make translations on disk (see `veneer cache --help`)
      --disable FEATURES   host CPU features to leave unused (see `veneer host`), or `all`
      --network NETWORK    of a zone: none (the default) or shared
  -h, --help               show this help

Examples:
  veneer run ./hello-arm64
  veneer run -L /srv/arm64-root bash
  veneer run -L /srv/arm64-root -E LANG=C.UTF-8 python3 script.py
  veneer run /srv/arm64-root             (a shell in it)
  veneer run --cpu rva22u64,zfh ./hello-riscv64
  veneer run --gdb 1234 ./hello-arm64    (and: gdb-multiarch -ex 'target remote :1234' ./hello-arm64)
  veneer run --dump=guest,host:0x400580 ./hello-arm64
)";

}  // namespace

int run_command(int argc, char** argv) {
  Result<std::optional<RunOptions>> options = parse_run_options(argc, argv);
  if (!options) {
    report(options.error().message);
    return options.error().status;
  }
  if (!*options) return print(kHelp);
  if ((*options)->list_cpus) return print(list_cpus((*options)->json));
  Result<std::vector<GuestPlatform>> platforms = guest_platforms((*options)->cpus);
  if (!platforms) {
    report(platforms.error().message);
    return platforms.error().status;
  }
  if (executed_set_user_id()) return run_program(std::move(**options), *platforms);
  if (names_zone(**options)) return run_in_zone(**options, argc, argv);
  if (const std::optional<std::string> where = std::exchange((*options)->gdb, std::nullopt))
    return debug::run_under_debugger(std::move(**options), *platforms, *where);
  return run_program(std::move(**options), *platforms);
}

}  // namespace veneer::cli
