// Which guest code becomes a unit, and when.
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>

#include "translate/ir/verify.h"
#include "translate/tier1/engine.h"
#include "translate/tier1/patch.h"
#include "translate/tier1/thread_data.h"
#include "translate/tier1/unit_key.h"

namespace veneer::tier1 {

namespace {

s32 first_count(const Unit& unit) {
  return unit.of_image ? kHotCountOfImages : kHotCount;
}
// Has it been executed often enough to belong in a region?
bool is_warm(const Unit& unit) {
  const s32 first = first_count(unit);
  return !unit.counts || unit.executions_left() <= first - first / 16;
}
// A block of an instruction set that does not name the code that it changes.
constexpr usize kMostBlockBytes = GuestIsa::LiftOptions{}.max_insns * sizeof(u32);
constexpr usize kMaxRegionBlocks = 32, kMaxRegionInsns = 400;

bool touches_fpsr(const ir::Inst& in) {
  return (in.op == Op::ReadSys || in.op == Op::WriteSys) && static_cast<ir::SysReg>(in.imm) == ir::SysReg::Fpsr;
}

// A load-exclusive whose store is not in the same block, or that has other loads before it. What is stored may
// then depend on more than the value that was loaded, so that it matters whether that has been changed and
// changed back.
bool depends_on_more(const ir::Block& block) {
  bool open = false;
  for (const ir::Inst& in : block.insts) switch (in.op) {
      case Op::LoadExcl:
      case Op::LoadExcl128: open = true; break;
      case Op::StoreExcl:
      case Op::StoreExcl128: open = false; break;
      case Op::Load:
      case Op::LoadF:
      case Op::LoadV:
      case Op::AtomicRmw:
      case Op::Cas:
      case Op::Cas128:
        if (open) return true;
        break;
      default: break;
    }
  return open;
}

#ifdef VENEER_DEBUG
constexpr bool kDebugBuild = true;
#else
constexpr bool kDebugBuild = false;
#endif

[[maybe_unused]] void check_rules(const ir::Block& block) {
  const std::string problem = ir::verify(block);
  if (problem.empty()) return;
  std::fprintf(stderr, "veneer: the block at %#lx breaks the IR's rules: %s\n",
               static_cast<unsigned long>(block.pc), problem.c_str());
  std::abort();
}

}  // namespace

// Any of the block at pc, whose end is not known yet.
bool Engine::may_change_unnamed(GuestAddr pc) {
  return !isa_.names_changed_code() && source_.may_change(pc, pc + kMostBlockBytes);
}

bool Engine::lift(GuestAddr pc, u8 mode, ir::Block& block, usize max_insns) {
  // Before the code is read: who writes it, and finds the page unmarked after that, has written it in time.
  for (const GuestAddr page : {pc, pc + kPage})
    __atomic_store_n(&code_pages_[code_page_index(page)], 1, __ATOMIC_SEQ_CST);
  std::span<const u8> code = source_.fetch(pc);
  if (code.empty()) return false;
  // Where it may be changed meanwhile, what is lifted must be what is compared later.
  std::array<u8, kMostBlockBytes> copy;
  const bool may_change = may_change_unnamed(pc);
  if (may_change) {
    code = code.first(std::min(code.size(), copy.size()));
    std::copy(code.begin(), code.end(), copy.begin());
    code = std::span<const u8>(copy).first(code.size());
  }
  GuestIsa::LiftOptions options{
      .max_insns = max_insns, .check_sp = check_sp_, .mode = mode, .wide = has_wide_registers_};
  isa_.lift(pc, code, options, block);
  // What is translated already does not keep the last exact flag; from here on, all does.
  if (block.props & ir::N) {
    if (!exact_underflow_ && isa_.tiny_before_rounding() &&
        std::any_of(block.insts.begin(), block.insts.end(), touches_fpsr))
      from_now_on(exact_underflow_);
    if (!counts_atomics_ && depends_on_more(block)) from_now_on(counts_atomics_);
  }
  auto tagged = tagged_.lower_bound(pc);
  if (tagged != tagged_.end() && *tagged < block.end_pc) {
    options.strip_tags = true;
    isa_.lift(pc, code, options, block);
  }
  // One instruction alone is looked at by debuggers.
  if (max_insns > 1) lifted_code_.note(pc);
  block.code.clear();
  if (may_change) {
    const auto used = code.first(std::min<usize>(code.size(), block.end_pc - pc));
    block.code.assign(used.begin(), used.end());
  }
  if constexpr (kDebugBuild) check_rules(block);
  return true;
}

Unit* Engine::compile(GuestAddr pc, FpMode mode, u8 isa_mode, bool hot, const ThreadData* thread) {
  std::vector<ir::Block>& blocks = lifted_;
  if (blocks.empty()) blocks.emplace_back();
  const LiftedBlocks::Entry* known = nullptr;
  // What was lifted from code that has changed since must not become a unit.
  if (thread && !may_change_unnamed(pc)) known = thread->lifted.find(pc, lift_version_, isa_mode);
  if (known) {
    thread->lifted.copy(*known, blocks[0]);
    blocks[0].mode.enter(isa_mode);
  } else if (!lift(pc, isa_mode, blocks[0])) {
    return nullptr;
  }
  usize count = 1;
  if (hot) count = form_region(blocks, mode);
  // Who comes to the entry, in whatever mode, must be able to stay.
  if (!blocks[0].mode.reads && needs_one_mode(std::span(blocks).first(count))) count = 1;
  Unit& unit = units_.emplace_back();
  unit.pc = pc;
  unit.mode = mode;
  unit.isa_mode = isa_mode;
  unit.one_mode = needs_one_mode(std::span(blocks).first(count));
  unit.exact_underflow = exact_underflow_;
  unit.keep_flags_for_faults = keep_flags_for_faults_;
  unit.counts_atomics = counts_atomics_;
  const ir::Inst& end = blocks[0].insts.back();
  unit.region = count > 1 || (hot && end.op == Op::BranchCond && end.imm == pc);
  *unit.count = kHotCount;
  unit.counts = !hot && !options_.trace;
  enter_unit(unit, std::span(blocks).first(count));
  supersede_in_images(unit);
  if (dumps(std::span(blocks).first(count))) dump(std::span(blocks).first(count), &unit);
  return &unit;
}

void Engine::enter_unit(Unit& unit, std::span<const ir::Block> blocks) {
  cache_.take(compiler_->compile(unit, blocks));
  unit.faults = arena_.keep(compiler_->faults());
  if (unit.pins != &kNoPins) unit.pins = arena_.keep(std::span(unit.pins, 1)).data();
  ranges_.clear();
  for (const ir::Block& b : blocks) {
    if (!ranges_.empty() && ranges_.back().end == b.pc) {
      ranges_.back().end = b.end_pc;
    } else {
      ranges_.push_back({b.pc, b.end_pc});
    }
    for (GuestAddr p = b.pc & ~(kPage - 1); p < b.end_pc; p += kPage) {
      std::vector<Unit*>& units = by_page_[p];
      if (units.empty() || units.back() != &unit) units.push_back(&unit);
    }
  }
  unit.ranges = arena_.keep(std::span<const GuestRange>(ranges_));
  for (const ir::Block& b : blocks)
    if (!b.code.empty()) keep_snapshots(unit, b);
  const usize n = unit_count_.load(std::memory_order_relaxed);
  by_code_[n] = &unit;
  unit_count_.store(n + 1, std::memory_order_release);
  by_pc_.set(key_of(unit), &unit);
  if (names_.wanted()) names_.add(unit.code, unit.size, unit.pc);
}

void Engine::keep_snapshots(Unit& unit, const ir::Block& block) {
  std::span<const u8> code = arena_.keep(std::span<const u8>(block.code));
  for (GuestAddr at = block.pc; !code.empty();) {
    const usize offset = at & (kPage - 1), part = std::min(code.size(), kPage - offset);
    changeable_[at - offset].snapshots.push_back({&unit, offset, code.first(part)});
    code = code.subspan(part);
    at += part;
  }
}

// The blocks that direct branches lead to from the entry and that have been running, too.
usize Engine::form_region(std::vector<ir::Block>& blocks, FpMode mode) {
  usize count = 1, insns = blocks[0].guest_insns;
  auto seen = [&](GuestAddr pc, u8 isa_mode) {
    return std::any_of(blocks.begin(), blocks.begin() + static_cast<std::ptrdiff_t>(count),
                       [&](const ir::Block& b) { return b.pc == pc && b.mode.same_as(isa_mode); });
  };
  std::array<u8, kMaxRegionBlocks> inherits{1};  // the mode that the entry is entered in
  for (usize i = 0; i < count; ++i) {
    const ir::Inst end = blocks[i].insts.back();
    const bool passes_on = inherits[i] && !blocks[i].mode.sets;
    const u8 out = blocks[i].mode.out;
    struct {
      GuestAddr pc = 0;
      u8 isa_mode = 0;
    } next[2];
    if (end.op == Op::Branch && static_cast<ir::BranchKind>(end.aux) == ir::BranchKind::Jump)
      next[0] = {end.imm, out};
    if (end.op == Op::BranchCond) {
      next[0] = {end.imm, out};
      next[1] = {blocks[i].end_pc, out};
    }
    if (end.op == Op::BranchMode) {
      next[0] = {end.imm, end.esize};
      next[1] = {end.imm, end.aux};
    }
    for (const auto& [pc, isa_mode] : next) {
      if (pc == 0 || !isa_.is_aligned(pc) || count >= kMaxRegionBlocks || insns >= kMaxRegionInsns) continue;
      const Unit* unit = known_unit(pc, mode, isa_mode);
      if (!unit || seen(pc, isa_mode) || !is_warm(*unit)) continue;
      if (blocks.size() == count) blocks.emplace_back();
      if (!lift(pc, isa_mode, blocks[count])) continue;
      if (passes_on && blocks[count].mode.reads && !blocks[0].mode.reads) continue;
      inherits[count] = passes_on;
      insns += blocks[count++].guest_insns;
    }
  }
  std::sort(blocks.begin() + 1, blocks.begin() + static_cast<std::ptrdiff_t>(count),
            [](const ir::Block& x, const ir::Block& y) {
              return x.pc != y.pc ? x.pc < y.pc : x.mode.in < y.mode.in;
            });
  return count;
}

// Does a block read the mode that the unit is entered in?
bool Engine::needs_one_mode(std::span<const ir::Block> blocks) {
  if (std::none_of(blocks.begin(), blocks.end(), [](const ir::Block& b) { return b.mode.reads; })) return false;
  std::vector<u8> inherits(blocks.size());
  inherits[0] = 1;
  for (bool changed = true; changed;) {
    changed = false;
    for (usize i = 0; i < blocks.size(); ++i) {
      if (!inherits[i] || blocks[i].mode.sets) continue;
      const ir::Inst& end = blocks[i].insts.back();
      for (usize s = 0; s < blocks.size(); ++s) {
        if (inherits[s]) continue;
        const bool follows =
            (end.op == Op::Branch && end.imm == blocks[s].pc) ||
            (end.op == Op::BranchCond && (end.imm == blocks[s].pc || blocks[i].end_pc == blocks[s].pc));
        if (follows) inherits[s] = changed = true;
      }
    }
  }
  for (usize i = 0; i < blocks.size(); ++i)
    if (inherits[i] && blocks[i].mode.reads) return true;
  return false;
}

void Engine::promote(Unit& cold) {
  *cold.count = first_count(cold);  // in case that it stays
  Unit* hot = compile(cold.pc, cold.mode, cold.isa_mode, true);
  // Whoever jumps to the cold code arrives in the hot one.
  if (hot && cold.valid) patch_entry(cold.code, hot->code);
}

}  // namespace veneer::tier1
