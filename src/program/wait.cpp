#include "program/wait.h"

#include <sys/syscall.h>
#include <sys/wait.h>

#include "program/core_dump.h"
#include "program/safe_syscall.h"
#include "program/thread.h"

namespace veneer {
namespace {

// RLIMIT_CORE, of which a zombie's can be read. With so little, neither the host's kernel dumps core (it wants
// a page at least, and pipes none either) nor a guest's.
constexpr rlim_t kDumped = 1;

u64 address(const void* p) {
  return reinterpret_cast<u64>(p);  // NOLINT: a system call's argument
}

}  // namespace

void note_core_dumped() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_CORE, &limit) != 0) return;
  limit.rlim_cur = kDumped;
  ::setrlimit(RLIMIT_CORE, &limit);
}

void tell_of_core(siginfo_t& info) {
  if (info.si_code != CLD_KILLED || !dumps_core(info.si_status)) return;
  rlimit limit{};
  const s64 result =
      host_syscall(SYS_prlimit64, static_cast<u64>(info.si_pid), RLIMIT_CORE, 0, address(&limit));
  if (result == 0 && limit.rlim_cur == kDumped) info.si_code = CLD_DUMPED;
}

s64 wait_for_child(Thread* thread, u64 type, s64 id, siginfo_t& info, int options, rusage* usage) {
  const auto call = [&](u64 of, s64 which, siginfo_t& to, int how, bool waits) {
    const auto flags = static_cast<u64>(how);
    return waits && thread
               ? safe_syscall(*thread, SYS_waitid, of, static_cast<u64>(which), address(&to), flags,
                              address(usage))
               : host_syscall(SYS_waitid, of, static_cast<u64>(which), address(&to), flags, address(usage));
  };
  for (;;) {
    // Before it is gone.
    siginfo_t seen{};
    if (const s64 result = call(type, id, seen, options | WNOWAIT, true); result != 0) return result;
    tell_of_core(seen);
    const bool dumped = seen.si_code == CLD_DUMPED;
    if (seen.si_pid != 0 && !(options & WNOWAIT)) {
      siginfo_t taken{};
      const s64 result = call(P_PID, seen.si_pid, taken, options | WNOHANG, false);
      if (result != 0 || taken.si_pid == 0) continue;  // another thread has been faster
      seen = taken;
    }
    if (dumped && seen.si_code == CLD_KILLED) seen.si_code = CLD_DUMPED;
    info = seen;
    return 0;
  }
}

int wait_status(const siginfo_t& info) {
  switch (info.si_code) {
    case CLD_EXITED: return (info.si_status & 0xff) << 8;
    case CLD_KILLED: return info.si_status & 0x7f;
    case CLD_DUMPED: return (info.si_status & 0x7f) | 0x80;
    case CLD_CONTINUED: return 0xffff;
    default: return 0x7f | info.si_status << 8;
  }
}

}  // namespace veneer
