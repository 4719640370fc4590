// What a cgroup uses, of version 1 or 2, as the kernel's files have it: cgroup-v1/memory.rst, cgroup-v2.rst.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/types.h"
#include "zone/cgroups/cgroup.h"

namespace veneer::zone {

// a - b, of counters that are read one after the other: no less than 0.
constexpr u64 less(u64 a, u64 b) {
  return a > b ? a - b : 0;
}

// A number as the files have it: "max" is the largest; no file is 0.
u64 usage_number(const std::optional<std::string>& text);

// Lines of "NAME VALUE".
class UsagePairs {
 public:
  explicit UsagePairs(const std::optional<std::string>& text);
  u64 of(std::string_view name) const;  // 0: there is none
  const std::vector<std::pair<std::string, u64>>& all() const { return pairs_; }

 private:
  std::vector<std::pair<std::string, u64>> pairs_;
};

// Bytes. UINT64_MAX where there is no limit.
struct MemoryUsage {
  u64 limit = UINT64_MAX, used = 0;
  u64 swap_limit = UINT64_MAX, swap_used = 0;
  u64 anonymous = 0, file = 0, shared = 0, mapped = 0, dirty = 0, writeback = 0;
  u64 active_anonymous = 0, inactive_anonymous = 0, active_file = 0, inactive_file = 0, unevictable = 0;
  u64 slab_reclaimable = 0, slab_unreclaimable = 0;  // of version 2
};
// Nothing where it has no memory controller.
std::optional<MemoryUsage> memory_usage(const Cgroup& group);

}  // namespace veneer::zone
