// What the recorder of Arm results (arm_oracle.cpp) and the test that compares with them have in common:
// the operands of every case, and the checksum of its results.
#pragma once

#include <cstring>
#include <string_view>

#include "translate/cpu_state.h"
#include "translate/ir/ir.h"
#include "translate/softfp/hostile.h"

namespace veneer::softfp {

struct ArmCase {
  const char* text;
  ir::Op op;
  ir::Type type;
  u8 esize;
  bool q;
  u8 aux;
  u64 imm;
  const char* operands;
};

struct ArmResult {
  Vec value{};
  u32 fpsr = 0;
};

// Every combination of rounding mode, FZ, DN, FZ16 and AHP.
constexpr u32 kFpcrModes = 64;
constexpr u32 fpcr_mode(u32 n) {
  return (n & 3) << fpcr::kRModeShift | ((n & 4) != 0 ? fpcr::kFZ : 0) | ((n & 8) != 0 ? fpcr::kDN : 0) |
         ((n & 16) != 0 ? fpcr::kFZ16 : 0) | ((n & 32) != 0 ? fpcr::kAHP : 0);
}

class ArmOperands {
 public:
  explicit ArmOperands(const ArmCase& c) : case_(c), random_(static_cast<u64>(c.type) << 8 | c.esize) {}

  // The values of v0, v1 and v2.
  void next(Vec (&v)[3]) {
    const std::string_view name = ir::text(case_.op).name;
    if (name.starts_with("VBf") && case_.esize == 16) {
      fill<BFloat>(v, bfloats_);
      Vec sums[3];
      fill<Single>(sums, singles_);
      v[0] = sums[0];
      return;
    }
    switch (case_.esize != 0 ? case_.esize : ir::bit_width(case_.type)) {
      case 16: fill<Half>(v, halves_); break;
      case 32: fill<Single>(v, singles_); break;
      default: fill<Double>(v, doubles_); break;
    }
  }

 private:
  template <class F>
  void fill(Vec (&v)[3], const std::vector<typename F::Bits>& table) {
    // Often every element is the same, so that FPSR is about that one.
    const bool repeat = (random_.next() & 1) != 0;
    for (unsigned e = 0; e < 128 / F::kWidth; ++e) {
      const s32 around = static_cast<s32>(random_.next() & F::kExpMax);
      for (Vec& reg : v) {
        const u64 how = random_.next();
        typename F::Bits bits = static_cast<typename F::Bits>(random_.next());
        if ((how & 7) < 5) bits = table[(how >> 8) % table.size()];
        if ((how & 7) > 5) bits = random_.operand<F>(around);
        u8* at = reg.b + e * sizeof bits;
        if (repeat && e != 0) std::memcpy(&bits, reg.b, sizeof bits);
        std::memcpy(at, &bits, sizeof bits);
      }
    }
  }

  const ArmCase& case_;
  Random random_;
  std::vector<u16> halves_ = hostile<Half>(), bfloats_ = hostile<BFloat>();
  std::vector<u32> singles_ = hostile<Single>();
  std::vector<u64> doubles_ = hostile<Double>();
};

// The checksum of a case's results over its operands in every FPCR mode.
template <typename Fn>
u64 checksum(const ArmCase& c, Fn run) {
  constexpr u32 kPerMode = 64;
  u64 sum = 0;
  ArmOperands operands(c);
  for (u32 mode = 0; mode < kFpcrModes; ++mode) {
    for (u32 i = 0; i < kPerMode; ++i) {
      Vec v[3];
      operands.next(v);
      const ArmResult r = run(fpcr_mode(mode), v);
      for (const u64 part : {r.value.d[0], r.value.d[1], u64{r.fpsr}}) sum = Random(sum ^ part).next();
    }
  }
  return sum;
}

}  // namespace veneer::softfp
