#include "program/seccomp.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <random>

namespace veneer {
namespace {

std::vector<sock_filter> error_for(u32 number, u32 error) {
  return {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1),
          BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
}

seccomp_data call(int number) {
  seccomp_data data{};
  data.nr = number;
  return data;
}

TEST(Seccomp, EveryFilterIsAskedAndTheStrictestAnswerCounts) {
  SeccompState state;
  EXPECT_EQ(state.add(error_for(10, 1)), 0);
  EXPECT_EQ(state.add({BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_LOG)}), 0);
  EXPECT_EQ(state.evaluate(call(10)), u32{SECCOMP_RET_ERRNO} | 1);
  EXPECT_EQ(state.evaluate(call(11)), u32{SECCOMP_RET_LOG});
}

TEST(Seccomp, FiltersAreWhatTheyWereForAnExecutedProgram) {
  SeccompState state;
  state.add(error_for(10, 1));
  state.add(error_for(20, 2));
  const Fd file = state.save();
  const SeccompState loaded = SeccompState::load(file.get());
  EXPECT_EQ(loaded.mode, u32{SECCOMP_MODE_FILTER});
  for (int number : {10, 20, 30}) EXPECT_EQ(loaded.evaluate(call(number)), state.evaluate(call(number)));
}

TEST(Seccomp, TooManyInstructionsAreRefused) {
  SeccompState state;
  std::vector<sock_filter> longest(BPF_MAXINSNS, BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  int count = 0;
  while (state.add(longest) == 0) ++count;
  EXPECT_EQ(count, 7);  // of 4100 each, below 32768
  EXPECT_EQ(state.add(longest), -ENOMEM);
  longest.push_back(longest.back());
  EXPECT_EQ(SeccompState().add(longest), -EINVAL);
}

// What is accepted runs to an end, whatever it is: nothing outside of its memory, no division by zero.
TEST(Seccomp, RandomProgramsEitherAreRefusedOrRun) {
  std::mt19937 random(1);
  constexpr u16 kCodes[] = {BPF_LD | BPF_W | BPF_ABS,
                            BPF_LD | BPF_MEM,
                            BPF_LDX | BPF_MEM,
                            BPF_ST,
                            BPF_STX,
                            BPF_LD | BPF_IMM,
                            BPF_ALU | BPF_DIV | BPF_K,
                            BPF_ALU | BPF_DIV | BPF_X,
                            BPF_ALU | BPF_LSH | BPF_X,
                            BPF_ALU | BPF_NEG,
                            BPF_ALU | BPF_MUL | BPF_X,
                            BPF_JMP | BPF_JA,
                            BPF_JMP | BPF_JSET | BPF_X,
                            BPF_JMP | BPF_JGT | BPF_K,
                            BPF_MISC | BPF_TAX,
                            BPF_MISC | BPF_TXA,
                            BPF_RET | BPF_A,
                            BPF_RET | BPF_K};
  unsigned ran = 0;
  for (int round = 0; round < 200000; ++round) {
    std::vector<sock_filter> program(1 + random() % 8);
    for (sock_filter& in : program) {
      in.code = random() % 16 ? kCodes[random() % std::size(kCodes)] : static_cast<u16>(random());
      in.jt = static_cast<u8>(random() % 6);
      in.jf = static_cast<u8>(random() % 6);
      in.k = random() % 4 ? static_cast<u32>(random() % 20 * 4) : static_cast<u32>(random());
    }
    if (!is_valid_filter(program)) continue;
    ++ran;
    run_filter(program, call(static_cast<int>(random())));
  }
  EXPECT_GT(ran, 1000u);
}

}  // namespace
}  // namespace veneer
