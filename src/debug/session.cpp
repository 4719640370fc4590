#include "debug/session.h"

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "debug/signals.h"

namespace veneer::debug {
namespace {

constexpr std::string_view kOk = "OK";
// The protocol gives errors no meaning.
constexpr std::string_view kError = "E01";

}  // namespace

std::string Session::id_of(pid_t thread) const {
  return names_processes_ ? fmt::format("p{:x}.{:x}", inferior_.process(), thread)
                          : fmt::format("{:x}", thread);
}

std::string Session::stop_reply(const StopEvent& event) {
  using Kind = StopEvent::Kind;
  const std::string process = names_processes_ ? fmt::format(";process:{:x}", inferior_.process()) : "";
  if (event.kind == Kind::Exited) return fmt::format("W{:02x}", event.signal) + process;
  if (event.kind == Kind::Killed) return fmt::format("X{:02x}", signal_to_gdb(event.signal)) + process;
  std::string out = fmt::format("T{:02x}thread:{};", signal_to_gdb(event.signal), id_of(event.thread));
  switch (event.kind) {
    case Kind::Breakpoint: out += "swbreak:;"; break;
    case Kind::Watchpoint:
      out += fmt::format("{}:{:x};",
                         event.watch_kind == 1   ? "rwatch"
                         : event.watch_kind == 2 ? "watch"
                                                 : "awatch",
                         event.address);
      break;
    case Kind::Exec:
      if (passes_exec_) out += "exec:" + to_hex(event.program) + ";";
      break;
    default: break;
  }
  const Target& target = inferior_.target();
  if (const std::optional<GuestRegisters> registers = inferior_.registers(event.thread))
    for (const unsigned number : target.told_at_stops)
      out += fmt::format("{:02x}:{};", number, to_hex(target.get(*registers, number)));
  return out;
}

Session::End Session::run(int events) {
  last_ = StopEvent{.kind = StopEvent::Kind::Signal, .thread = inferior_.process(), .signal = SIGTRAP};
  for (;;) {
    if (running_) {
      if (std::optional<StopEvent> event = inferior_.poll()) {
        const bool stopped = event->kind == StopEvent::Kind::Signal;
        if (stopped && passed_.contains(event->signal)) {
          std::map<pid_t, Resumption> how;
          for (const pid_t tid : inferior_.threads())
            how[tid] = {.steps = false, .signal = tid == event->thread ? event->signal : 0};
          inferior_.resume(how);
          continue;
        }
        running_ = false;
        last_ = event;
        current_ = event->thread;
        packets_.send(stop_reply(*event));
        if (event->kind == StopEvent::Kind::Exited || event->kind == StopEvent::Kind::Killed)
          return End::Exited;
      }
    }
    while (std::optional<std::string> packet = packets_.next()) {
      if (*packet == Packets::kInterrupt) {
        if (running_) inferior_.interrupt();
        continue;
      }
      const std::optional<std::string> reply = serve(*packet);
      if (reply && !packets_.send(*reply)) return End::Detached;
      if (end_) return *end_;
      if (running_) break;
    }
    pollfd wait[2] = {{packets_.fd(), POLLIN, 0}, {events, POLLIN, 0}};
    // What a thread that goes on had to tell already is told without an event of the host's.
    const int timeout = running_ && inferior_.has_news() ? 0 : -1;
    if (::poll(wait, 2, timeout) < 0 && errno != EINTR) return End::Detached;
    if (wait[1].revents & POLLIN) {
      signalfd_siginfo drained;
      while (::read(events, &drained, sizeof drained) > 0) {
      }
    }
    if (wait[0].revents && !packets_.receive()) return End::Detached;
  }
}

std::optional<std::string> Session::serve(std::string_view packet) {
  if (packet.empty()) return "";
  const char first = packet[0];
  const std::string_view rest = packet.substr(1);
  switch (first) {
    case '?': return stop_reply(*last_);
    case 'g': return read_all_registers();
    case 'G': return write_all_registers(rest);
    case 'p': return read_register(rest);
    case 'P': return write_register(rest);
    case 'm': return read_memory(rest);
    case 'M': return write_memory(rest, false);
    case 'X': return write_memory(rest, true);
    case 'Z': return point(rest, true);
    case 'z': return point(rest, false);
    case 'H': return select(rest);
    case 'T': {
      std::string_view id = rest;
      return std::string(inferior_.has(static_cast<pid_t>(take_thread(id).value_or(0))) ? kOk : kError);
    }
    case 'c':
    case 's':
    case 'C':
    case 'S':
      if (!resume_as_before_vcont(first, rest)) return std::string(kError);
      return std::nullopt;
    case 'v': return verbose(packet);
    case 'q': return query(rest);
    case 'Q':
      // Acknowledged as everything before it.
      if (rest == "StartNoAckMode") {
        packets_.send(kOk);
        packets_.stop_acknowledging();
        return std::nullopt;
      }
      return set(rest);
    case 'k': end_ = End::Killed; return std::nullopt;
    case 'D': end_ = End::Detached; return std::string(kOk);
    case '!': return std::string(kOk);
    default: return "";
  }
}

// --- registers and memory

std::string Session::read_all_registers() {
  const std::optional<GuestRegisters> r = inferior_.registers(current_);
  return r ? to_hex(all_registers(inferior_.target(), *r)) : std::string(kError);
}

std::string Session::write_all_registers(std::string_view packet) {
  std::optional<GuestRegisters> r = inferior_.registers(current_);
  const std::optional<std::string> bytes = from_hex(packet);
  if (!bytes || !r || !set_all_registers(inferior_.target(), *r, *bytes)) return std::string(kError);
  return std::string(inferior_.set_registers(current_, *r) ? kOk : kError);
}

std::string Session::read_register(std::string_view packet) {
  const std::optional<u64> number = take_hex(packet);
  const std::optional<GuestRegisters> r = inferior_.registers(current_);
  if (!number || !r) return std::string(kError);
  const std::optional<std::string> bytes = register_bytes(inferior_.target(), *r, *number);
  return bytes ? to_hex(*bytes) : std::string(kError);
}

std::string Session::write_register(std::string_view packet) {
  const std::optional<u64> number = take_hex(packet);
  if (!number || !take(packet, "=")) return std::string(kError);
  std::optional<GuestRegisters> r = inferior_.registers(current_);
  const std::optional<std::string> bytes = from_hex(packet);
  if (!bytes || !r || !set_register_bytes(inferior_.target(), *r, *number, *bytes)) return std::string(kError);
  return std::string(inferior_.set_registers(current_, *r) ? kOk : kError);
}

std::string Session::read_memory(std::string_view packet) {
  const std::optional<u64> at = take_hex(packet);
  if (!at || !take(packet, ",")) return std::string(kError);
  const u64 size = std::min<u64>(take_hex(packet).value_or(0), Packets::kMost / 2 - 64);
  const std::string bytes = inferior_.read(*at, size);
  return bytes.empty() && size != 0 ? std::string(kError) : to_hex(bytes);
}

std::string Session::write_memory(std::string_view packet, bool binary) {
  const std::optional<u64> at = take_hex(packet);
  if (!at || !take(packet, ",")) return std::string(kError);
  const std::optional<u64> size = take_hex(packet);
  if (!size || !take(packet, ":")) return std::string(kError);
  const std::optional<std::string> bytes = binary ? std::optional(std::string(packet)) : from_hex(packet);
  if (!bytes || bytes->size() != *size) return std::string(kError);
  return std::string(inferior_.write(*at, *bytes) ? kOk : kError);
}

// "TYPE,ADDRESS,KIND"
std::string Session::point(std::string_view packet, bool insert) {
  const std::optional<u64> type = take_hex(packet);
  if (!type || !take(packet, ",")) return std::string(kError);
  const std::optional<u64> at = take_hex(packet);
  if (!at || !take(packet, ",")) return std::string(kError);
  const u64 size = take_hex(packet).value_or(0);
  bool done = false;
  switch (*type) {
    case 0:
    case 1: done = insert ? inferior_.insert_breakpoint(*at, size) : inferior_.remove_breakpoint(*at); break;
    case 2:
    case 3:
    case 4: {
      const u32 kind = *type == 2 ? 2 : *type == 3 ? 1 : 3;
      done =
          insert ? inferior_.insert_watchpoint(*at, size, kind) : inferior_.remove_watchpoint(*at, size, kind);
      break;
    }
    default: return "";
  }
  return std::string(done ? kOk : kError);
}

// --- threads, and letting them go on

std::string Session::select(std::string_view packet) {
  if (packet.empty()) return std::string(kError);
  const char what = packet[0];
  packet.remove_prefix(1);
  const std::optional<s64> id = take_thread(packet);
  if (!id) return std::string(kError);
  const auto thread = static_cast<pid_t>(*id);
  if (thread > 0 && !inferior_.has(thread)) return std::string(kError);
  if (what == 'g' && thread > 0) current_ = thread;
  if (what == 'c') continued_ = thread;
  return std::string(kOk);
}

bool Session::resume_as_before_vcont(char action, std::string_view rest) {
  Resumption how{.steps = action == 's' || action == 'S'};
  if (action == 'C' || action == 'S')
    how.signal = signal_from_gdb(static_cast<int>(take_hex(rest).value_or(0)));
  take(rest, ";");
  const pid_t thread = continued_ > 0 ? continued_ : current_;
  if (const std::optional<u64> at = take_hex(rest)) {
    std::optional<GuestRegisters> r = inferior_.registers(thread);
    if (!r) return false;
    r->pc = *at;
    if (!inferior_.set_registers(thread, *r)) return false;
  }
  std::map<pid_t, Resumption> all;
  for (const pid_t tid : inferior_.threads()) all[tid] = {};
  if (how.steps && continued_ > 0) all.clear();
  all[thread] = how;
  running_ = true;
  inferior_.resume(all);
  return true;
}

// ";ACTION[:THREAD]...": the first that fits a thread counts.
bool Session::resume(std::string_view actions) {
  std::map<pid_t, Resumption> all;
  while (take(actions, ";")) {
    if (actions.empty()) return false;
    Resumption how;
    const char action = actions[0];
    actions.remove_prefix(1);
    if (action != 'c' && action != 'C' && action != 's' && action != 'S' && action != 't') return false;
    how.steps = action == 's' || action == 'S';
    if (action == 'C' || action == 'S')
      how.signal = signal_from_gdb(static_cast<int>(take_hex(actions).value_or(0)));
    s64 thread = -1;
    if (take(actions, ":")) {
      const std::optional<s64> id = take_thread(actions);
      if (!id) return false;
      thread = *id;
    }
    if (action == 't') continue;
    for (const pid_t tid : inferior_.threads())
      if (thread <= 0 || thread == tid) all.emplace(tid, how);
  }
  if (!actions.empty() || all.empty()) return false;
  running_ = true;
  inferior_.resume(all);
  return true;
}

std::optional<std::string> Session::verbose(std::string_view packet) {
  if (take(packet, "vFile:")) return files_.serve(packet);
  if (packet == "vCont?") return "vCont;c;C;s;S;t";
  if (take(packet, "vCont")) {
    if (!resume(packet)) return std::string(kError);
    return std::nullopt;
  }
  if (packet == "vCtrlC") {
    if (running_) inferior_.interrupt();
    return std::string(kOk);
  }
  if (packet.starts_with("vKill")) {
    inferior_.kill();
    end_ = End::Killed;
    return std::string(kOk);
  }
  return "";
}

}  // namespace veneer::debug
