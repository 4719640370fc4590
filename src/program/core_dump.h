// Core dumps of the guest: an ELF core file of its own architecture, as fs/binfmt_elf.c of its kernel
// writes it, where /proc/sys/kernel/core_pattern says. A pattern that names a program (`|`) cannot be served
// from here: the file is then core.PID in the working directory.
#pragma once

#include <condition_variable>
#include <csignal>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/types.h"

namespace veneer {

struct Thread;

// Does a signal's default action dump core (signal(7))?
bool dumps_core(int signal);

// Writes the process' core, if its limit (RLIMIT_CORE) and its dumpable flag let it; other threads stop for it,
// and stay stopped. `info` is the signal that `thread` dies of. Has there been a core?
bool dump_core(Thread& thread, const siginfo_t& info);

// What core_pattern's %-letters stand for.
struct CoreNames {
  s64 pid, tid, uid, gid;
  int signal;
  s64 time;  // seconds since 1970
  u64 limit;
  std::string host, program, path;  // path: of the executable
};
// The file's name by a pattern (core(5)).
std::string core_file_name(std::string_view pattern, const CoreNames& names);

// Where threads wait while one of them writes the core.
class CoreMeeting {
 public:
  // By the thread that dumps: true for the first one, which then has the process to itself.
  bool open();
  bool is_open() const { return __atomic_load_n(&open_, __ATOMIC_ACQUIRE); }
  // By the others, between instructions: does not return.
  [[noreturn]] void join(Thread& thread);
  // Asks the others to join; those that have after two seconds at most.
  std::vector<Thread*> gather(const Thread& dumper);

 private:
  bool open_ = false;
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<Thread*> present_;
};

// sival_ptr of the SIGTRAP by which a thread is asked to join.
constexpr u64 kJoinCoreDump = 0x7665'6e65'6572'4364;

}  // namespace veneer
