// The blocks that a thread has run by the reference lately, so that they need not be lifted again. What is
// older is overwritten.
#pragma once

#include <algorithm>
#include <span>

#include "base/zero_pages.h"
#include "translate/ir/ir.h"

namespace veneer::tier1 {

class LiftedBlocks {
 public:
  struct Entry {
    GuestAddr pc = 0, end_pc = 0;
    u64 version = 0;   // that it was kept with; 0: there is none
    u64 position = 0;  // of its instructions, counted from the first that was ever kept
    u32 guest_insns = 0;
    u16 count = 0;
    u8 props = 0;
    ir::BlockMode mode;
  };

  // Null when the block at pc was not kept with this version for this mode, or is overwritten. Good until the
  // next keep().
  const Entry* find(GuestAddr pc, u64 version, u8 mode) const {
    const Entry& e = entries_[index(pc)];
    return e.pc == pc && e.version == version && e.mode.takes(mode) && end_ - e.position <= kInsts ? &e
                                                                                                   : nullptr;
  }
  std::span<const ir::Inst> insts(const Entry& e) const { return insts_.subspan(e.position % kInsts, e.count); }
  const Entry& keep(const ir::Block& block, u64 version) {
    const usize count = block.insts.size();
    if (end_ % kInsts + count > kInsts) end_ += kInsts - end_ % kInsts;
    std::copy(block.insts.begin(), block.insts.end(), insts_.data() + end_ % kInsts);
    Entry& e = entries_[index(block.pc)];
    e = {.pc = block.pc,
         .end_pc = block.end_pc,
         .version = version,
         .position = end_,
         .guest_insns = block.guest_insns,
         .count = static_cast<u16>(count),
         .props = block.props,
         .mode = block.mode};
    end_ += count;
    return e;
  }
  void copy(const Entry& e, ir::Block& block) const {
    block.pc = e.pc;
    block.end_pc = e.end_pc;
    block.guest_insns = e.guest_insns;
    block.props = e.props;
    block.code.clear();  // of what may change, nothing is copied
    block.mode = e.mode;
    const std::span<const ir::Inst> from = insts(e);
    block.insts.assign(from.begin(), from.end());
  }

 private:
  static constexpr usize kEntries = 512, kInsts = ir::kMaxInsts;
  static usize index(GuestAddr pc) { return (pc >> 1 ^ pc >> 11) % kEntries; }

  ZeroPages<Entry> entries_{kEntries};
  ZeroPages<ir::Inst> insts_{kInsts};
  u64 end_ = 0;  // the position that the next instruction gets
};

}  // namespace veneer::tier1
