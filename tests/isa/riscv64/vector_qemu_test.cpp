// Vector instructions beside a qemu-riscv64 that has them; see oracle.h.
#include <gtest/gtest.h>

#include <immintrin.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>

#include "isa/riscv64/oracle.h"
#include "isa/riscv64/registers.h"
#include "isa/riscv64/segment.h"
#include "isa/riscv64/test_program.h"
#include "isa/riscv64/vector_program.h"
#include "temporary.h"
#include "translate/translator.h"

namespace veneer::rv64 {
namespace {

using Data = std::vector<u8>;

std::string output_of(const std::string& command) {
  std::FILE* pipe = ::popen(command.c_str(), "r");
  std::string out(VectorProgram::kDataSize + 1, '\0');
  out.resize(std::fread(out.data(), 1, out.size(), pipe));
  return ::pclose(pipe) == 0 ? out : "";
}

u64 count() {
  const char* wanted = std::getenv("VENEER_PROGRAMS");
  return wanted ? std::strtoull(wanted, nullptr, 10) : 20;
}

Data run_veneer(const VectorProgram& program, unsigned vlen, const TranslatorOptions& options) {
  static_assert(VectorProgram::kCode == rv64::kCode);
  Segment segment(program.segment());
  run_segment(segment, Riscv64Isa(Features{.vlen = vlen}), options);
  return segment.part(VectorProgram::kData, VectorProgram::kDataSize);
}

Data run_qemu(const std::string& qemu, const VectorProgram& program, unsigned vlen,
              const std::string& directory) {
  const char* kept = std::getenv("VENEER_PROGRAM_FILE");  // for who wants to look at it
  const std::string path = kept ? kept : directory + "/program";
  std::ofstream(path, std::ios::binary) << program.elf();
  EXPECT_EQ(::chmod(path.c_str(), 0755), 0);
  const std::string out =
      output_of(qemu +
                " -cpu rv64,v=true,zfh=true,zvfh=true,zvbb=true,zvkb=true,zvbc=true,zvkg=true,zvkned=true,"
                "zvknha=true,zvknhb=true,zvksed=true,zvksh=true,vlen=" +
                std::to_string(vlen) + " " + path);
  return {out.begin(), out.end()};
}

std::string name_of(usize at, unsigned vlen) {
  const usize bytes = vlen / 8;
  if (at >= VectorProgram::kAfter && at < VectorProgram::kAfter + 32 * bytes)
    return "v" + std::to_string((at - VectorProgram::kAfter) / bytes) + "+" +
           std::to_string((at - VectorProgram::kAfter) % bytes);
  if (at >= VectorProgram::kGeneral && at < VectorProgram::kCsrs)
    return "x" + std::to_string((at - VectorProgram::kGeneral) / 8);
  if (at >= VectorProgram::kFloats && at < VectorProgram::kFloats + 0x100)
    return "f" + std::to_string((at - VectorProgram::kFloats) / 8);
  if (at >= VectorProgram::kCsrs && at < VectorProgram::kScratch)
    return "csr " + std::to_string((at - VectorProgram::kCsrs) / 8);
  return "data+" + std::to_string(at);
}

void expect_same(const Data& want, const Data& got, unsigned vlen, const std::string& what) {
  ASSERT_EQ(want.size(), got.size()) << what;
  unsigned shown = 0;
  for (usize at = 0; at < want.size() && shown < 8; at += 8) {
    u64 a = 0, b = 0;
    std::memcpy(&a, want.data() + at, 8);
    std::memcpy(&b, got.data() + at, 8);
    if (a == b) continue;
    ++shown;
    ADD_FAILURE() << what << ": " << name_of(at, vlen) << std::hex << " is " << b << ", qemu has " << a;
  }
}

class VectorQemu : public testing::TestWithParam<unsigned> {
 protected:
  // With the instructions that `wanted` says yes to.
  static void run_programs(u64 first, bool (*wanted)(std::string_view)) {
    if (!oracle().newer) GTEST_SKIP() << "there is no qemu-riscv64 with vectors";
    const std::string& qemu = oracle().program;
    const unsigned vlen = GetParam();
    const test::TemporaryDirectory directory;
    const char* length = std::getenv("VENEER_PROGRAM_LENGTH");
    for (u64 seed = first; seed < first + count() && !testing::Test::HasFailure(); ++seed) {
      const VectorProgram program(seed, vlen, length ? static_cast<unsigned>(std::atoi(length)) : 300, wanted);
      const Data want = run_qemu(qemu, program, vlen, directory.path());
      const std::string which = "program " + std::to_string(seed);
      TranslatorOptions options;
      options.tier = TranslatorOptions::Tier::Interp;
      expect_same(want, run_veneer(program, vlen, options), vlen, which + ", reference");
      options.tier = TranslatorOptions::Tier::One;
      expect_same(want, run_veneer(program, vlen, options), vlen, which + ", translated");
      options.disable_features = "avx512";
      expect_same(want, run_veneer(program, vlen, options), vlen, which + ", translated without AVX-512");
      options.disable_features = "all";
      expect_same(want, run_veneer(program, vlen, options), vlen, which + ", translated for the oldest host");
    }
  }
};

bool is_memory(std::string_view section) {
  const std::string_view name = section.substr(section.find(' ') + 1);
  return name.starts_with("vl") ||
         (name.starts_with("vs") &&
          (name.starts_with("vse") || name.starts_with("vss") || name.starts_with("vsu") ||
           name.starts_with("vso") || name.starts_with("vs<") || name.starts_with("vsm.")));
}

TEST_P(VectorQemu, Memory) {
  run_programs(1, [](std::string_view section) { return is_memory(section) || section == "Zve64x vadd.vv"; });
}
TEST_P(VectorQemu, Arithmetic) {
  run_programs(1000,
               [](std::string_view section) { return !is_memory(section) && section.starts_with("Zve64x "); });
}
TEST_P(VectorQemu, FloatingPoint) {
  run_programs(3000, [](std::string_view section) {
    return section.starts_with("Zve32f ") || section == "Zve64x vle32.v" || section == "Zve64x vmv.v.v";
  });
}
TEST_P(VectorQemu, BitManipulation) {
  run_programs(4000, [](std::string_view section) {
    return section.starts_with("Zvbb ") || section.starts_with("Zvkb ") || section == "Zve64x vle64.v" ||
           section == "Zve64x vadd.vv";
  });
}
TEST_P(VectorQemu, Cryptography) {
  run_programs(5000, [](std::string_view section) {
    return section.starts_with("Zvbc ") || (section.starts_with("Zvk") && !section.starts_with("Zvkb ")) ||
           section == "Zve64x vle64.v";
  });
}
TEST_P(VectorQemu, Everything) {
  run_programs(2000, [](std::string_view) { return true; });
}

INSTANTIATE_TEST_SUITE_P(Vlen, VectorQemu, testing::Values(128u, 256u),
                         [](const auto& vlen) { return std::to_string(vlen.param); });

}  // namespace
}  // namespace veneer::rv64
