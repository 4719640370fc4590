// One guest process: what its threads share.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/errors.h"
#include "base/types.h"
#include "program/abi.h"
#include "program/core_dump.h"
#include "program/guest_maps.h"
#include "program/guest_symbols.h"
#include "program/io_uring.h"
#include "program/seccomp_threads.h"
#include "program/self_exe.h"
#include "program/sysroot.h"
#include "program/trace/tracer.h"
#include "program/translation_cache.h"
#include "translate/translator.h"

namespace veneer {

struct Thread;

// The CPU that the guest is shown; filled in by who knows the instruction set (src/cli), since this room
// does not.
struct GuestPlatform {
  std::shared_ptr<const GuestIsa> isa;
  const GuestAbi* abi = nullptr;
  u64 hwcap = 0, hwcap2 = 0;  // AT_HWCAP, AT_HWCAP2
  std::string cpu_features;   // of /proc/cpuinfo, "Features" or "isa": "fp asimd ..."
  u32 midr = 0;               // MIDR_EL1, as /proc/cpuinfo takes it apart
  u64 probed = 0;             // RISCV_HWPROBE_KEY_IMA_EXT_0
  u64 probed_base = 0;        // RISCV_HWPROBE_KEY_BASE_BEHAVIOR
  unsigned cache_block = 0;   // bytes, of Zicbom and Zicboz
  bool chosen = true;         // false: RunOptions::cpus are of other instruction sets
};

struct RunOptions {
  std::string root;                                          // -L as given; empty for none
  std::string program;                                       // as given
  std::vector<std::string> args;                             // argv[1...]
  std::optional<std::string> argv0;                          // --argv0; otherwise the program's name
  std::vector<std::pair<std::string, std::string>> set_env;  // -E
  std::vector<std::string> unset_env;                        // -U
  TranslatorOptions translator;
  std::vector<std::string>
      cpus;                // --cpu: what processors have, see isa/cpu/choice.h; not more than one of an isa
  bool list_cpus = false;  // --cpu help, for a program or a person
  bool json = false;
  std::string network;             // of a zone: "", none or shared
  std::optional<std::string> gdb;  // where a debugger connects
  bool perf = false;               // tell perf(1) what translated code is
  bool strace = false;             // print every syscall and its result to translator.log_fd
  bool no_cache = false;           // neither use nor make translations on disk

  // How veneer calls itself for a program that the guest execs; not for users.
  int program_fd = -1;                // --program-fd: run this descriptor; `program` is only its name
  int seccomp_fd = -1;                // --seccomp-fd: the filters that it has, see seccomp.h
  std::optional<std::string> traced;  // --traced: by whom it is traced, and how; see trace/tracee.h
  bool zone = false;                  // --zone: all programs are the guest's; see docs/zones.md
  std::optional<bool> secure;         // AT_SECURE, where it is not the kernel's word to veneer
  bool keeps_itself = false;  // what is executed for the guest is this very program; see set_user_id_start.h
  int set_id_fd = -1;         // --set-id-fd: the same for programs with set-user-ID bits
  int cache_fd = -1;          // --cache-fd: the directory of translations, see translation_cache.h
  int self_fd = -1;           // --self-fd: veneer's own executable, see self_exe.h
  std::optional<std::string> exec_name;  // --exec-name: AT_EXECFN, where it is not `program`
  u32 vector_control = 2;                // --vector-control: see Thread::vector_control
};

// The program break. Guarded by the exclusive lock of Process::maps (GuestMaps::Update).
struct Brk {
  GuestAddr start = 0;    // page-aligned; first byte of the heap
  GuestAddr current = 0;  // what brk(0) answers
};

struct Process {
  RunOptions options;
  GuestPlatform platform;
  Sysroot sysroot;
  SelfExe self_exe;
  SelfExe set_id_exe;  // see set_user_id_start.h

  TranslationCache cache;

  // By which veneer knows what is its own; -1 for what there is not.
  std::array<int, 3> own_descriptors() const { return {self_exe.fd(), set_id_exe.fd(), cache.directory()}; }
  bool is_own_descriptor(int fd) const { return self_exe.is(fd) || set_id_exe.is(fd) || cache.is(fd); }
  GuestMaps maps;
  CoreMeeting core_meeting;
  IoUrings io_urings;
  SeccompThreads seccomp_threads;
  Tracer tracer;         // of the processes that this one traces
  GuestSymbols symbols;  // guarded by the translator's lock
  std::unique_ptr<Translator> translator;
  Brk brk;
  std::atomic<bool> memory_shared{false};  // once there was another thread: what tags are stays then

  // --- the program that was loaded
  std::string exe_guest_path;                // what /proc/self/exe says: absolute, as the guest names it
  std::string exe_host_path;                 // where it is on the host
  std::vector<char> auxv;                    // as /proc/self/auxv gives it
  GuestAddr entry = 0;                       // first instruction: the interpreter's, or the program's
  GuestAddr stack_pointer = 0;               // initial SP
  GuestAddr stack_start = 0, stack_end = 0;  // [stack]
  GuestAddr arg_start = 0, arg_end = 0, env_start = 0,
            env_end = 0;                   // the strings, for /proc/self/{cmdline,environ}
  GuestAddr code_start = 0, code_end = 0;  // of the program, for /proc/self/stat
  bool host_proc_shows_guest = false;      // the kernel was told where the guest's arguments are (PR_SET_MM)
  GuestAddr sigreturn = 0;  // __kernel_rt_sigreturn in the vdso: x30 of a handler without SA_RESTORER
};

// Ends the process as a guest does that `signal` kills: by the signal itself, without a core dump of veneer.
[[noreturn]] void die_by_signal(int signal);
// The same, with the guest's core dump, where its default action is that.
[[noreturn]] void die_by_signal(Thread& thread, const siginfo_t& info);

// The directory that -L names: absolute, without links; empty for none.
Result<std::string> open_root(const std::string& root);

// Loads and runs the program; returns veneer's exit status (it does not return when the guest dies by a
// signal or calls exit_group). Errors are reported on standard error: 125, 126, 127.
// `platforms`: what there is to choose from, by the program's machine; not empty.
int run_program(RunOptions options, std::span<const GuestPlatform> platforms);

// Defined with the threads (thread.cpp): runs the calling thread as the guest's main thread from
// process.entry with SP = process.stack_pointer, every other register zero. Returns the exit status.
int run_main_thread(Process& process);

}  // namespace veneer
