// What Debian 12's qemu-riscv64 does not have, or has wrong: by values worked out from the manual.
#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "isa/riscv64/isa.h"
#include "isa/riscv64/registers.h"
#include "translate/translator.h"

namespace veneer::rv64 {
namespace {

constexpr unsigned kA0 = 10, kA1 = 11, kA2 = 12, kA3 = 13, kA4 = 14, kA5 = 15;
constexpr u32 kEcall = 0x73;

struct Program : CodeSource {
  std::vector<u8> bytes;
  static constexpr GuestAddr kBase = 0x10000;
  void put(u32 bits, usize length) {
    const usize at = bytes.size();
    bytes.resize(at + length);
    std::memcpy(bytes.data() + at, &bits, length);
  }
  std::span<const u8> fetch(GuestAddr pc) override {
    return pc >= kBase && pc - kBase < bytes.size() ? std::span<const u8>(bytes).subspan(pc - kBase)
                                                    : std::span<const u8>{};
  }
};

class Extension : public testing::TestWithParam<TranslatorOptions::Tier> {
 protected:
  u64& x(unsigned n) { return state.x[kSlots[n]]; }
  Exit run(u32 bits, usize length = 4) {
    Program program;
    program.put(bits, length);
    return run(program);
  }
  Exit run(Program& program) {
    program.put(kEcall, 4);
    const Riscv64Isa isa;
    TranslatorOptions options;
    options.tier = GetParam();
    Translator translator(isa, program, options);
    translator.attach(state);
    state.pc = Program::kBase;
    const Exit exit = translator.run(state);
    translator.detach(state);
    return exit;
  }
  bool is_illegal(u32 bits, usize length = 4) {
    return run(bits, length) == Exit::Trap &&
           static_cast<ir::TrapKind>(state.exit_info & 0xff) == ir::TrapKind::Undefined &&
           state.pc == Program::kBase;
  }
  CpuState state;
};

u32 r_type(u32 funct7, unsigned rs2, unsigned rs1, u32 funct3, unsigned rd, u32 opcode) {
  return funct7 << 25 | rs2 << 20 | rs1 << 15 | funct3 << 12 | rd << 7 | opcode;
}

// An operation on a part of a word: the result has its sign, the rest of the word stays.
TEST_P(Extension, Zabha) {
  alignas(8) u8 memory[8];
  const auto amo = [](u32 funct5, u32 funct3) { return r_type(funct5 << 2, kA2, kA1, funct3, kA0, 0x2f); };
  const auto run_on = [&](u32 word, u64 before, u64 operand) {
    std::memcpy(memory, &before, sizeof memory);
    x(kA1) = reinterpret_cast<u64>(memory) + 2;  // NOLINT: the guest's address space is this one
    x(kA2) = operand;
    EXPECT_EQ(run(word), Exit::Syscall);
    u64 after = 0;
    std::memcpy(&after, memory, sizeof after);
    return after;
  };
  constexpr u64 kBefore = 0x1111111180ff2222;
  constexpr u32 kAdd = 0, kSwap = 1, kCas = 5, kMin = 16, kMaxu = 28;
  EXPECT_EQ(run_on(amo(kAdd, 0), kBefore, 0x1234), 0x1111111180332222u);
  EXPECT_EQ(x(kA0), ~u64{0});
  EXPECT_EQ(run_on(amo(kAdd, 1), kBefore, 0x1234), 0x1111111193332222u);
  EXPECT_EQ(x(kA0), 0xffffffffffff80ffu);
  EXPECT_EQ(run_on(amo(kSwap, 1), kBefore, 0xabcdef01), 0x11111111ef012222u);
  EXPECT_EQ(run_on(amo(kMin, 0), kBefore, 0x12345601), kBefore);  // -1 is less
  EXPECT_EQ(run_on(amo(kMaxu, 1), kBefore, 0x7fff), kBefore);
  x(kA0) = 0x5580ff;
  EXPECT_EQ(run_on(amo(kCas, 1), kBefore, 0x1234), 0x1111111112342222u);
  EXPECT_EQ(x(kA0), 0xffffffffffff80ffu);
  x(kA0) = 0;
  EXPECT_EQ(run_on(amo(kCas, 0), kBefore, 0x1234), kBefore);
  EXPECT_EQ(x(kA0), ~u64{0});
}

TEST_P(Extension, Zicond) {
  for (const u64 condition : {u64{0}, u64{1}, u64{1} << 63}) {
    x(kA1) = 0x123456789abcdef0;
    x(kA2) = condition;
    run(r_type(7, kA2, kA1, 5, kA0, 0x33));  // czero.eqz
    EXPECT_EQ(x(kA0), condition ? x(kA1) : 0);
    run(r_type(7, kA2, kA1, 7, kA0, 0x33));  // czero.nez
    EXPECT_EQ(x(kA0), condition ? 0 : x(kA1));
  }
}

TEST_P(Extension, CountsOfWordsDoNotSeeTheUpperHalf) {
  x(kA1) = 0xffffffff00000000;
  run(r_type(0x30, 1, kA1, 1, kA0, 0x1b));  // ctzw
  EXPECT_EQ(x(kA0), 32u);
  run(r_type(0x30, 0, kA1, 1, kA0, 0x1b));  // clzw
  EXPECT_EQ(x(kA0), 32u);
  run(r_type(0x30, 2, kA1, 1, kA0, 0x1b));  // cpopw
  EXPECT_EQ(x(kA0), 0u);
}

TEST_P(Extension, MayBeOperations) {
  x(kA0) = x(kA1) = 5;
  run(0x81c5c573);  // mop.r.0 a0, a1
  EXPECT_EQ(x(kA0), 0u);
  x(kA0) = 5;
  run(0xc2c5c573 | 3u << 26);  // mop.rr.7 a0, a1, a2
  EXPECT_EQ(x(kA0), 0u);
  x(kA5) = 5;
  EXPECT_EQ(run(0x6781, 2), Exit::Syscall);  // c.mop.15
  EXPECT_EQ(x(kA5), 5u);
  EXPECT_TRUE(is_illegal(0x6701, 2));  // c.lui a4, 0
}

TEST_P(Extension, PerformanceCountersThatCountNothing) {
  for (u32 csr : {0xc03u, 0xc1fu}) {
    x(kA0) = 5;
    EXPECT_EQ(run(csr << 20 | 2 << 12 | kA0 << 7 | 0x73), Exit::Syscall);
    EXPECT_EQ(x(kA0), 0u);
  }
  EXPECT_TRUE(is_illegal(0xc03u << 20 | 1 << 12 | kA0 << 7 | 0x73));  // csrw
}

// The standard's example (GB/T 32907-2016, appendix A), whose key and text are the same; its words as memory
// has them.
TEST_P(Extension, Sm4) {
  const u32 text[4] = {0x01234567, 0x89abcdef, 0xfedcba98, 0x76543210};
  const u32 kFamilyKey[4] = {0xa3b1bac6, 0x56aa3350, 0x677d9197, 0xb27022dc};
  // Both instructions take a byte of a1, as if they were exclusive-ored into a0 four times.
  const auto four = [&](u32 funct5, u32 into, u32 of) {
    Program program;
    for (u32 byte = 0; byte < 4; ++byte) program.put(r_type(byte << 5 | funct5, kA1, kA0, 0, kA0, 0x33), 4);
    x(kA0) = into;
    x(kA1) = of;
    EXPECT_EQ(run(program), Exit::Syscall);
    EXPECT_EQ(x(kA0), static_cast<u64>(static_cast<s64>(static_cast<s32>(x(kA0)))));
    return static_cast<u32>(x(kA0));
  };
  u32 k[36], v[36];
  for (unsigned i = 0; i < 4; ++i) {
    k[i] = __builtin_bswap32(text[i] ^ kFamilyKey[i]);
    v[i] = __builtin_bswap32(text[i]);
  }
  for (unsigned i = 0; i < 32; ++i) {
    u32 constant = 0;
    for (unsigned byte = 0; byte < 4; ++byte) constant |= ((4 * i + byte) * 7 & 0xff) << 8 * byte;
    k[i + 4] = four(0x1a, k[i], k[i + 1] ^ k[i + 2] ^ k[i + 3] ^ constant);
    v[i + 4] = four(0x18, v[i], v[i + 1] ^ v[i + 2] ^ v[i + 3] ^ k[i + 4]);
  }
  EXPECT_EQ(__builtin_bswap32(v[35]), 0x681edf34u);
  EXPECT_EQ(__builtin_bswap32(v[34]), 0xd206965eu);
  EXPECT_EQ(__builtin_bswap32(v[33]), 0x86b3e94fu);
  EXPECT_EQ(__builtin_bswap32(v[32]), 0x536e4246u);
}

TEST_P(Extension, Zcb) {
  const struct {
    u32 bits;
    u64 result;
  } unary[] = {{0x9d61, 0xf0},                 // c.zext.b a0
               {0x9d65, 0xfffffffffffffff0},   // c.sext.b a0
               {0x9d69, 0x89f0},               // c.zext.h a0
               {0x9d6d, 0xffffffffffff89f0},   // c.sext.h a0
               {0x9d71, 0x234589f0},           // c.zext.w a0
               {0x9d75, 0xfedcba98dcba760f}};  // c.not a0
  for (const auto& c : unary) {
    x(kA0) = 0x01234567234589f0;
    EXPECT_EQ(run(c.bits, 2), Exit::Syscall);
    EXPECT_EQ(x(kA0), c.result) << std::hex << c.bits;
  }
  x(kA0) = 7;
  x(kA1) = ~u64{0};
  run(0x9d4d, 2);  // c.mul a0, a1
  EXPECT_EQ(x(kA0), -u64{7});

  u8 memory[8] = {0x11, 0x92, 0x33, 0xf4, 0x55, 0x66, 0x77, 0x88};
  x(kA1) = reinterpret_cast<u64>(memory);  // NOLINT: the guest's address space is this one
  run(0x81c8 | 0x40, 2);                   // c.lbu a0, 1(a1)
  EXPECT_EQ(x(kA0), 0x92u);
  run(0x85a8, 2);  // c.lhu a0, 2(a1)
  EXPECT_EQ(x(kA0), 0xf433u);
  run(0x85e8, 2);  // c.lh a0, 2(a1)
  EXPECT_EQ(x(kA0), 0xfffffffffffff433);
  x(kA0) = 0xabcd;
  run(0x89a8 | 0x40, 2);  // c.sb a0, 3(a1)
  EXPECT_EQ(memory[3], 0xcd);
  run(0x8da8, 2);  // c.sh a0, 2(a1)
  EXPECT_EQ(memory[2], 0xcd);
  EXPECT_EQ(memory[3], 0xab);
}

TEST_P(Extension, Zacas) {
  alignas(16) u64 memory[2] = {0xfffffffffffffff5, 6};
  x(kA1) = reinterpret_cast<u64>(memory);  // NOLINT: the guest's address space is this one
  x(kA0) = 0xdeadbeeffffffff5;             // the low half is compared
  x(kA2) = 9;
  run(r_type(0x14, kA2, kA1, 2, kA0, 0x2f));  // amocas.w
  EXPECT_EQ(x(kA0), 0xfffffffffffffff5);
  EXPECT_EQ(memory[0], 0xffffffff00000009);
  run(r_type(0x14, kA2, kA1, 3, kA0, 0x2f));  // amocas.d, of another value
  EXPECT_EQ(x(kA0), 0xffffffff00000009);
  EXPECT_EQ(memory[0], 0xffffffff00000009);
  x(kA2) = 0xffffffff00000009;
  x(kA3) = 6;
  x(kA4) = 1;
  x(kA5) = 2;
  run(r_type(0x14, kA4, kA1, 4, kA2, 0x2f));  // amocas.q
  EXPECT_EQ(memory[0], 1u);
  EXPECT_EQ(memory[1], 2u);
  EXPECT_EQ(x(kA2), 0xffffffff00000009);
  EXPECT_EQ(x(kA3), 6u);
  EXPECT_TRUE(is_illegal(r_type(0x14, kA4, kA1, 4, kA3, 0x2f)));  // an odd register has no pair
}

TEST_P(Extension, CacheBlocks) {
  alignas(64) u8 memory[192];
  std::memset(memory, 7, sizeof memory);
  x(kA1) = reinterpret_cast<u64>(memory) + 100;  // NOLINT: the guest's address space is this one
  EXPECT_EQ(run(4u << 20 | kA1 << 15 | 2 << 12 | 0x0f), Exit::Syscall);  // cbo.zero (a1)
  for (unsigned i = 0; i < sizeof memory; ++i) EXPECT_EQ(memory[i], i / 64 == 1 ? 0 : 7) << i;
  EXPECT_EQ(run(1u << 20 | kA1 << 15 | 2 << 12 | 0x0f), Exit::Syscall);  // cbo.clean
  EXPECT_EQ(run(2u << 20 | kA1 << 15 | 2 << 12 | 0x0f), Exit::Syscall);  // cbo.flush
  EXPECT_TRUE(is_illegal(kA1 << 15 | 2 << 12 | 0x0f));                   // cbo.inval is the kernel's
  EXPECT_EQ(run(3u << 20 | kA1 << 15 | 6 << 12 | 0x13), Exit::Syscall);  // prefetch.w
}

TEST_P(Extension, Zfa) {
  constexpr u64 kBox = 0xffffffff00000000;
  state.fpcr = kFpcr;
  const auto f = [this](unsigned n) -> u64& { return state.v[n].d[0]; };
  const struct {
    u32 number;
    u64 half, single, whole;
  } immediates[] = {{0, 0xbc00, 0xbf800000, 0xbff0000000000000},  {1, 0x0400, 0x00800000, 0x0010000000000000},
                    {2, 0x0100, 0x37800000, 0x3ef0000000000000},  {11, 0x3700, 0x3ee00000, 0x3fdc000000000000},
                    {22, 0x4200, 0x40400000, 0x4008000000000000}, {29, 0x7c00, 0x47800000, 0x40f0000000000000},
                    {30, 0x7c00, 0x7f800000, 0x7ff0000000000000}, {31, 0x7e00, 0x7fc00000, 0x7ff8000000000000}};
  for (const auto& c : immediates) {
    run(r_type(0x78, 1, c.number, 0, 10, 0x53));  // fli.s
    EXPECT_EQ(f(10), kBox | c.single) << c.number;
    run(r_type(0x79, 1, c.number, 0, 10, 0x53));  // fli.d
    EXPECT_EQ(f(10), c.whole) << c.number;
    run(r_type(0x7a, 1, c.number, 0, 10, 0x53));  // fli.h
    EXPECT_EQ(f(10), 0xffffffffffff0000 | c.half) << c.number;
  }
  f(11) = 0x3ff0000000000000;
  f(12) = 0x7ff8000000000001;
  run(r_type(0x15, 12, 11, 2, 10, 0x53));  // fminm.d of a NaN
  EXPECT_EQ(f(10), 0x7ff8000000000000u);
  run(r_type(0x51, 12, 11, 4, kA0, 0x53));  // fleq.d, quiet
  EXPECT_EQ(x(kA0), 0u);
  EXPECT_EQ(state.fpsr, 0u);
  f(12) = 0x4000000000000000;
  run(r_type(0x15, 12, 11, 3, 10, 0x53));  // fmaxm.d
  EXPECT_EQ(f(10), f(12));
  run(r_type(0x51, 12, 11, 5, kA0, 0x53));  // fltq.d
  EXPECT_EQ(x(kA0), 1u);
  f(11) = 0x4004000000000000;             // 2.5
  run(r_type(0x21, 4, 11, 0, 10, 0x53));  // fround.d, to even
  EXPECT_EQ(f(10), 0x4000000000000000u);
  run(r_type(0x21, 4, 11, 4, 10, 0x53));  // ties away
  EXPECT_EQ(f(10), 0x4008000000000000u);
  f(11) = 0x41f0000000500000;              // 2^32 + 5
  run(r_type(0x61, 8, 11, 1, kA0, 0x53));  // fcvtmod.w.d
  EXPECT_EQ(x(kA0), 5u);
}

// Translated as one operation.
TEST_P(Extension, ShiftsThatTakeAFieldOut) {
  constexpr u64 kValue = 0x8123456789abcdef;
  const auto shift = [](u32 funct6, unsigned by, unsigned rs1, u32 funct3, u32 opcode) {
    return funct6 << 26 | by << 20 | rs1 << 15 | funct3 << 12 | kA0 << 7 | opcode;
  };
  for (const unsigned left : {0u, 1u, 8u, 31u, 32u, 48u, 56u, 63u})
    for (const unsigned right : {0u, 1u, 8u, 31u, 32u, 40u, 48u, 56u, 63u})
      for (const bool is_signed : {false, true}) {
        const u64 moved = kValue << left;
        const u64 want = is_signed ? static_cast<u64>(static_cast<s64>(moved) >> right) : moved >> right;
        Program program;
        program.put(shift(0, left, kA1, 1, 0x13), 4);
        program.put(shift(is_signed ? 0x10 : 0, right, kA0, 5, 0x13), 4);
        x(kA1) = kValue;
        run(program);
        EXPECT_EQ(x(kA0), want) << left << " " << right << " " << is_signed;
        if (left > 31 || right > 31) continue;
        const u32 low = static_cast<u32>(kValue) << left;
        const s32 result = is_signed ? static_cast<s32>(low) >> right : static_cast<s32>(low >> right);
        Program words;
        words.put(shift(0, left, kA1, 1, 0x1b), 4);
        words.put(shift(is_signed ? 0x10 : 0, right, kA0, 5, 0x1b), 4);
        run(words);
        EXPECT_EQ(x(kA0), static_cast<u64>(s64{result}))
            << "words " << left << " " << right << " " << is_signed;
      }
}

TEST_P(Extension, ReservedEncodings) {
  EXPECT_TRUE(is_illegal(0, 2));
  EXPECT_TRUE(is_illegal(0xffffffff));
  EXPECT_TRUE(is_illegal(0x6001, 2));                                  // c.lui x0, 0
  EXPECT_TRUE(is_illegal(0x6101, 2));                                  // c.addi16sp 0
  EXPECT_TRUE(is_illegal(0x4002, 2));                                  // c.lwsp x0
  EXPECT_TRUE(is_illegal(0x8002, 2));                                  // c.jr x0
  EXPECT_TRUE(is_illegal(0x2001, 2));                                  // c.addiw x0
  EXPECT_TRUE(is_illegal(r_type(0, kA2, kA1, 5, kA0, 0x53)));          // fadd.s with a reserved rounding
  EXPECT_TRUE(is_illegal(r_type(3, kA2, kA1, 0, kA0, 0x53)));          // fadd.q
  EXPECT_TRUE(is_illegal(0xc00u << 20 | kA1 << 15 | 1 << 12 | 0x73));  // a write of cycle
  EXPECT_TRUE(is_illegal(0x300u << 20 | 2 << 12 | kA0 << 7 | 0x73));   // mstatus
  EXPECT_FALSE(is_illegal(0xc00u << 20 | 2 << 12 | kA0 << 7 | 0x73));  // rdcycle
  EXPECT_FALSE(is_illegal(0x0100000f));                                // pause
}

TEST_P(Extension, AnInstructionThatIsCutOffFaultsWhereItEnds) {
  Program program;
  program.put(0x0001, 2);  // c.nop
  program.put(0x0513, 2);  // the first half of an addi
  const Riscv64Isa isa;
  TranslatorOptions options;
  options.tier = GetParam();
  Translator translator(isa, program, options);
  translator.attach(state);
  state.pc = Program::kBase;
  EXPECT_EQ(translator.run(state), Exit::Trap);
  EXPECT_EQ(static_cast<ir::TrapKind>(state.exit_info & 0xff), ir::TrapKind::FetchFault);
  EXPECT_EQ(state.pc, Program::kBase + 2);
  translator.detach(state);
}

// frm 5 to 7: what is rounded as it says is illegal, whether rounding matters or not (Unprivileged ISA 20.2).
TEST_P(Extension, RoundingByAModeThatThereIsNotIsIllegal) {
  const auto set_frm = [](u32 mode) { return 2u << 20 | mode << 15 | 5u << 12 | 0x73; };  // fsrmi mode
  constexpr u32 kDynamic = 7, kToZero = 1;
  const struct {
    u32 funct7, rs2;
  } operations[] = {{0x01, 1},   // fadd.d
                    {0x2d, 0},   // fsqrt.d
                    {0x21, 0},   // fcvt.d.s, which is exact
                    {0x61, 2},   // fcvt.l.d
                    {0x69, 0}};  // fcvt.d.w
  for (u32 mode = 0; mode < 8; mode++) {
    for (const auto& o : operations) {
      for (const u32 rounding : {kDynamic, kToZero}) {
        Program program;
        program.put(set_frm(mode), 4);
        program.put(r_type(1, 1, 1, kToZero, 2, 0x53), 4);  // fadd.d f2, f1, f1, rtz
        program.put(r_type(o.funct7, o.rs2, 1, rounding, 3, 0x53), 4);
        const Exit exit = run(program);
        if (mode <= 4 || rounding != kDynamic) {
          EXPECT_EQ(exit, Exit::Syscall) << mode << ' ' << o.funct7;
          continue;
        }
        EXPECT_EQ(exit, Exit::Trap) << mode << ' ' << o.funct7;
        EXPECT_EQ(static_cast<ir::TrapKind>(state.exit_info & 0xff), ir::TrapKind::Undefined);
        EXPECT_EQ(state.pc, Program::kBase + 8);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Tiers, Extension,
                         testing::Values(TranslatorOptions::Tier::Interp, TranslatorOptions::Tier::One),
                         [](const auto& tier) {
                           return tier.param == TranslatorOptions::Tier::One ? "Translated" : "Reference";
                         });

}  // namespace
}  // namespace veneer::rv64
