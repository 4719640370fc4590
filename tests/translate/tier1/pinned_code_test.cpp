// The host instructions that common guest instructions and idioms become in a hot loop, against what has been
// recorded in pinned_code.txt and pinned_code_riscv64.txt: a change in code quality shows as a diff. After a
// change that is meant, record anew by running this test with VENEER_PIN_UPDATE=1 in the environment, and look
// at what `git diff` says.
//
// The file holds cases of three parts: `== name`, guest words with their assembly, and after `--` the host
// code.
#include <gtest/gtest.h>

#include <cstdlib>
#include <deque>
#include <fstream>
#include <optional>
#include <set>
#include <sstream>

#include <fmt/format.h>

#include "base/disassembler.h"
#include "isa/aarch64/code_bytes.h"
#include "isa/aarch64/isa.h"
#include "isa/riscv64/isa.h"
#include "translate/cache/code_cache.h"
#include "translate/tier1/compiler.h"
#include "translate/tier1/trampolines.h"

namespace veneer::tier1 {
namespace {

constexpr GuestAddr kBase = 0x10000;

// The instruction set of a file, and how the code of a case becomes a loop: a counter, in a register of its
// own, is decremented and a branch taken back while it is not zero. What ends the code is a system call.
struct Guest {
  const GuestIsa& isa;
  std::string file;
  usize least;  // how many cases there are at least
  u32 decrement, branch, system_call;
  u32 (*offset)(s32 words);  // the bits of the branch that say how far
};

u32 offset_of_a64(s32 words) {
  return (static_cast<u32>(words) & 0x7ffff) << 5;
}
u32 offset_of_riscv(s32 words) {
  const u32 bytes = static_cast<u32>(words) * 4;
  return (bytes >> 12 & 1) << 31 | (bytes >> 5 & 0x3f) << 25 | (bytes >> 1 & 0xf) << 8 | (bytes >> 11 & 1) << 7;
}

struct Case {
  std::string name;
  std::vector<std::string> guest;  // as they stand in the file: word, two blanks, assembly
  std::vector<u32> words;
  std::string host;
};

std::vector<Case> read_cases(const std::string& path) {
  std::vector<Case> cases;
  std::ifstream file(path);
  std::string line;
  bool host = false;
  while (std::getline(file, line)) {
    if (line.starts_with("== ")) {
      cases.push_back({.name = line.substr(3), .guest = {}, .words = {}, .host = {}});
      host = false;
    } else if (line == "--") {
      host = true;
    } else if (host) {
      cases.back().host += line + "\n";
    } else {
      cases.back().guest.push_back(line);
      cases.back().words.push_back(static_cast<u32>(std::stoul(line, nullptr, 16)));
    }
  }
  return cases;
}

void write_cases(const std::string& path, const std::vector<Case>& cases) {
  std::ofstream file(path);
  for (const Case& c : cases) {
    file << "== " << c.name << "\n";
    for (const std::string& line : c.guest) file << line << "\n";
    file << "--\n" << c.host;
  }
}

// A host of 2015 or later, whatever this one is: the code is compiled and looked at, not run.
HostFeatures recorded_host() {
  HostFeatures f;
  f.sse42 = f.avx = f.avx2 = f.fma = f.f16c = f.bmi1 = f.bmi2 = f.lzcnt = f.movbe = f.aes = f.pclmul = f.sha =
      true;
  return f;
}

// Compiles code into a region as the engine does when it has run often.
class RegionCompiler {
 public:
  explicit RegionCompiler(const Guest& guest)
      : guest_(guest),
        cache_(usize{1} << 20),
        trampolines_(emit_trampolines(
            cache_.free_space(), [](CpuState*) { return false; }, true)),
        compiler_(host_, trampolines_.routines, kept_,
                  CompileHost{.flags_live_at = [](GuestAddr) { return true; },
                              .new_link =
                                  [this](Unit& from, GuestAddr target) {
                                    links_.push_back(Link{.from = &from, .target = target});
                                    return static_cast<u32>(links_.size() - 1);
                                  },
                              .link = [this](u32 n) -> Link& { return links_[n]; },
                              .usual_target = [](GuestAddr, const Unit&) { return GuestAddr{0}; },
                              .space = [this] { return cache_.free_space(); },
                              .alignment_bits = 2}) {
    cache_.take(trampolines_.size);
  }

  std::span<const u8> compile(std::span<const u32> code) {
    std::vector<ir::Block> blocks;
    std::set<GuestAddr> seen;
    lift(code, kBase, blocks, seen);
    unit_.emplace();
    unit_->pc = kBase;
    unit_->region = true;
    compiler_.compile(*unit_, blocks);
    return {unit_->code, unit_->size};
  }

 private:
  void lift(std::span<const u32> code, GuestAddr pc, std::vector<ir::Block>& blocks,
            std::set<GuestAddr>& seen) {
    const usize at = (pc - kBase) / sizeof(u32);
    if (at >= code.size() || code[at] == guest_.system_call || !seen.insert(pc).second) return;
    ir::Block block;
    guest_.isa.lift(pc, code_bytes(code.subspan(at)), {}, block);
    const ir::Inst end = block.insts.back();
    const GuestAddr next = block.end_pc;
    blocks.push_back(std::move(block));
    if (end.op != ir::Op::BranchCond) return;
    lift(code, next, blocks, seen);
    lift(code, end.imm, blocks, seen);
  }

  const Guest& guest_;
  const HostFeatures host_ = recorded_host();
  CodeCache cache_;
  Trampolines trampolines_;
  KeptInMemory kept_;
  std::deque<Link> links_;
  Compiler compiler_;
  std::optional<Unit> unit_;
};

struct HostInstruction {
  usize at, length;
  std::string text;
  bool jumps() const {  // directly
    const usize operand = text.find(' ') + 1;
    return (text.starts_with('j') || text.starts_with("call")) &&
           (text[operand] == '-' || (text[operand] >= '0' && text[operand] <= '9'));
  }
  usize target() const {
    return at + length + static_cast<usize>(std::stoll(text.substr(text.find(' ')), nullptr, 0));
  }
};

// What differs from run to run is named by what it is.
std::string steady(const HostInstruction& in, usize loop_start, usize loop_end) {
  std::string text = in.text;
  const usize operand = text.rfind(' ') + 1;
  if (in.jumps()) {
    const usize to = in.target();
    const char* where = to == loop_start ? "LOOP" : to > loop_start && to <= loop_end ? "WITHIN" : "OUT";
    return text.substr(0, operand) + where;
  }
  if (text.starts_with("movabs") && text.size() - operand >= 13) return text.substr(0, operand) + "ADDRESS";
  if (const usize rip = text.find("[rip "); rip != std::string::npos)
    text.replace(rip, text.find(']', rip) - rip, "[CONSTANT");
  return text;
}

// The body of the loop, without what leads into it and out of it.
std::string loop_of(std::span<const u8> code, Disassembler& disassembler) {
  std::vector<HostInstruction> all;
  for (usize at = 0; at < code.size();) {
    const auto in = disassembler.decode(code.subspan(at), 0);
    if (in.length == 0) break;  // constants follow the code
    all.push_back({at, in.length, in.text});
    at += in.length;
  }
  usize start = 0, end = 0;
  for (const HostInstruction& in : all)
    if (in.jumps() && !in.text.starts_with("call") && in.target() < in.at) {
      start = in.target();
      end = in.at;
      break;
    }
  std::string out;
  for (const HostInstruction& in : all)
    if (in.at >= start && in.at <= end) out += "  " + steady(in, start, end) + "\n";
  return out;
}

void expect_as_recorded(const Guest& guest) {
  std::string problem;
  const auto disassembler = Disassembler::open(Disassembler::Isa::X86_64, problem);
  if (!disassembler) GTEST_SKIP() << problem;
  const std::string path = std::string(VENEER_SOURCE_DIR) + "/tests/translate/tier1/" + guest.file;
  const bool update = std::getenv("VENEER_PIN_UPDATE") != nullptr;
  std::vector<Case> cases = read_cases(path);
  ASSERT_GE(cases.size(), guest.least);
  for (Case& c : cases) {
    std::vector<u32> code = c.words;
    code.push_back(guest.decrement);
    code.push_back(guest.branch | guest.offset(-static_cast<s32>(code.size())));
    code.push_back(guest.system_call);
    RegionCompiler compiler(guest);
    const std::string host = loop_of(compiler.compile(code), *disassembler);
    if (update) {
      c.host = host;
    } else {
      EXPECT_EQ(host, c.host) << c.name;
    }
  }
  if (update) write_cases(path, cases);
}

TEST(PinnedCode, IsAsRecorded) {
  // sub x28, x28, #1; cbnz x28; svc
  expect_as_recorded({.isa = a64::Aarch64Isa(),
                      .file = "pinned_code.txt",
                      .least = 100,
                      .decrement = 0xd100079c,
                      .branch = 0xb500001c,
                      .system_call = 0xd4000001,
                      .offset = offset_of_a64});
}
TEST(PinnedCode, OfRiscvIsAsRecorded) {
  // addi s11, s11, -1; bnez s11; ecall
  expect_as_recorded({.isa = rv64::Riscv64Isa(),
                      .file = "pinned_code_riscv64.txt",
                      .least = 20,
                      .decrement = 0xfffd8d93,
                      .branch = 0x000d9063,
                      .system_call = 0x00000073,
                      .offset = offset_of_riscv});
}

}  // namespace
}  // namespace veneer::tier1
