// Every floating-point encoding against results of another implementation of the architecture.
#include <gtest/gtest.h>

#include <set>
#include <string_view>

#include "isa/aarch64/fp_operands.h"
#include "isa/aarch64/fp_run.h"

namespace veneer::a64::test {
namespace {

struct Result {
  u32 word;
  unsigned width;
  u64 seed;
  u32 fpcr;
  u64 low, high, x;
  u32 nzcv, fpsr;
};

constexpr Result kResults[] = {
#include "isa/aarch64/fp_results.inc"
};

TEST(FpResults, AreThoseOfTheArchitecture) {
  for (const Result& r : kResults) {
    const Encoding* encoding = decode(r.word);
    ASSERT_NE(encoding, nullptr) << std::hex << r.word;
    SCOPED_TRACE(testing::Message() << encoding->name << " word 0x" << std::hex << r.word << " seed 0x"
                                    << r.seed << " fpcr 0x" << r.fpcr);
    u64 v[64], x[kFpTestGprs];
    u32 nzcv = 0;
    fp_registers(r.seed, r.width, v, x, &nzcv);
    Machine m;
    std::memcpy(m.state.v, v, sizeof v);
    std::memcpy(m.state.x, x, sizeof x);
    m.set_nzcv(nzcv >> 28);
    m.set_fpcr(r.fpcr);
    ASSERT_TRUE(m.run(r.word));

    const unsigned rd = r.word & 31;
    v[2 * rd] = r.low;
    v[2 * rd + 1] = r.high;
    if (rd < kFpTestGprs) x[rd] = r.x;
    for (unsigned n = 0; n < 32; ++n) {
      EXPECT_EQ(m.state.v[n].d[0], v[2 * n]) << "low half of v" << n;
      EXPECT_EQ(m.state.v[n].d[1], v[2 * n + 1]) << "high half of v" << n;
    }
    for (unsigned n = 0; n < kFpTestGprs; ++n) EXPECT_EQ(m.state.x[n], x[n]) << "x" << n;
    EXPECT_EQ(m.nzcv(), r.nzcv);
    EXPECT_EQ(m.fpsr(), r.fpsr);
  }
}

// A new encoding has results to be held against.
TEST(FpResults, AreThereForEveryEncoding) {
  std::set<std::string_view> tested;
  for (const Result& r : kResults)
    if (const Encoding* encoding = decode(r.word)) tested.insert(encoding->name);
  for (std::string_view name : {
#define VENEER_INSN(name, section, pattern) std::string_view(#name),
#include "isa/aarch64/encodings/fp_scalar.inc"
#include "isa/aarch64/encodings/simd_fp.inc"
#undef VENEER_INSN
       })
    EXPECT_TRUE(tested.contains(name)) << name;
}

}  // namespace
}  // namespace veneer::a64::test
