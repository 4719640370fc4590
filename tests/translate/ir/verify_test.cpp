#include "translate/ir/verify.h"
#include "isa/aarch64/code_bytes.h"

#include <gtest/gtest.h>

#include "isa/aarch64/isa.h"
#include "isa/aarch64/random_code.h"
#include "translate/ir/builder.h"
#include "translate/ir/print.h"

namespace veneer::ir {
namespace {

// x0 = x1 + 1, and on.
Block small_block() {
  Block block;
  block.pc = 0x1000;
  block.end_pc = 0x1004;
  Builder b(block);
  b.insn_start(0x1000);
  b.set(Reg{0}, b.add(b.get(Reg{1}, Type::I64), b.i64(1)));
  b.branch(0x1004);
  return block;
}

Inst& the(Block& block, Op op) {
  for (Inst& in : block.insts)
    if (in.op == op) return in;
  throw std::logic_error("the block lacks the operation");
}

TEST(Verify, AcceptsWhatTheBuilderMakes) {
  EXPECT_EQ(verify(small_block()), "");
}

TEST(Verify, NamesEachKindOfViolation) {
  const auto violation = [](auto break_it) {
    Block block = small_block();
    break_it(block);
    return verify(block);
  };
  struct {
    std::string problem;
    const char* says;
  } cases[] = {
      {violation([](Block& b) { b.insts.clear(); }), "empty"},
      {violation([](Block& b) { b.insts.pop_back(); }), "ends the block and is no terminator"},
      {violation([](Block& b) { b.insts.push_back(b.insts.back()); }), "is a terminator within the block"},
      {violation([](Block& b) { b.insts.erase(b.insts.begin()); }), "does not start with a guest instruction"},
      {violation([](Block& b) { the(b, Op::Add).args[1] = Value{}; }), "lacks operand 1"},
      {violation([](Block& b) { the(b, Op::Add).args[0] = Value{100}; }), "before it is defined"},
      {violation([](Block& b) { the(b, Op::Add).args[0] = Value{0}; }), "which has no value"},
      {violation([](Block& b) { the(b, Op::Add).type = Type::I32; }), "operand 0 of a wrong type"},
      {violation([](Block& b) { the(b, Op::GetReg).imm = kRegCount; }), "names no register"},
      {violation([](Block& b) { the(b, Op::Const).type = Type::None; }), "has no type"},
  };
  for (const auto& c : cases)
    EXPECT_NE(c.problem.find(c.says), std::string::npos) << c.says << ": " << c.problem;
}

// Whatever the fields of an instruction hold, what is lifted keeps to the rules, with and without tags
// stripped.
TEST(Verify, EveryLiftedInstructionKeepsTheRules) {
  const a64::Aarch64Isa isa;
  Random random(1);
  for (const Line& line : lines())
    for (int i = 0; i < 200; ++i) {
      const u32 word = random_word(line, random);
      for (const bool strip_tags : {false, true}) {
        Block block;
        isa.lift(Source::kBase, code_bytes(std::span(&word, 1)), {.strip_tags = strip_tags}, block);
        const std::string problem = verify(block);
        ASSERT_EQ(problem, "") << line.name << "\n" << to_string(block);
      }
    }
}

TEST(Verify, WordsAtRandomKeepTheRules) {
  const a64::Aarch64Isa isa;
  Random random(2);
  for (int i = 0; i < 20000; ++i) {
    u32 code[16];
    for (u32& word : code) word = static_cast<u32>(random.bits());
    Block block;
    isa.lift(Source::kBase, code_bytes(code), {}, block);
    ASSERT_EQ(verify(block), "") << to_string(block);
  }
}

}  // namespace
}  // namespace veneer::ir
