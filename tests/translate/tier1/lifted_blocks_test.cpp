#include "translate/tier1/lifted_blocks.h"

#include <gtest/gtest.h>

namespace veneer::tier1 {
namespace {

ir::Block block(GuestAddr pc, usize insts) {
  ir::Block b;
  b.pc = pc;
  b.end_pc = pc + 4;
  b.guest_insns = 1;
  b.insts.resize(insts);
  for (ir::Inst& in : b.insts) in.imm = pc;
  return b;
}

TEST(LiftedBlocks, FindsWhatWasKeptWithTheSameVersion) {
  LiftedBlocks blocks;
  EXPECT_EQ(blocks.find(0x1000, 1, 0), nullptr);
  blocks.keep(block(0x1000, 5), 1);
  const auto* e = blocks.find(0x1000, 1, 0);
  ASSERT_NE(e, nullptr);
  EXPECT_EQ(blocks.insts(*e).size(), 5u);
  ir::Block copy;
  blocks.copy(*e, copy);
  EXPECT_EQ(copy.end_pc, 0x1004u);
  EXPECT_EQ(copy.insts.size(), 5u);
  EXPECT_EQ(blocks.find(0x1000, 2, 0), nullptr);
  EXPECT_EQ(blocks.find(0x1004, 1, 0), nullptr);
}

TEST(LiftedBlocks, ForgetsWhatIsOverwritten) {
  LiftedBlocks blocks;
  usize found = 0;
  for (GuestAddr i = 0; i < 400; ++i) {
    blocks.keep(block(0x1000 + i * 4, 1 + i % 37), 1);
    for (GuestAddr k = 0; k <= i; ++k) {
      const auto* e = blocks.find(0x1000 + k * 4, 1, 0);
      if (!e) continue;
      ++found;
      ASSERT_EQ(e->count, 1 + k % 37);
      for (const ir::Inst& in : blocks.insts(*e)) ASSERT_EQ(in.imm, 0x1000 + k * 4);
    }
    ASSERT_NE(blocks.find(0x1000 + i * 4, 1, 0), nullptr);
  }
  EXPECT_LT(found, 400u * 401 / 2);
}

TEST(LiftedBlocks, HoldsTheLongestBlock) {
  LiftedBlocks blocks;
  for (GuestAddr i = 0; i < 3; ++i) {
    blocks.keep(block(i * 4, 100), 1);
    blocks.keep(block(0x2000 + i * 4, ir::kMaxInsts), 1);
    const auto* e = blocks.find(0x2000 + i * 4, 1, 0);
    ASSERT_NE(e, nullptr);
    EXPECT_EQ(blocks.insts(*e).back().imm, 0x2000 + i * 4);
  }
}

}  // namespace
}  // namespace veneer::tier1
