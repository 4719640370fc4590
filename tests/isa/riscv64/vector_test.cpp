// Vector instructions by values worked out from the manual: what random programs beside QEMU do not reach.
#include <gtest/gtest.h>

#include <sys/mman.h>
#include <csignal>
#include <cstring>
#include <vector>

#include "isa/riscv64/registers.h"
#include "isa/riscv64/vector_case.h"

namespace veneer::rv64 {
namespace {

constexpr unsigned kA0 = 10, kA1 = 11, kA2 = 12, kA3 = 13;
enum Lmul : u32 { kM1 = 0, kM2 = 1, kM4 = 2, kM8 = 3, kMf8 = 5, kMf4 = 6, kMf2 = 7 };

u32 vsetvli(unsigned rd, unsigned rs1, unsigned sew, u32 lmul) {
  const u32 log2 = sew == 8 ? 0 : sew == 16 ? 1 : sew == 32 ? 2 : 3;
  return (log2 << 3 | lmul) << 20 | rs1 << 15 | 7 << 12 | rd << 7 | 0x57;
}
u32 vsetivli(unsigned rd, unsigned avl, unsigned sew, u32 lmul) {
  return vsetvli(rd, avl, sew, lmul) | 3u << 30;
}
// funct3: 0 vv, 3 vi, 4 vx, 2 and 6 those of multiplication.
u32 op(u32 funct6, u32 funct3, unsigned vd, unsigned vs2, unsigned vs1, bool masked = false) {
  return funct6 << 26 | u32{!masked} << 25 | vs2 << 20 | vs1 << 15 | funct3 << 12 | vd << 7 | 0x57;
}
u32 load(unsigned bits, unsigned vd, unsigned rs1, u32 fields = 1, u32 lumop = 0, bool masked = false) {
  const u32 width = bits == 8 ? 0 : bits == 16 ? 5 : bits == 32 ? 6 : 7;
  return (fields - 1) << 29 | u32{!masked} << 25 | lumop << 20 | rs1 << 15 | width << 12 | vd << 7 | 0x07;
}
u32 store(unsigned bits, unsigned vd, unsigned rs1, bool masked = false) {
  return load(bits, vd, rs1, 1, 0, masked) | 0x20;
}
u32 addi(unsigned rd, unsigned rs1, s64 imm) {
  return static_cast<u32>(imm) << 20 | rs1 << 15 | rd << 7 | 0x13;
}
u32 add(unsigned rd, unsigned rs1, unsigned rs2) {
  return rs2 << 20 | rs1 << 15 | rd << 7 | 0x33;
}
u32 bnez(unsigned rs1, s64 offset) {
  const u32 o = static_cast<u32>(offset);
  return (o >> 12 & 1) << 31 | (o >> 5 & 63) << 25 | rs1 << 15 | 1 << 12 | (o >> 1 & 15) << 8 |
         (o >> 11 & 1) << 7 | 0x63;
}

Translator* running = nullptr;
CpuState* running_state = nullptr;

void on_fault(int, siginfo_t* info, void* context) {
  if (running && running->recover_fault(*running_state, *info, *static_cast<ucontext_t*>(context))) return;
  ::signal(SIGSEGV, SIG_DFL);
}

// Faults of the guest while it lives.
class FaultHandler {
 public:
  FaultHandler() {
    struct sigaction action{};
    action.sa_sigaction = on_fault;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    stack_t stack{.ss_sp = stack_.data(), .ss_flags = 0, .ss_size = stack_.size()};
    ::sigaltstack(&stack, &old_stack_);
    ::sigaction(SIGSEGV, &action, &old_);
  }
  ~FaultHandler() {
    ::sigaction(SIGSEGV, &old_, nullptr);
    ::sigaltstack(&old_stack_, nullptr);
  }
  FaultHandler(const FaultHandler&) = delete;
  FaultHandler& operator=(const FaultHandler&) = delete;

 private:
  std::vector<u8> stack_ = std::vector<u8>(64 << 10);
  struct sigaction old_{};
  stack_t old_stack_{};
};

// A page that can be accessed before one that cannot.
class LastPage {
 public:
  static constexpr usize kPage = 4096;
  LastPage()
      : at_(static_cast<u8*>(
            ::mmap(nullptr, 2 * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))) {
    ::mprotect(at_ + kPage, kPage, PROT_NONE);
  }
  ~LastPage() { ::munmap(at_, 2 * kPage); }
  LastPage(const LastPage&) = delete;
  LastPage& operator=(const LastPage&) = delete;
  u8* end() const { return at_ + kPage; }
  GuestAddr before_end(usize bytes) const { return reinterpret_cast<u64>(end()) - bytes; }  // NOLINT

 private:
  u8* at_;
};

class Vectors : public testing::TestWithParam<VectorCase> {
 protected:
  u64& x(unsigned n) { return state.x[kSlots[n]]; }
  u64& vl() { return state.control[kVl]; }
  u8* v(unsigned n) { return reinterpret_cast<u8*>(state.wide) + n * GetParam().vlen / 8; }
  unsigned bytes() const { return GetParam().vlen / 8; }
  Exit run(Program program) {
    return run_program(Riscv64Isa(Features{.vlen = GetParam().vlen}), GetParam(), state, std::move(program),
                       [](Translator& translator, CpuState& s) {
                         running = &translator;
                         running_state = &s;
                         const Exit exit = translator.run(s);
                         running = nullptr;
                         return exit;
                       });
  }
  // With this configuration, and the vector registers as they are.
  bool is_illegal(u32 configuration, u32 word) {
    return was_illegal(run({configuration, word}), state, Program::kBase + 4);
  }
  CpuState state;
};

TEST_P(Vectors, Configuration) {
  const u64 vlen = GetParam().vlen;
  x(kA1) = 1000;
  run({vsetvli(kA0, kA1, 32, kM4)});
  EXPECT_EQ(x(kA0), vlen / 32 * 4);
  EXPECT_EQ(vl(), vlen / 32 * 4);
  EXPECT_EQ(state.control[kVtype], 0x12u);
  x(kA1) = 3;
  run({vsetvli(kA0, kA1, 8, kMf8)});
  EXPECT_EQ(x(kA0), std::min<u64>(3, vlen / 64));
  run({vsetvli(kA0, kA1, 64, kMf2)});  // a fraction that holds no element
  EXPECT_EQ(x(kA0), 0u);
  EXPECT_EQ(state.control[kVtype], kVill);
  run({vsetvli(kA0, 0, 16, kM1), vsetvli(0, 0, 32, kM2)});  // vl stays
  EXPECT_EQ(vl(), vlen / 16);
  run({vsetivli(kA0, 5, 8, kM1)});
  EXPECT_EQ(x(kA0), 5u);
}

TEST_P(Vectors, ReservedEncodings) {
  const u32 m1 = vsetvli(0, kA1, 32, kM1), m2 = vsetvli(0, kA1, 32, kM2), m8 = vsetvli(0, kA1, 32, kM8);
  const u32 ill = vsetvli(0, kA1, 64, kMf2), d1 = vsetvli(0, kA1, 64, kM1);
  constexpr u32 kAdd = 0, kWadd = 0x31, kNsrl = 0x2c, kGather = 0x0c, kMseq = 0x18;
  x(kA1) = 1;
  x(kA2) = 0;
  EXPECT_FALSE(is_illegal(m1, op(kAdd, 0, 1, 2, 3)));
  EXPECT_TRUE(is_illegal(ill, op(kAdd, 0, 1, 2, 3)));
  EXPECT_TRUE(is_illegal(m2, op(kAdd, 0, 1, 2, 4)));  // groups start at multiples
  EXPECT_TRUE(is_illegal(m2, op(kAdd, 0, 2, 3, 4)));
  EXPECT_TRUE(is_illegal(m1, op(kAdd, 0, 0, 2, 3, true)));  // the mask is overwritten
  EXPECT_FALSE(is_illegal(m1, op(kMseq, 0, 0, 2, 3, true)));
  EXPECT_TRUE(is_illegal(m2, op(kMseq, 0, 3, 2, 4)));  // not the lowest register of the source
  EXPECT_FALSE(is_illegal(m2, op(kMseq, 0, 2, 2, 4)));
  EXPECT_FALSE(is_illegal(m1, op(kWadd, 2, 2, 3, 4)));  // the highest of the result
  EXPECT_TRUE(is_illegal(m1, op(kWadd, 2, 2, 2, 4)));
  EXPECT_TRUE(is_illegal(m8, op(kWadd, 2, 8, 16, 24)));  // EMUL of 16
  EXPECT_TRUE(is_illegal(d1, op(kWadd, 2, 8, 16, 24)));  // elements of 128 bits
  EXPECT_FALSE(is_illegal(m1, op(kNsrl, 0, 2, 2, 4)));
  EXPECT_TRUE(is_illegal(m1, op(kNsrl, 0, 3, 2, 4)));
  EXPECT_TRUE(is_illegal(m1, op(kGather, 0, 2, 2, 4)));
  EXPECT_TRUE(is_illegal(m8, load(64, 8, kA2)));        // EMUL of 16
  EXPECT_TRUE(is_illegal(m2, load(32, 28, kA2, 4)));    // eight registers from v28 on
  EXPECT_TRUE(is_illegal(m2, load(32, 8, kA2, 5)));     // ten registers
  EXPECT_TRUE(is_illegal(m1, load(32, 8, kA2, 1, 1)));  // no such lumop
  // Whole registers do not depend on vtype.
  alignas(16) u8 memory[32];
  std::memset(memory, 5, sizeof memory);
  x(kA2) = reinterpret_cast<u64>(memory);  // NOLINT: the guest's address space is this one
  EXPECT_FALSE(is_illegal(ill, load(8, 8, kA2, 1, 8)));
  EXPECT_EQ(v(8)[bytes() - 1], 5);
}

TEST_P(Vectors, WithVstartReductionsAreIllegal) {
  const u32 csrwi_vstart_1 = 8u << 20 | 1 << 15 | 5 << 12 | 0x73;
  x(kA1) = 4;
  EXPECT_EQ(run({vsetvli(0, kA1, 32, kM1), csrwi_vstart_1, op(0, 2, 1, 2, 3)}), Exit::Trap);
  EXPECT_EQ(run({vsetvli(0, kA1, 32, kM1), csrwi_vstart_1, op(0, 0, 1, 2, 3)}), Exit::Syscall);
  EXPECT_EQ(state.control[kVstart], 0u);
}

TEST_P(Vectors, WhatIsNotActiveIsNotAccessed) {
  const FaultHandler handler;
  const LastPage page;
  std::memset(page.end() - 64, 7, 64);
  std::memset(v(8), 1, bytes());
  // The last bytes of a page, by length.
  for (u64 n = 1; n < bytes(); ++n) {
    x(kA1) = n;
    x(kA2) = page.before_end(n);
    std::memset(v(8), 1, bytes());
    ASSERT_EQ(run({vsetvli(0, kA1, 8, kM1), load(8, 8, kA2)}), Exit::Syscall) << n;
    for (unsigned i = 0; i < bytes(); ++i) EXPECT_EQ(v(8)[i], i < n ? 7 : 1) << n << " " << i;
    ASSERT_EQ(run({vsetvli(0, kA1, 8, kM1), store(8, 8, kA2)}), Exit::Syscall) << n;
  }
  // And by a mask; none of it, if it has no bit.
  for (const u64 mask : {u64{0x5}, u64{0}}) {
    std::memcpy(v(0), &mask, sizeof mask);
    x(kA2) = mask ? page.before_end(3) : page.before_end(0);
    std::memset(v(8), 1, bytes());
    ASSERT_EQ(run({vsetvli(15, 0, 8, kM1), load(8, 8, kA2, 1, 0, true)}), Exit::Syscall);
    for (unsigned i = 0; i < bytes(); ++i) EXPECT_EQ(v(8)[i], i < 8 && mask >> i & 1 ? 7 : 1) << i;
    ASSERT_EQ(run({vsetvli(15, 0, 8, kM1), store(8, 8, kA2, true)}), Exit::Syscall);
  }
}

TEST_P(Vectors, FaultsArePrecise) {
  const FaultHandler handler;
  const LastPage page;
  x(kA2) = page.before_end(6);
  EXPECT_EQ(run({vsetvli(15, 0, 8, kM1), load(8, 8, kA2)}), Exit::Fault);
  EXPECT_EQ(state.pc, Program::kBase + 4);
  EXPECT_EQ(state.fault_addr / 4096, page.before_end(0) / 4096);
  // By elements, those before the fault are there, and vstart says which it was.
  x(kA1) = 40;
  const u32 strided = 2u << 26 | 1 << 25 | kA3 << 20 | kA2 << 15 | 8 << 7 | 0x07;  // vlse8.v v8, (a2), a3
  x(kA3) = 2;
  std::memset(page.end() - 6, 9, 6);
  std::memset(v(8), 1, 4);
  EXPECT_EQ(run({vsetvli(0, kA1, 8, kM8), strided}), Exit::Fault);
  EXPECT_EQ(state.control[kVstart], 3u);
  EXPECT_EQ(v(8)[2], 9);
  EXPECT_EQ(v(8)[3], 1);
  // What is done then goes on from there.
  ::mprotect(page.end(), 4096, PROT_READ | PROT_WRITE);
  EXPECT_EQ(run({strided}), Exit::Syscall);
  EXPECT_EQ(state.control[kVstart], 0u);
  EXPECT_EQ(v(8)[3], 0);
  EXPECT_EQ(v(8)[2], 9);
}

TEST_P(Vectors, FaultsSayWhichElement) {
  const FaultHandler handler;
  const LastPage page;
  for (unsigned n = 0; n < 12; ++n) page.end()[static_cast<int>(n) - 12] = static_cast<u8>(n + 1);
  // Structures of five fields: of the third there are but two.
  x(kA2) = page.before_end(12);
  const u32 structures = load(8, 8, kA2, 5);
  EXPECT_EQ(run({vsetivli(0, 4, 8, kM1), structures}), Exit::Fault);
  EXPECT_EQ(state.control[kVstart], 2u);
  EXPECT_EQ(v(8)[1], 6);
  EXPECT_EQ(v(12)[1], 10);
  ::mprotect(page.end(), LastPage::kPage, PROT_READ | PROT_WRITE);
  EXPECT_EQ(run({structures}), Exit::Syscall);
  EXPECT_EQ(state.control[kVstart], 0u);
  EXPECT_EQ(v(9)[2], 12);
  EXPECT_EQ(v(10)[2], 0);
  ::mprotect(page.end(), LastPage::kPage, PROT_NONE);
  // A store with indices and a mask, of which the first and the third are not active.
  const u8 indices[] = {200, 1, 201, 100, 3}, values[] = {21, 22, 23, 24, 25};
  std::memcpy(v(16), indices, sizeof indices);
  std::memcpy(v(8), values, sizeof values);
  v(0)[0] = 0x1a;
  const u32 scatter = 1u << 26 | 16 << 20 | kA2 << 15 | 8 << 7 | 0x27;  // vsuxei8.v v8, (a2), v16, v0.t
  EXPECT_EQ(run({vsetivli(0, 5, 8, kM1), scatter}), Exit::Fault);
  EXPECT_EQ(state.control[kVstart], 3u);
  EXPECT_EQ(page.end()[-11], 22);
  EXPECT_EQ(page.end()[-9], 4);
  // None is active: nothing is accessed.
  v(0)[0] = 0;
  x(kA2) = page.before_end(0);
  EXPECT_EQ(run({vsetivli(0, 5, 8, kM1), scatter, load(8, 8, kA2, 3, 0, true)}), Exit::Syscall);
  EXPECT_EQ(state.control[kVstart], 0u);
}

TEST_P(Vectors, FaultOnlyFirst) {
  const FaultHandler handler;
  const LastPage page;
  std::memset(page.end() - 16, 3, 16);
  for (const unsigned bits : {8u, 16u, 32u}) {
    x(kA2) = page.before_end(12);
    std::memset(v(8), 1, bytes());
    ASSERT_EQ(run({vsetvli(15, 0, bits, kM1), load(bits, 8, kA2, 1, 16), op(0, 3, 10, 8, 1)}), Exit::Syscall)
        << bits;
    EXPECT_EQ(vl(), 12 * 8 / bits);
    EXPECT_EQ(v(8)[11], 3);
    EXPECT_EQ(v(8)[12], 1);
    EXPECT_EQ(v(10)[0], 4);  // with the new vl
  }
  x(kA2) = page.before_end(0);
  EXPECT_EQ(run({vsetvli(15, 0, 8, kM1), load(8, 8, kA2, 1, 16)}), Exit::Fault);
  x(kA2) = page.before_end(512);
  EXPECT_EQ(run({vsetvli(15, 0, 8, kM1), load(8, 8, kA2, 1, 16)}), Exit::Syscall);
  EXPECT_EQ(vl(), bytes());
}

// A strip-mined loop, often enough to be translated as a region in which vl is VLMAX, or less, or anything.
TEST_P(Vectors, Loops) {
  std::vector<u32> from(4000), to(4000), want(4000);
  for (usize i = 0; i < from.size(); ++i) {
    from[i] = static_cast<u32>(i * 2654435761u);
    want[i] = to[i] = static_cast<u32>(i);
  }
  for (u32 repeat = 0; repeat < 4; ++repeat)
    for (usize n = 1; n < from.size(); n += 37) {
      x(kA0) = n;
      x(kA1) = reinterpret_cast<u64>(from.data());  // NOLINT: the guest's address space is this one
      x(kA2) = reinterpret_cast<u64>(to.data());    // NOLINT
      for (usize i = 0; i < n; ++i) want[i] += from[i] * 5;
      x(14) = 5;
      ASSERT_EQ(
          run({vsetvli(kA3, kA0, 32, repeat % 4), load(32, 8, kA1), load(32, 16, kA2), op(0x2d, 6, 16, 8, 14),
               store(32, 16, kA2), 0x40000033u | kA3 << 20 | kA0 << 15 | kA0 << 7,  // sub a0, a0, a3
               addi(15, 0, 0), 0x13u | kA3 << 15 | 2 << 20 | 1 << 12 | 15 << 7,     // slli a5, a3, 2
               add(kA1, kA1, 15), add(kA2, kA2, 15), bnez(kA0, -40)}),
          Exit::Syscall);
      ASSERT_EQ(to, want) << n;
    }
}

INSTANTIATE_TEST_SUITE_P(Tiers, Vectors,
                         testing::Values(VectorCase{TranslatorOptions::Tier::Interp, "", 128},
                                         VectorCase{TranslatorOptions::Tier::Interp, "", 256},
                                         VectorCase{TranslatorOptions::Tier::One, "", 128},
                                         VectorCase{TranslatorOptions::Tier::One, "", 256},
                                         VectorCase{TranslatorOptions::Tier::One, "avx512", 128},
                                         VectorCase{TranslatorOptions::Tier::One, "all", 256},
                                         VectorCase{TranslatorOptions::Tier::Adaptive, "", 128}),
                         [](const auto& c) { return case_name(c.param); });

}  // namespace
}  // namespace veneer::rv64
