#include "zone/lasting/visible_text.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <sstream>

#include "base/files.h"

namespace veneer::zone {
namespace {

bool among(const CpuList& cpus, unsigned long cpu) {
  return std::find(cpus.begin(), cpus.end(), cpu) != cpus.end();
}

struct MemoryLine {
  const char* key;
  u64 (*bytes)(const MemoryUsage& usage, u64 total);
};
// What is of the zone alone. What else there is can be no more than the zone may have.
constexpr MemoryLine kMemoryLines[] = {
    {"MemTotal", [](const MemoryUsage&, u64 total) { return total; }},
    {"MemFree", [](const MemoryUsage& m, u64 total) { return less(total, m.used); }},
    {"MemAvailable",
     [](const MemoryUsage& m, u64 total) {
       return std::min(total, less(total, m.used) + m.active_file + m.inactive_file + m.slab_reclaimable);
     }},
    {"Buffers", [](const MemoryUsage&, u64) { return u64{0}; }},
    {"Cached", [](const MemoryUsage& m, u64) { return m.file; }},
    {"SwapCached", [](const MemoryUsage&, u64) { return u64{0}; }},
    {"Active", [](const MemoryUsage& m, u64) { return m.active_anonymous + m.active_file; }},
    {"Inactive", [](const MemoryUsage& m, u64) { return m.inactive_anonymous + m.inactive_file; }},
    {"Active(anon)", [](const MemoryUsage& m, u64) { return m.active_anonymous; }},
    {"Inactive(anon)", [](const MemoryUsage& m, u64) { return m.inactive_anonymous; }},
    {"Active(file)", [](const MemoryUsage& m, u64) { return m.active_file; }},
    {"Inactive(file)", [](const MemoryUsage& m, u64) { return m.inactive_file; }},
    {"Unevictable", [](const MemoryUsage& m, u64) { return m.unevictable; }},
    {"Mlocked", [](const MemoryUsage& m, u64) { return m.unevictable; }},
    {"Dirty", [](const MemoryUsage& m, u64) { return m.dirty; }},
    {"Writeback", [](const MemoryUsage& m, u64) { return m.writeback; }},
    {"AnonPages", [](const MemoryUsage& m, u64) { return m.anonymous; }},
    {"Mapped", [](const MemoryUsage& m, u64) { return m.mapped; }},
    {"Shmem", [](const MemoryUsage& m, u64) { return m.shared; }},
    {"KReclaimable", [](const MemoryUsage& m, u64) { return m.slab_reclaimable; }},
    {"Slab", [](const MemoryUsage& m, u64) { return m.slab_reclaimable + m.slab_unreclaimable; }},
    {"SReclaimable", [](const MemoryUsage& m, u64) { return m.slab_reclaimable; }},
    {"SUnreclaim", [](const MemoryUsage& m, u64) { return m.slab_unreclaimable; }},
};

std::optional<u64> zone_bytes(const std::string& key, const MemoryUsage& usage, u64 total) {
  for (const MemoryLine& line : kMemoryLines) {
    if (key == line.key) return line.bytes(usage, total);
  }
  return std::nullopt;
}

}  // namespace

std::string cpu_list_text(const CpuList& cpus) {
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

// Paragraphs begin with "processor : N".
std::string cpuinfo_text(const std::string& host, const CpuList& cpus) {
  std::istringstream lines(host);
  std::string out;
  bool shown = true;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("processor"))
      shown = among(cpus, std::strtoul(line.c_str() + line.find(':') + 1, nullptr, 10));
    if (shown) out += line + "\n";
  }
  return out;
}

// The first line is the sum of those that follow.
std::string stat_text(const std::string& host, const CpuList& cpus, u64 booted) {
  std::istringstream lines(host);
  std::string each, rest;
  std::vector<u64> sum;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("cpu ")) continue;
    if (line.starts_with("btime ")) {
      rest += "btime " + std::to_string(booted) + "\n";
    } else if (!line.starts_with("cpu")) {
      rest += line + "\n";
    } else if (among(cpus, std::strtoul(line.c_str() + 3, nullptr, 10))) {
      each += line + "\n";
      std::istringstream numbers(line.substr(line.find(' ')));
      usize i = 0;
      for (u64 n = 0; numbers >> n; i++) {
        if (sum.size() <= i) sum.push_back(0);
        sum[i] += n;
      }
    }
  }
  std::string all = "cpu ";
  for (u64 n : sum) all += " " + std::to_string(n);
  return all + "\n" + each + rest;
}

std::string meminfo_text(const std::string& host, const MemoryUsage& usage) {
  std::istringstream lines(host);
  std::string out;
  u64 total = 0;  // KiB, as all here
  for (std::string line; std::getline(lines, line);) {
    const usize colon = line.find(':');
    if (colon == line.npos) continue;
    const std::string key = line.substr(0, colon);
    const u64 of_host = std::strtoull(line.c_str() + colon + 1, nullptr, 10);
    u64 value = of_host;
    if (key == "MemTotal") total = std::min(of_host, usage.limit / 1024);
    if (key == "SwapTotal") {
      value = std::min(of_host, usage.swap_limit / 1024);
    } else if (key == "SwapFree") {
      value = std::min(of_host, less(usage.swap_limit, usage.swap_used) / 1024);
    } else if (const std::optional<u64> bytes = zone_bytes(key, usage, total * 1024)) {
      value = *bytes / 1024;
    } else if (line.ends_with("kB") && !key.starts_with("Vmalloc") && !key.starts_with("DirectMap") &&
               !key.starts_with("Huge")) {
      value = std::min(of_host, total);
    }
    out += format("%-16s%8llu%s\n", (key + ":").c_str(), static_cast<unsigned long long>(value),
                  line.ends_with("kB") ? " kB" : "");
  }
  return out;
}

void LoadAverage::sample(usize active) {
  constexpr double kMinutes[] = {1, 5, 15};
  for (usize i = 0; i < load_.size(); i++) {
    const double keep = std::exp(-kSeconds / (60 * kMinutes[i]));
    load_[i] = load_[i] * keep + static_cast<double>(active) * (1 - keep);
  }
}

std::string LoadAverage::text(usize running, usize threads, pid_t last) const {
  return format("%.2f %.2f %.2f %zu/%zu %d\n", load_[0], load_[1], load_[2], running, threads, last);
}

}  // namespace veneer::zone
