#include "program/syscalls/table.h"

#include <cerrno>
#include <cstring>
#include <optional>

#include <fcntl.h>
#include <fmt/format.h>

#include <sys/syscall.h>
#include <unistd.h>
#include "base/files.h"

#include "program/syscalls/paths.h"
#include "program/syscalls/seccomp.h"
#include "program/tagged_pointers.h"

namespace veneer {
namespace {

using Handler = s64 (*)(Thread&, const SyscallArgs&);
enum class How : u8 { Unknown, Pass, Wait, Path, Call, Deny };

struct Line {
  How how = How::Unknown;
  const char* name = nullptr;
  s32 host = -1;
  s32 error = 0;
  const char* spec = nullptr;
  Handler handler = nullptr;
};

constexpr usize kCount = 512;

constexpr std::array<Line, kCount> make_table() {
  std::array<Line, kCount> t{};
#define VENEER_PASS(number, name) \
  t[number] = {How::Pass, #name, VENEER_HOST(number, name), 0, nullptr, nullptr};
#define VENEER_WAIT(number, name) \
  t[number] = {How::Wait, #name, VENEER_HOST(number, name), 0, nullptr, nullptr};
#define VENEER_PATH(number, name, spec) \
  t[number] = {How::Path, #name, VENEER_HOST(number, name), 0, spec, nullptr};
#define VENEER_CALL(number, name, what) t[number] = {How::Call, #name, -1, 0, nullptr, sys_##name};
#define VENEER_DENY(number, name, error, reason) t[number] = {How::Deny, #name, -1, error, nullptr, nullptr};
#define VENEER_HOST(number, name) SYS_##name
#include "program/syscalls/table.inc"
#undef VENEER_HOST
#define VENEER_HOST(number, name) number
#include "program/syscalls/table_common.inc"
#undef VENEER_HOST
#undef VENEER_PASS
#undef VENEER_WAIT
#undef VENEER_PATH
#undef VENEER_CALL
#undef VENEER_DENY
  return t;
}

constexpr std::array<Line, kCount> kTable = make_table();

PathUse use_of(char letter, u64 at_flags) {
  switch (letter) {
    case 'n': return PathUse::NoFollow;
    case 'c': return PathUse::Create;
    case 'l': return at_flags & AT_SYMLINK_NOFOLLOW ? PathUse::NoFollow : PathUse::Follow;
    default: return PathUse::Follow;
  }
}

s64 call_with_paths(Thread& thread, const Line& line, SyscallArgs a) {
  const char* spec = line.spec;
  const usize length = std::strlen(spec);
  const char last = spec[length - 1];
  u64 at_flags = last >= '0' && last <= '5' ? a[static_cast<usize>(last - '0')] : 0;
  // linkat says the opposite: AT_SYMLINK_FOLLOW.
  if (line.host == SYS_linkat) at_flags = at_flags & AT_SYMLINK_FOLLOW ? 0 : AT_SYMLINK_NOFOLLOW;
  GuestPath paths[2];
  usize used = 0;
  s64 dirfd = AT_FDCWD;
  for (usize i = 0; i < length && i < a.size(); ++i) {
    if (spec[i] == 'd') {
      dirfd = static_cast<int>(a[i]);
    } else if (spec[i] >= 'a' && spec[i] <= 'z') {
      GuestPath& path = paths[used++];
      if (s64 error = path.read(thread, dirfd, a[i], use_of(spec[i], at_flags)); error < 0) return error;
      a[i] = path.host();
      dirfd = AT_FDCWD;
    }
  }
  return safe_syscall(thread, line.host, a[0], a[1], a[2], a[3], a[4], a[5]);
}

const Line& line_of(u64 number) {
  static constexpr Line kUnknown{};
  return number < kCount ? kTable[number] : kUnknown;
}

s64 dispatch(Thread& thread, u64 number, SyscallArgs a) {
  if (thread.seccomp_news.load(std::memory_order_relaxed)) thread.process.seccomp_threads.take(thread);
  if (thread.seccomp.mode != SECCOMP_MODE_DISABLED)
    if (const auto verdict = seccomp_verdict(thread, number, a)) return *verdict;
  std::optional<UntaggedCall> untagged;
  if (thread.tag_bits) untagged.emplace(thread, number, a);
  const Line& line = line_of(number);
  switch (line.how) {
    case How::Pass: return host_syscall(line.host, a[0], a[1], a[2], a[3], a[4], a[5]);
    case How::Wait: return safe_syscall(thread, line.host, a[0], a[1], a[2], a[3], a[4], a[5]);
    case How::Path: return call_with_paths(thread, line, a);
    case How::Call: return line.handler(thread, a);
    case How::Deny: return -line.error;
    case How::Unknown: break;
  }
  return -ENOSYS;
}

std::string outcome(s64 result) {
  if (result == kNoResult) return " = ?\n";
  if (result >= 0 || result <= -4096) return fmt::format(" = {:#x}\n", result);
  // Those without a name are the kernel's own, of calls that will be restarted.
  const char* name = ::strerrorname_np(static_cast<int>(-result));
  return name ? fmt::format(" = -1 {}\n", name) : fmt::format(" = ? {}\n", result);
}

}  // namespace

s64 call_syscall(Thread& thread, u64 number) {
  const CpuState& cpu = thread.cpu;
  const SyscallArgs a = {cpu.x[0], cpu.x[1], cpu.x[2], cpu.x[3], cpu.x[4], cpu.x[5]};
  const RunOptions& options = thread.process.options;
  if (!options.strace) return dispatch(thread, number, a);
  const Line& line = line_of(number);
  const std::string call = fmt::format("{} {}({:#x}, {:#x}, {:#x}, {:#x}, {:#x}, {:#x})", thread.tid,
                                       line.name ? line.name : fmt::format("syscall_{}", number).c_str(), a[0],
                                       a[1], a[2], a[3], a[4], a[5]);
  if (line.handler == sys_exit_group || line.handler == sys_execve)
    write_all(options.translator.log_fd, call + "\n");
  const s64 result = dispatch(thread, number, a);
  write_all(options.translator.log_fd, call + outcome(result));
  return result;
}

}  // namespace veneer
