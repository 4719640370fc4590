#include "zone/cgroups/limits.h"

#include <algorithm>

namespace veneer::zone {
namespace {

template <typename T>
std::string number(T n) {
  return std::to_string(n);
}

std::string or_max(s64 n) {
  return n < 0 ? "max" : number(n);
}

class Knobs {
 public:
  explicit Knobs(const char* controller) : controller_(controller) {}

  template <typename T>
  void add(const char* file, const std::optional<T>& value) {
    if (value) text(file, number(*value));
  }
  void text(const std::string& file, const std::string& value, bool optional = false) {
    if (!value.empty()) list_.push_back({controller_, file, value, optional});
  }
  void append_to(std::vector<Knob>& out) { out.insert(out.end(), list_.begin(), list_.end()); }

 private:
  std::string controller_;
  std::vector<Knob> list_;
};

std::string device(u32 major, u32 minor) {
  return number(major) + ":" + number(minor);
}

void v1_memory(const Resources& r, std::vector<Knob>& out) {
  Knobs k("memory");
  // Memory may not exceed memory and swap together at any moment: raising, the sum goes first; lowering, last.
  // Whichever it is, the second of the three writes does it.
  if (r.memory_limit) k.text("memory.limit_in_bytes", number(*r.memory_limit), true);
  if (r.memory_swap && *r.memory_swap != 0)
    k.text("memory.memsw.limit_in_bytes", number(*r.memory_swap), *r.memory_swap < 0);
  if (r.memory_limit) k.text("memory.limit_in_bytes", number(*r.memory_limit));
  k.add("memory.soft_limit_in_bytes", r.memory_reservation);
  k.add("memory.kmem.tcp.limit_in_bytes", r.memory_kernel_tcp);
  k.add("memory.swappiness", r.memory_swappiness);
  if (r.disable_oom_killer) k.text("memory.oom_control", *r.disable_oom_killer ? "1" : "0");
  k.append_to(out);
}

void v1_cpu(const Resources& r, std::vector<Knob>& out) {
  Knobs k("cpu");
  if (r.cpu_shares && *r.cpu_shares != 0) k.add("cpu.shares", r.cpu_shares);
  if (r.cpu_period && *r.cpu_period != 0) k.add("cpu.cfs_period_us", r.cpu_period);
  if (r.cpu_quota && *r.cpu_quota != 0) k.add("cpu.cfs_quota_us", r.cpu_quota);
  k.add("cpu.cfs_burst_us", r.cpu_burst);
  if (r.cpu_realtime_period && *r.cpu_realtime_period != 0) k.add("cpu.rt_period_us", r.cpu_realtime_period);
  if (r.cpu_realtime_runtime && *r.cpu_realtime_runtime != 0)
    k.add("cpu.rt_runtime_us", r.cpu_realtime_runtime);
  k.add("cpu.idle", r.cpu_idle);
  k.append_to(out);
  Knobs sets("cpuset");
  sets.text("cpuset.cpus", r.cpus);
  sets.text("cpuset.mems", r.mems);
  sets.append_to(out);
}

void v1_rates(Knobs& k, const char* file, const std::vector<DeviceRate>& rates) {
  for (const DeviceRate& d : rates) k.text(file, device(d.major, d.minor) + " " + number(d.rate));
}

void v1_block_io(const Resources& r, std::vector<Knob>& out) {
  Knobs k("blkio");
  if (r.io_weight && *r.io_weight != 0) k.text("blkio.weight|blkio.bfq.weight", number(*r.io_weight));
  if (r.io_leaf_weight && *r.io_leaf_weight != 0) k.text("blkio.leaf_weight", number(*r.io_leaf_weight));
  for (const DeviceWeight& d : r.io_weight_devices) {
    if (d.weight)
      k.text("blkio.weight_device|blkio.bfq.weight_device", device(d.major, d.minor) + " " + number(*d.weight));
    if (d.leaf_weight)
      k.text("blkio.leaf_weight_device", device(d.major, d.minor) + " " + number(*d.leaf_weight));
  }
  v1_rates(k, "blkio.throttle.read_bps_device", r.io_read_bps);
  v1_rates(k, "blkio.throttle.write_bps_device", r.io_write_bps);
  v1_rates(k, "blkio.throttle.read_iops_device", r.io_read_iops);
  v1_rates(k, "blkio.throttle.write_iops_device", r.io_write_iops);
  k.append_to(out);
}

void rdma(const Resources& r, std::vector<Knob>& out) {
  Knobs k("rdma");
  for (const Resources::Rdma& d : r.rdma) {
    std::string line = d.device;
    if (d.handles) line += " hca_handle=" + number(*d.handles);
    if (d.objects) line += " hca_object=" + number(*d.objects);
    k.text("rdma.max", line);
  }
  k.append_to(out);
}

void v2_memory(const Resources& r, std::vector<Knob>& out) {
  Knobs k("memory");
  if (r.memory_limit && *r.memory_limit != 0) k.text("memory.max", or_max(*r.memory_limit));
  if (r.memory_swap && *r.memory_swap != 0) {
    // The specification's swap is memory and swap together; the kernel's is swap alone.
    s64 swap = *r.memory_swap;
    if (swap > 0 && r.memory_limit && *r.memory_limit > 0) swap = std::max<s64>(0, swap - *r.memory_limit);
    k.text("memory.swap.max", or_max(swap), swap <= 0);
  }
  if (r.memory_reservation && *r.memory_reservation != 0) k.text("memory.low", or_max(*r.memory_reservation));
  k.append_to(out);
}

void v2_cpu(const Resources& r, std::vector<Knob>& out) {
  Knobs k("cpu");
  k.add("cpu.idle", r.cpu_idle);
  if (r.cpu_shares && *r.cpu_shares != 0 && !(r.cpu_idle && *r.cpu_idle == 1))
    k.text("cpu.weight", number(cpu_weight(*r.cpu_shares)));
  if (r.cpu_quota || r.cpu_period) {
    std::string line = r.cpu_quota && *r.cpu_quota > 0 ? number(*r.cpu_quota) : "max";
    if (r.cpu_period && *r.cpu_period != 0) line += " " + number(*r.cpu_period);
    k.text("cpu.max", line);
  }
  k.add("cpu.max.burst", r.cpu_burst);
  k.append_to(out);
  Knobs sets("cpuset");
  sets.text("cpuset.cpus", r.cpus);
  sets.text("cpuset.mems", r.mems);
  sets.append_to(out);
}

void v2_rates(Knobs& k, const char* key, const std::vector<DeviceRate>& rates) {
  for (const DeviceRate& d : rates)
    k.text("io.max", device(d.major, d.minor) + " " + key + "=" + (d.rate == 0 ? "max" : number(d.rate)));
}

void v2_io(const Resources& r, std::vector<Knob>& out) {
  Knobs k("io");
  if (r.io_weight && *r.io_weight != 0) {
    k.text("io.bfq.weight", number(*r.io_weight), true);
    k.text("io.weight", number(io_weight(*r.io_weight)), true);
  }
  for (const DeviceWeight& d : r.io_weight_devices) {
    if (d.weight) k.text("io.bfq.weight", device(d.major, d.minor) + " " + number(*d.weight));
  }
  v2_rates(k, "rbps", r.io_read_bps);
  v2_rates(k, "wbps", r.io_write_bps);
  v2_rates(k, "riops", r.io_read_iops);
  v2_rates(k, "wiops", r.io_write_iops);
  k.append_to(out);
}

}  // namespace

// Kernel: cgroup v1's 2..262144 to v2's 1..10000, as the OCI runtimes agreed.
u64 cpu_weight(u64 shares) {
  if (shares == 0) return 0;
  const u64 bounded = std::clamp<u64>(shares, 2, 262144);
  return 1 + ((bounded - 2) * 9999) / 262142;
}

u64 io_weight(u64 blkio_weight) {
  return 1 + (std::clamp<u64>(blkio_weight, 10, 1000) - 10) * 9999 / 990;
}

std::vector<Knob> v1_knobs(const Resources& r) {
  std::vector<Knob> out;
  v1_memory(r, out);
  v1_cpu(r, out);
  Knobs pids("pids");
  if (r.pids_limit && *r.pids_limit != 0) pids.text("pids.max", or_max(*r.pids_limit));
  pids.append_to(out);
  v1_block_io(r, out);
  Knobs huge("hugetlb");
  for (const auto& [size, limit] : r.hugepage_limits)
    huge.text("hugetlb." + size + ".limit_in_bytes", number(limit));
  huge.append_to(out);
  Knobs net("net_cls");
  if (r.network_class && *r.network_class != 0) net.add("net_cls.classid", r.network_class);
  net.append_to(out);
  Knobs prio("net_prio");
  for (const auto& [name, priority] : r.network_priorities)
    prio.text("net_prio.ifpriomap", name + " " + number(priority));
  prio.append_to(out);
  rdma(r, out);
  return out;
}

std::vector<Knob> v2_knobs(const Resources& r) {
  std::vector<Knob> out;
  v2_memory(r, out);
  v2_cpu(r, out);
  Knobs pids("pids");
  if (r.pids_limit && *r.pids_limit != 0) pids.text("pids.max", or_max(*r.pids_limit));
  pids.append_to(out);
  v2_io(r, out);
  Knobs huge("hugetlb");
  for (const auto& [size, limit] : r.hugepage_limits) huge.text("hugetlb." + size + ".max", number(limit));
  huge.append_to(out);
  rdma(r, out);
  for (const auto& [file, value] : r.unified) {
    Knobs k(file.substr(0, file.find('.')).c_str());
    k.text(file, value);
    k.append_to(out);
  }
  return out;
}

std::vector<std::pair<std::string, std::string>> v1_device_lines(const std::vector<DeviceRule>& rules) {
  std::vector<std::pair<std::string, std::string>> out;
  for (const DeviceRule& rule : rules) {
    const char* file = rule.allow ? "devices.allow" : "devices.deny";
    auto part = [](const std::optional<u32>& n) { return n ? number(*n) : std::string("*"); };
    if (rule.type == 'a' && !rule.major && !rule.minor) {
      out.emplace_back(file, rule.access == "rwm" ? "a" : "a *:* " + rule.access);
      continue;
    }
    for (char type : rule.type == 'a' ? std::string("bc") : std::string(1, rule.type))
      out.emplace_back(
          file, std::string(1, type) + " " + part(rule.major) + ":" + part(rule.minor) + " " + rule.access);
  }
  return out;
}

std::vector<DeviceRule> with_default_rules(std::vector<DeviceRule> rules) {
  auto allow = [&](char type, std::optional<u32> major, std::optional<u32> minor, const char* access) {
    rules.push_back({true, type, major, minor, access});
  };
  // Making a node is no use of it.
  allow('c', std::nullopt, std::nullopt, "m");
  allow('b', std::nullopt, std::nullopt, "m");
  for (u32 minor : {3u, 5u, 7u, 8u, 9u}) allow('c', 1, minor, "rwm");
  for (u32 minor : {0u, 1u, 2u}) allow('c', 5, minor, "rwm");
  allow('c', 136, std::nullopt, "rwm");
  return rules;
}

}  // namespace veneer::zone
