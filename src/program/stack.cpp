#include "program/stack.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>

#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>

namespace veneer {
namespace {

constexpr u64 kUnlimitedStack = u64{1} << 30;  // address space only: pages come as they are touched
constexpr u64 kSmallestStack = 256 << 10;
constexpr u64 kGuard = 1 << 20;  // as the kernel's stack_guard_gap of 256 pages

// Writes downwards from the top of the stack.
class Writer {
 public:
  explicit Writer(GuestAddr top) : at_(top) {}
  GuestAddr at() const { return at_; }
  GuestAddr put(const void* data, usize size) {
    at_ -= size;
    std::memcpy(reinterpret_cast<void*>(at_), data, size);
    return at_;
  }
  GuestAddr put_string(std::string_view s) {
    at_ -= s.size() + 1;  // fresh pages: the terminator is there
    if (!s.empty()) std::memcpy(reinterpret_cast<void*>(at_), s.data(), s.size());
    return at_;
  }
  void align(u64 to) { at_ &= ~(to - 1); }

 private:
  GuestAddr at_;
};

u64 stack_size() {
  rlimit limit{};
  if (getrlimit(RLIMIT_STACK, &limit) != 0) return 8 << 20;
  if (limit.rlim_cur == RLIM_INFINITY) return kUnlimitedStack;
  return page_up(std::clamp<u64>(limit.rlim_cur, kSmallestStack, kUnlimitedStack));
}

}  // namespace

Result<bool> build_stack(Process& process, const std::vector<std::string>& argv,
                         const std::vector<std::string>& envp, const std::string& exec_name,
                         const AuxvInput& input, bool executable) {
  u64 text = exec_name.size() + 1;
  for (const auto& s : argv) text += s.size() + 1;
  for (const auto& s : envp) text += s.size() + 1;
  u64 needed = text + (argv.size() + envp.size()) * 8 + (8 << 10);
  u64 size = std::max(stack_size(), page_up(needed) + (128 << 10));

  int prot = PROT_READ | PROT_WRITE | (executable ? PROT_EXEC : 0);
  constexpr int kFlags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK;
  // The guard below stays veneer's own and unmappable, so that running out of stack is SIGSEGV.
  void* area = ::mmap(nullptr, size + kGuard, PROT_NONE, kFlags, -1, 0);
  if (area == MAP_FAILED || ::mprotect(static_cast<char*>(area) + kGuard, size, host_prot(prot)) != 0) {
    return Error{exit_status::kCannotRun,
                 format("no memory for a stack of %llu KiB (%s); lower `ulimit -s`",
                        static_cast<unsigned long long>(size >> 10), errno_text(errno))};
  }
  process.stack_start = reinterpret_cast<GuestAddr>(area) + kGuard;
  process.stack_end = process.stack_start + size;
  GuestMaps::Update(process.maps)
      .add({.start = process.stack_start,
            .end = process.stack_end,
            .prot = prot,
            .flags = MAP_PRIVATE | MAP_ANONYMOUS,
            .kind = Mapping::Kind::Stack});

  // From the top: a null word, the file name, the environment, the arguments; then random bytes, the
  // platform's name, and the table, its end aligned (fs/exec.c, fs/binfmt_elf.c).
  Writer w(process.stack_end - 8);
  AuxvStrings strings;
  strings.exec_name = w.put_string(exec_name);
  process.env_end = w.at();
  std::vector<GuestAddr> env_at(envp.size()), arg_at(argv.size());
  for (usize i = envp.size(); i-- > 0;) env_at[i] = w.put_string(envp[i]);
  process.env_start = process.arg_end = w.at();
  for (usize i = argv.size(); i-- > 0;) arg_at[i] = w.put_string(argv[i]);
  process.arg_start = w.at();
  w.align(16);
  const GuestAbi& abi = *process.platform.abi;
  if (abi.tells_platform) strings.platform = w.put_string(abi.machine);
  u8 random[16];
  if (getrandom(random, sizeof random, 0) != sizeof random) {
    return Error{exit_status::kVeneer, format("no random bytes (%s)", errno_text(errno))};
  }
  strings.random = w.put(random, sizeof random);
  w.align(16);

  std::vector<std::pair<u64, u64>> auxv = build_auxv(process.platform, input, strings);
  std::vector<u64> table;
  table.reserve(argv.size() + envp.size() + 2 * auxv.size() + 4);
  table.push_back(argv.size());
  table.insert(table.end(), arg_at.begin(), arg_at.end());
  table.push_back(0);
  table.insert(table.end(), env_at.begin(), env_at.end());
  table.push_back(0);
  usize auxv_at = table.size();
  for (auto [key, value] : auxv) {
    table.push_back(key);
    table.push_back(value);
  }
  const char* raw = reinterpret_cast<const char*>(table.data() + auxv_at);
  process.auxv.assign(raw, raw + (table.size() - auxv_at) * 8);
  // SP is a multiple of 16: whatever padding that takes goes above the table.
  GuestAddr sp = (w.at() - table.size() * 8) & ~u64{15};
  std::memcpy(reinterpret_cast<void*>(sp), table.data(), table.size() * 8);
  process.stack_pointer = sp;
  return true;
}

}  // namespace veneer
