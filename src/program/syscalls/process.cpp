// Processes and threads: making, replacing and ending them.
#include "program/process.h"

#include <elf.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <algorithm>
#include <cerrno>
#include <climits>
#include <csignal>

#include "isa/riscv64/vector_type.h"
#include "program/clone.h"
#include "program/exec.h"
#include "program/guest_memory.h"
#include "program/host_signals.h"
#include "program/signal_actions.h"
#include "program/syscalls/seccomp.h"
#include "program/syscalls/table.h"
#include "program/thread_life.h"
#include "program/translation_requests.h"
#include "program/vector_control.h"

namespace veneer {

namespace {

// PR_RISCV_SET_ICACHE_FLUSH_CTX: whether fence.i also counts where a thread migrates to, which it always does
// here.
s64 set_icache_flush_context(const Thread& thread, u64 context, u64 scope) {
  if (thread.process.platform.abi->elf_machine != EM_RISCV) return -EINVAL;
  constexpr u64 kOff = 1, kPerThread = 1;
  return context <= kOff && scope <= kPerThread ? 0 : -EINVAL;
}

constexpr usize kMaxArgString = 32 * kPageSize;  // MAX_ARG_STRLEN
constexpr usize kMaxArgs = usize{6} << 20;       // what the kernel's limit comes to with the usual stack

s64 read_strings(GuestAddr array, std::vector<std::string>& out, usize& total) {
  out.clear();
  if (array == 0) return 0;
  for (;; array += sizeof(u64)) {
    u64 at;
    if (!read_guest(array, at)) return -EFAULT;
    if (at == 0) return 0;
    std::string text;
    if (s64 error = read_guest_string(at, text, kMaxArgString, -E2BIG); error < 0) return error;
    total += text.size() + 1 + sizeof(u64);
    if (total > kMaxArgs) return -E2BIG;
    out.push_back(std::move(text));
  }
}

s64 exec(Thread& thread, int dirfd, GuestAddr path, GuestAddr argv, GuestAddr envp, int flags) {
  ExecRequest& request = thread.exec;
  request = {};
  request.dirfd = dirfd;
  request.flags = flags;
  if (s64 error = read_guest_string(path, request.path, PATH_MAX, -ENAMETOOLONG); error < 0) return error;
  usize total = 0;
  if (s64 error = read_strings(argv, request.argv, total); error < 0) return error;
  if (s64 error = read_strings(envp, request.envp, total); error < 0) return error;
  if (request.argv.empty()) request.argv.emplace_back();
  if (s64 error = block_host_signals(thread); error < 0) return error;
  // The new program inherits the guest's mask, without what veneer keeps open for itself.
  thread.actions->prepare_exec();
  const SignalSet mask = thread.signals.blocked;
  host_syscall(SYS_rt_sigprocmask, SIG_SETMASK, reinterpret_cast<u64>(&mask), 0,
               sizeof mask);  // NOLINT: argument
  const s64 error = exec_program(thread.process, thread.seccomp, request);
  thread.actions->restore_after_exec();
  set_host_mask(thread);
  return error;
}

}  // namespace

s64 sys_execve(Thread& thread, const SyscallArgs& a) {
  return exec(thread, AT_FDCWD, a[0], a[1], a[2], 0);
}
s64 sys_execveat(Thread& thread, const SyscallArgs& a) {
  return exec(thread, static_cast<int>(a[0]), a[1], a[2], a[3], static_cast<int>(a[4]));
}

s64 sys_clone(Thread& thread, const SyscallArgs& a) {
  // clone(flags, stack, parent_tid, tls, child_tid): CONFIG_CLONE_BACKWARDS.
  CloneArgs args{};
  args.flags = a[0] & 0xffffffff & ~u64{CSIGNAL};
  args.exit_signal = a[0] & CSIGNAL;
  args.stack = a[1];
  args.parent_tid = a[2];
  args.pidfd = a[2];
  args.tls = a[3];
  args.child_tid = a[4];
  return clone_guest(thread, args);
}

s64 sys_clone3(Thread& thread, const SyscallArgs& a) {
  if (a[1] < kCloneArgsSize0) return -EINVAL;
  if (a[1] > kPageSize) return -E2BIG;
  CloneArgs args{};
  if (!copy_from_guest(&args, a[0], std::min<usize>(a[1], kCloneArgsSize))) return -EFAULT;
  for (u64 at = kCloneArgsSize; at < a[1]; ++at) {
    u8 byte;
    if (!read_guest(a[0] + at, byte)) return -EFAULT;
    if (byte) return -E2BIG;
  }
  if (args.flags & CSIGNAL || args.exit_signal > 64) return -EINVAL;
  if ((args.stack == 0) != (args.stack_size == 0)) return -EINVAL;
  return clone_guest(thread, args);
}

s64 sys_set_tid_address(Thread& thread, const SyscallArgs& a) {
  thread.clear_child_tid = a[0];
  return thread.tid;
}

s64 sys_exit(Thread& thread, const SyscallArgs& a) {
  thread.exiting = true;
  thread.exit_status = static_cast<int>(a[0] & 0xff);
  return kNoResult;
}

s64 sys_exit_group(Thread& thread, const SyscallArgs& a) {
  // The translator is its parent's, which goes on.
  if (thread.shares_memory) {
    thread.process.translator->detach(thread.cpu);
  } else {
    request_translations(thread);
  }
  exit_process(static_cast<int>(a[0] & 0xff));
}

namespace {

// uapi/linux/prctl.h: PR_RISCV_V_SET_CONTROL and PR_RISCV_V_GET_CONTROL.
constexpr int kSetVectorControl = 69, kGetVectorControl = 70;

bool has_vectors(const Thread& thread) {
  return thread.process.platform.isa->wide_bytes() != 0;
}

// arch/riscv/kernel/vector.c, riscv_v_vstate_ctrl_set_current. A program that has been started without vectors
// has them for all its threads once one switches them on.
s64 set_vector_control(Thread& thread, u64 control) {
  using namespace vector_control;
  if (!has_vectors(thread) || control & ~u64{kAll}) return -EINVAL;
  const u32 before = current(thread.vector_control), wanted = static_cast<u32>(control);
  const u32 now = current(wanted) == kDefault ? before : current(wanted);
  if (now > kOn) return -EINVAL;
  if (now == kOff && before != kOff) return -EPERM;
  if (next(wanted) > kOn) return -EINVAL;
  thread.vector_control = (wanted & ~3u) | now;
  if (now == kOn && before == kOff) thread.process.translator->allow_wide_registers();
  return 0;
}

// --- PR_SET_TAGGED_ADDR_CTRL and PR_GET_TAGGED_ADDR_CTRL

constexpr u64 kTaggedAddressEnable = 1;
constexpr unsigned kMaskLengthShift = 24;  // PR_PMLEN_SHIFT
constexpr u64 kMaskLengths = u64{0x7f} << kMaskLengthShift;

bool masks_pointers(const Thread& thread) {
  constexpr u64 kSupm = u64{1} << 49;  // RISCV_HWPROBE_EXT_SUPM
  return thread.process.platform.probed & kSupm;
}

// arch/riscv/kernel/process.c, set_tagged_addr_ctrl: how long a tag is for this thread's accesses, and whether
// system calls take it off for all who share the memory.
s64 set_mask_length(Thread& thread, u64 control) {
  if (control & ~(kMaskLengths | kTaggedAddressEnable)) return -EINVAL;
  const u64 wanted = (control & kMaskLengths) >> kMaskLengthShift;
  if (wanted > 16) return -EINVAL;
  const u8 length = wanted == 0 ? 0 : wanted <= 7 ? 7 : 16;
  const bool enable = control & kTaggedAddressEnable;
  if (enable && length == 0) return -EINVAL;
  const u8 of_calls = enable ? length : 0;
  if (thread.process.memory_shared && of_calls != thread.tag_bits) return -EBUSY;
  thread.cpu.control[rv64::kMaskLength] = length;
  thread.tag_bits = of_calls;
  return 0;
}

s64 set_tagged_addresses(Thread& thread, const SyscallArgs& a) {
  constexpr u8 kTopByte = 8;  // of arm64
  if (a[2] || a[3] || a[4]) return -EINVAL;
  if (masks_pointers(thread)) return set_mask_length(thread, a[1]);
  if (!thread.process.platform.abi->tagged_addresses || a[1] & ~kTaggedAddressEnable) return -EINVAL;
  thread.tag_bits = a[1] & kTaggedAddressEnable ? kTopByte : 0;
  return 0;
}
s64 tagged_addresses(const Thread& thread, const SyscallArgs& a) {
  const bool masks = masks_pointers(thread);
  if (a[1] || a[2] || a[3] || a[4] || (!masks && !thread.process.platform.abi->tagged_addresses))
    return -EINVAL;
  const u64 length = masks ? thread.cpu.control[rv64::kMaskLength] << kMaskLengthShift : 0;
  return static_cast<s64>(length | (thread.tag_bits ? kTaggedAddressEnable : 0));
}

}  // namespace

s64 sys_prctl(Thread& thread, const SyscallArgs& a) {
  constexpr int kRiscvSetIcacheFlushContext = 71;
  switch (static_cast<int>(a[0])) {
    case PR_SET_TAGGED_ADDR_CTRL: return set_tagged_addresses(thread, a);
    case PR_GET_TAGGED_ADDR_CTRL: return tagged_addresses(thread, a);
    case kRiscvSetIcacheFlushContext: return set_icache_flush_context(thread, a[1], a[2]);
    case PR_SET_SECCOMP: return prctl_set_seccomp(thread, a[1], a[2]);
    case PR_GET_SECCOMP: return thread.seccomp.mode;
    // The host's is where its C library keeps the thread's number. (vfork's child has left it to the host's
    // kernel.)
    case PR_GET_TID_ADDRESS:
      if (thread.shares_memory && thread.clear_child_tid == 0) break;
      return write_guest(a[1], thread.clear_child_tid) ? 0 : -EFAULT;
    case kSetVectorControl: return set_vector_control(thread, a[1]);
    case kGetVectorControl: return has_vectors(thread) ? s64{thread.vector_control} : -EINVAL;
    // For vectors and pointer keys of cores that have them.
    case PR_SVE_SET_VL:
    case PR_SVE_GET_VL:
    case PR_PAC_RESET_KEYS:
    case PR_PAC_SET_ENABLED_KEYS:
    case PR_PAC_GET_ENABLED_KEYS:
    case PR_SME_SET_VL:
    case PR_SME_GET_VL: return -EINVAL;
    // The robust list, timer slack and the like are the host thread's own. The memory layout is veneer's to
    // describe.
    case PR_SET_MM: return -EPERM;
    case PR_SET_TSC:
    case PR_GET_TSC: return -EINVAL;
    default: break;
  }
  return safe_syscall(thread, SYS_prctl, a[0], a[1], a[2], a[3], a[4]);
}

}  // namespace veneer
