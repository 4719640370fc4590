// Every FP operation of the IR against the results and FPSR of the Arm instruction that it stands for, in
// every FPCR mode. The results were recorded as checksums; arm_oracle.cpp says how.
#include <gtest/gtest.h>

#include "translate/interp/eval.h"
#include "translate/softfp/arm_operands.h"

namespace veneer::softfp {
namespace {

const ArmCase kCases[] = {
#define CASE(text, op, type, esize, q, aux, imm, operands) \
  {text, ir::Op::op, ir::Type::type, esize, q, aux, imm, operands},
#include "translate/softfp/arm_cases.inc"
#undef CASE
};

struct Recorded {
  std::string_view text;
  u64 checksum;
};
const Recorded kRecorded[] = {
#include "translate/softfp/arm_results.inc"
};

ArmResult evaluate(const ArmCase& c, u32 fpcr, const Vec* v) {
  CpuState state;
  state.fpcr = fpcr;
  const ir::Inst in{.op = c.op, .type = c.type, .esize = c.esize, .q = c.q, .aux = c.aux, .imm = c.imm};
  const unsigned width = c.type == ir::Type::V128 ? 128 : c.esize != 0 ? c.esize : ir::bit_width(c.type);
  Vec args[3] = {};
  for (usize i = 0; c.operands[i] != 0; ++i) std::memcpy(&args[i], &v[c.operands[i] - '0'], width / 8);
  ArmResult r{.value = interp::eval_fn(c.op)(state, in, args), .fpsr = state.fpsr};
  if (c.op == ir::Op::FlagsFcmp) r.value = Vec{.w = {Nzcv::to_arm(r.value.h[0])}};
  return r;
}

TEST(ArmResults, EveryInstructionInEveryMode) {
  ASSERT_EQ(std::size(kCases), std::size(kRecorded));
  for (usize i = 0; i < std::size(kCases); ++i) {
    const ArmCase& c = kCases[i];
    ASSERT_EQ(c.text, kRecorded[i].text);
    EXPECT_EQ(checksum(c, [&](u32 fpcr, const Vec* v) { return evaluate(c, fpcr, v); }), kRecorded[i].checksum)
        << c.text;
  }
}

}  // namespace
}  // namespace veneer::softfp
