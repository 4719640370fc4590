#include "debug/inferior.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <sys/ptrace.h>
#include <sys/wait.h>

#include "base/errors.h"
#include "base/files.h"
#include "program/trace/host.h"

namespace veneer::debug {
namespace {

constexpr int kEventStop = 128;  // PTRACE_EVENT_STOP
constexpr u64 kOptions = PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
                         PTRACE_O_TRACEVFORKDONE | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;

u64 address(const void* p) {
  return reinterpret_cast<u64>(p);  // NOLINT: as ptrace takes it
}

// What a watchpoint's registers hold: up to eight bytes of a doubleword, or a power of two that is aligned.
std::optional<DebugRegister> encode_watchpoint(GuestAddr at, u64 size, u32 kind) {
  DebugRegister r;
  if (size == 0) return std::nullopt;
  r.control = 1 | 2 << 1 | kind << 3;
  const u64 in_word = at & 7;
  if (in_word + size <= 8) {
    r.address = at - in_word;
    r.control |= ((1u << size) - 1) << in_word << 5;
    return r;
  }
  if ((size & (size - 1)) != 0 || at & (size - 1)) return std::nullopt;
  r.address = at;
  r.control |= 0xffu << 5 | static_cast<u32>(__builtin_ctzll(size)) << 24;
  return r;
}

}  // namespace

s64 Inferior::seize() {
  const s64 error = request(PTRACE_SEIZE, process_, 0, kOptions);
  if (error == 0) tracer_.expect_start(process_);
  return error;
}

bool Inferior::start(int& status) {
  while (tracer_.wait4(nullptr, process_, &status, __WALL, nullptr) > 0 && WIFSTOPPED(status)) {
    const int event = status >> 16;
    if (event != PTRACE_EVENT_EXEC) {
      request(PTRACE_CONT, process_, 0, event ? 0 : static_cast<u64>(WSTOPSIG(status)));
      continue;
    }
    threads_[process_] = {
        .running = false, .stepping = false, .wanted = false, .newborn = false, .pending = {}, .info = {}};
    return true;
  }
  return false;
}

std::vector<pid_t> Inferior::threads() const {
  std::vector<pid_t> out;
  out.reserve(threads_.size());
  for (const auto& [tid, t] : threads_) out.push_back(tid);
  return out;
}

std::string Inferior::name(pid_t thread) const {
  std::string name = read_file(format("/proc/%d/task/%d/comm", process_, thread).c_str()).value_or("");
  if (!name.empty() && name.back() == '\n') name.pop_back();
  return name;
}

void Inferior::go_on(pid_t thread, Thread& t, int signal) {
  t.running = true;
  t.info.reset();
  if (t.stepping) {
    tracer_.step(thread, signal);
  } else {
    request(PTRACE_CONT, thread, 0, static_cast<u64>(signal));
  }
}

void Inferior::resume(const std::map<pid_t, Resumption>& how) {
  for (const auto& [tid, one] : how) {
    const auto found = threads_.find(tid);
    if (found == threads_.end()) continue;
    found->second.wanted = true;
    if (found->second.running || found->second.pending) continue;
    found->second.stepping = one.steps;
    go_on(tid, found->second, one.signal);
  }
}

void Inferior::take(pid_t thread, int status) {
  if (!WIFSTOPPED(status)) {
    threads_.erase(thread);
    if (thread == process_) end_ = status;
    return;
  }
  if (!threads_.contains(thread) && host::process_of(thread) != process_) {
    children_.insert(thread);
    return;
  }
  Thread& t = threads_[thread];
  t.running = false;
  t.pending = status;
  siginfo_t info;
  t.info.reset();
  if (request(PTRACE_GETSIGINFO, thread, 0, address(&info)) == 0) t.info = info;
}

void Inferior::let_child_go(pid_t child, bool shares_memory) {
  int status = 0;
  if (children_.erase(child) == 0 &&
      (tracer_.wait4(nullptr, child, &status, __WALL, nullptr) <= 0 || !WIFSTOPPED(status)))
    return;
  // With the instructions that it was meant to have.
  if (!shares_memory)
    for (const auto& [at, b] : breakpoints_) poke(child, at, b.original);
  request(PTRACE_DETACH, child);
}

void Inferior::set_all_breakpoints(bool inserted) {
  for (const auto& [at, b] : breakpoints_) poke(process_, at, inserted ? b.placed : b.original);
}

// Is the status one that the debugger wants? Otherwise the thread goes on.
std::optional<StopEvent> Inferior::judge(pid_t thread, Thread& t) {
  const int status = *t.pending;
  t.pending.reset();
  const int signal = WSTOPSIG(status), event = status >> 16;
  if (t.newborn) {
    t.newborn = false;
    apply_watchpoints(thread);
    if (event == kEventStop) {
      go_on(thread, t, 0);
      return std::nullopt;
    }
  }
  u64 message = 0;
  if (event) request(PTRACE_GETEVENTMSG, thread, 0, address(&message));
  switch (event) {
    case 0: break;
    case kEventStop:
      if (signal != SIGTRAP) {  // a group stop, which lasts until a SIGCONT
        t.running = true;
        request(PTRACE_LISTEN, thread);
        return std::nullopt;
      }
      if (interrupted_) {
        interrupted_ = false;
        return StopEvent{.kind = StopEvent::Kind::Signal, .thread = thread, .signal = SIGINT};
      }
      go_on(thread, t, 0);
      return std::nullopt;
    case PTRACE_EVENT_EXEC: {
      std::erase_if(threads_, [&](const auto& one) { return one.first != thread; });
      breakpoints_.clear();
      watchpoints_.clear();
      StopEvent e{.kind = StopEvent::Kind::Exec, .thread = thread};
      e.program = tracer_.shown(process_, Tracer::Shown::Exe).value_or("");
      return e;
    }
    case PTRACE_EVENT_FORK: let_child_go(static_cast<pid_t>(message), false); break;
    case PTRACE_EVENT_VFORK:
      // Out of the memory that they share, until the child has one of its own.
      set_all_breakpoints(false);
      let_child_go(static_cast<pid_t>(message), true);
      break;
    case PTRACE_EVENT_VFORK_DONE: set_all_breakpoints(true); break;
    default: break;
  }
  if (event) {
    go_on(thread, t, 0);
    return std::nullopt;
  }
  if (!t.info) {  // a group stop
    go_on(thread, t, 0);
    return std::nullopt;
  }
  StopEvent e{.kind = StopEvent::Kind::Signal, .thread = thread, .signal = signal};
  if (signal != SIGTRAP) return e;
  switch (t.info->si_code) {
    case TRAP_BRKPT: {
      const GuestAddr pc = registers(thread).value_or(GuestRegisters{}).pc;
      if (breakpoints_.contains(pc)) {
        e.kind = StopEvent::Kind::Breakpoint;
      } else if (!target().traps(read(pc, sizeof(u32)))) {
        // Not one of the program's own: it has been taken away since it was run into.
        go_on(thread, t, 0);
        return std::nullopt;
      }
      return e;
    }
    case TRAP_TRACE: e.kind = StopEvent::Kind::Step; return e;
    case TRAP_HWBKPT: {
      e.kind = StopEvent::Kind::Watchpoint;
      e.address = address(t.info->si_addr);
      for (const Watchpoint& w : watchpoints_) {
        // The access may be wider than what is watched.
        if (e.address >= w.address + w.size || e.address + 64 <= w.address) continue;
        e.watch_kind = w.kind;
        if (e.address < w.address) e.address = w.address;
        break;
      }
      return e;
    }
    default: return e;
  }
}

std::optional<StopEvent> Inferior::poll() {
  for (;;) {
    // Again after each: waiting for one finds what others have come to.
    for (int status = 0;;) {
      const s64 got = tracer_.wait4(nullptr, -1, &status, WNOHANG | __WALL, nullptr);
      if (got <= 0) break;
      take(static_cast<pid_t>(got), status);
    }
    if (end_) {
      const bool exited = WIFEXITED(*end_);
      return StopEvent{.kind = exited ? StopEvent::Kind::Exited : StopEvent::Kind::Killed,
                       .thread = process_,
                       .signal = exited ? WEXITSTATUS(*end_) : WTERMSIG(*end_)};
    }
    pid_t next = 0;
    for (const auto& [tid, t] : threads_)
      if (t.pending && t.wanted) next = tid;
    if (next == 0) return std::nullopt;
    if (std::optional<StopEvent> event = judge(next, threads_[next])) {
      stop_all();
      return event;
    }
  }
}

bool Inferior::has_news() const {
  return end_ || std::any_of(threads_.begin(), threads_.end(),
                             [](const auto& one) { return one.second.pending && one.second.wanted; });
}

void Inferior::stop_all() {
  for (auto& [tid, t] : threads_) t.wanted = false;
  for (auto& [tid, t] : threads_)
    if (t.running) request(PTRACE_INTERRUPT, tid);
  for (;;) {
    pid_t running = 0;
    for (const auto& [tid, t] : threads_)
      if (t.running) running = tid;
    if (running == 0) return;
    int status = 0;
    const s64 got = tracer_.wait4(nullptr, -1, &status, __WALL, nullptr);
    if (got < 0) return;
    const auto tid = static_cast<pid_t>(got);
    take(tid, status);
    const auto found = threads_.find(tid);
    if (found == threads_.end()) continue;
    Thread& t = found->second;
    if (t.newborn) {
      t.newborn = false;
      t.wanted = false;
      apply_watchpoints(tid);
      t.pending.reset();
    } else if (status >> 16 == kEventStop) {
      t.pending.reset();
    }
  }
}

void Inferior::interrupt() {
  interrupted_ = true;
  for (const auto& [tid, t] : threads_) {
    if (!t.running) continue;
    request(PTRACE_INTERRUPT, tid);
    return;
  }
}

std::optional<siginfo_t> Inferior::signal_info(pid_t thread) {
  const auto found = threads_.find(thread);
  return found == threads_.end() ? std::nullopt : found->second.info;
}

std::string Inferior::read(GuestAddr at, usize size) {
  std::string out(size, '\0');
  usize have = 0;
  while (have < size) {
    // A page at a time: the end of what is mapped is found at one.
    const usize part = std::min<usize>(size - have, 4096 - (at + have) % 4096);
    if (!host::read_memory(process_, at + have, out.data() + have, part)) break;
    have += part;
  }
  out.resize(have);
  for (const auto& [where, b] : breakpoints_) {
    for (usize i = 0; i < b.original.size(); i++) {
      if (where + i >= at && where + i < at + have) out[where + i - at] = b.original[i];
    }
  }
  return out;
}

bool Inferior::poke(pid_t thread, GuestAddr at, std::string_view bytes) {
  while (!bytes.empty()) {
    const GuestAddr word_at = at & ~u64{7};
    u64 word = 0;
    if (request(PTRACE_PEEKDATA, thread, word_at, address(&word)) < 0) return false;
    const usize skip = at - word_at, part = std::min(bytes.size(), sizeof word - skip);
    std::memcpy(reinterpret_cast<char*>(&word) + skip, bytes.data(), part);
    if (request(PTRACE_POKEDATA, thread, word_at, word) < 0) return false;
    at += part;
    bytes.remove_prefix(part);
  }
  return true;
}

bool Inferior::write(GuestAddr at, std::string_view bytes) {
  std::string there(bytes);
  // Under a breakpoint, what it hides is what is written.
  for (auto& [where, b] : breakpoints_) {
    for (usize i = 0; i < b.original.size(); i++) {
      if (where + i < at || where + i >= at + bytes.size()) continue;
      b.original[i] = bytes[where + i - at];
      there[where + i - at] = b.placed[i];
    }
  }
  return !threads_.empty() && poke(threads_.begin()->first, at, there);
}

bool Inferior::insert_breakpoint(GuestAddr at, u64 size) {
  const std::span<const std::string_view> all = target().breakpoints;
  // A debugger may not know how long the instruction is: the shortest then, which overwrites no other.
  std::string_view placed = all[0];
  for (const std::string_view one : all)
    if (one.size() == size) placed = one;
  if (at % all[0].size() != 0 || threads_.empty()) return false;
  if (breakpoints_.contains(at)) return true;
  std::string original = read(at, placed.size());
  if (original.size() != placed.size() || !poke(threads_.begin()->first, at, placed)) return false;
  breakpoints_[at] = {std::move(original), placed};
  return true;
}

bool Inferior::remove_breakpoint(GuestAddr at) {
  const auto found = breakpoints_.find(at);
  if (found == breakpoints_.end()) return true;
  const std::string original = found->second.original;
  breakpoints_.erase(found);
  return !threads_.empty() && poke(threads_.begin()->first, at, original);
}

void Inferior::apply_watchpoints(pid_t thread) {
  std::vector<DebugRegister> values;
  values.reserve(watchpoints_.size());
  for (const Watchpoint& w : watchpoints_) values.push_back(w.value);
  tracer_.set_watchpoints(thread, values);
}

bool Inferior::insert_watchpoint(GuestAddr at, u64 size, u32 kind) {
  const std::optional<DebugRegister> value = encode_watchpoint(at, size, kind);
  if (!value || watchpoints_.size() == kWatchpoints) return false;
  watchpoints_.push_back({at, size, kind, *value});
  for (const auto& [tid, t] : threads_) apply_watchpoints(tid);
  return true;
}

bool Inferior::remove_watchpoint(GuestAddr at, u64 size, u32 kind) {
  std::erase_if(watchpoints_,
                [&](const Watchpoint& w) { return w.address == at && w.size == size && w.kind == kind; });
  for (const auto& [tid, t] : threads_) apply_watchpoints(tid);
  return true;
}

void Inferior::kill() {
  ::kill(process_, SIGKILL);
  if (!end_) end_ = wait_for_end();
}

void Inferior::detach() {
  set_all_breakpoints(false);
  breakpoints_.clear();
  watchpoints_.clear();
  for (auto& [tid, t] : threads_) {
    apply_watchpoints(tid);
    const bool signals = t.pending && *t.pending >> 16 == 0 && WSTOPSIG(*t.pending) != SIGTRAP;
    request(PTRACE_DETACH, tid, 0, signals ? static_cast<u64>(WSTOPSIG(*t.pending)) : 0);
  }
  threads_.clear();
}

int Inferior::wait_for_end() {
  while (!end_) {
    int status = 0;
    const s64 got = tracer_.wait4(nullptr, -1, &status, __WALL, nullptr);
    if (got < 0) return 0;
    if (WIFSTOPPED(status)) {
      request(PTRACE_CONT, static_cast<pid_t>(got), 0, status >> 16 ? 0 : static_cast<u64>(WSTOPSIG(status)));
    } else {
      take(static_cast<pid_t>(got), status);
    }
  }
  return *end_;
}

}  // namespace veneer::debug
