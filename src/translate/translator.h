// The translator of one process: guest code in, execution out. Knows no operating system.
#pragma once

#include <csignal>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <ucontext.h>

#include "translate/cpu_state.h"
#include "translate/ir/ir.h"
#include "translate/memory_access.h"

namespace veneer {

// What the translator needs of a guest instruction set. Implemented in src/isa/<name>.
class GuestIsa {
 public:
  virtual ~GuestIsa() = default;
  struct LiftOptions {
    usize max_insns = 64;     // guest instructions in the block
    bool strip_tags = false;  // emit address computations that ignore upper bits
    // Check the stack pointer's alignment where it is used. Otherwise it is expected (ExpectAlign) where it is
    // set.
    bool check_sp = false;
    u8 mode = 0;       // CpuState::mode, which the block is to be for; see ir::Block
    bool wide = true;  // false: as of a processor that has no wide registers
  };
  // Instructions start at multiples of 2 to the power of this, and are at least so long: 1 or 2.
  virtual unsigned alignment_bits() const = 0;
  bool is_aligned(GuestAddr pc) const { return (pc & ((u64{1} << alignment_bits()) - 1)) == 0; }
  // What its blocks depend on besides code and options: of two objects that say the same they are the same.
  virtual std::string variant() const = 0;
  // Lifts the block that starts at pc. `code` is what can be fetched from there, not empty; its last
  // instruction may be cut off. Ends at the first control transfer, at max_insns, or at the end of `code`. The
  // block always ends in a terminator, `block.end_pc` is past the last instruction consumed.
  virtual void lift(GuestAddr pc, std::span<const u8> code, const LiftOptions& options,
                    ir::Block& block) const = 0;
  // Bytes of a wide register (a multiple of 16, at most 32), or 0.
  virtual unsigned wide_bytes() const { return 0; }
  // What Op::Execute calls: executes instruction `insn` on CpuState and on the two integers that the
  // instruction set has lifted as its operands; what it returns is the operation's result. Accesses memory
  // directly: a fault is a host signal.
  using Executor = u64 (*)(CpuState& state, u64 insn, u64 a, u64 b);
  virtual Executor executor() const { return nullptr; }
  // A cheap look at code that is about to be entered: true when NZCV is overwritten before it is read,
  // whatever path is taken, within the straight-line code at hand. `faults_read`: an access that could fault
  // counts as a reader.
  virtual bool flags_dead_at(std::span<const u8> code, bool faults_read) const = 0;
  // What blocks lifted without check_sp expect of the state that they start with.
  virtual bool is_sp_aligned(const CpuState& state) const = 0;
  // Is a result tiny (IEEE 754-2019, 7.5) by its exact value, unlike on the host?
  virtual bool tiny_before_rounding() const = 0;
  // Does the guest say where it has changed code, or only that it has (CpuState::invalidate_changed)?
  virtual bool names_changed_code() const = 0;
  // The pc that a branch to `target` leads to, where part of an address is ignored.
  virtual GuestAddr canonical_pc(GuestAddr target) const = 0;
  // The first instruction of `code`, which is not empty. Its length is never 0.
  struct Disassembled {
    std::string text;
    usize length;
  };
  virtual Disassembled disassemble(GuestAddr pc, std::span<const u8> code) const = 0;
};

// Where the translator fetches guest code from, and whom it asks what may be executed.
class CodeSource {
 public:
  virtual ~CodeSource() = default;
  // What may be executed from pc on, at most up to the end of the next page; empty when pc cannot be fetched.
  virtual std::span<const u8> fetch(GuestAddr pc) = 0;
  // May what is at `start` be changed without a call of invalidate()? By default, all may.
  virtual bool may_change(GuestAddr start, GuestAddr end) { return start < end; }
  // Copies what is at `start`, whether it may be executed or not. False: not all of it is there.
  virtual bool read(GuestAddr start, std::span<u8> out);
};

struct TranslatorOptions {
  // Adaptive: what runs for the first times is interpreted; what runs more often is translated.
  enum class Tier { Interp, One, Adaptive } tier = Tier::Adaptive;
  bool dump_ir = false, dump_guest = false, dump_host = false;
  std::optional<GuestAddr> dump_addr;  // only the unit or block that contains it
  bool trace = false;                  // print each block's pc and registers as it is entered
  int log_fd = 2;
  // Host features that may be used, for tests of the poorer ones; see tier1/host_features.h.
  std::string disable_features;
  // Translations are dropped when they take more than this.
  usize code_cache_size = usize{256} << 20;
  // What perf(1) is to call the code at an address; none: it is told nothing.
  std::function<std::string(GuestAddr)> perf_name;
  // Keep FPSR.UFC exact from the start, not only once the guest is seen to use FPSR.
  bool exact_underflow = false;
  // FPCR as guests start out with it: images are of that mode.
  u32 initial_fpcr = 0;
  // False: instructions of wide registers are undefined, until allow_wide_registers().
  bool wide_registers = true;
};

class Translator {
 public:
  Translator(const GuestIsa& isa, CodeSource& source, const TranslatorOptions& options);
  ~Translator();
  Translator(const Translator&) = delete;
  Translator& operator=(const Translator&) = delete;

  // Prepares `state` to run on the calling thread / releases what that took.
  void attach(CpuState& state);
  void detach(CpuState& state);

  // Runs the guest thread until something is to be done for it; never returns Exit::Continue.
  // Any number of threads may be in here at once, each with its own state.
  Exit run(CpuState& state);

  // Executes one instruction, by the reference, whatever is pending: Exit::Continue when it is done.
  Exit step(CpuState& state);
  // What the instruction at state.pc would access; nothing where it cannot be fetched.
  void accesses_of_next(const CpuState& state, const std::function<void(const MemoryAccess&)>& visit);

  // Code in [start, end) changed, went away, or may no longer be executed. Callable from any thread that
  // is not inside a signal handler. When it returns, no thread will *enter* a stale translation again.
  void invalidate(GuestAddr start, GuestAddr end);
  // The same, of code in [start, end) that may have changed: translations of what has not are kept. For
  // instruction sets that do not name what they change (GuestIsa::names_changed_code).
  void invalidate_changed(GuestAddr start, GuestAddr end);

  // From now on NZCV is exact in every fault, also where the guest itself cannot read it any more: a handler
  // of the guest will see it. Until then such flags may be stale after a fault.
  void keep_flags_for_faults();

  // From now on there are wide registers, also for who started without.
  void allow_wide_registers();

  // Takes translations of the code that begins at `start` from an image (translate/image.h), as far as the
  // guest has that code there, which is checked before any is executed. The descriptor is not kept. False: it
  // cannot be used.
  bool use_image(int fd, GuestAddr start);
  // Of code that is a file's: from now on, remember which blocks no image had.
  void watch_code(GuestAddr start, u64 bytes);
  // Those of the code that begins at `start`, by their distance from there, ascending; and how many blocks the
  // image has that was used for it.
  struct CodeWatched {
    std::vector<u32> missing;
    usize in_image = 0;
  };
  CodeWatched watched_code(GuestAddr start);

  // In a host signal handler of SIGSEGV, SIGBUS, SIGFPE or SIGILL: when the interrupted host code is
  // translated code, or an op evaluated for it, recovers the whole guest state, sets state.exit = Fault,
  // fault_*, and rewrites `uc` so that returning from the handler makes run() return. False: not ours.
  bool recover_fault(CpuState& state, const siginfo_t& info, ucontext_t& uc) noexcept;

  // The guest address that the translation at `host_pc` starts with; 0 when there is none. Safe in a signal
  // handler.
  GuestAddr unit_pc(u64 host_pc) const noexcept;

  // Around a host fork, by the forking thread (in the parent and in the child), so that the child finds
  // everything whole.
  void lock_for_fork();
  void unlock_after_fork();
  // In the child, instead: only the forking thread is there.
  void unlock_in_child(CpuState& survivor);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace veneer
