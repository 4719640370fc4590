// docs/linux-abi.md is the table of system calls: VENEER_DOC_UPDATE=1 writes it anew.
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace veneer {
namespace {

constexpr const char* kPath = VENEER_SOURCE_DIR "/docs/linux-abi.md";

std::string document() {
  std::map<int, std::string> lines;
  const auto line = [&](int number, const char* name, const std::string& what) {
    lines[number] = fmt::format("| {} | {} | {} |\n", number, name, what);
  };
#define VENEER_PASS(number, name) line(number, #name, "passed through");
#define VENEER_WAIT(number, name) line(number, #name, "passed through; a signal interrupts it");
#define VENEER_PATH(number, name, spec) \
  line(number, #name, "passed through; paths are looked up under -L first");
#define VENEER_CALL(number, name, what) line(number, #name, what);
#define VENEER_DENY(number, name, error, reason) line(number, #name, "refused (" #error "): " reason);
#include "program/syscalls/table.inc"
#include "program/syscalls/table_common.inc"
#undef VENEER_PASS
#undef VENEER_WAIT
#undef VENEER_PATH
#undef VENEER_CALL
#undef VENEER_DENY
  std::string text =
      "# The Linux ABI of a guest\n\n"
      "Made of `src/program/syscalls/table*.inc` by `VENEER_DOC_UPDATE=1 ctest --preset release -R LinuxAbi`; "
      "a test "
      "holds it to that.\nNumbers are those of aarch64 and riscv64, and of Linux 6.18. What the host's kernel "
      "is too old "
      "for "
      "answers ENOSYS, as there.\n\n"
      "| number | name | how |\n| ---: | --- | --- |\n";
  for (const auto& [number, row] : lines) text += row;
  return text;
}

TEST(LinuxAbi, DocumentIsTheTable) {
  if (std::getenv("VENEER_DOC_UPDATE")) std::ofstream(kPath) << document();
  std::ifstream file(kPath);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  EXPECT_EQ(text, document())
      << "the table has changed: VENEER_DOC_UPDATE=1 ctest --preset release -R LinuxAbi";
}

}  // namespace
}  // namespace veneer
