// The architectural and execution state of one guest thread, as translated code, the interpreter and the
// Linux layer share it. Translated code addresses it from a base register that points at x[16], so that
// every general register is within a signed byte of displacement.
#pragma once

#include <cstring>

#include "base/types.h"

namespace veneer {

// The guest's condition flags, packed as x86 LAHF (high byte) and SETO (low byte) leave them, because that
// is what translated code can save and restore most cheaply. C has the A64 sense (set = no borrow).
struct Nzcv {
  static constexpr u16 kN = 1u << 15;
  static constexpr u16 kZ = 1u << 14;
  static constexpr u16 kC = 1u << 8;
  static constexpr u16 kV = 1u << 0;
  static constexpr u16 kMask = kN | kZ | kC | kV;

  // To and from bits 31..28, as MRS and MSR NZCV and PSTATE in a signal frame have them.
  static constexpr u32 to_arm(u16 f) {
    return (f & kN ? 1u << 31 : 0) | (f & kZ ? 1u << 30 : 0) | (f & kC ? 1u << 29 : 0) |
           (f & kV ? 1u << 28 : 0);
  }
  static constexpr u16 from_arm(u32 r) {
    return static_cast<u16>((r >> 31 & 1 ? kN : 0) | (r >> 30 & 1 ? kZ : 0) | (r >> 29 & 1 ? kC : 0) |
                            (r >> 28 & 1 ? kV : 0));
  }
};

// A SIMD register or any SSA value.
union alignas(16) Vec {
  u8 b[16];
  u16 h[8];
  u32 w[4];
  u64 d[2];
  s8 sb[16];
  s16 sh[8];
  s32 sw[4];
  s64 sd[2];
  u128 q;
};

// Why translated code (or the interpreter) returned to the run loop.
enum class Exit : u32 {
  Continue,  // look up the block at pc
  Pending,   // CpuState::pending was seen; pc is the next instruction
  Syscall,   // SVC; pc is already past it
  Trap,      // exit_info: TrapKind | immediate << 8; pc is that of the instruction
  Fault,     // a memory access faulted: fault_* say how; pc is that of the instruction
};

// Cumulative FPSR bits and FPCR controls, at their architectural positions (Arm ARM C5.2.8, C5.2.9).
namespace fpsr {
constexpr u32 kIOC = 1u << 0, kDZC = 1u << 1, kOFC = 1u << 2, kUFC = 1u << 3, kIXC = 1u << 4, kIDC = 1u << 7;
constexpr u32 kQC = 1u << 27;
constexpr u32 kMask = kIOC | kDZC | kOFC | kUFC | kIXC | kIDC | kQC;
}  // namespace fpsr
namespace fpcr {
constexpr u32 kFZ16 = 1u << 19, kRModeShift = 22, kFZ = 1u << 24, kDN = 1u << 25, kAHP = 1u << 26;
constexpr u32 kRMode = 3u << kRModeShift;  // 0 nearest, 1 +inf, 2 -inf, 3 zero
constexpr u32 kMask = kFZ16 | kRMode | kFZ | kDN | kAHP;
// What other architectures than Arm have, in bits that Arm has reserved: results are tiny when they are so
// after rounding; ties are rounded away from zero, whatever kRMode says; and a field for RISC-V's frm as it was
// written.
constexpr u32 kTinyAfterRounding = 1u << 31, kRoundAway = 1u << 30;
constexpr unsigned kFrmShift = 16;
constexpr u32 kFrm = 7u << kFrmShift;
constexpr u32 kOthers = kTinyAfterRounding | kRoundAway | kFrm;
// Is it one of RISC-V's rounding modes (Unprivileged ISA, table 26)? Those that are not have kRoundAway, too.
constexpr bool is_valid_frm(u32 fpcr) {
  return (fpcr >> kFrmShift & 7) <= 4;
}
}  // namespace fpcr

// The local monitor of LDXR/STXR. A store-exclusive succeeds only when it is to the marked address and size,
// the monitor has not been cleared, no other store-exclusive or atomic operation was made to the granule since,
// and memory still holds what was loaded. So a value that these changed and changed back (ABA) is noticed; one
// that plain stores changed back is not.
struct ExclusiveMonitor {
  GuestAddr addr = 0;
  u32 size = 0;     // bytes; 0 = open (not marked)
  u32 version = 0;  // of the granule, when it was loaded
  Vec value{};
  u32* claim = nullptr;  // the granule's version while this thread has claimed it
};
// The version of each granule (by address: a table of the translator's) counts the store-exclusives to it, and,
// where that can matter, the atomic operations. It is odd while a store-exclusive is being made: from its claim
// on, by comparing the version with the marked one, until memory has been compared and written. Whoever finds
// it odd fails, as the architecture allows at any time.
constexpr unsigned kGranuleBits = 4;
constexpr usize kExclusiveVersions = 4096;
constexpr usize exclusive_index(GuestAddr at) {
  return at >> kGranuleBits & (kExclusiveVersions - 1);
}

// CpuState::fault_signal of a fault that is the translation's own: what it expected (Op::ExpectAlign) is not
// so.
constexpr u32 kExpectationFailed = 0;

constexpr usize kCodePages = usize{1} << 16;
constexpr usize code_page_index(GuestAddr at) {
  return at >> 12 & (kCodePages - 1);
}

struct JumpCacheEntry {
  GuestAddr pc;
  const void* code;
};
constexpr usize kJumpCacheBits = 12;
constexpr usize kJumpCacheSize = usize{1} << kJumpCacheBits;

struct alignas(64) CpuState {
  u64 x[32] = {};  // x[31] is SP
  GuestAddr pc = 0;
  u16 nzcv = 0;
  u8 pending = 0;  // set (also from signal handlers) to make translated code return at its next poll
  // What the instruction set has code lifted for, beside its address (GuestIsa::LiftOptions). It writes it
  // whenever that changes; the translator compares.
  u8 mode = 0;
  u32 mxcsr =
      0x1f80;    // the guest's rounding and flushing in host form, and host-raised exceptions while out of code
  u32 fpcr = 0;  // fpcr::kMask
  u32 fpsr = 0;  // cumulative bits raised outside translated code; see read_fpsr
  u64 tpidr = 0;
  u64 tpidrro = 0;
  Vec v[32] = {};
  Vec saturated = {};  // non-zero when a saturating op saturated (QC), as translated code accumulates it
  ExclusiveMonitor monitor;

  // --- execution
  Exit exit = Exit::Continue;
  u32 exit_info = 0;
  u64 fault_addr = 0;
  u32 fault_signal = 0;  // SIGSEGV or SIGBUS, with si_code beside it
  s32 fault_code = 0;

  // Scratch of translated code: arguments and result of ops that the reference evaluates.
  Vec scratch[4] = {};
  // Host registers saved around calls out of translated code (tier1/trampolines).
  u64 host_gpr[16] = {};
  Vec host_vec[32] = {};
  u64 host_sp = 0;
  u64 ras_base = 0;                     // the empty return-address stack; see tier1/trampolines.h
  u64 ras_sp = 0;                       // its top while not in translated code
  u64 link_record = 0;                  // tier 1 internal: which jump asked to be linked
  const void* fallback_inst = nullptr;  // the ir::Inst being evaluated for translated code; null otherwise
  u64 fallback_return = 0;              // where in translated code that evaluation was asked for
  u64 cold_rax = 0;        // tier 1 internal: rax, where an evaluation out of line must not change it
  u64 left_entry = 0;      // tier 1 internal: just past the end of the unit left at its entry, or 0
  Vec spill[64] = {};      // SSA values that found no host register
  Vec constants[64] = {};  // see tier1/constants.h
  JumpCacheEntry* jump_cache = nullptr;
  const u8* code_pages = nullptr;     // by code_page_index(): may there be a translation of the page?
  u32* exclusive_versions = nullptr;  // kExclusiveVersions of them
  // Code in [start, end) may have been changed by the guest, which says so.
  void (*invalidate)(CpuState& state, GuestAddr start, GuestAddr end) = nullptr;
  // The same, but the guest does not say where.
  void (*invalidate_changed)(CpuState& state) = nullptr;
  void* owner = nullptr;   // the Linux layer's thread
  void* trace = nullptr;   // what a tracer looks for there
  void* engine = nullptr;  // the translator's per-thread data

  // A file of wide registers, and what else an instruction set has of its own; see its registers.h. A wide
  // register is wide_bytes long and takes as many parts of 16 bytes, one after another: register n starts at
  // part n * wide_bytes / 16.
  Vec wide[64] = {};
  u64 control[8] = {};
  u16 wide_bytes = 0;
  Vec more_spill[192] = {};  // where spill does not suffice: values of wide registers are many
  // GuestIsa::executor.
  u64 (*execute)(CpuState& state, u64 insn, u64 a, u64 b) = nullptr;
};

}  // namespace veneer
