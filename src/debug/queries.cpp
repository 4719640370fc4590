// The `q` and `Q` packets of a session.
#include <algorithm>
#include <charconv>
#include <cstring>

#include <fmt/format.h>

#include "debug/session.h"
#include "debug/signals.h"

namespace veneer::debug {
namespace {

constexpr std::string_view kOk = "OK", kError = "E01";

// "m" for a part, "l" for the last one.
std::string part_of(std::string_view whole, u64 offset, u64 length) {
  if (offset >= whole.size()) return "l";
  length = std::min<u64>(length, Packets::kMost / 2 - 64);
  const std::string_view part = whole.substr(offset, length);
  return (offset + part.size() < whole.size() ? "m" : "l") + escaped(part);
}

std::string for_xml(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '&': out += "&amp;"; break;
      case '"': out += "&quot;"; break;
      default: out += static_cast<u8>(c) < ' ' ? '?' : c;
    }
  }
  return out;
}

}  // namespace

std::string Session::query(std::string_view packet) {
  if (packet.starts_with("Supported")) {
    names_processes_ = packet.find("multiprocess+") != packet.npos;
    passes_exec_ = packet.find("exec-events+") != packet.npos;
    return fmt::format(
        "PacketSize={:x};QStartNoAckMode+;qXfer:features:read+;qXfer:auxv:read+;qXfer:exec-file:read+;"
        "qXfer:threads:read+;qXfer:siginfo:read+;QPassSignals+;vContSupported+;swbreak+;hwbreak+;exec-events+;"
        "multiprocess+",
        Packets::kMost);
  }
  if (take(packet, "Xfer:")) return transfer(packet);
  if (packet == "C") return "QC" + id_of(current_);
  if (packet == "fThreadInfo") {
    std::string out;
    for (const pid_t tid : inferior_.threads()) out += (out.empty() ? "m" : ",") + id_of(tid);
    return out.empty() ? "l" : out;
  }
  if (packet == "sThreadInfo") return "l";
  if (take(packet, "ThreadExtraInfo,")) {
    const std::optional<s64> id = take_thread(packet);
    return id ? to_hex(inferior_.name(static_cast<pid_t>(*id))) : std::string(kError);
  }
  if (packet.starts_with("Attached")) return "0";
  if (packet.starts_with("Symbol")) return std::string(kOk);
  if (packet.starts_with("HostInfo"))
    return fmt::format("triple:{};ptrsize:8;endian:little;watchpoint_exceptions_received:before;",
                       to_hex(inferior_.target().triple));
  if (packet.starts_with("ProcessInfo")) return process_info();
  if (take(packet, "MemoryRegionInfo:")) {
    const std::optional<u64> at = take_hex(packet);
    return at ? memory_region(*at) : std::string(kError);
  }
  return "";
}

std::string Session::process_info() {
  return fmt::format("pid:{:x};parent-pid:1;ostype:linux;endian:little;ptrsize:8;triple:{};",
                     inferior_.process(), to_hex(inferior_.target().triple));
}

std::string Session::set(std::string_view packet) {
  if (take(packet, "PassSignals:")) {
    passed_.clear();
    while (!packet.empty()) {
      const std::optional<u64> signal = take_hex(packet);
      if (!signal) return std::string(kError);
      if (const int host = signal_from_gdb(static_cast<int>(*signal)); host != 0) passed_[host] = true;
      take(packet, ";");
    }
    return std::string(kOk);
  }
  return "";
}

std::string Session::threads_text() const {
  std::string out = "<?xml version=\"1.0\"?>\n<threads>\n";
  for (const pid_t tid : inferior_.threads())
    out += fmt::format("<thread id=\"{}\" name=\"{}\"/>\n", id_of(tid), for_xml(inferior_.name(tid)));
  return out + "</threads>\n";
}

// "OBJECT:read:ANNEX:OFFSET,LENGTH"
std::string Session::transfer(std::string_view packet) {
  const usize object_end = packet.find(":read:");
  if (object_end == packet.npos) return "";
  const std::string_view object = packet.substr(0, object_end);
  packet.remove_prefix(object_end + std::strlen(":read:"));
  const usize annex_end = packet.rfind(':');
  if (annex_end == packet.npos) return std::string(kError);
  const std::string_view annex = packet.substr(0, annex_end);
  packet.remove_prefix(annex_end + 1);
  const std::optional<u64> offset = take_hex(packet);
  if (!offset || !take(packet, ",")) return std::string(kError);
  const std::optional<u64> length = take_hex(packet);
  if (!length) return std::string(kError);
  if (object == "features") {
    if (annex != "target.xml") return "E00";
    const std::optional<GuestRegisters> registers = inferior_.registers(current_);
    if (!registers) return std::string(kError);
    return part_of(inferior_.target().description(*registers), *offset, *length);
  }
  if (object == "auxv") return part_of(inferior_.shown(Tracer::Shown::Auxv).value_or(""), *offset, *length);
  if (object == "exec-file") return part_of(inferior_.shown(Tracer::Shown::Exe).value_or(""), *offset, *length);
  if (object == "threads") return part_of(threads_text(), *offset, *length);
  if (object == "siginfo") {
    const std::optional<siginfo_t> info = inferior_.signal_info(current_);
    if (!info) return std::string(kError);
    return part_of({reinterpret_cast<const char*>(&*info), sizeof *info}, *offset, *length);
  }
  return "";
}

// As LLDB asks for it: the mapping that holds the address, or the gap.
std::string Session::memory_region(GuestAddr at) {
  const std::optional<std::string> maps = inferior_.shown(Tracer::Shown::Maps);
  if (!maps) return "";
  std::string_view text = *maps;
  GuestAddr gap = 0;
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const std::optional<u64> start = take_hex(line);
    if (!start || !take(line, "-")) break;
    const std::optional<u64> end = take_hex(line);
    if (!end || !take(line, " ")) break;
    if (at < *start) return fmt::format("start:{:x};size:{:x};", gap, *start - gap);
    gap = *end;
    if (at >= *end) continue;
    std::string permissions;
    for (const char c : {'r', 'w', 'x'})
      if (line.substr(0, 3).find(c) != line.npos) permissions += c;
    std::string out = fmt::format("start:{:x};size:{:x};permissions:{};", *start, *end - *start, permissions);
    if (const usize name = line.find_first_of("/["); name != line.npos)
      out += "name:" + to_hex(line.substr(name)) + ";";
    return out;
  }
  return fmt::format("start:{:x};size:{:x};", gap, ~GuestAddr{0} - gap);
}

}  // namespace veneer::debug
