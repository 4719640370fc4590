#include "program/seccomp_listener.h"

#include <cstddef>

#include <linux/filter.h>
#include <sys/syscall.h>

#include "program/guest_memory.h"
#include "program/thread.h"
#include "program/trace/host.h"

namespace veneer {
namespace {

// The call of veneer's own is getcpu(2) with two arguments that it does not have: it can be told from others,
// it changes nothing, and when the listener lets it be made, it leaves a mark.
constexpr u32 kMark = 0x76656e65, kOtherMark = 0x65720001;
constexpr u32 kNotMade = ~u32{0};

struct Record {
  u32 cpu = kNotMade;  // getcpu writes it
  u32 mark = kMark;
  seccomp_data call{};
};

u64 address(const void* p) {
  return reinterpret_cast<u64>(p);  // NOLINT: a system call's argument
}

}  // namespace

s64 install_listener(u64 flags) {
  constexpr u32 kNumber = offsetof(seccomp_data, nr);
  constexpr u32 kFifth = offsetof(seccomp_data, args[4]), kSixth = offsetof(seccomp_data, args[5]);
  sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, kNumber),       BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getcpu, 0, 5),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, kFifth),        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kMark, 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, kSixth),        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kOtherMark, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
  const sock_fprog program{sizeof code / sizeof code[0], code};
  return host_syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, address(&program));
}

std::optional<s64> ask_listener(Thread& thread, const seccomp_data& call) {
  Record record;
  record.call = call;
  const s64 result = safe_syscall(thread, SYS_getcpu, address(&record), 0, 0, 0, kMark, kOtherMark);
  if (result == 0 && record.cpu != kNotMade) return std::nullopt;
  return result;
}

bool show_notification(GuestAddr notification) {
  seccomp_notif seen;
  if (!read_guest(notification, seen)) return false;
  Record record;
  const bool ours =
      host::read_memory(static_cast<pid_t>(seen.pid), seen.data.args[0], &record, sizeof record) &&
      record.mark == kMark;
  // Otherwise it is of a program of the host's own.
  return !ours || write_guest(notification + offsetof(seccomp_notif, data), record.call);
}

}  // namespace veneer
