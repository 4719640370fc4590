// What differs between the Linux ABIs of the instruction sets that veneer runs; all that is not here is the
// same, or goes by the system calls' tables.
//
// Registers: whatever the instruction set calls them, CpuState::x[0] to x[5] are a system call's arguments,
// x[0] is its result, x[8] its number, x[30] the return address and x[31] the stack pointer.
#pragma once

#include <array>
#include <csignal>
#include <string>

#include "base/types.h"
#include "program/signal_state.h"

namespace veneer {

struct GuestPlatform;
struct SignalAction;
struct Thread;

struct GuestAbi {
  const char* machine;   // uname(2)
  u16 elf_machine;       // EM_*
  u32 audit_arch;        // AUDIT_ARCH_*
  bool tells_platform;   // AT_PLATFORM is there, and the machine
  s8 thread_pointer;     // what CLONE_SETTLS sets, of CpuState::x; -1: tpidr
  u32 initial_fpcr;      // of a new program
  bool arm_open_flags;   // some O_ flags have other values than asm-generic/fcntl.h, see open_flags.h
  bool has_restorer;     // struct sigaction has sa_restorer
  u64 min_signal_stack;  // AT_MINSIGSTKSZ
  u64 min_alt_stack;     // MINSIGSTKSZ
  const std::array<u8, 4096>* vdso;
  usize vdso_sigreturn;  // where __kernel_rt_sigreturn, or what it is called, is in it
  // See signal_frame.h.
  bool (*build_signal_frame)(Thread&, const siginfo_t&, const SignalAction&, SignalSet blocked, GuestAddr sp);
  bool (*restore_signal_frame)(Thread&, SignalSet& blocked);
  // What /proc/cpuinfo says of the processor with this number.
  std::string (*cpu_info)(const GuestPlatform&, int cpu);
};

extern const GuestAbi kAarch64Abi, kRiscv64Abi;

}  // namespace veneer
