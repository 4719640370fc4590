#include "zone/lasting/visible.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <cmath>
#include <sstream>

#include "base/files.h"
#include "zone/process_attributes.h"

namespace veneer::zone {
namespace {

Failure write_file(const std::string& path, const std::string& text) {
  const Fd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!fd || !write_all(fd.get(), text)) return failed(errno, "write '%s'", path.c_str());
  ::fchmod(fd.get(), 0644);
  return std::nullopt;
}

// The CPUs that a zone may use: its dedicated ones, or as many of the host's as its cap comes to.
std::vector<unsigned> cpus_of(const ZoneConfig& c) {
  std::string text = read_file("/sys/devices/system/cpu/online").value_or("0");
  while (text.ends_with('\n')) text.pop_back();
  std::vector<unsigned> all = parse_cpu_list(text).value_or(std::vector<unsigned>{0});
  if (!c.cpu_dedicated.empty()) return parse_cpu_list(c.cpu_dedicated).value_or(all);
  if (c.cpu_capped > 0) {
    const usize n = static_cast<usize>(std::max(1.0, std::ceil(c.cpu_capped)));
    if (n < all.size()) all.resize(n);
  }
  return all;
}

std::string list_text(const std::vector<unsigned>& cpus) {
  std::string out;
  for (usize i = 0; i < cpus.size();) {
    usize end = i;
    while (end + 1 < cpus.size() && cpus[end + 1] == cpus[end] + 1) end++;
    out += (out.empty() ? "" : ",") + std::to_string(cpus[i]);
    if (end > i) out += "-" + std::to_string(cpus[end]);
    i = end + 1;
  }
  return out + "\n";
}

bool among(const std::vector<unsigned>& cpus, unsigned long cpu) {
  return std::find(cpus.begin(), cpus.end(), cpu) != cpus.end();
}

// Paragraphs of /proc/cpuinfo begin with "processor : N".
std::string cpuinfo(const std::vector<unsigned>& cpus) {
  std::istringstream lines(read_file("/proc/cpuinfo").value_or(""));
  std::string out;
  bool shown = true;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("processor"))
      shown = among(cpus, std::strtoul(line.c_str() + line.find(':') + 1, nullptr, 10));
    if (shown) out += line + "\n";
  }
  return out;
}

std::string stat_text(const std::vector<unsigned>& cpus) {
  std::istringstream lines(read_file("/proc/stat").value_or(""));
  std::string out;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("cpu") && line.size() > 3 && line[3] != ' ' &&
        !among(cpus, std::strtoul(line.c_str() + 3, nullptr, 10)))
      continue;
    out += line + "\n";
  }
  return out;
}

std::string meminfo(u64 memory, u64 swap) {
  std::istringstream lines(read_file("/proc/meminfo").value_or(""));
  std::string out;
  u64 total = 0;
  for (std::string line; std::getline(lines, line);) {
    const usize colon = line.find(':');
    if (colon == line.npos) continue;
    const std::string key = line.substr(0, colon);
    const u64 host = std::strtoull(line.c_str() + colon + 1, nullptr, 10);
    u64 value = host;
    if (key == "MemTotal")
      total = value = std::min(host, memory / 1024);
    else if (key == "MemFree" || key == "MemAvailable")
      value = std::min(host, total);
    else if (key == "SwapTotal" || key == "SwapFree")
      value = std::min(host, swap / 1024);
    else if (line.ends_with("kB") && !key.starts_with("Vmalloc") && !key.starts_with("DirectMap"))
      value = std::min(host, total);
    out += format("%-16s%8llu%s\n", (key + ":").c_str(), static_cast<unsigned long long>(value),
                  line.ends_with("kB") ? " kB" : "");
  }
  return out;
}

}  // namespace

Failure write_visible(const ZoneConfig& c, const std::string& directory, bool native) {
  const std::vector<unsigned> cpus = cpus_of(c);
  // The translator itself shows a processor of its own kind.
  if (native) {
    if (Failure e = write_file(directory + "/proc-cpuinfo", cpuinfo(cpus))) return e;
  }
  if (Failure e = write_file(directory + "/cpu-online", list_text(cpus))) return e;
  if (Failure e = write_file(directory + "/proc-stat", stat_text(cpus))) return e;
  if (std::optional<u64> memory = parse_size(c.memory_capped)) {
    if (Failure e =
            write_file(directory + "/proc-meminfo", meminfo(*memory, parse_size(c.swap_capped).value_or(0))))
      return e;
  }
  if (c.hostid) {
    const u32 id = *c.hostid;
    if (Failure e =
            write_file(directory + "/hostid", std::string(reinterpret_cast<const char*>(&id), sizeof id)))
      return e;
  }
  return std::nullopt;
}

}  // namespace veneer::zone
