// Runs guest threads by compiled units: finds, compiles, links, promotes and drops them.
#pragma once

#include <array>
#include <atomic>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <vector>

#include "base/arena.h"
#include "base/stable_vector.h"
#include "base/zero_pages.h"
#include "translate/cache/code_cache.h"
#include "translate/tier1/code_names.h"
#include "translate/tier1/compiler.h"
#include "translate/tier1/image.h"
#include "translate/tier1/lifted_code.h"
#include "translate/tier1/trampolines.h"
#include "translate/tier1/unit.h"
#include "translate/tier1/unit_index.h"
#include "translate/translator.h"

namespace veneer::tier1 {

class Engine {
 public:
  Engine(const GuestIsa& isa, CodeSource& source, const TranslatorOptions& options);
  ~Engine();

  void attach(CpuState& state);
  void detach(CpuState& state);
  Exit run(CpuState& state);
  Exit step(CpuState& state);
  void accesses_of_next(const CpuState& state, const std::function<void(const MemoryAccess&)>& visit);
  void invalidate(GuestAddr start, GuestAddr end);
  void invalidate_changed(GuestAddr start, GuestAddr end);
  void keep_flags_for_faults();
  void allow_wide_registers();
  bool use_image(int fd, GuestAddr start);
  void watch_code(GuestAddr start, u64 bytes);
  Translator::CodeWatched watched_code(GuestAddr start);
  bool recover_fault(CpuState& state, const siginfo_t& info, ucontext_t& uc) noexcept;
  GuestAddr unit_pc(u64 host_pc) const noexcept;
  void lock_for_fork() { mutex_.lock(); }
  void unlock_after_fork() { mutex_.unlock(); }
  void unlock_in_child(CpuState& survivor);

 private:
  struct ThreadData;
  static constexpr usize kMaxUnits = usize{1} << 20;
  static constexpr usize kLeastSpace = usize{1} << 20;  // no unit comes near
  static constexpr GuestAddr kPage = 4096;

  // A page of code that may change without being named.
  struct Snapshot {  // what a block of a unit was made from, as far as it is in the page
    Unit* unit;
    usize offset;
    std::span<const u8> code;
  };
  struct ChangeablePage {
    std::vector<Snapshot> snapshots;
    std::unique_ptr<std::array<u8, kPage>> image;  // the page when it was last compared with them
    usize compared = 0;                            // the first of them, which were there then
  };

  static bool evaluate(CpuState* state);

  void cannot_fetch(CpuState& state) const;
  void from_now_on(bool& wanted);
  void check_sp();
  void trace(const CpuState& state) const;
  bool dumps(std::span<const ir::Block> blocks) const;
  void dump(std::span<const ir::Block> blocks, const Unit* unit) const;
  bool wants_reference(const CpuState& state);
  Unit* find(CpuState& state);
  Unit* find_unit(GuestAddr pc, FpMode mode, u8 isa_mode) const;
  Unit* compile(GuestAddr pc, FpMode mode, u8 isa_mode, bool hot, const ThreadData* thread = nullptr);
  bool lift(GuestAddr pc, u8 mode, ir::Block& block, usize max_insns = GuestIsa::LiftOptions{}.max_insns);
  bool lift_next(CpuState& state, ir::Block& block, usize max_insns = GuestIsa::LiftOptions{}.max_insns);
  usize form_region(std::vector<ir::Block>& blocks, FpMode mode);
  static bool needs_one_mode(std::span<const ir::Block> blocks);
  void promote(Unit& cold);
  GuestAddr usual_target(GuestAddr block, const Unit& unit);
  void resolve_link(CpuState& state);
  void leave_at_entry(CpuState& state);
  void enter_unit(Unit& unit, std::span<const ir::Block> blocks);
  void drop(Unit& unit);
  bool may_change_unnamed(GuestAddr pc);
  void keep_snapshots(Unit& unit, const ir::Block& block);
  void drop_changed(GuestAddr page, ChangeablePage& known);
  bool has_room() const;
  std::unique_lock<std::mutex> lock_with_room();
  bool all_out_of_code();
  void drop_everything();
  void run_reference(CpuState& state);
  void evaluate(CpuState& state, const ir::BlockView& block);
  bool expects_too_much(CpuState& state);
  bool strip_tags_at(CpuState& state);
  bool strip_pc_tag(CpuState& state) const;
  void name_address(CpuState& state) const;
  Unit* unit_at(u64 host_pc) const noexcept;
  // What recovering from a fault needs of the unit that has this host code, which may be one of an image's that
  // nobody has asked for yet. pins is null when there is none.
  struct FaultUnit {
    GuestAddr pc = 0;
    u64 code = 0;
    const Pins* pins = nullptr;
    std::span<const FaultPoint> faults;
    const FaultPoint* point_at(u64 host_pc) const noexcept;
  };
  FaultUnit fault_unit_at(u64 host_pc) const noexcept;
  void recover_registers(CpuState& state, const FaultUnit& unit, const FaultPoint& point, const u64* gprs,
                         const Vec* vecs) const noexcept;
  // --- images
  bool can_use_images() const;
  bool in_image(GuestAddr pc, FpMode mode) const;
  Unit* unit_of_image(GuestAddr pc, FpMode mode);
  Unit* unit_of_image(usize image, u32 number);
  Unit* known_unit(GuestAddr pc, FpMode mode, u8 isa_mode);
  Unit& entered_unit(u64 host_pc);
  Link* link_of(u32 number);
  GuestAddr link_target(u32 number);
  s32* count_of(u64 host_pc) const;
  void supersede_in_images(const Unit& unit);
  void drop_in_images(GuestAddr start, GuestAddr end);

  const GuestIsa& isa_;
  CodeSource& source_;
  TranslatorOptions options_;
  bool exact_underflow_;                // once the guest has been seen to look at FPSR
  bool check_sp_;                       // once a stack pointer has been seen that is not aligned
  bool counts_atomics_ = false;         // once an exclusive has been seen that is not plainly of one value
  bool keep_flags_for_faults_ = false;  // once a handler of the guest could see NZCV
  bool has_wide_registers_;
  HostFeatures host_;
  CodeCache cache_;
  Trampolines trampolines_;

  std::array<u32, kExclusiveVersions> exclusive_versions_{};  // only ever accessed atomically

  // Pages of which code has been looked at, by a hash of their address: what is written elsewhere needs no
  // invalidation.
  ZeroPages<u8> code_pages_{kCodePages};

  // How often blocks that are not translated have run, by a hash of their address.
  static constexpr usize kFirstRunCounts = usize{1} << 15;
  static constexpr usize first_run_index(GuestAddr pc) { return (pc >> 1 ^ pc >> 16) & (kFirstRunCounts - 1); }
  ZeroPages<u8> first_runs_{kFirstRunCounts};  // only ever accessed atomically

  LiftedCode lifted_code_{isa_.alignment_bits()};

  // Counts what makes blocks lifted so far worthless: changes of code, or of how it is to be lifted.
  std::atomic<u64> lift_version_{1};

  std::mutex mutex_;  // all that follows; translated code and fault recovery take no lock
  CodeNames names_;
  std::unique_ptr<Compiler> compiler_;
  std::vector<ir::Block> lifted_;  // of the unit being compiled
  KeptInMemory kept_;
  Arena arena_;
  std::map<u32, Link*> image_links_;  // those of images' links that have been wanted
  std::vector<GuestRange> ranges_;    // of the unit being compiled
  StableVector<Link> links_;          // a link that wants its target reads that without the lock
  std::deque<Unit> units_;
  UnitIndex by_pc_;  // pc | mode; read without the lock, too
  std::map<GuestAddr, std::vector<Unit*>> by_page_;
  std::map<GuestAddr, ChangeablePage> changeable_;
  std::set<GuestAddr> tagged_;  // instructions that have been seen to use tagged addresses
  std::vector<ThreadData*> threads_;

  // While translations are being dropped to reuse their memory; and how often that has happened.
  std::atomic<bool> flushing_{false};
  std::atomic<u64> generation_{0};

  // Images, for anyone to look at: only ever appended to, but when all translations are dropped.
  std::array<std::unique_ptr<Image>, kMaxImages> images_;
  std::atomic<usize> image_count_{0};
  usize image_space_used_ = 0;

  // Units in the order of their code, for fault recovery: only ever appended to.
  ZeroPages<Unit*> by_code_{kMaxUnits};
  std::atomic<usize> unit_count_{0};
};

}  // namespace veneer::tier1
