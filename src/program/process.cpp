#include "program/process.h"

#include "program/set_user_id_start.h"

#include <elf.h>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include <fcntl.h>
#include <linux/prctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/files.h"
#include "program/elf.h"
#include "program/environment.h"
#include "program/find_program.h"
#include "program/loader.h"
#include "program/script.h"
#include "program/stack.h"
#include "program/thread.h"
#include "program/vector_control.h"
#include "program/wait.h"

namespace veneer {
namespace {

Error cannot_run(const std::string& called, const Error& reason) {
  return Error{reason.status, "cannot run '" + called + "': " + reason.message};
}

// Runs a program of the host's own instruction set, or one that only the kernel can judge.
Error exec_on_host(const std::string& path, const std::string& called, std::vector<std::string>& argv,
                   std::vector<std::string>& envp) {
  std::vector<char*> arguments, environment;
  for (std::string& s : argv) arguments.push_back(s.data());
  for (std::string& s : envp) environment.push_back(s.data());
  arguments.push_back(nullptr);
  environment.push_back(nullptr);
  ::execve(path.c_str(), arguments.data(), environment.data());
  bool missing = errno == ENOENT;  // its own interpreter
  return cannot_run(called, {missing ? exit_status::kNotFound : exit_status::kCannotRun, errno_text(errno)});
}

// Tells the kernel where the guest's arguments are, so that ps(1) and /proc/PID/{cmdline,environ,auxv} show the
// guest to everyone. Fails harmlessly on kernels without CONFIG_CHECKPOINT_RESTORE.
void show_guest_in_proc(Process& process) {
  u64 heap_end = reinterpret_cast<u64>(::sbrk(0));  // veneer's own heap stays where it is
  prctl_mm_map map{};
  map.start_code = process.code_start;
  map.end_code = map.start_data = process.code_end;
  map.end_data = process.code_end;
  map.start_brk = map.brk = heap_end;
  map.start_stack = process.stack_pointer;
  map.arg_start = process.arg_start;
  map.arg_end = process.arg_end;
  map.env_start = process.env_start;
  map.env_end = process.env_end;
  // NOLINTNEXTLINE(bugprone-casting-through-void): words, aligned as such
  map.auxv = static_cast<__u64*>(static_cast<void*>(process.auxv.data()));
  map.auxv_size = static_cast<__u32>(process.auxv.size());
  map.exe_fd = static_cast<__u32>(-1);
  process.host_proc_shows_guest = ::prctl(PR_SET_MM, PR_SET_MM_MAP, &map, sizeof map, 0) == 0;
}

// What the kernel does with a new program's name (PR_GET_NAME, /proc/PID/comm).
void name_task(const std::string& exec_name) {
  ::prctl(PR_SET_NAME, exec_name.c_str() + exec_name.rfind('/') + 1, 0, 0, 0);
}

// Finds the program, through scripts to their interpreters; argv follows.
struct Target {
  FoundProgram program;
  std::vector<std::string> argv;
  std::string exec_name;  // AT_EXECFN: what execve was called with
  FileKind kind = FileKind::GuestElf;
  u16 machine = 0;  // EM_*, of a guest's
};

Result<Target> find_target(const RunOptions& options, const Sysroot& sysroot,
                           const std::vector<std::string>& environment) {
  Target t;
  t.argv.push_back(options.argv0.value_or(options.program));
  t.argv.insert(t.argv.end(), options.args.begin(), options.args.end());
  if (options.program_fd >= 0) {
    ::fcntl(options.program_fd, F_SETFD, FD_CLOEXEC);
    t.program = {options.program, Fd(options.program_fd)};
  } else {
    Result<FoundProgram> found = find_program(sysroot, options.program, environment);
    if (!found) return found.error();
    t.program = std::move(*found);
  }
  bool by_path = options.program.find('/') != std::string::npos;
  t.exec_name = options.exec_name ? *options.exec_name
                : by_path         ? options.program
                                  : std::string(sysroot.to_guest(t.program.path));
  std::string script_name = t.exec_name;
  for (int depth = 0;; depth++) {
    char head[kScriptHead];
    ssize_t n = t.program.fd ? ::pread(t.program.fd.get(), head, sizeof head, 0) : 0;
    if (n < 0) {
      return cannot_run(options.program,
                        {exit_status::kCannotRun, format("it cannot be read (%s)", errno_text(errno))});
    }
    // What may be executed but not read is the host kernel's to run.
    const auto bytes = std::as_bytes(std::span<const char>(head, static_cast<usize>(n)));
    t.kind = t.program.fd ? file_kind(bytes) : FileKind::HostElf;
    t.machine = guest_machine(bytes);
    if (t.kind != FileKind::Script) return t;
    std::optional<ScriptLine> line = parse_script_line({head, static_cast<usize>(n)});
    if (!line || depth >= kScriptNesting) {
      return cannot_run(options.program,
                        {exit_status::kCannotRun, line ? "too many scripts are interpreters of scripts"
                                                       : "its `#!` line names no interpreter"});
    }
    t.argv[0] = script_name;
    if (line->argument) t.argv.insert(t.argv.begin(), *line->argument);
    t.argv.insert(t.argv.begin(), line->interpreter);
    script_name = line->interpreter;
    Result<FoundProgram> found = open_program(sysroot, line->interpreter, line->interpreter);
    if (!found) {
      return cannot_run(options.program, {found.error().status, "its interpreter: " + found.error().message});
    }
    t.program = std::move(*found);
  }
}

int fail(const Error& error) {
  report(error.message);
  return error.status;
}

}  // namespace

Result<std::string> open_root(const std::string& root) {
  if (root.empty()) return std::string();
  char* real = ::realpath(root.c_str(), nullptr);
  if (!real) {
    return Error{exit_status::kVeneer,
                 format("cannot use root directory '%s': %s; see -L in `veneer run --help`", root.c_str(),
                        errno_text(errno))};
  }
  std::string out = real;
  std::free(real);
  struct stat st{};
  if (::stat(out.c_str(), &st) != 0 || !S_ISDIR(st.st_mode)) {
    return Error{exit_status::kVeneer, "cannot use root directory '" + root + "': it is not a directory"};
  }
  return out;
}

namespace {

[[noreturn]] void die(int signal, bool has_dumped) {
  if (Thread* thread = Thread::current()) thread->trace.dying = 1;
  if (has_dumped) {
    note_core_dumped();
  } else {
    rlimit none{0, 0};
    rlimit old{};
    if (::getrlimit(RLIMIT_CORE, &old) == 0) none.rlim_max = old.rlim_max;
    ::setrlimit(RLIMIT_CORE, &none);
  }
  struct sigaction action{};
  action.sa_handler = SIG_DFL;
  ::sigaction(signal, &action, nullptr);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, signal);
  ::syscall(SYS_kill, ::getpid(), signal);
  ::sigprocmask(SIG_UNBLOCK, &set, nullptr);
  ::_exit(128 + signal);  // not reached for a signal that kills
}

}  // namespace

void die_by_signal(int signal) {
  die(signal, false);
}

void die_by_signal(Thread& thread, const siginfo_t& info) {
  die(info.si_signo, dumps_core(info.si_signo) && dump_core(thread, info));
}

namespace {

// The first where none is the program's: loading it says what is wrong.
const GuestPlatform& platform_of(u16 machine, std::span<const GuestPlatform> platforms) {
  for (const GuestPlatform& p : platforms)
    if (p.abi->elf_machine == machine) return p;
  return platforms[0];
}

}  // namespace

// As riscv_get_elf_hwcap has it; nothing to an instruction set that has no such registers.
static void switch_vectors_off(Process& process) {
  constexpr u64 kV = u64{1} << ('v' - 'a');
  if (process.platform.isa->wide_bytes() == 0) return;
  process.options.translator.wide_registers = false;
  process.platform.hwcap &= ~kV;
}

// In a zone there is what it was given; a program with set-user-ID bits takes nothing from who started it.
static bool uses_cache(const RunOptions& o) {
  return !o.no_cache && !executed_set_user_id() && (!o.zone || o.cache_fd >= 0) && !o.perf &&
         !o.translator.trace && o.translator.wide_registers &&
         o.translator.tier == TranslatorOptions::Tier::Adaptive;
}

int run_program(RunOptions options, std::span<const GuestPlatform> platforms) {
  if (Failure e = take_ids_of_program(options)) return fail(*e);
  Result<std::string> root = open_root(options.root);
  if (!root) return fail(root.error());
  std::vector<std::string> environment = guest_environment(environ, options.set_env, options.unset_env);

  auto owned = std::make_unique<Process>();
  Process& process = *owned;
  process.options = std::move(options);
  process.sysroot = Sysroot(std::move(*root));
  process.self_exe = SelfExe(process.options.self_fd);
  process.set_id_exe = SelfExe(process.options.set_id_fd);
  if (process.options.keeps_itself) {
    if (const int error = process.self_exe.keep(); error == 0) (void)process.set_id_exe.keep();
  }
  const std::string& called = process.options.program;

  Result<Target> target = find_target(process.options, process.sysroot, environment);
  if (!target) return fail(target.error());
  if (target->kind == FileKind::HostElf) {
    if (process.options.zone)
      return fail(cannot_run(
          called, {exit_status::kCannotRun, "exec format error: it is not of the zone's instruction set"}));
    return fail(exec_on_host(target->program.path, called, target->argv, environment));
  }

  process.platform = platform_of(target->machine, platforms);
  // Programs that it executes may be of another instruction set.
  if (!process.platform.chosen && process.options.program_fd < 0 && !process.options.exec_name)
    return fail(
        Error{exit_status::kVeneer,
              format("--cpu=%s is of another instruction set than '%s', which is of %s",
                     process.options.cpus.back().c_str(), called.c_str(), process.platform.abi->machine)});
  if (vector_control::current(process.options.vector_control) == vector_control::kOff)
    switch_vectors_off(process);
  if (uses_cache(process.options))
    process.cache =
        TranslationCache(process.options.cache_fd, process.options.translator, process.platform.isa->variant());
  int fd = target->program.fd.get();
  Result<LoadedProgram> loaded = load_program(process, fd);
  if (!loaded) return fail(cannot_run(called, loaded.error()));
  Result<bool> stack = build_stack(process, target->argv, environment, target->exec_name, loaded->auxv,
                                   loaded->executable_stack);
  if (!stack) return fail(cannot_run(called, stack.error()));

  std::optional<std::string> real = read_link(format("/proc/self/fd/%d", fd).c_str());
  process.exe_host_path = real ? *real : target->program.path;
  process.exe_guest_path = process.sysroot.to_guest(process.exe_host_path);
  target->program.fd.reset();
  show_guest_in_proc(process);
  name_task(target->exec_name);
  if (process.options.perf)
    process.options.translator.perf_name = [&process](GuestAddr pc) { return process.symbols.name(pc); };
  process.options.translator.initial_fpcr = process.platform.abi->initial_fpcr;
  process.translator =
      std::make_unique<Translator>(*process.platform.isa, process.maps, process.options.translator);
  for (const LoadedProgram::Code& code : loaded->code)
    process.cache.offer(*process.translator, code.file.get(), code.offset, code.start, code.bytes);
  loaded->code.clear();
  // Lives until the process ends: other threads may still run the guest while this one leaves.
  return run_main_thread(*owned.release());
}

}  // namespace veneer
