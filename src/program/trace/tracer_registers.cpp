// What a tracer can see of a stopped tracee.
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <iterator>

#include "program/abi.h"
#include "program/guest_memory.h"
#include "program/trace/host.h"
#include "program/trace/stop.h"
#include "program/trace/tracer.h"

namespace veneer {
namespace {

// Register sets of arm64 that are not of registers: NT_ARM_HW_BREAK, NT_ARM_HW_WATCH, NT_ARM_SYSTEM_CALL.
constexpr u64 kHwBreak = 0x402, kHwWatch = 0x403, kSystemCall = 0x404;

// struct user_hwdebug_state.
struct DebugState {
  u32 info = 0;  // the debug architecture (Armv8) and the number of registers
  u32 padding = 0;
  DebugRegister registers[16]{};
};
constexpr u32 kDebugArchitecture = 6 << 8;

// struct ptrace_syscall_info.
struct CallInfo {
  u8 op = 0;
  u8 reserved = 0;
  u16 flags = 0;
  u32 arch = 0;
  u64 pc = 0, sp = 0;
  u64 values[8]{};  // entry: number and arguments; exit: result and whether it is an error
};
constexpr usize kNoneSize = offsetof(CallInfo, values), kEntrySize = kNoneSize + 7 * sizeof(u64),
                kExitSize = kNoneSize + sizeof(u64) + 1, kSeccompSize = kEntrySize + sizeof(u32);

constexpr s64 kRestartSyscallNumber = 128;

u64 address(const void* p) {
  return reinterpret_cast<u64>(p);  // NOLINT: a system call's argument
}

}  // namespace

bool Tracer::know_registers(Tracee& t) {
  if (t.registers_known) return true;
  if (t.where == Where::Group) settle(t);
  if (t.registers_known) return true;
  if (t.address == 0) return false;
  CpuState cpu;
  // What is between are the translator's own.
  constexpr usize kWide = offsetof(CpuState, wide), kWideEnd = offsetof(CpuState, more_spill);
  if (!host::read_memory(t.tid, t.block.cpu, &cpu, offsetof(CpuState, monitor)) ||
      !host::read_memory(t.tid, t.block.cpu + kWide, cpu.wide, kWideEnd - kWide))
    return false;
  save_registers(cpu, t.block.regs);
  host::request(PTRACE_GETSIGMASK, t.tid, sizeof t.block.blocked, address(&t.block.blocked));
  if (t.where == Where::InCall && t.block.number == -1) {
    // It was not traced when it made the call.
    t.block.number = static_cast<s64>(cpu.x[8]);
    std::memcpy(t.block.arguments, cpu.x, sizeof t.block.arguments);
  }
  if (t.where == Where::InCall && !t.pc_at_call && t.again_by_restart) t.block.number = kRestartSyscallNumber;
  if (t.where == Where::InCall && t.pc_at_call) t.block.regs.pc -= 4;
  if (t.where == Where::InCall && !t.pc_at_call && t.result) t.block.regs.x[0] = static_cast<u64>(*t.result);
  if (t.where == Where::InCall && !t.pc_at_call && !t.result) show_call_to_be_made(t);
  t.registers_known = true;
  return true;
}

// As the stop at its entry would have it (stop_before_call).
void Tracer::show_call_to_be_made(Tracee& t) const {
  const GuestAbi* abi = find_abi(t.block.machine);
  if (!abi) return;
  if (abi->calls.result_first) t.block.regs.x[0] = static_cast<u64>(-ENOSYS);
  if (abi->calls.number >= 0) t.block.regs.x[abi->calls.number] = static_cast<u64>(t.block.number);
}

// The thread of a group stop may be anywhere; makes it stop between instructions, without telling.
void Tracer::settle(Tracee& t) {
  const int status = t.status;
  const bool unreported = t.unreported;
  const std::optional<siginfo_t> info = t.info;
  t.wish = Wish::Interrupt;
  host::nudge(t.process, t.tid);
  host_continue(t, 0);
  while (t.where != Where::Stopped) {
    siginfo_t seen{};
    if (host_syscall(SYS_waitid, P_PID, static_cast<u64>(t.tid), address(&seen), WSTOPPED | __WALL, 0) < 0)
      return;
    (void)take_stop(t.tid, 0x7f | seen.si_status << 8);
    if (t.where == Where::Group || t.where == Where::InCall) host_continue(t, 0);
  }
  t.status = status;
  t.unreported = unreported;
  t.info = info;
}

s64 Tracer::get_regset(Tracee& t, u64 type, iovec& io) {
  if (!know_registers(t)) return -ESRCH;
  const GuestAbi* abi = find_abi(t.block.machine);
  if (!abi) return -EINVAL;
  std::array<u8, std::max(sizeof(DebugState), RegisterSet::kMost)> bytes{};
  usize size = 0, slot = sizeof(u32);
  for (const RegisterSet& set : abi->register_sets) {
    if (set.type != type) continue;
    size = set.get(t.block.regs, bytes.data());
    slot = set.slot;
  }
  if (type == kSystemCall && abi->calls.number < 0) {
    const auto number = static_cast<s32>(t.block.number);
    size = sizeof number;
    std::memcpy(bytes.data(), &number, size);
  } else if ((type == kHwBreak || type == kHwWatch) && abi->debug_registers) {
    DebugState debug;
    const std::span<const DebugRegister> registers =
        type == kHwBreak ? std::span<const DebugRegister>(t.block.breakpoints) : t.block.watchpoints;
    debug.info = kDebugArchitecture | static_cast<u32>(registers.size());
    std::copy(registers.begin(), registers.end(), debug.registers);
    size = sizeof debug;
    std::memcpy(bytes.data(), &debug, size);
  }
  if (size == 0 || io.iov_len % slot != 0) return -EINVAL;
  io.iov_len = std::min(io.iov_len, size);
  return copy_to_guest(address(io.iov_base), bytes.data(), io.iov_len) ? 0 : -EFAULT;
}

s64 Tracer::set_regset(Tracee& t, u64 type, iovec& io) {
  if (!know_registers(t)) return -ESRCH;
  const GuestAbi* abi = find_abi(t.block.machine);
  if (!abi) return -EINVAL;
  u32& changed = t.block.control.changed;
  for (const RegisterSet& set : abi->register_sets) {
    if (set.type != type) continue;
    if (io.iov_len % set.slot != 0) return -EINVAL;
    // What is not given stays.
    std::array<u8, RegisterSet::kMost> bytes{};
    const usize size = set.get(t.block.regs, bytes.data());
    if (size == 0) return -EINVAL;
    io.iov_len = std::min(io.iov_len, size);
    if (!copy_from_guest(bytes.data(), address(io.iov_base), io.iov_len)) return -EFAULT;
    if (!set.set(t.block.regs, bytes.data())) return -EINVAL;
    changed |= set.part;
    return 0;
  }
  if (type == kSystemCall && abi->calls.number < 0) {
    s32 number = 0;
    if (io.iov_len < sizeof number || io.iov_len % sizeof number != 0) return -EINVAL;
    if (!read_guest(address(io.iov_base), number)) return -EFAULT;
    t.block.number = number;
    changed |= TraceBlock::kNumber;
    return 0;
  }
  if ((type == kHwBreak || type == kHwWatch) && abi->debug_registers) return set_debug_registers(t, type, io);
  return -EINVAL;
}

s64 Tracer::set_debug_registers(Tracee& t, u64 type, iovec& io) {
  DebugState debug;
  const std::span<DebugRegister> registers =
      type == kHwBreak ? std::span<DebugRegister>(t.block.breakpoints) : t.block.watchpoints;
  if (io.iov_len < offsetof(DebugState, registers) || io.iov_len % sizeof(u32) != 0) return -EINVAL;
  io.iov_len = std::min({io.iov_len, sizeof debug, offsetof(DebugState, registers) + registers.size_bytes()});
  std::copy(registers.begin(), registers.end(), debug.registers);
  if (!copy_from_guest(&debug, address(io.iov_base), io.iov_len)) return -EFAULT;
  std::copy_n(debug.registers, registers.size(), registers.begin());
  t.block.control.changed |= TraceBlock::kDebug;
  return 0;
}

std::optional<GuestRegisters> Tracer::registers(pid_t tid) {
  const std::lock_guard lock(mutex_);
  Tracee* const t = stopped(tid);
  if (!t || !know_registers(*t)) return std::nullopt;
  return t->block.regs;
}

bool Tracer::set_registers(pid_t tid, const GuestRegisters& registers) {
  const std::lock_guard lock(mutex_);
  Tracee* const t = stopped(tid);
  if (!t || !know_registers(*t)) return false;
  t->block.regs = registers;
  t->block.control.changed |= TraceBlock::kRegisters;
  return true;
}

bool Tracer::set_watchpoints(pid_t tid, std::span<const DebugRegister> watchpoints) {
  const std::lock_guard lock(mutex_);
  Tracee* const t = stopped(tid);
  if (!t || !know_registers(*t)) return false;
  for (usize i = 0; i < kWatchpoints; ++i)
    t->block.watchpoints[i] = i < watchpoints.size() ? watchpoints[i] : DebugRegister{};
  t->block.control.changed |= TraceBlock::kDebug;
  return true;
}

u32 Tracer::machine(pid_t process) {
  const std::lock_guard lock(mutex_);
  for (const auto& [tid, t] : tracees_)
    if (t.process == process && t.block.machine != 0) return t.block.machine;
  return 0;
}

s64 Tracer::syscall_info(Tracee& t, usize size, GuestAddr to) {
  if (!know_registers(t)) return -ESRCH;
  using Phase = Tracee::Phase;
  CallInfo info;
  info.op = static_cast<u8>(t.phase);
  if (const GuestAbi* abi = find_abi(t.block.machine)) info.arch = abi->audit_arch;
  info.pc = t.block.regs.pc;
  info.sp = t.block.regs.x[31];
  usize full = kNoneSize;
  if (t.phase == Phase::Entry || t.phase == Phase::Seccomp) {
    info.values[0] = static_cast<u64>(t.block.number);
    std::memcpy(info.values + 1, t.block.arguments, sizeof t.block.arguments);
    // All but the first, which the kernel keeps beside, as the tracer has changed them; but of a call that is
    // made again, as it was entered.
    if (t.where != Where::InCall) std::memcpy(info.values + 2, t.block.regs.x + 1, 5 * sizeof(u64));
    info.values[7] = t.message;
    full = t.phase == Phase::Entry ? kEntrySize : kSeccompSize;
  } else if (t.phase == Phase::Exit) {
    const auto result = static_cast<s64>(t.block.regs.x[0]);
    info.values[0] = t.block.regs.x[0];
    info.values[1] = result < 0 && result >= -4095;
    full = kExitSize;
  }
  return copy_to_guest(to, &info, std::min(size, full)) ? static_cast<s64>(full) : -EFAULT;
}

// kernel/ptrace.c, ptrace_set_syscall_info; of what cannot be so, nothing is set.
s64 Tracer::set_syscall_info(Tracee& t, usize size, GuestAddr from) {
  using Phase = Tracee::Phase;
  CallInfo info;
  if (size < sizeof info) return -EINVAL;
  if (!copy_from_guest(&info, from, sizeof info)) return -EFAULT;
  if (info.flags || info.reserved || t.phase == Phase::None || info.op != static_cast<u8>(t.phase))
    return -EINVAL;
  if (!know_registers(t)) return -ESRCH;
  const GuestAbi* abi = find_abi(t.block.machine);
  if (!abi) return -EINVAL;
  const CallTracing& calls = abi->calls;
  u64(&x)[32] = t.block.regs.x;
  if (t.phase == Phase::Exit) {
    x[0] = info.values[0];
    t.block.control.changed |= kGeneralPart;
    return 0;
  }
  const auto number = static_cast<s32>(info.values[0]);
  if (info.values[0] != static_cast<u64>(s64{number})) return -ERANGE;
  t.block.number = number;
  if (calls.number >= 0) x[calls.number] = info.values[0];
  if (number != -1) {
    // The first is not in its register where the result is already.
    std::memcpy(t.block.arguments, info.values + 1, sizeof t.block.arguments);
    const unsigned first = calls.result_first ? 1 : 0;
    std::copy(t.block.arguments + first, std::end(t.block.arguments), x + first);
  } else if (!calls.result_first) {
    x[0] = static_cast<u64>(-ENOSYS);
  }
  t.block.control.changed |= u32{kGeneralPart} | TraceBlock::kNumber;
  return 0;
}

std::optional<std::string> Tracer::ask_maps(Tracee& t) {
  constexpr usize kControl = offsetof(TraceBlock, control);
  t.block.control.command = TraceBlock::Command::Maps;
  const bool asked = host::write_memory(t.tid, t.address + kControl, &t.block.control, sizeof t.block.control);
  t.block.control.command = TraceBlock::Command::None;
  if (!asked) return std::nullopt;
  for (;;) {
    host::request(PTRACE_CONT, t.tid);
    siginfo_t seen{};
    if (host_syscall(SYS_waitid, P_PID, static_cast<u64>(t.tid), address(&seen), WSTOPPED | __WALL, 0) < 0)
      return std::nullopt;
    const std::optional<user_regs_struct> regs = host::registers(t.tid);
    if (!regs) return std::nullopt;
    const std::optional<siginfo_t> info = host::signal_info(t.tid);
    if (info && info->si_signo == SIGTRAP && info->si_code > 0 && regs->r12 == kStopMark) break;
    if (info && info->si_signo == SIGSTOP) t.held = info;  // nothing else comes now
  }
  TraceBlock now;
  if (!host::read_memory(t.tid, t.address, &now, sizeof now)) return std::nullopt;
  constexpr usize kMost = usize{256} << 20;
  std::string text(std::min<usize>(now.reply_size, kMost), '\0');
  if (!host::read_memory(t.tid, now.reply, text.data(), text.size())) return std::nullopt;
  return text;
}

std::optional<std::string> Tracer::shown(pid_t process, Shown what) {
  const std::lock_guard lock(mutex_);
  for (auto& [tid, t] : tracees_) {
    if (t.process != process || t.address == 0 || t.where == Where::Running || t.ended) continue;
    if (what == Shown::Maps) {
      if (t.where == Where::Stopped) return ask_maps(t);
      continue;
    }
    const TraceBlock::Text at = what == Shown::Exe ? t.block.exe : t.block.auxv;
    std::string text(std::min<usize>(at.size, 65536), '\0');
    if (host::read_memory(tid, at.address, text.data(), text.size())) return text;
  }
  return std::nullopt;
}

}  // namespace veneer
