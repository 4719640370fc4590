// The text of files of /proc and /sys as a zone sees them, from the host's own and from what the zone may use.
// Their forms: proc(5).
#pragma once

#include <array>
#include <string>
#include <vector>

#include "base/types.h"
#include "zone/cgroups/usage.h"

namespace veneer::zone {

using CpuList = std::vector<unsigned>;  // numbers, ascending

// "0-3,8", and a newline.
std::string cpu_list_text(const CpuList& cpus);
std::string cpuinfo_text(const std::string& host, const CpuList& cpus);
// `booted`: seconds since 1970 when the zone was.
std::string stat_text(const std::string& host, const CpuList& cpus, u64 booted);
std::string meminfo_text(const std::string& host, const MemoryUsage& usage);

// The load averages of one, five and fifteen minutes, as kernel/sched/loadavg.c has them.
class LoadAverage {
 public:
  static constexpr int kSeconds = 5;  // from sample to sample
  // `active`: threads that run, could run, or wait and cannot be interrupted.
  void sample(usize active);
  std::string text(usize running, usize threads, pid_t last) const;

 private:
  std::array<double, 3> load_{};
};

}  // namespace veneer::zone
