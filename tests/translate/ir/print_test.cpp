#include "translate/ir/print.h"
#include "isa/aarch64/code_bytes.h"

#include <gtest/gtest.h>

#include "isa/aarch64/isa.h"

namespace veneer::ir {
namespace {

std::string printed(std::initializer_list<u32> code) {
  Block block;
  a64::Aarch64Isa().lift(0x1000, code_bytes(std::span(code.begin(), code.size())), {}, block);
  return to_string(block);
}

TEST(Print, StateIsForwardedWithinABlock) {
  // add x0, x1, #2 ; add x2, x0, x0 ; ret
  const std::string text = printed({0x91000820, 0x8b000002, 0xd65f03c0});
  EXPECT_NE(text.find("1000:\n"), std::string::npos) << text;
  EXPECT_NE(text.find(" = GetReg.i64 x1"), std::string::npos) << text;
  EXPECT_EQ(text.find("GetReg.i64 x0"), std::string::npos) << text;
  EXPECT_NE(text.find("SetReg.i64"), std::string::npos) << text;
  EXPECT_NE(text.find("GetReg.i64 x30"), std::string::npos) << text;
  EXPECT_NE(text.find("BranchInd"), std::string::npos) << text;
}

TEST(Print, ShowsConstantsAndTargets) {
  // mov x0, #0x1234 ; b .+0x10
  const std::string text = printed({0xd2824680, 0x14000004});
  EXPECT_NE(text.find("Const.i64 0x1234"), std::string::npos) << text;
  EXPECT_NE(text.find("0x1014"), std::string::npos) << text;
}

TEST(Print, UndefinedInstructionsTrap) {
  EXPECT_NE(printed({0}).find("Trap"), std::string::npos);
}

}  // namespace
}  // namespace veneer::ir
