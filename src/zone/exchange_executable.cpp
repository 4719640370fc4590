#include "zone/exchange_executable.h"

#include <elf.h>
#include <fcntl.h>
#include <linux/prctl.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>

#include "base/files.h"
#include "base/types.h"
#include "image/rooted_path.h"

// The ELF header of the program where it is mapped: of the linker's.
// NOLINTNEXTLINE(bugprone-reserved-identifier): the linker's name for it
extern "C" const Elf64_Ehdr __ehdr_start __attribute__((visibility("hidden")));

namespace veneer::zone {
namespace {

constexpr u64 kPage = 4096;

// Fields of /proc/PID/stat, proc(5), counted from the state, which is the third.
std::optional<prctl_mm_map> own_layout() {
  const std::optional<std::string> stat = read_file("/proc/self/stat");
  const usize name_end = stat ? stat->rfind(") ") : std::string::npos;
  if (name_end == std::string::npos) return std::nullopt;
  std::string_view rest = std::string_view(*stat).substr(name_end + 2);
  prctl_mm_map map{};
  // In the order of /proc/PID/stat.
  const std::pair<int, decltype(map.brk)*> wanted[] = {
      {26, &map.start_code}, {27, &map.end_code},  {28, &map.start_stack}, {45, &map.start_data},
      {46, &map.end_data},   {47, &map.start_brk}, {48, &map.arg_start},   {49, &map.arg_end},
      {50, &map.env_start},  {51, &map.env_end}};
  int field = 3;
  for (const auto& [number, value] : wanted) {
    for (; field < number; field++) {
      const usize space = rest.find(' ');
      if (space == std::string_view::npos) return std::nullopt;
      rest.remove_prefix(space + 1);
    }
    if (std::from_chars(rest.data(), rest.data() + rest.size(), *value).ec != std::errc{} || *value == 0)
      return std::nullopt;
  }
  map.brk = reinterpret_cast<u64>(::sbrk(0));
  return map;
}

// 0, or the errno. EBUSY: parts of the program are mapped from the file that it was executed from.
int name_executable(prctl_mm_map& map, int file) {
  map.exe_fd = static_cast<u32>(file);
  return ::prctl(PR_SET_MM, PR_SET_MM_MAP, &map, sizeof map, 0) == 0 ? 0 : errno;
}

struct Range {
  u64 start, end;                                            // whole pages
  u8* data() const { return reinterpret_cast<u8*>(start); }  // NOLINT: addresses of this program
  usize size() const { return end - start; }
};

Range pages(const Elf64_Phdr& segment, u64 base) {
  return {(base + segment.p_vaddr) & ~(kPage - 1),
          (base + segment.p_vaddr + segment.p_filesz + kPage - 1) & ~(kPage - 1)};
}

// What a writable segment holds is not what its file says any more: it becomes a copy in memory, which takes
// the segment's place at once.
bool remap_data(const Range& range) {
  void* copy = ::mmap(nullptr, range.size(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (copy == MAP_FAILED) return false;
  std::memcpy(copy, range.data(), range.size());
  return ::mremap(copy, range.size(), range.size(), MREMAP_MAYMOVE | MREMAP_FIXED, range.data()) != MAP_FAILED;
}

bool remap(const Elf64_Phdr& segment, u64 base, int file) {
  const Range range = pages(segment, base);
  if (segment.p_flags & PF_W) return remap_data(range);
  const int protection = PROT_READ | (segment.p_flags & PF_X ? PROT_EXEC : 0);
  return ::mmap(range.data(), range.size(), protection, MAP_PRIVATE | MAP_FIXED, file,
                static_cast<off_t>(segment.p_offset & ~(kPage - 1))) != MAP_FAILED;
}

// The program's segments, mapped from the file.
bool remap_program(int file) {
  const u64 start = reinterpret_cast<u64>(&__ehdr_start);
  const std::span segments(reinterpret_cast<const Elf64_Phdr*>(start + __ehdr_start.e_phoff),  // NOLINT
                           __ehdr_start.e_phnum);
  std::optional<u64> base;
  for (const Elf64_Phdr& segment : segments) {
    if (segment.p_type == PT_LOAD) {
      // The first segment is the one that begins with the header.
      if (!base) base = start - segment.p_vaddr;
      if (!remap(segment, *base, file)) return false;
    }
  }
  for (const Elf64_Phdr& segment : segments) {
    if (segment.p_type != PT_GNU_RELRO || !base) continue;
    // Whole pages only, as the dynamic linker protects them.
    const u64 from = (*base + segment.p_vaddr) & ~(kPage - 1);
    const u64 to = (*base + segment.p_vaddr + segment.p_memsz) & ~(kPage - 1);
    if (::mprotect(reinterpret_cast<void*>(from), to - from, PROT_READ) != 0) return false;  // NOLINT
  }
  return true;
}

}  // namespace

bool exchange_executable(int file) {
  const Fd readable(::open(descriptor_path(file).c_str(), O_RDONLY | O_CLOEXEC));
  if (!readable) return false;
  std::optional<prctl_mm_map> layout = own_layout();
  // The kernel asks for the privilege first, so that nothing is mapped in vain.
  if (!layout || name_executable(*layout, readable.get()) != EBUSY) return false;
  return remap_program(readable.get()) && name_executable(*layout, readable.get()) == 0;
}

}  // namespace veneer::zone
