#include "zone/cgroups/usage.h"

#include <cstdlib>
#include <sstream>

namespace veneer::zone {
namespace {

struct Line {
  u64 MemoryUsage::* field;
  const char *v1, *v2;  // in memory.stat; null: not there
};
constexpr Line kLines[] = {
    {&MemoryUsage::anonymous, "total_rss", "anon"},
    {&MemoryUsage::file, "total_cache", "file"},
    {&MemoryUsage::shared, "total_shmem", "shmem"},
    {&MemoryUsage::mapped, "total_mapped_file", "file_mapped"},
    {&MemoryUsage::dirty, "total_dirty", "file_dirty"},
    {&MemoryUsage::writeback, "total_writeback", "file_writeback"},
    {&MemoryUsage::active_anonymous, "total_active_anon", "active_anon"},
    {&MemoryUsage::inactive_anonymous, "total_inactive_anon", "inactive_anon"},
    {&MemoryUsage::active_file, "total_active_file", "active_file"},
    {&MemoryUsage::inactive_file, "total_inactive_file", "inactive_file"},
    {&MemoryUsage::unevictable, "total_unevictable", "unevictable"},
    {&MemoryUsage::slab_reclaimable, nullptr, "slab_reclaimable"},
    {&MemoryUsage::slab_unreclaimable, nullptr, "slab_unreclaimable"},
};

}  // namespace

u64 usage_number(const std::optional<std::string>& text) {
  if (!text) return 0;
  if (text->starts_with("max")) return UINT64_MAX;
  return std::strtoull(text->c_str(), nullptr, 10);
}

UsagePairs::UsagePairs(const std::optional<std::string>& text) {
  std::istringstream in(text.value_or(""));
  std::string key;
  for (u64 value = 0; in >> key >> value;) pairs_.emplace_back(key, value);
}

u64 UsagePairs::of(std::string_view name) const {
  for (const auto& [key, value] : pairs_) {
    if (key == name) return value;
  }
  return 0;
}

std::optional<MemoryUsage> memory_usage(const Cgroup& group) {
  const bool v2 = group.is_v2("memory");
  const std::optional<std::string> used = group.read("memory", v2 ? "memory.current" : "memory.usage_in_bytes");
  if (!used) return std::nullopt;
  MemoryUsage m;
  m.used = usage_number(used);
  const UsagePairs stat(group.read("memory", "memory.stat"));
  for (const Line& line : kLines) {
    if (const char* name = v2 ? line.v2 : line.v1) m.*line.field = stat.of(name);
  }
  if (v2) {
    m.limit = usage_number(group.read("memory", "memory.max"));
    const std::optional<std::string> swap = group.read("memory", "memory.swap.max");
    if (swap) m.swap_limit = usage_number(swap);
    m.swap_used = usage_number(group.read("memory", "memory.swap.current"));
    return m;
  }
  m.limit = usage_number(group.read("memory", "memory.limit_in_bytes"));
  // With swap accounting: of memory and swap together.
  if (const std::optional<std::string> both = group.read("memory", "memory.memsw.limit_in_bytes")) {
    constexpr u64 kNone = u64{1} << 60;  // no limit is written as the largest number of pages
    const u64 limit = usage_number(both);
    m.swap_limit = limit >= kNone ? UINT64_MAX : less(limit, m.limit);
    m.swap_used = less(usage_number(group.read("memory", "memory.memsw.usage_in_bytes")), m.used);
  }
  return m;
}

}  // namespace veneer::zone
