// `veneer run --cpu`: what a program is told, and which instructions it has.
#include <gtest/gtest.h>

#include <csignal>

#include <nlohmann/json.hpp>

#include "cli/platform.h"
#include "cli/run_process.h"
#include "program/elf_builder.h"
#include "temporary.h"

namespace veneer {
namespace {

using test::Outcome;
using test::run_veneer;

constexpr int kIllegal = 128 + SIGILL;

struct Cpu : testing::Test {
  // Executes the instruction, and exits with 0.
  std::string program(u16 machine, u32 instruction) {
    const bool arm = machine == EM_AARCH64;
    test::ElfBuilder elf = test::simple_program(
        arm ? std::vector<u32>{0x910003e1, instruction, 0xd2800000, 0xd2800ba8, 0xd4000001}    // x1 = sp
            : std::vector<u32>{0x00010593, instruction, 0x00000513, 0x05d00893, 0x00000073});  // a1 = sp
    elf.header.e_machine = machine;
    return directory.file("program" + std::to_string(instruction), elf.build(), 0755);
  }
  // Executes it by execve, with the same options.
  std::string executes(const std::string& path) {
    std::string code = std::string("\x17\x05\x00\x00", 4) +  // auipc a0, 0
                       std::string("\x13\x05\x85\x01", 4) +  // addi a0, a0, 24
                       std::string("\x93\x05\x00\x00", 4) +  // li a1, 0
                       std::string("\x13\x06\x00\x00", 4) +  // li a2, 0
                       std::string("\x93\x08\xd0\x0d", 4) +  // li a7, execve
                       std::string("\x73\x00\x00\x00", 4) + path;
    code.resize((code.size() + 4) / 4 * 4);
    std::vector<u32> words(code.size() / 4);
    std::memcpy(words.data(), code.data(), code.size());
    test::ElfBuilder elf = test::simple_program(words);
    elf.header.e_machine = EM_RISCV;
    return directory.file("executes", elf.build(), 0755);
  }
  test::TemporaryDirectory directory;
};

TEST_F(Cpu, InstructionsOfWhatIsSwitchedOffKill) {
  const std::string sh1add = program(EM_RISCV, 0x20c5a533), ldadd = program(EM_AARCH64, 0xb8200020);
  for (const char* tier : {"--tier=1", "--tier=interp"}) {
    EXPECT_EQ(run_veneer({tier, sh1add}).status, 0);
    EXPECT_EQ(run_veneer({tier, "--cpu=rv64gc,zba", sh1add}).status, 0);
    EXPECT_EQ(run_veneer({tier, "--cpu", "rv64gc", sh1add}).status, kIllegal);
    EXPECT_EQ(run_veneer({tier, "--cpu=armv8.1-a", ldadd}).status, 0);
    EXPECT_EQ(run_veneer({tier, "--cpu=armv8.0-a", ldadd}).status, kIllegal);
    // Of each instruction set its own.
    EXPECT_EQ(run_veneer({tier, "--cpu=rv64gc", "--cpu=max,nolse", sh1add}).status, kIllegal);
    EXPECT_EQ(run_veneer({tier, "--cpu=rv64gc", "--cpu=max,nolse", ldadd}).status, kIllegal);
  }
}

TEST_F(Cpu, ProgramsThatAreExecutedHaveTheSame) {
  const std::string path = executes(program(EM_RISCV, 0x20c5a533));
  EXPECT_EQ(run_veneer({path}).status, 0);
  EXPECT_EQ(run_veneer({"--cpu=rv64gc", path}).status, kIllegal);
  // Another instruction set's programs have what they have without the option.
  const std::string other = executes(program(EM_AARCH64, 0xb8200020));
  EXPECT_EQ(run_veneer({"--cpu=rv64gc", other}).status, 0);
}

TEST_F(Cpu, MistakesAreNamedInOneLine) {
  const std::string arm = program(EM_AARCH64, 0xd503201f);
  struct {
    std::vector<std::string> arguments;
    const char* why;
  } cases[] = {
      {{"--cpu=cortex-a53", arm}, "no instruction set has such a CPU; see `veneer run --cpu help`"},
      {{"--cpu=rv64gc,zbx", arm}, "'zbx' is nothing that veneer implements of riscv64"},
      {{"--cpu=rv64gc", "--cpu=max,nozba", arm}, "riscv64 has been chosen, by 'rv64gc'"},
      {{"--cpu=rv64gc", arm}, "is of another instruction set than"},
      {{"--cpu=", arm}, "a CPU is wanted"},
      {{"--json", arm}, "--json is for --cpu=help"},
  };
  for (const auto& c : cases) {
    const Outcome o = run_veneer(c.arguments);
    EXPECT_EQ(o.status, 125);
    EXPECT_NE(o.err.find(c.why), std::string::npos) << o.err;
    EXPECT_EQ(std::count(o.err.begin(), o.err.end(), '\n'), 1) << o.err;
  }
}

TEST_F(Cpu, HelpListsWhatThereIs) {
  const Outcome text = run_veneer({"--cpu", "help"});
  EXPECT_EQ(text.status, 0);
  for (const char* word : {"rva22u64", "armv8.0-a", "zba", "dotprod", "vlen"})
    EXPECT_NE(text.out.find(word), std::string::npos) << word;
  const nlohmann::json json = nlohmann::json::parse(run_veneer({"--cpu=help", "--json"}).out);
  EXPECT_TRUE(json["riscv64"]["cpus"]["rva22u64"]["missing"].empty());
  EXPECT_TRUE(json["riscv64"]["cpus"]["rva23u64"]["missing"].empty());
  EXPECT_FALSE(json["aarch64"]["cpus"]["armv8.3-a"]["missing"].empty());
  // Whatever is said to be there can be chosen.
  for (const auto& [isa, of] : json.items())
    for (const auto& [name, cpu] : of["cpus"].items())
      EXPECT_EQ(static_cast<bool>(cli::guest_platforms({name})), cpu["missing"].empty()) << name;
}

}  // namespace
}  // namespace veneer
