// Random instruction sequences, run by the reference and by tier 1: every register and flag must agree.
#include <gtest/gtest.h>

#include <sys/mman.h>

#include <cstring>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "isa/aarch64/code_bytes.h"
#include "isa/aarch64/decoder.h"
#include "isa/aarch64/isa.h"
#include "isa/aarch64/lift.h"
#include "isa/aarch64/random_code.h"
#include "translate/image.h"
#include "translate/interp/eval.h"
#include "translate/translator.h"

namespace veneer {
namespace {

// Control flow, memory and the system are driven by other tests; here it is what computes on registers.
bool computes(std::string_view name) {
  return !has_prefix(name,
                     {"B_cond", "CB",  "TBZ", "TBNZ", "BR",  "BLR", "RET", "SVC", "BRK", "HINT", "CLREX",
                      "DSB",    "DMB", "ISB", "MRS",  "MSR", "DC_", "IC_", "LD",  "ST",  "CAS",  "SWP"}) &&
         name != "B" && name != "BL";
}

struct Machine {
  explicit Machine(Source& source, TranslatorOptions::Tier tier, const std::string& disabled = "") {
    TranslatorOptions options;
    options.tier = tier;
    options.disable_features = disabled;
    options.exact_underflow = true;
    translator = std::make_unique<Translator>(isa, source, options);
    translator->attach(state);
  }
  ~Machine() { translator->detach(state); }
  Exit run() {
    state.pc = Source::kBase;
    interp::write_fpsr(state, 0);
    const Exit exit = translator->run(state);
    fpsr = interp::read_fpsr(state);
    return exit;
  }
  // Translated in another go, and mapped.
  void use_image(Source& source, const std::string& disabled) {
    TranslatorOptions options;
    options.disable_features = disabled;
    const Fd file(::memfd_create("image", MFD_CLOEXEC));
    const ImageSource code{
        .start = Source::kBase, .code = source.fetch(Source::kBase), .entries = {Source::kBase}};
    ASSERT_TRUE(write_image(isa, 0, options, code, file.get()));
    ASSERT_TRUE(translator->use_image(file.get(), Source::kBase));
  }
  u64 fpsr = 0;
  a64::Aarch64Isa isa;
  std::unique_ptr<Translator> translator;
  CpuState state;
};

void randomise(CpuState& s, Random& random) {
  for (u64& x : s.x) x = random.hostile();
  for (Vec& v : s.v) {
    v.d[0] = random.hostile();
    v.d[1] = random.hostile();
  }
  s.nzcv = static_cast<u16>(random.bits()) & Nzcv::kMask;
}

void copy_guest(CpuState& to, const CpuState& from) {
  std::memcpy(to.x, from.x, sizeof to.x);
  std::memcpy(to.v, from.v, sizeof to.v);
  to.nzcv = from.nzcv;
}

std::string difference(const CpuState& a, const CpuState& b) {
  for (int i = 0; i < 32; ++i)
    if (a.x[i] != b.x[i]) {
      char text[99];
      std::snprintf(text, sizeof text, "x%d: %016lx, tier 1 %016lx", i, a.x[i], b.x[i]);
      return text;
    }
  for (int i = 0; i < 32; ++i)
    if (a.v[i].q != b.v[i].q) {
      char text[160];
      std::snprintf(text, sizeof text, "v%d: %016lx:%016lx, tier 1 %016lx:%016lx", i, a.v[i].d[1], a.v[i].d[0],
                    b.v[i].d[1], b.v[i].d[0]);
      return text;
    }
  if ((a.nzcv & Nzcv::kMask) != (b.nzcv & Nzcv::kMask)) return "nzcv";
  return {};
}

std::string listing(const std::vector<u32>& code) {
  std::string text;
  for (u32 w : code) {
    const a64::Encoding* e = a64::decode(w);
    char line[80];
    std::snprintf(line, sizeof line, "  %08x %s\n", w, e ? std::string(e->name).c_str() : "?");
    text += line;
  }
  return text;
}

constexpr u32 kSvc = 0xd4000001;

void compare(u64 seed, int rounds, int length, bool (*wanted)(std::string_view), const std::string& disabled) {
  Random random(seed);
  std::vector<Line> candidates;
  for (const Line& line : lines())
    if (wanted(line.name)) candidates.push_back(line);
  for (int round = 0; round < rounds; ++round) {
    Source source;
    for (int i = 0; i < length; ++i) {
      const Line& line = candidates[random.below(candidates.size())];
      u32 word = (static_cast<u32>(random.bits()) & ~line.mask) | line.value;
      // Few registers, so that values meet.
      if (random.below(4)) word &= ~(u32{0x18} << 5 | 0x18) | line.mask;
      source.code.push_back(word);
    }
    source.code.push_back(kSvc);
    Machine reference(source, TranslatorOptions::Tier::Interp),
        tier1(source, TranslatorOptions::Tier::One, disabled),
        image(source, TranslatorOptions::Tier::Adaptive, disabled);
    image.use_image(source, disabled);
    randomise(reference.state, random);
    copy_guest(tier1.state, reference.state);
    copy_guest(image.state, reference.state);
    for (int again = 0; again < 2; ++again) {
      const Exit a = reference.run();
      for (Machine* m : {&tier1, &image}) {
        ASSERT_EQ(static_cast<int>(a), static_cast<int>(m->run()));
        ASSERT_EQ(reference.state.pc, m->state.pc) << listing(source.code);
        const std::string d = difference(reference.state, m->state);
        ASSERT_EQ(d, "") << (m == &image ? "by an image, " : "") << "round " << round << " of seed " << seed
                         << "\n"
                         << listing(source.code);
      }
    }
  }
}

// Rd and Rn among x0..x7, so that the registers that steer the program are left alone.
u32 few_registers(const Line& line, u32 word) {
  return word & (~(u32{0x18} << 5 | 0x18) | line.mask);
}

bool is_defined(u32 word) {
  const u32 code[] = {word, kSvc};
  ir::Block block;
  a64::Aarch64Isa().lift(Source::kBase, code_bytes(code), {}, block);
  return block.insts.back().op != ir::Op::Trap;
}

// Blocks of arithmetic and memory accesses, conditional branches forward, and a loop around them that makes
// them hot.
std::vector<u32> looping_program(Random& random, const std::vector<Line>& arithmetic,
                                 const std::vector<Line>& memory) {
  const unsigned blocks = 2 + static_cast<unsigned>(random.below(5));
  std::vector<u32> code;
  std::vector<std::pair<usize, unsigned>> forward;  // branch at index, to this block
  std::vector<usize> starts;
  for (unsigned b = 0; b < blocks; ++b) {
    starts.push_back(code.size());
    for (u64 n = random.below(6); n-- > 0;) {
      if (random.below(3) == 0) {
        const Line& line = memory[random.below(memory.size())];
        // Base x27, small offsets; Rt and Rt2 among x0..x7.
        u32 word = (random_word(line, random) & ~(u32{31} << 5)) | u32{27} << 5;
        word &= ~u32{0x18};
        if (line.name.find("LDP") != line.name.npos) {
          word &= ~(u32{0x18} << 10 | u32{0x40} << 15);
        } else {
          word &= ~(u32{0xfe0} << 10);
        }
        if (is_defined(word)) code.push_back(word);
      } else {
        const Line& line = arithmetic[random.below(arithmetic.size())];
        const u32 word = few_registers(line, random_word(line, random));
        if (is_defined(word)) code.push_back(word);
      }
    }
    if (b + 1 == blocks) break;
    forward.emplace_back(code.size(), b + 1 + static_cast<unsigned>(random.below(blocks - b - 1)));
    const u32 reg = static_cast<u32>(random.below(8));
    switch (random.below(4)) {
      case 0:
        code.push_back(0x34000000 | static_cast<u32>(random.below(2)) << 31 |
                       static_cast<u32>(random.below(2)) << 24 | reg);
        break;
      case 1:
        code.push_back(0x36000000 | static_cast<u32>(random.below(2)) << 24 |
                       static_cast<u32>(random.below(32)) << 19 | reg);
        break;
      default: code.push_back(0x54000000 | static_cast<u32>(random.below(14))); break;
    }
  }
  for (auto [at, block] : forward) code[at] |= static_cast<u32>(starts[block] - at) << 5;
  code.push_back(0xd100079c);  // sub x28, x28, #1
  code.push_back(0xb5000000 | (static_cast<u32>(-static_cast<s32>(code.size())) & 0x7ffff) << 5 |
                 28);  // cbnz x28, start
  code.push_back(kSvc);
  return code;
}

bool is_memory(std::string_view name) {
  return name == "LDST_unsigned" || name == "LDST_unsigned_fp" || name == "LDP_STP_offset" ||
         name == "LDP_STP_offset_fp";
}

void compare_hot_loops(u64 seed, int rounds, bool (*wanted)(const Line&)) {
  Random random(seed);
  std::vector<Line> arithmetic, memory;
  for (const Line& line : lines()) {
    if (is_memory(line.name)) memory.push_back(line);
    if (computes(line.name) && !has_prefix(line.name, {"ADR"}) && wanted(line)) arithmetic.push_back(line);
  }
  ASSERT_FALSE(memory.empty());
  alignas(64) static u8 buffer[2][8192];
  for (int round = 0; round < rounds; ++round) {
    Source source;
    source.code = looping_program(random, arithmetic, memory);
    Machine reference(source, TranslatorOptions::Tier::Interp), tier1(source, TranslatorOptions::Tier::One);
    randomise(reference.state, random);
    for (u8& b : buffer[0]) b = static_cast<u8>(random.bits());
    std::memcpy(buffer[1], buffer[0], sizeof buffer[0]);  // both run at the same address, one after the other
    copy_guest(tier1.state, reference.state);
    Machine* machines[2] = {&reference, &tier1};
    for (int m = 0; m < 2; ++m) {
      machines[m]->state.x[27] = reinterpret_cast<u64>(buffer[0]) + 4096;
      machines[m]->state.x[28] = 1000;
      ASSERT_EQ(machines[m]->run(), Exit::Syscall);
      if (m == 0) std::swap(buffer[0], buffer[1]);
    }
    ASSERT_EQ(difference(reference.state, tier1.state), "") << "round " << round << "\n"
                                                            << listing(source.code);
    ASSERT_EQ(std::memcmp(buffer[0], buffer[1], sizeof buffer[0]), 0) << "round " << round << "\n"
                                                                      << listing(source.code);
  }
}

// What general registers and flags do, with moves to and from vectors.
TEST(Differential, HotLoops) {
  compare_hot_loops(5, 400, [](const Line& line) { return line.section_is_base(); });
}

// Nearly all vector registers are pinned here, so that temporaries are few.
TEST(Differential, HotVectorLoops) {
  compare_hot_loops(7, 150, [](const Line& line) { return !line.section_is_base(); });
}

TEST(Differential, EveryInstructionAlone) {
  // Each line by itself, so that a failure names its instruction.
  for (const Line& line : lines()) {
    if (!computes(line.name)) continue;
    Random random(line.value);
    Source source;
    for (int i = 0; i < 40; ++i) {
      source.code = {(static_cast<u32>(random.bits()) & ~line.mask) | line.value, kSvc};
      Machine reference(source, TranslatorOptions::Tier::Interp), tier1(source, TranslatorOptions::Tier::One);
      randomise(reference.state, random);
      copy_guest(tier1.state, reference.state);
      reference.run();
      tier1.run();
      std::string d = difference(reference.state, tier1.state);
      if (d.empty() && reference.fpsr != tier1.fpsr)
        d = "fpsr " + std::to_string(reference.fpsr) + ", tier 1 " + std::to_string(tier1.fpsr);
      EXPECT_EQ(d, "") << listing(source.code);
      if (!d.empty()) break;
    }
  }
}

// Atomics, exclusives and ordered accesses, aligned and not; a store-exclusive often finds its load-exclusive.
TEST(Differential, Atomics) {
  Random random(6);
  std::vector<Line> atomics;
  for (const Line& line : lines())
    if (has_prefix(line.name, {"LDADD", "LDCLR", "LDEOR", "LDSET", "LDSM", "LDUM", "SWP", "CAS", "LDXR", "STXR",
                               "LDXP", "STXP", "LDAR", "STLR", "LDAPR", "CLREX"}))
      atomics.push_back(line);
  ASSERT_GE(atomics.size(), 15u);
  alignas(64) static u8 buffer[2][256];
  for (int round = 0; round < 3000; ++round) {
    Source source;
    const unsigned count = 1 + static_cast<unsigned>(random.below(6));
    for (unsigned i = 0; i < count; ++i) {
      const Line& line = atomics[random.below(atomics.size())];
      // Registers below 16, the address in x27.
      const u32 fields = static_cast<u32>(random.bits()) & ~line.mask & ~(0x10u << 16 | 0x10u << 10 | 0x3ffu);
      source.code.push_back((((fields | line.value) & ~0x3e0u) | 27u << 5) |
                            static_cast<u32>(random.below(16)));
    }
    source.code.push_back(kSvc);
    Machine reference(source, TranslatorOptions::Tier::Interp), tier1(source, TranslatorOptions::Tier::One);
    randomise(reference.state, random);
    for (u8& b : buffer[0]) b = static_cast<u8>(random.bits());
    // Compare-and-swap should find what it expects now and then.
    for (unsigned r = 0; r < 8; ++r)
      if (random.below(2)) std::memcpy(&reference.state.x[r], buffer[0] + 64, 8);
    std::memcpy(buffer[1], buffer[0], sizeof buffer[0]);
    reference.state.x[27] = reinterpret_cast<u64>(buffer[0]) + 64;
    if (random.below(8) == 0) reference.state.x[27] += random.below(16);
    copy_guest(tier1.state, reference.state);
    Machine* machines[2] = {&reference, &tier1};
    Exit exits[2];
    for (int m = 0; m < 2; ++m) {
      exits[m] = machines[m]->run();
      if (m == 0) std::swap(buffer[0], buffer[1]);
    }
    ASSERT_EQ(exits[0], exits[1]) << listing(source.code);
    ASSERT_EQ(reference.state.pc, tier1.state.pc) << listing(source.code);
    if (exits[0] == Exit::Fault) {
      ASSERT_EQ(reference.state.fault_addr, tier1.state.fault_addr) << listing(source.code);
    }
    ASSERT_EQ(difference(reference.state, tier1.state), "") << "round " << round << "\n"
                                                            << listing(source.code);
    ASSERT_EQ(std::memcmp(buffer[0], buffer[1], sizeof buffer[0]), 0) << "round " << round << "\n"
                                                                      << listing(source.code);
  }
}

TEST(Differential, ShortSequences) {
  compare(1, 1500, 4, computes, "");
}
TEST(Differential, LongSequences) {
  compare(2, 150, 60, computes, "");
}
TEST(Differential, PoorHosts) {
  compare(3, 300, 10, computes, "all");
  compare(4, 300, 10, computes, "avx2,bmi1,bmi2,lzcnt");
}

}  // namespace
}  // namespace veneer
