// Records arm_results.inc. An AArch64 program, to be run on an Arm processor or under an emulator that
// arm_results_test.cpp is to be compared with:
//   aarch64-linux-gnu-g++ -std=c++20 -O1 -static -march=armv8.6-a+fp16 -Isrc -Itests
//       tests/translate/softfp/arm_oracle.cpp -o arm_oracle
//   qemu-aarch64 -cpu max ./arm_oracle > tests/translate/softfp/arm_results.inc
#include <cstdio>

#include "translate/softfp/arm_operands.h"

namespace veneer::softfp {
namespace {

struct Runnable {
  ArmCase c;
  ArmResult (*run)(u32 fpcr, const Vec* v);
};

const Runnable kCases[] = {
#define CASE(text, op, type, esize, q, aux, imm, operands)                                        \
  {{text, ir::Op::op, ir::Type::type, esize, q, aux, imm, operands}, [](u32 fpcr, const Vec* v) { \
     ArmResult r;                                                                                 \
     u64 fpsr;                                                                                    \
     asm volatile(                                                                                \
         "msr fpcr, %x[fpcr]; msr fpsr, xzr; ldr q0, [%[v]]; ldr q1, [%[v], 16]; "                \
         "ldr q2, [%[v], 32]; " text "; str q0, [%[r]]; mrs %[fpsr], fpsr; msr fpcr, xzr"         \
         : [fpsr] "=&r"(fpsr)                                                                     \
         : [v] "r"(v), [fpcr] "r"(u64{fpcr}), [r] "r"(&r.value)                                   \
         : "v0", "v1", "v2", "x3", "cc", "memory");                                               \
     r.fpsr = static_cast<u32>(fpsr);                                                             \
     return r;                                                                                    \
   }},
#include "translate/softfp/arm_cases.inc"
#undef CASE
};

}  // namespace
}  // namespace veneer::softfp

int main() {
  using namespace veneer::softfp;
  std::puts("// Checksums of Arm results, made by arm_oracle.cpp.");
  for (const Runnable& k : kCases) {
    std::printf("{\"%s\", 0x%016llx},\n", k.c.text, static_cast<unsigned long long>(checksum(k.c, k.run)));
  }
}
