// The reference and translated code beside an independent oracle: Debian's qemu-riscv64, where it is installed.
#include <gtest/gtest.h>

#include <sys/mman.h>
#include <unistd.h>
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "isa/riscv64/isa.h"
#include "isa/riscv64/registers.h"
#include "isa/riscv64/test_program.h"
#include "temporary.h"
#include "translate/translator.h"

namespace veneer::rv64 {
namespace {

using Data = std::vector<u8>;

// What QEMU 7.2 of Debian 12 does not have.
bool known_to_qemu(std::string_view name, std::string_view section) {
  for (std::string_view unknown : {"Zicond", "Zacas", "Zcb", "Zawrs"})
    if (section.starts_with(unknown)) return false;
  // Its CTZW counts the zeros of the upper half, too.
  return name != "CTZW";
}

class Segment : public CodeSource {
 public:
  explicit Segment(const std::vector<u8>& bytes) {
    at_ = static_cast<u8*>(::mmap(reinterpret_cast<void*>(kSegment), kSegmentSize, PROT_READ | PROT_WRITE,
                                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0));
    if (at_ != MAP_FAILED) std::copy(bytes.begin(), bytes.end(), at_);
  }
  ~Segment() override { ::munmap(at_, kSegmentSize); }
  Segment(const Segment&) = delete;
  Segment& operator=(const Segment&) = delete;

  std::span<const u8> fetch(GuestAddr pc) override {
    if (pc < kSegment || pc >= kSegment + kSegmentSize) return {};
    return {reinterpret_cast<const u8*>(pc), kSegment + kSegmentSize - pc};
  }
  Data data() const { return {at_ + kData, at_ + kData + kDataSize}; }

 private:
  u8* at_;
};

Data run_veneer(const TestProgram& program, TranslatorOptions::Tier tier) {
  Segment segment(program.segment());
  const Riscv64Isa isa;
  TranslatorOptions options;
  options.tier = tier;
  Translator translator(isa, segment, options);
  CpuState state;
  translator.attach(state);
  state.pc = kSegment + kCode;
  const Exit exit = translator.run(state);
  EXPECT_EQ(exit, Exit::Syscall) << "at " << std::hex << state.pc;
  EXPECT_EQ(state.x[kSlots[17]], 64u);  // write
  translator.detach(state);
  return segment.data();
}

Data run_qemu(const TestProgram& program, const std::string& directory) {
  const std::string path = directory + "/program";
  std::ofstream(path, std::ios::binary) << program.elf();
  EXPECT_EQ(::chmod(path.c_str(), 0755), 0);
  const std::string command = "qemu-riscv64 -cpu rv64,zba=true,zbb=true,zbs=true,zbc=true,zbkb=true " + path;
  std::FILE* pipe = ::popen(command.c_str(), "r");
  Data out(kDataSize);
  out.resize(std::fread(out.data(), 1, out.size(), pipe));
  EXPECT_EQ(::pclose(pipe), 0);
  return out;
}

void expect_same(const Data& want, const Data& got, const std::string& what) {
  ASSERT_EQ(want.size(), got.size()) << what;
  for (usize at = 0; at < want.size(); at += 8) {
    u64 a = 0, b = 0;
    std::memcpy(&a, want.data() + at, 8);
    std::memcpy(&b, got.data() + at, 8);
    if (a == b) continue;
    const bool reg = at >= kAfter && at < kScratch;
    ADD_FAILURE() << what << ": "
                  << (reg ? "x" + std::to_string((at - kAfter) / 8) : "data+" + std::to_string(at)) << std::hex
                  << " is " << b << ", qemu has " << a;
  }
}

TEST(Qemu, RandomIntegerPrograms) {
  if (std::system("command -v qemu-riscv64 >/dev/null") != 0) GTEST_SKIP() << "qemu-riscv64 is not installed";
  const test::TemporaryDirectory directory;
  for (u64 seed = 1; seed <= 60 && !HasFailure(); ++seed) {
    const TestProgram program(seed, 400, known_to_qemu);
    const Data want = run_qemu(program, directory.path());
    const std::string which = "program " + std::to_string(seed);
    expect_same(want, run_veneer(program, TranslatorOptions::Tier::Interp), which + ", reference");
    expect_same(want, run_veneer(program, TranslatorOptions::Tier::One), which + ", translated");
  }
}

}  // namespace
}  // namespace veneer::rv64
