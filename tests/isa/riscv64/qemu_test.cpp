// The reference and translated code beside an independent oracle: the qemu-riscv64 that scripts/lay-qemu
// fetches, or that VENEER_QEMU_RISCV64 names; or else Debian 12's, which is asked less.
#include <gtest/gtest.h>

#include <immintrin.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "isa/riscv64/isa.h"
#include "isa/riscv64/oracle.h"
#include "isa/riscv64/registers.h"
#include "isa/riscv64/segment.h"
#include "isa/riscv64/test_program.h"
#include "temporary.h"
#include "translate/translator.h"

namespace veneer::rv64 {
namespace {

using Data = std::vector<u8>;

// What QEMU 7.2 of Debian 12 does not have.
bool is_newer(std::string_view name, std::string_view section) {
  for (std::string_view extension :
       {"Zicond", "Zabha", "Zacas", "Zcb", "Zawrs", "Zfa", "Zicbo", "Zimop", "Zcmop"})
    if (section.starts_with(extension)) return true;
  // Its CTZW counts the zeros of the upper half, too.
  return name == "CTZW";
}

// No QEMU lets programs clean and flush blocks of the cache, which Linux does. Vectors are VectorProgram's.
bool known_to_qemu(std::string_view name, std::string_view section) {
  return !section.starts_with("Zicbom") && !section.starts_with("Zv") &&
         (oracle().newer || !is_newer(name, section));
}

bool is_floating(std::string_view section) {
  return section.starts_with("F ") || section.starts_with("D ") || section.starts_with("Zfh") ||
         section.starts_with("Zfa ") || section.starts_with("Zicsr ") || section.starts_with("Zcd ");
}

// How many programs; more by hand.
u64 count() {
  const char* wanted = std::getenv("VENEER_PROGRAMS");
  return wanted ? std::strtoull(wanted, nullptr, 10) : 40;
}

Data run_veneer(const TestProgram& program, TranslatorOptions::Tier tier) {
  TranslatorOptions options;
  options.tier = tier;
  Segment segment(program.segment());
  run_segment(segment, Riscv64Isa(), options);
  return segment.part(kData, kDataSize);
}

Data run_qemu(const TestProgram& program, const std::string& directory) {
  const std::string path = directory + "/program";
  std::ofstream(path, std::ios::binary) << program.elf();
  EXPECT_EQ(::chmod(path.c_str(), 0755), 0);
  const char* processor = oracle().newer
                              ? "max"
                              : "rv64,zba=true,zbb=true,zbs=true,zbc=true,zbkb=true,zbkc=true,zbkx=true,"
                                "zknd=true,zkne=true,zknh=true,zksh=true,zksed=true,Zfh=true";
  const std::string command = oracle().program + " -cpu " + processor + " " + path;
  std::FILE* pipe = ::popen(command.c_str(), "r");
  Data out(kDataSize);
  out.resize(std::fread(out.data(), 1, out.size(), pipe));
  EXPECT_EQ(::pclose(pipe), 0);
  return out;
}

std::string name_of(usize at) {
  if (at == kFcsr) return "fcsr";
  if (at < kAfter || at >= kFcsr) return "data+" + std::to_string(at);
  const usize n = (at - kAfter) / 8;
  return n < 32 ? "x" + std::to_string(n) : "f" + std::to_string(n - 32);
}

void expect_same(const Data& want, const Data& got, const std::string& what) {
  ASSERT_EQ(want.size(), got.size()) << what;
  for (usize at = 0; at < want.size(); at += 8) {
    u64 a = 0, b = 0;
    std::memcpy(&a, want.data() + at, 8);
    std::memcpy(&b, got.data() + at, 8);
    if (a == b) continue;
    ADD_FAILURE() << what << ": " << name_of(at) << std::hex << " is " << b << ", qemu has " << a;
  }
}

// With the instructions that `wanted` says yes to.
void run_programs(u64 first, bool (*wanted)(std::string_view, std::string_view)) {
  if (oracle().program.empty()) GTEST_SKIP() << "there is no qemu-riscv64: scripts/lay-qemu fetches one";
  const test::TemporaryDirectory directory;
  for (u64 seed = first; seed < first + count() && !testing::Test::HasFailure(); ++seed) {
    const TestProgram program(seed, 400, wanted);
    const Data want = run_qemu(program, directory.path());
    const std::string which = "program " + std::to_string(seed);
    expect_same(want, run_veneer(program, TranslatorOptions::Tier::Interp), which + ", reference");
    expect_same(want, run_veneer(program, TranslatorOptions::Tier::One), which + ", translated");
  }
}

TEST(Qemu, IntegerPrograms) {
  run_programs(1, [](std::string_view name, std::string_view section) {
    return known_to_qemu(name, section) && !is_floating(section);
  });
}
TEST(Qemu, FloatingPointPrograms) {
  run_programs(1'000'000, [](std::string_view name, std::string_view section) {
    return known_to_qemu(name, section) &&
           (is_floating(section) || std::hash<std::string_view>{}(name) % 8 == 0);
  });
}
TEST(Qemu, ProgramsOfNewerExtensions) {
  if (!oracle().newer) GTEST_SKIP() << "this needs a newer qemu-riscv64: scripts/lay-qemu fetches one";
  run_programs(2'000'000, [](std::string_view name, std::string_view section) {
    return known_to_qemu(name, section) &&
           (is_newer(name, section) || std::hash<std::string_view>{}(name) % 16 == 0);
  });
}

}  // namespace
}  // namespace veneer::rv64
