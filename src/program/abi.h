// What differs between the Linux ABIs of the instruction sets that veneer runs; all that is not here is the
// same, or goes by the system calls' tables.
//
// Registers: whatever the instruction set calls them, CpuState::x[0] to x[5] are a system call's arguments,
// x[0] is its result, x[8] its number, x[30] the return address and x[31] the stack pointer.
#pragma once

#include <array>
#include <csignal>
#include <span>
#include <string>

#include "base/types.h"
#include "program/signal_state.h"
#include "program/trace/registers.h"

namespace veneer {

struct CpuState;
struct GuestPlatform;
struct SignalAction;
struct Thread;

// What the guest's instruction did, of which a signal tells.
enum class GuestException : u8 { Undefined, Breakpoint, Fetch, FetchAlignment, Access };

// A register set of PTRACE_GETREGSET and of core files.
struct RegisterSet {
  u32 type;  // NT_*
  u32 slot;  // bytes: what is asked for is a multiple of it (struct user_regset::size)
  u32 part;  // RegisterPart: what setting it changes
  // Writes the set to `out`, which has room for kMost, and returns its size; 0 where there is none.
  usize (*get)(const GuestRegisters&, void* out);
  // From as many bytes. False when they cannot be so.
  bool (*set)(GuestRegisters&, const void* in);
  static constexpr usize kMost = 1072;
};

// How a tracer sees and changes a system call, beside the register sets.
struct CallTracing {
  s8 mark;            // of CpuState::x: 0 in the stop at a call's entry, 1 in that at its exit; -1: none
  s8 number;          // of CpuState::x: another number is written there; -1: to the set NT_ARM_SYSTEM_CALL
  bool result_first;  // at the entry, x[0] is -ENOSYS already; what was in it is kept beside
  bool can_emulate;   // PTRACE_SYSEMU is there
};

struct GuestAbi {
  const char* machine;     // uname(2)
  u16 elf_machine;         // EM_*
  u32 audit_arch;          // AUDIT_ARCH_*
  bool tells_platform;     // AT_PLATFORM and AT_HWCAP2 are there
  s8 thread_pointer;       // what CLONE_SETTLS sets, of CpuState::x; -1: tpidr
  u32 initial_fpcr;        // of a new program
  bool arm_open_flags;     // some O_ flags have other values than asm-generic/fcntl.h, see open_flags.h
  bool has_restorer;       // struct sigaction has sa_restorer
  bool has_renameat;       // renameat(2), which renameat2(2) has replaced
  bool tagged_addresses;   // PR_SET_TAGGED_ADDR_CTRL: of processors that all ignore tags
  s32 shadow_stack_error;  // errno of map_shadow_stack(2)
  u64 min_signal_stack;    // AT_MINSIGSTKSZ
  u64 min_alt_stack;       // MINSIGSTKSZ
  const std::array<u8, 4096>* vdso;
  usize vdso_sigreturn;                        // where __kernel_rt_sigreturn, or what it is called, is in it
  std::span<const RegisterSet> register_sets;  // NT_PRSTATUS and NT_FPREGSET first
  bool debug_registers;                        // the sets NT_ARM_HW_BREAK and NT_ARM_HW_WATCH are there
  bool single_step;                            // PTRACE_SINGLESTEP is there
  bool tells_caches;                           // AT_L1I_CACHESIZE and its like are there
  CallTracing calls;
  // What the kernel tells of an exception beyond the signal, its code and the address that the generic code
  // knows: changes `info`, and the thread's SignalState. `was_write`: of an access.
  void (*describe_exception)(Thread&, GuestException, bool was_write, siginfo_t& info);
  // See signal_frame.h.
  bool (*build_signal_frame)(Thread&, const siginfo_t&, const SignalAction&, SignalSet blocked, GuestAddr sp);
  bool (*restore_signal_frame)(Thread&, SignalSet& blocked);
  // What /proc/cpuinfo says of the processor with this number.
  std::string (*cpu_info)(const GuestPlatform&, int cpu);
  // What a system call does to registers beyond its result, or null.
  void (*lost_by_syscalls)(CpuState&);
};

extern const GuestAbi kAarch64Abi, kRiscv64Abi;

// That of a machine (EM_*); null where there is none.
const GuestAbi* find_abi(u32 elf_machine);

}  // namespace veneer
