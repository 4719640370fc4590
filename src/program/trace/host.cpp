#include "program/trace/host.h"

#include <cstring>
#include <string>

#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/errors.h"
#include "base/files.h"
#include "program/trace/block.h"

namespace veneer::host {
namespace {

u64 address(const void* p) {
  return reinterpret_cast<u64>(p);  // NOLINT: a system call's argument
}

bool move_memory(long call, pid_t tid, u64 there, const void* here, usize size) {
  const iovec local{const_cast<void*>(here), size};          // NOLINT: written to by reads only
  const iovec remote{reinterpret_cast<void*>(there), size};  // NOLINT: the other's address
  return host_syscall(call, static_cast<u64>(tid), address(&local), 1, address(&remote), 1, 0) ==
         static_cast<s64>(size);
}

}  // namespace

s64 request(long what, pid_t tid, u64 addr, u64 data) {
  return host_syscall(SYS_ptrace, static_cast<u64>(what), static_cast<u64>(tid), addr, data);
}

bool read_memory(pid_t tid, u64 from, void* to, usize size) {
  return move_memory(SYS_process_vm_readv, tid, from, to, size);
}

bool write_memory(pid_t tid, u64 to, const void* from, usize size) {
  return move_memory(SYS_process_vm_writev, tid, to, from, size);
}

std::optional<user_regs_struct> registers(pid_t tid) {
  user_regs_struct regs;
  if (request(PTRACE_GETREGS, tid, 0, address(&regs)) < 0) return std::nullopt;
  return regs;
}

std::optional<siginfo_t> signal_info(pid_t tid) {
  siginfo_t info;
  if (request(PTRACE_GETSIGINFO, tid, 0, address(&info)) < 0) return std::nullopt;
  return info;
}

pid_t process_of(pid_t tid) {
  const std::optional<std::string> status = read_file(format("/proc/%d/status", tid).c_str());
  const usize at = status ? status->find("\nTgid:") : std::string::npos;
  return at == std::string::npos ? 0 : std::atoi(status->c_str() + at + 6);  // NOLINT: the kernel's number
}

bool is_veneer(pid_t tid) {
  struct stat theirs{}, ours{};
  return ::stat(format("/proc/%d/exe", tid).c_str(), &theirs) == 0 && ::stat("/proc/self/exe", &ours) == 0 &&
         theirs.st_dev == ours.st_dev && theirs.st_ino == ours.st_ino;
}

void nudge(pid_t process, pid_t tid) {
  siginfo_t info{};
  info.si_signo = SIGTRAP;
  info.si_code = SI_QUEUE;
  info.si_pid = ::getpid();
  info.si_uid = ::getuid();
  info.si_value.sival_ptr = reinterpret_cast<void*>(kNudge);  // NOLINT: a mark
  host_syscall(SYS_rt_tgsigqueueinfo, static_cast<u64>(process), static_cast<u64>(tid), SIGTRAP,
               address(&info));
}

}  // namespace veneer::host
