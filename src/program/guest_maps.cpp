#include "program/guest_maps.h"

#include <algorithm>
#include <cerrno>

#include <sys/mman.h>

#include "program/guest_memory.h"

namespace veneer {
namespace {

bool continues(const Mapping& a, const Mapping& b) {
  return a.end == b.start && a.prot == b.prot && a.flags == b.flags && a.kind == b.kind && a.dev == b.dev &&
         a.ino == b.ino && (a.kind != Mapping::Kind::File || a.offset + a.size() == b.offset);
}

// Cuts the part of `m` outside of [start, end) away.
Mapping clipped(Mapping m, GuestAddr start, GuestAddr end) {
  if (m.start < start) {
    m.offset += start - m.start;
    m.start = start;
  }
  m.end = std::min(m.end, end);
  return m;
}

}  // namespace

bool Mapping::executable() const {
  return prot & PROT_EXEC;
}

int host_prot(int guest_prot) {
  int prot = guest_prot & (PROT_READ | PROT_WRITE);
  // On A64 as on x86-64, what can be written or executed can be read as far as Linux is concerned, except
  // that execute-only memory exists; the translator must read that too.
  if (guest_prot & (PROT_EXEC | PROT_WRITE)) prot |= PROT_READ;
  return prot;
}

void GuestMaps::split_locked(GuestAddr at) {
  auto it = map_.upper_bound(at);
  if (it == map_.begin()) return;
  --it;
  Mapping& m = it->second;
  if (m.start == at || m.end <= at) return;
  Mapping upper = clipped(m, at, m.end);
  m.end = at;
  map_.emplace(at, upper);
}

void GuestMaps::merge_locked(GuestAddr start, GuestAddr end) {
  auto it = map_.lower_bound(start);
  if (it != map_.begin()) --it;
  while (it != map_.end() && it->first <= end) {
    auto next = std::next(it);
    if (next == map_.end()) break;
    if (continues(it->second, next->second)) {
      it->second.end = next->second.end;
      map_.erase(next);
    } else {
      it = next;
    }
  }
}

void GuestMaps::note_executable_locked() {
  std::vector<Range> executable, changeable;
  const auto add = [](std::vector<Range>& to, const Mapping& m) {
    if (!to.empty() && to.back().end == m.start) {
      to.back().end = m.end;
    } else {
      to.push_back({m.start, m.end});
    }
  };
  for (const auto& [start, m] : map_) {
    if (!m.executable()) continue;
    add(executable, m);
    const bool of_file = m.kind == Mapping::Kind::File || m.kind == Mapping::Kind::Vdso;
    if (!of_file || m.flags & MAP_SHARED || m.prot & PROT_WRITE) add(changeable, m);
  }
  std::lock_guard lock(executable_mutex_);
  executable_.swap(executable);
  changeable_.swap(changeable);
}

void GuestMaps::add_locked(const Mapping& mapping) {
  if (mapping.start >= mapping.end) return;
  remove_locked(mapping.start, mapping.end);
  map_.emplace(mapping.start, mapping);
  merge_locked(mapping.start, mapping.end);
  if (mapping.executable()) note_executable_locked();
}

void GuestMaps::remove_locked(GuestAddr start, GuestAddr end) {
  if (start >= end) return;
  split_locked(start);
  split_locked(end);
  const auto first = map_.lower_bound(start), last = map_.lower_bound(end);
  const bool executable = std::any_of(first, last, [](const auto& m) { return m.second.executable(); });
  map_.erase(first, last);
  if (executable) note_executable_locked();
}

void GuestMaps::protect_locked(GuestAddr start, GuestAddr end, int prot) {
  if (start >= end) return;
  split_locked(start);
  split_locked(end);
  bool executable = prot & PROT_EXEC;
  for (auto it = map_.lower_bound(start); it != map_.end() && it->first < end; ++it) {
    executable |= it->second.executable();
    it->second.prot = prot;
  }
  merge_locked(start, end);
  if (executable) note_executable_locked();
}

std::optional<Mapping> GuestMaps::find_locked(GuestAddr addr) const {
  auto it = map_.upper_bound(addr);
  if (it == map_.begin()) return std::nullopt;
  --it;
  if (addr >= it->second.end) return std::nullopt;
  return it->second;
}

std::vector<Mapping> GuestMaps::parts_locked(GuestAddr start, GuestAddr end) const {
  std::vector<Mapping> out;
  auto it = map_.upper_bound(start);
  if (it != map_.begin() && std::prev(it)->second.end > start) --it;
  for (; it != map_.end() && it->first < end; ++it) out.push_back(clipped(it->second, start, end));
  return out;
}

std::vector<GuestMaps::Range> GuestMaps::gaps_locked(GuestAddr start, GuestAddr end) const {
  std::vector<Range> out;
  GuestAddr at = start;
  for (const Mapping& m : parts_locked(start, end)) {
    if (m.start > at) out.push_back({at, m.start});
    at = m.end;
  }
  if (at < end) out.push_back({at, end});
  return out;
}

void GuestMaps::Update::move(GuestAddr old_start, u64 old_size, GuestAddr new_start, u64 new_size,
                             bool keep_old) {
  // An old size of zero duplicates a shared mapping: the attributes are those at old_start.
  std::vector<Mapping> moved = maps_.parts_locked(old_start, old_start + std::max(old_size, kPageSize));
  if (!keep_old) maps_.remove_locked(old_start, old_start + old_size);
  maps_.remove_locked(new_start, new_start + new_size);
  for (usize i = 0; i < moved.size(); i++) {
    Mapping m = moved[i];
    u64 from = m.start - old_start;
    if (from >= new_size) break;
    m.end = new_start + (i + 1 == moved.size() ? new_size : std::min(from + m.size(), new_size));
    m.start = new_start + from;
    maps_.add_locked(m);
  }
}

bool GuestMaps::Update::overlaps(GuestAddr start, GuestAddr end) const {
  return !maps_.parts_locked(start, end).empty();
}

bool GuestMaps::Update::executable(GuestAddr start, GuestAddr end) const {
  return std::ranges::any_of(maps_.parts_locked(start, end), &Mapping::executable);
}

bool GuestMaps::Update::may_replace(GuestAddr start, GuestAddr end, bool reserve) {
  std::vector<Range> gaps = maps_.gaps_locked(start, end);
  bool ok = true;
  usize reserved = 0;
  for (; reserved < gaps.size(); reserved++) {
    const Range& gap = gaps[reserved];
    void* want = reinterpret_cast<void*>(gap.start);
    void* got = ::mmap(want, gap.end - gap.start, PROT_NONE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
    if (got == want) continue;
    // Below vm.mmap_min_addr or past the end of the address space the caller's own mmap fails likewise, with
    // the error that the guest should see.
    ok = got == MAP_FAILED && errno != EEXIST && errno != ENOMEM;
    if (got == MAP_FAILED && errno == ENOMEM && gap.end > (u64{1} << 47) - kPageSize) ok = true;
    if (got != MAP_FAILED) ::munmap(got, gap.end - gap.start);
    reserve = false;
    break;
  }
  if (!reserve) {
    for (usize i = 0; i < reserved; i++) {
      ::munmap(reinterpret_cast<void*>(gaps[i].start), gaps[i].end - gaps[i].start);
    }
  }
  return ok;
}

std::optional<Mapping> GuestMaps::find(GuestAddr addr) const {
  std::shared_lock lock(mutex_);
  return find_locked(addr);
}

std::vector<Mapping> GuestMaps::all() const {
  std::shared_lock lock(mutex_);
  std::vector<Mapping> out;
  out.reserve(map_.size());
  for (const auto& [start, m] : map_) out.push_back(m);
  return out;
}

bool GuestMaps::may_change(GuestAddr start, GuestAddr end) {
  std::lock_guard lock(executable_mutex_);
  const auto after = std::lower_bound(changeable_.begin(), changeable_.end(), end,
                                      [](const Range& r, GuestAddr at) { return r.start < at; });
  return after != changeable_.begin() && std::prev(after)->end > start;
}

bool GuestMaps::read(GuestAddr start, std::span<u8> out) {
  return copy_from_guest(out.data(), start, out.size());
}

std::span<const u8> GuestMaps::fetch(GuestAddr pc) {
  GuestAddr limit = page_down(pc) + 2 * kPageSize;
  GuestAddr end = pc;
  {
    std::lock_guard lock(executable_mutex_);
    const auto after = std::upper_bound(executable_.begin(), executable_.end(), pc,
                                        [](GuestAddr at, const Range& r) { return at < r.start; });
    if (after != executable_.begin() && pc < std::prev(after)->end)
      end = std::min(std::prev(after)->end, limit);
  }
  // What is mapped may still not be there: past the end of a file, or unmapped a moment ago.
  u8 byte = 0;
  GuestAddr second = page_down(pc) + kPageSize;
  if (end > second && !read_guest(second, byte)) end = second;
  if (end > pc && !read_guest(pc, byte)) end = pc;
  return {reinterpret_cast<const u8*>(pc), end - pc};  // NOLINT: the guest's code, where it is
}

}  // namespace veneer
