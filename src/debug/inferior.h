// The program that is being debugged: its threads, which all stop when one has something to tell, their
// registers, its memory, and the breakpoints and watchpoints in it. A client of Tracer, as any guest that
// traces others is.
#pragma once

#include <sys/types.h>

#include <csignal>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/types.h"
#include "debug/target.h"
#include "program/trace/tracer.h"

namespace veneer::debug {

// What a debugger is told when the program stops or ends.
struct StopEvent {
  enum class Kind : u8 { Signal, Breakpoint, Watchpoint, Step, Exec, Exited, Killed } kind;
  pid_t thread = 0;
  int signal = SIGTRAP;   // Signal; the exit status or the signal of an end
  GuestAddr address = 0;  // of a watchpoint's access
  u32 watch_kind = 0;     // 1 read, 2 write, 3 both
  std::string program{};  // Exec
};

// As the debugger wants a thread to go on.
struct Resumption {
  bool steps = false;
  int signal = 0;
};

class Inferior {
 public:
  // `process` is a child that waits to be seized, and to be told so (server.cpp).
  explicit Inferior(pid_t process) : process_(process) {}

  // 0, or -errno.
  s64 seize();
  // True when it has come to its first instruction. Otherwise `status` is how it ended, as wait4 has it.
  bool start(int& status);

  pid_t process() const { return process_; }
  std::vector<pid_t> threads() const;
  bool has(pid_t thread) const { return threads_.contains(thread); }
  std::string name(pid_t thread) const;

  // Lets the threads go on that `how` names. What has been found meanwhile is told at once.
  void resume(const std::map<pid_t, Resumption>& how);
  // What has happened since, after which every thread is stopped; nothing when nothing has that a debugger
  // wants to know of.
  std::optional<StopEvent> poll();
  // Does poll() have something to tell without the host's saying so?
  bool has_news() const;
  // Asks for a stop, of which poll() will tell as of a SIGINT.
  void interrupt();

  // Of the program's instruction set.
  const Target& target() { return target_of(tracer_.machine(process_)); }
  std::optional<GuestRegisters> registers(pid_t thread) { return tracer_.registers(thread); }
  bool set_registers(pid_t thread, const GuestRegisters& r) { return tracer_.set_registers(thread, r); }
  std::optional<siginfo_t> signal_info(pid_t thread);

  // What is there without breakpoints; shorter where less can be read.
  std::string read(GuestAddr at, usize size);
  bool write(GuestAddr at, std::string_view bytes);
  std::optional<std::string> shown(Tracer::Shown what) { return tracer_.shown(process_, what); }

  // `size`: of the instruction that is to be replaced, as the debugger has it.
  bool insert_breakpoint(GuestAddr at, u64 size);
  bool remove_breakpoint(GuestAddr at);
  // `kind`: 1 read, 2 write, 3 both.
  bool insert_watchpoint(GuestAddr at, u64 size, u32 kind);
  bool remove_watchpoint(GuestAddr at, u64 size, u32 kind);

  void kill();
  // Lets the program run on by itself, without breakpoints.
  void detach();
  // Until it ends: its status, as wait4 has it. Every signal that its threads stop by is delivered.
  int wait_for_end();

 private:
  struct Thread {
    bool running = false;
    bool stepping = false;
    bool wanted = true;          // the debugger has let it go on
    bool newborn = true;         // has not told of its first stop
    std::optional<int> pending;  // a status that has not been looked at
    std::optional<siginfo_t> info;
  };
  struct Watchpoint {
    GuestAddr address;
    u64 size;
    u32 kind;
    DebugRegister value;
    bool operator==(const Watchpoint&) const = default;
  };

  s64 request(u64 what, pid_t thread, u64 addr = 0, u64 data = 0) {
    return tracer_.request(what, thread, addr, data);
  }
  void go_on(pid_t thread, Thread& t, int signal);
  void take(pid_t thread, int status);
  std::optional<StopEvent> judge(pid_t thread, Thread& t);
  void stop_all();
  void apply_watchpoints(pid_t thread);
  bool poke(pid_t thread, GuestAddr at, std::string_view bytes);
  void let_child_go(pid_t child, bool shares_memory);
  void set_all_breakpoints(bool inserted);

  Tracer tracer_;
  pid_t process_;
  std::map<pid_t, Thread> threads_;
  std::set<pid_t> children_;  // new processes that have stopped before the fork was told of
  struct Breakpoint {
    std::string original;     // what is there
    std::string_view placed;  // instead
  };
  std::map<GuestAddr, Breakpoint> breakpoints_;
  std::vector<Watchpoint> watchpoints_;
  bool interrupted_ = false;
  std::optional<int> end_;  // the process' status
};

}  // namespace veneer::debug
