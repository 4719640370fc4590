#include "program/trace/tracer.h"

#include <sys/ptrace.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <new>

#include "program/abi.h"
#include "program/guest_memory.h"
#include "program/trace/host.h"

namespace veneer {
namespace {

// Requests that the host's headers name otherwise, or not at all.
constexpr u64 kSysemu = 31, kSysemuSingleStep = 32, kGetSyscallInfo = 0x420e, kSetSyscallInfo = 0x4212;

constexpr u64 kKnownOptions = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
                              PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_TRACEVFORKDONE |
                              PTRACE_O_TRACEEXIT | PTRACE_O_TRACESECCOMP | PTRACE_O_EXITKILL;

}  // namespace

void Tracer::forget_all() {
  new (&mutex_) std::mutex;  // whoever held it is not in the child
  tracees_.clear();
  active_.store(false, std::memory_order_relaxed);
}

void Tracer::expect_start(pid_t tid) {
  const std::lock_guard lock(mutex_);
  adopt(tid).starting = true;
}

void Tracer::take(pid_t tid, int status) {
  const std::lock_guard lock(mutex_);
  (void)take_stop(tid, status);
}

Tracer::Tracee* Tracer::stopped(pid_t tid) {
  const auto found = tracees_.find(tid);
  return found != tracees_.end() && found->second.where != Where::Running ? &found->second : nullptr;
}

void Tracer::wrote(pid_t tid, GuestAddr start, GuestAddr end) {
  const std::lock_guard lock(mutex_);
  note_written(host::process_of(tid), start, end);
}

void Tracer::note_written(pid_t process, GuestAddr start, GuestAddr end) {
  for (auto& [tid, t] : tracees_)
    if (t.process == process) t.written.push_back({start, end});
}

s64 Tracer::request(u64 request, pid_t tid, u64 addr, u64 data) {
  const std::lock_guard lock(mutex_);
  if (request == PTRACE_ATTACH || request == PTRACE_SEIZE) {
    const bool seizes = request == PTRACE_SEIZE;
    if (seizes && (addr != 0 || data & ~kKnownOptions)) return -EIO;
    if (host::process_of(tid) == 0) return -ESRCH;
    if (!host::is_veneer(tid)) return -EPERM;  // of another instruction set
    if (const s64 error = host::request(static_cast<long>(request), tid); error < 0) return error;
    tracees_.erase(tid);
    Tracee& t = adopt(tid);
    t.seized = seizes;
    t.options = seizes ? static_cast<u32>(data) : 0;
    return 0;
  }
  if (request == PTRACE_INTERRUPT || request == PTRACE_KILL) {
    const s64 result = host::request(static_cast<long>(request), tid);
    return result;
  }
  Tracee* const found = stopped(tid);
  if (!found) return -ESRCH;
  Tracee& t = *found;
  switch (request) {
    case PTRACE_PEEKTEXT:
    case PTRACE_PEEKDATA: return host::request(PTRACE_PEEKDATA, tid, addr, data);
    case PTRACE_POKETEXT:
    case PTRACE_POKEDATA: {
      const s64 result = host::request(PTRACE_POKEDATA, tid, addr, data);
      if (result == 0) note_written(t.process, addr, addr + sizeof(u64));
      return result;
    }
    case PTRACE_CONT: return resume(t, TraceBlock::Mode::Run, static_cast<s32>(data));
    case PTRACE_SYSCALL: return resume(t, TraceBlock::Mode::Syscall, static_cast<s32>(data));
    case PTRACE_SINGLESTEP: {
      const GuestAbi* abi = find_abi(t.block.machine);
      if (abi && !abi->single_step) return -EIO;
      return resume(t, TraceBlock::Mode::Step, static_cast<s32>(data));
    }
    case kSysemu:
    case kSysemuSingleStep: {
      const GuestAbi* abi = find_abi(t.block.machine);
      if (abi && !abi->calls.can_emulate) return -EIO;
      const bool steps = request == kSysemuSingleStep;
      return resume(t, steps ? TraceBlock::Mode::SysemuStep : TraceBlock::Mode::Sysemu, static_cast<s32>(data));
    }
    case PTRACE_DETACH: return detach(t, static_cast<s32>(data));
    case PTRACE_LISTEN: {
      if (!t.seized || t.where != Where::Group) return t.seized && t.status >> 16 ? 0 : -EIO;
      const s64 result = host::request(PTRACE_LISTEN, tid);
      if (result == 0) t.where = Where::Running;
      return result;
    }
    case PTRACE_SETOPTIONS:
      if (data & ~kKnownOptions) return -EINVAL;
      t.options = static_cast<u32>(data);
      set_host_options(t);
      return 0;
    case PTRACE_GETEVENTMSG: return write_guest(data, t.message) ? 0 : -EFAULT;
    case PTRACE_GETSIGINFO:
      if (!t.info) return -EINVAL;
      return write_guest(data, *t.info) ? 0 : -EFAULT;
    case PTRACE_SETSIGINFO: {
      if (!t.info) return -EINVAL;
      siginfo_t info;
      if (!read_guest(data, info)) return -EFAULT;
      t.info = info;
      if (t.where == Where::InCall) return host::request(PTRACE_SETSIGINFO, tid, 0, data);
      return 0;
    }
    case PTRACE_GETREGSET:
    case PTRACE_SETREGSET: {
      iovec io;
      if (!read_guest(data, io)) return -EFAULT;
      const s64 result = request == PTRACE_GETREGSET ? get_regset(t, addr, io) : set_regset(t, addr, io);
      if (result < 0) return result;
      return write_guest(data + offsetof(iovec, iov_len), io.iov_len) ? 0 : -EFAULT;
    }
    case PTRACE_GETSIGMASK:
      if (addr != sizeof(SignalSet)) return -EINVAL;
      if (!know_registers(t)) return -ESRCH;
      return write_guest(data, t.block.blocked) ? 0 : -EFAULT;
    case PTRACE_SETSIGMASK:
      if (addr != sizeof(SignalSet)) return -EINVAL;
      if (!know_registers(t)) return -ESRCH;
      if (!read_guest(data, t.block.blocked)) return -EFAULT;
      t.block.control.changed |= TraceBlock::kMask;
      return 0;
    case PTRACE_PEEKSIGINFO: return host::request(PTRACE_PEEKSIGINFO, tid, addr, data);
    case kGetSyscallInfo: return syscall_info(t, addr, data);
    case kSetSyscallInfo: return set_syscall_info(t, addr, data);
    case PTRACE_SECCOMP_GET_FILTER:
    case PTRACE_SECCOMP_GET_METADATA: return -EACCES;
    default: return -EIO;
  }
}

}  // namespace veneer
