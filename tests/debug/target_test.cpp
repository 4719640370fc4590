#include "debug/target.h"

#include <elf.h>
#include <gtest/gtest.h>

#include "isa/riscv64/registers.h"
#include "program/abi.h"

namespace veneer::debug {
namespace {

class Targets : public testing::TestWithParam<const Target*> {
 protected:
  // With vectors, where there can be.
  static GuestRegisters zeros() {
    GuestRegisters out{};
    if (GetParam()->machine == EM_RISCV) out.wide_bytes = 32;
    return out;
  }
  // vxsat to vlenb, which cannot hold anything.
  static bool is_limited(u64 number) { return GetParam()->machine == EM_RISCV && number >= 100; }
  static u64 count() { return GetParam()->register_count(zeros()); }
};

TEST_P(Targets, EveryRegisterKeepsWhatIsWrittenToIt) {
  const Target& target = *GetParam();
  GuestRegisters registers = zeros();
  for (u64 number = 0; number < count(); number++) {
    std::string bytes = *register_bytes(target, registers, number);
    bytes[0] = 0;
    ASSERT_TRUE(set_register_bytes(target, registers, number, bytes));
    if (is_limited(number)) continue;
    bytes[0] = 4;
    ASSERT_TRUE(set_register_bytes(target, registers, number, bytes));
    const bool is_zero = target.machine == EM_RISCV && number == rv64::kZero;
    const bool is_control = target.machine == EM_AARCH64 && number == 67;  // of fpcr no such bit exists
    EXPECT_EQ(register_bytes(target, registers, number)->at(0), is_zero || is_control ? 0 : 4) << number;
  }
}

TEST_P(Targets, AllRegistersInARowAreEachOfThem) {
  const Target& target = *GetParam();
  GuestRegisters registers = zeros();
  for (u64& x : registers.x) x = static_cast<u64>(&x - registers.x) * 0x0101;
  registers.pc = 0x12344;
  std::string all;
  for (u64 number = 0; number < count(); number++) all += *register_bytes(target, registers, number);
  EXPECT_EQ(all_registers(target, registers), all);
  GuestRegisters copy = zeros();
  ASSERT_TRUE(set_all_registers(target, copy, all));
  EXPECT_EQ(all_registers(target, copy), all);
  EXPECT_EQ(copy.pc, registers.pc);
  EXPECT_FALSE(set_all_registers(target, copy, all + "x"));
}

TEST_P(Targets, WhatIsNoRegisterIsNot) {
  GuestRegisters registers = zeros();
  EXPECT_EQ(register_bytes(*GetParam(), registers, count()), std::nullopt);
  EXPECT_FALSE(set_register_bytes(*GetParam(), registers, 1, "123"));
}

TEST_P(Targets, TheDescriptionNamesEveryRegisterOnce) {
  const std::string text = GetParam()->description(zeros());
  for (unsigned number = 0; number < count(); number++) {
    const std::string name = "regnum=\"" + std::to_string(number) + "\"";
    const usize at = text.find(name);
    ASSERT_NE(at, text.npos) << name;
    EXPECT_EQ(text.find(name, at + 1), text.npos) << name;
  }
}

TEST_P(Targets, ItsOwnBreakpointsTrap) {
  for (const std::string_view breakpoint : GetParam()->breakpoints) {
    EXPECT_TRUE(GetParam()->traps(breakpoint));
    EXPECT_FALSE(GetParam()->traps(breakpoint.substr(1)));
  }
  EXPECT_FALSE(GetParam()->traps(""));
}

INSTANTIATE_TEST_SUITE_P(All, Targets, testing::Values(&kAarch64Target, &kRiscv64Target),
                         [](const auto& one) { return std::string(one.param->triple, 7); });

TEST(Target, FflagsAndFrmArePartsOfFcsr) {
  constexpr unsigned kFflags = 65, kFrm = 66, kFcsr = 67;
  GuestRegisters registers{};
  const auto get = [&](unsigned number) { return register_bytes(kRiscv64Target, registers, number)->at(0); };
  ASSERT_TRUE(set_register_bytes(kRiscv64Target, registers, kFcsr, std::string("\x71\0\0\0", 4)));
  EXPECT_EQ(get(kFflags), 0x11);
  EXPECT_EQ(get(kFrm), 3);
  ASSERT_TRUE(set_register_bytes(kRiscv64Target, registers, kFrm, std::string("\x02\0\0\0", 4)));
  EXPECT_EQ(get(kFcsr), 0x51);
  ASSERT_TRUE(set_register_bytes(kRiscv64Target, registers, kFflags, std::string("\x08\0\0\0", 4)));
  EXPECT_EQ(get(kFcsr), 0x48);
}

TEST(Target, RegistersOfArm64AreWhereTheirDescriptionSays) {
  GuestRegisters r{};
  r.x[3] = 0x1122334455667788;
  r.flags = 0x80000000;
  EXPECT_EQ(*register_bytes(kAarch64Target, r, 3), "\x88\x77\x66\x55\x44\x33\x22\x11");
  EXPECT_EQ(*register_bytes(kAarch64Target, r, 33), std::string("\0\0\0\x80", 4));
  EXPECT_EQ(all_registers(kAarch64Target, r).size(), 33 * 8 + 4 + 32 * 16 + 2 * 4 + 8);
}

TEST(Target, RegistersOfRiscv64AreWhereTheirDescriptionSays) {
  GuestRegisters r{};
  r.x[0] = 1;   // a0
  r.x[31] = 2;  // sp
  r.x[30] = 3;  // ra
  r.pc = 4;
  r.v[10].d[0] = 5;  // fa0
  const auto first = [&](u64 number) { return register_bytes(kRiscv64Target, r, number)->at(0); };
  EXPECT_EQ(first(10), 1);
  EXPECT_EQ(first(2), 2);
  EXPECT_EQ(first(1), 3);
  EXPECT_EQ(first(32), 4);
  EXPECT_EQ(first(33 + 10), 5);
  EXPECT_EQ(all_registers(kRiscv64Target, r).size(), 33 * 8 + 32 * 8 + 3 * 4);
}

TEST(Target, VectorsOfRiscv64AreThereWhereTheProcessorHasThem) {
  constexpr unsigned kV0 = 68, kVstart = 100, kVxsat = 101, kVxrm = 102, kVcsr = 103, kVl = 104, kVtype = 105,
                     kVlenb = 106;
  GuestRegisters r{};
  EXPECT_EQ(kRiscv64Target.register_count(r), kV0);
  EXPECT_EQ(kRiscv64Target.description(r).find("riscv.vector"), std::string::npos);
  r.wide_bytes = 32;
  EXPECT_EQ(kRiscv64Target.register_count(r), kVlenb + 1);
  EXPECT_NE(kRiscv64Target.description(r).find("name=\"v31\" bitsize=\"256\""), std::string::npos);
  const auto word = [](u64 value) { return std::string(reinterpret_cast<const char*>(&value), sizeof value); };
  const auto set = [&](unsigned number, u64 value) {
    EXPECT_TRUE(set_register_bytes(kRiscv64Target, r, number, word(value)));
    return *register_bytes(kRiscv64Target, r, number);
  };
  EXPECT_EQ(*register_bytes(kRiscv64Target, r, kVlenb), word(32));
  EXPECT_EQ(set(kVlenb, 16), word(32));
  EXPECT_EQ(set(kVtype, 3 << 3), word(3 << 3));  // e64, m1
  EXPECT_EQ(set(kVl, 4), word(4));
  EXPECT_EQ(set(kVl, 5), word(4));  // more than there are
  EXPECT_EQ(set(kVxrm, 2), word(2));
  EXPECT_EQ(set(kVxsat, 1), word(1));
  EXPECT_EQ(*register_bytes(kRiscv64Target, r, kVcsr), word(5));
  EXPECT_EQ(set(kVstart, 3), word(3));
  const std::string bytes(32, 'x');
  EXPECT_TRUE(set_register_bytes(kRiscv64Target, r, kV0 + 31, bytes));
  EXPECT_EQ(*register_bytes(kRiscv64Target, r, kV0 + 31), bytes);
  EXPECT_EQ(r.wide[62].b[0], 'x');
}

TEST(Target, IsFoundByTheMachine) {
  EXPECT_EQ(&target_of(EM_RISCV), &kRiscv64Target);
  EXPECT_EQ(&target_of(EM_AARCH64), &kAarch64Target);
  EXPECT_EQ(find_abi(EM_RISCV), &kRiscv64Abi);
  EXPECT_EQ(find_abi(EM_X86_64), nullptr);
}

}  // namespace
}  // namespace veneer::debug
