#include "zone/lasting/visible.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <cmath>
#include <ctime>

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
CpuList cpus_of(const ZoneConfig& c) {
  CpuList all = read_cpu_list("/sys/devices/system/cpu/online");
  if (!c.cpu_dedicated.empty()) return parse_cpu_list(c.cpu_dedicated).value_or(all);
  if (c.cpu_capped > 0) {
    const usize n = static_cast<usize>(std::max(1.0, std::ceil(c.cpu_capped)));
    if (n < all.size()) all.resize(n);
  }
  return all;
}

std::string host_file(const char* path) {
  return read_file(path).value_or("");
}

}  // namespace

CpuList read_cpu_list(const std::string& path) {
  std::string text = read_file(path.c_str()).value_or("0");
  while (text.ends_with('\n')) text.pop_back();
  return parse_cpu_list(text).value_or(CpuList{0});
}

Failure write_visible(const ZoneConfig& c, const std::string& directory, bool native) {
  const CpuList cpus = cpus_of(c);
  // The translator itself shows a processor of its own kind.
  if (native) {
    if (Failure e = write_file(directory + "/proc-cpuinfo", cpuinfo_text(host_file("/proc/cpuinfo"), cpus)))
      return e;
  }
  if (Failure e = write_file(directory + "/cpu-online", cpu_list_text(cpus))) return e;
  const u64 now = static_cast<u64>(std::time(nullptr));
  if (Failure e = write_file(directory + "/proc-stat", stat_text(host_file("/proc/stat"), cpus, now))) return e;
  if (Failure e = write_file(directory + "/proc-loadavg", LoadAverage().text(1, 1, 1))) return e;
  MemoryUsage memory;
  memory.limit = parse_size(c.memory_capped).value_or(UINT64_MAX);
  memory.swap_limit = c.memory_capped.empty() ? UINT64_MAX : parse_size(c.swap_capped).value_or(0);
  const std::string host = host_file("/proc/meminfo");
  if (Failure e =
          write_file(directory + "/proc-meminfo", c.memory_capped.empty() ? host : meminfo_text(host, memory)))
    return e;
  if (c.hostid) {
    const u32 id = *c.hostid;
    if (Failure e =
            write_file(directory + "/hostid", std::string(reinterpret_cast<const char*>(&id), sizeof id)))
      return e;
  }
  return std::nullopt;
}

}  // namespace veneer::zone
