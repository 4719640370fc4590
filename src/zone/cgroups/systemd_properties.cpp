#include "zone/cgroups/systemd_properties.h"

#include <algorithm>
#include <cstdlib>
#include <sstream>

#include "zone/cgroups/limits.h"
#include "zone/process_attributes.h"

namespace veneer::zone {
namespace {

UnitProperty number_property(const char* name, u64 value) {
  return {name, "t", {std::to_string(value)}};
}
// -1 is no limit, to both.
UnitProperty limit_property(const char* name, s64 value) {
  return number_property(name, value < 0 ? UINT64_MAX : static_cast<u64>(value));
}

// "0-3,8" as a bit map, the lowest bits first.
UnitProperty set_property(const char* name, const std::string& list) {
  std::vector<u8> bytes;
  for (const unsigned n : parse_cpu_list(list).value_or(std::vector<unsigned>{})) {
    if (bytes.size() <= n / 8) bytes.resize(n / 8 + 1);
    bytes[n / 8] |= static_cast<u8>(1u << n % 8);
  }
  UnitProperty out{name, "ay", {std::to_string(bytes.size())}};
  for (const u8 byte : bytes) out.values.push_back(std::to_string(byte));
  return out;
}

void memory_properties(const Resources& r, bool v2, std::vector<UnitProperty>& out) {
  if (r.memory_limit) out.push_back(limit_property(v2 ? "MemoryMax" : "MemoryLimit", *r.memory_limit));
  if (!v2) return;
  if (r.memory_reservation) out.push_back(limit_property("MemoryLow", *r.memory_reservation));
  if (!r.memory_swap) return;
  const s64 memory = std::max<s64>(0, r.memory_limit.value_or(0));
  out.push_back(
      limit_property("MemorySwapMax", *r.memory_swap < 0 ? -1 : std::max<s64>(0, *r.memory_swap - memory)));
}

void cpu_properties(const Resources& r, bool v2, std::vector<UnitProperty>& out) {
  if (r.cpu_shares && *r.cpu_shares > 0)
    out.push_back(v2 ? number_property("CPUWeight", cpu_weight(*r.cpu_shares))
                     : number_property("CPUShares", std::clamp<u64>(*r.cpu_shares, 2, 262144)));
  if (r.cpu_quota) {
    const u64 period = r.cpu_period.value_or(0) ? *r.cpu_period : 100'000;
    // In whole hundredths of a CPU, of which systemd makes the quota again; upwards, as the other runtimes do.
    constexpr u64 kStep = 10'000;
    const u64 each_second =
        *r.cpu_quota > 0 ? (static_cast<u64>(*r.cpu_quota) * 1'000'000 / period + kStep - 1) / kStep * kStep
                         : UINT64_MAX;
    out.push_back(number_property("CPUQuotaPerSecUSec", each_second));
    if (r.cpu_period.value_or(0)) out.push_back(number_property("CPUQuotaPeriodUSec", *r.cpu_period));
  }
  if (!v2) return;
  if (!r.cpus.empty()) out.push_back(set_property("AllowedCPUs", r.cpus));
  if (!r.mems.empty()) out.push_back(set_property("AllowedMemoryNodes", r.mems));
}

// "Character devices:", "  5 /dev/tty", ..., "Block devices:", ...
std::string group_of(char type, u32 major, std::string_view proc_devices) {
  std::istringstream lines{std::string(proc_devices)};
  bool here = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.ends_with("devices:")) here = (type == 'c') == line.starts_with("Character");
    char* end = nullptr;
    if (here && std::strtoul(line.c_str(), &end, 10) == major && end != line.c_str() && *end == ' ')
      return end + 1;
  }
  return "";
}

// As systemd names devices; empty where it has no name for them.
std::string device_name(char type, const DeviceRule& rule, std::string_view proc_devices) {
  const std::string kind = type == 'c' ? "char" : "block";
  if (!rule.major) return rule.minor ? "" : kind + "-*";
  if (rule.minor) return "/dev/" + kind + "/" + std::to_string(*rule.major) + ":" + std::to_string(*rule.minor);
  const std::string group = group_of(type, *rule.major, proc_devices);
  return group.empty() ? "" : kind + "-" + group;
}

bool is_all(const DeviceRule& rule) {
  return rule.type == 'a' && !rule.major && !rule.minor;
}

// What is allowed in the end, where all is denied to begin with; `open`: where all is allowed.
std::vector<DeviceRule> allowed(const std::vector<DeviceRule>& rules, bool& open) {
  std::vector<DeviceRule> out;
  for (const DeviceRule& rule : rules) {
    if (is_all(rule) && rule.access == "rwm") {
      open = rule.allow;
      out.clear();
    } else if (rule.allow) {
      out.push_back(rule);
    } else {
      std::erase_if(out, [&](const DeviceRule& o) {
        return o.type == rule.type && o.major == rule.major && o.minor == rule.minor;
      });
    }
  }
  return out;
}

}  // namespace

std::vector<UnitProperty> limit_properties(const Resources& r, bool v2) {
  std::vector<UnitProperty> out;
  memory_properties(r, v2, out);
  cpu_properties(r, v2, out);
  if (r.pids_limit) out.push_back(limit_property("TasksMax", *r.pids_limit > 0 ? *r.pids_limit : -1));
  if (r.io_weight && *r.io_weight != 0)
    out.push_back(v2 ? number_property("IOWeight", io_weight(*r.io_weight))
                     : number_property("BlockIOWeight", *r.io_weight));
  return out;
}

std::vector<UnitProperty> device_properties(const std::vector<DeviceRule>& rules,
                                            std::string_view proc_devices) {
  bool open = false;
  const std::vector<DeviceRule> list = allowed(rules, open);
  // The list as it was is emptied first: what is set is added to it.
  std::vector<UnitProperty> out = {{"DevicePolicy", "s", {open ? "auto" : "strict"}},
                                   {"DeviceAllow", "a(ss)", {"0"}}};
  if (open) return out;
  std::vector<std::string> values;
  for (const DeviceRule& rule : list) {
    for (const char type : rule.type == 'a' ? std::string("bc") : std::string(1, rule.type)) {
      const std::string name = device_name(type, rule, proc_devices);
      if (!name.empty()) values.insert(values.end(), {name, rule.access});
    }
  }
  if (values.empty()) return out;
  values.insert(values.begin(), std::to_string(values.size() / 2));
  out.push_back({"DeviceAllow", "a(ss)", std::move(values)});
  return out;
}

}  // namespace veneer::zone
