#include <gtest/gtest.h>

#include <string_view>

#include "translate/interp/eval_internal.h"

namespace veneer::interp {
namespace {

using ir::Type;

Vec value(u64 v) {
  Vec r{};
  r.d[0] = v;
  return r;
}

u64 run(EvalFn fn, Type type, std::initializer_list<u64> args, u64 imm = 0, u8 esize = 0) {
  CpuState state;
  Vec a[3]{};
  usize n = 0;
  for (u64 v : args) a[n++] = value(v);
  return fn(state, {.op = ir::Op::Const, .type = type, .esize = esize, .imm = imm}, a).d[0];
}

TEST(EvalInt, DivisionIsTotal) {
  EXPECT_EQ(run(eval_DivS, Type::I64, {7, 0}), 0u);
  EXPECT_EQ(run(eval_DivU, Type::I32, {7, 0}), 0u);
  EXPECT_EQ(run(eval_DivS, Type::I64, {u64{1} << 63, ~u64{0}}), u64{1} << 63);
  EXPECT_EQ(run(eval_DivS, Type::I32, {0x80000000, 0xffffffff}), 0x80000000u);
  EXPECT_EQ(run(eval_DivS, Type::I32, {0xfffffff9, 2}), 0xfffffffdu);
}

TEST(EvalInt, BitCountsAndReversals) {
  EXPECT_EQ(run(eval_Clz, Type::I32, {0}), 32u);
  EXPECT_EQ(run(eval_Clz, Type::I64, {1}), 63u);
  EXPECT_EQ(run(eval_Cls, Type::I32, {0xffffffff}), 31u);
  EXPECT_EQ(run(eval_Cls, Type::I32, {0x3fffffff}), 1u);
  EXPECT_EQ(run(eval_Cls, Type::I64, {0}), 63u);
  EXPECT_EQ(run(eval_Rbit, Type::I32, {1}), 0x80000000u);
  EXPECT_EQ(run(eval_Rbit, Type::I64, {0b1101}), 0xb000000000000000u);
  EXPECT_EQ(run(eval_Bswap, Type::I32, {0x11223344}), 0x44332211u);
  EXPECT_EQ(run(eval_Bswap, Type::I64, {0x1122334455667788}), 0x8877665544332211u);
  EXPECT_EQ(run(eval_Bswap16, Type::I32, {0x11223344}), 0x22114433u);
  EXPECT_EQ(run(eval_Bswap32, Type::I64, {0x1122334455667788}), 0x4433221188776655u);
}

TEST(EvalInt, Fields) {
  EXPECT_EQ(run(eval_Ubfx, Type::I64, {0xabcd}, 4 | 8 << 8), 0xbcu);
  EXPECT_EQ(run(eval_Sbfx, Type::I32, {0xabcd}, 4 | 8 << 8), 0xffffffbcu);
  EXPECT_EQ(run(eval_Bfi, Type::I32, {0xffffffff, 0}, 8 | 8 << 8), 0xffff00ffu);
  EXPECT_EQ(run(eval_Extr, Type::I32, {0x1, 0x80000000}, 31), 0x3u);
  EXPECT_EQ(run(eval_Extr, Type::I64, {0x1, 0}, 0), 0u);
}

TEST(EvalInt, CrcsGiveTheirCheckValues) {
  u32 crc = 0xffffffff, crc_c = 0xffffffff;
  for (char c : std::string_view("123456789")) {
    crc = static_cast<u32>(run(eval_Crc32, Type::I32, {crc, static_cast<u8>(c)}, 0, 8));
    crc_c = static_cast<u32>(run(eval_Crc32c, Type::I32, {crc_c, static_cast<u8>(c)}, 0, 8));
  }
  EXPECT_EQ(~crc, 0xcbf43926u);
  EXPECT_EQ(~crc_c, 0xe3069283u);
}

TEST(EvalFlags, CarryMeansNoBorrow) {
  EXPECT_EQ(run(eval_FlagsSub, Type::I64, {5, 5}), u64{Nzcv::kZ | Nzcv::kC});
  EXPECT_EQ(run(eval_FlagsSub, Type::I32, {0, 1}), u64{Nzcv::kN});
  EXPECT_EQ(run(eval_FlagsSub, Type::I32, {0x80000000, 1}), u64{Nzcv::kC | Nzcv::kV});
  EXPECT_EQ(run(eval_FlagsAdd, Type::I32, {0xffffffff, 1}), u64{Nzcv::kZ | Nzcv::kC});
  EXPECT_EQ(run(eval_FlagsAdd, Type::I64, {~u64{0} >> 1, 1}), u64{Nzcv::kN | Nzcv::kV});
  EXPECT_EQ(run(eval_FlagsSbc, Type::I64, {0, 0, 0}), u64{Nzcv::kN});
  EXPECT_EQ(run(eval_FlagsAdc, Type::I64, {~u64{0}, 0, 1}), u64{Nzcv::kZ | Nzcv::kC});
}

}  // namespace
}  // namespace veneer::interp
