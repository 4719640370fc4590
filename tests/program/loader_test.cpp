#include "program/loader.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cstring>

#include "base/files.h"
#include "program/elf_builder.h"
#include "program/stack.h"
#include "temporary.h"

namespace veneer {
namespace {

using test::ElfBuilder;

class LoaderTest : public testing::Test {
 protected:
  Result<LoadedProgram> load(const std::string& file) {
    std::string path = directory.file("program", file, 0755);
    Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    return load_program(process, fd.get());
  }
  void SetUp() override { process.platform.abi = &kAarch64Abi; }
  void TearDown() override {
    for (const Mapping& m : process.maps.all()) {
      if (m.kind != Mapping::Kind::Vdso) ::munmap(reinterpret_cast<void*>(m.start), m.size());
    }
  }
  test::TemporaryDirectory directory;
  Process process;
};

TEST_F(LoaderTest, MapsSegmentsAndClearsWhatTheFileDoesNotHave) {
  ElfBuilder e;
  e.header.e_type = ET_DYN;
  e.load(0, 0, 0x1000, 0x1000, PF_R | PF_X);
  e.load(0x20000, 0x1000, 0x123, 0x5000, PF_R | PF_W).p_align = 0x10000;
  e.header.e_entry = 0x200;
  std::string file = e.build();
  file.resize(0x2000, '\x55');  // bytes after the segment, on its last page
  Result<LoadedProgram> r = load(file);
  ASSERT_TRUE(r) << r.error().message;
  u64 bias = process.entry - 0x200;
  EXPECT_EQ(bias % 0x10000, 0u);
  EXPECT_EQ(r->auxv.phdr, bias + sizeof(Elf64_Ehdr));
  EXPECT_EQ(r->auxv.base, 0u);
  const char* data = reinterpret_cast<const char*>(bias + 0x20000);
  for (usize i = 0x123; i < 0x5000; i++) ASSERT_EQ(data[i], 0) << i;
  EXPECT_EQ(process.maps.find(bias)->prot, PROT_READ | PROT_EXEC);
  EXPECT_EQ(process.maps.find(bias + 0x24fff)->prot, PROT_READ | PROT_WRITE);
  EXPECT_FALSE(process.maps.find(bias + 0x25000));
  EXPECT_FALSE(process.maps.find(bias + 0x1000));  // the hole
  EXPECT_GE(process.brk.start, bias + 0x25000);
  EXPECT_FALSE(process.maps.fetch(process.entry).empty());
  EXPECT_TRUE(process.maps.fetch(bias + 0x20000).empty());
}

TEST_F(LoaderTest, FixedProgramsGoWhereTheySay) {
  Result<LoadedProgram> r = load(test::simple_program({0xd4200000}).build());
  ASSERT_TRUE(r) << r.error().message;
  ASSERT_EQ(process.entry, 0x400000u + sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr));
  u32 first = 0;
  std::memcpy(&first, process.maps.fetch(process.entry).data(), sizeof first);
  EXPECT_EQ(first, 0xd4200000u);
}

TEST_F(LoaderTest, RefusesAnAddressThatIsTaken) {
  void* taken = ::mmap(reinterpret_cast<void*>(0x400000), 4096, PROT_NONE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
  ASSERT_EQ(taken, reinterpret_cast<void*>(0x400000));
  Result<LoadedProgram> r = load(test::simple_program().build());
  EXPECT_FALSE(r);
  EXPECT_TRUE(process.maps.all().empty());
  ::munmap(taken, 4096);
}

TEST_F(LoaderTest, NamesAMissingInterpreter) {
  ElfBuilder e = test::simple_program();
  e.interpreter("/lib/ld-not-there.so", 0x200);
  e.segments[0].p_filesz = e.segments[0].p_memsz = 0x400;
  e.header.e_entry = 0x400300;
  Result<LoadedProgram> r = load(e.build());
  ASSERT_FALSE(r);
  EXPECT_EQ(r.error().status, exit_status::kNotFound);
  EXPECT_NE(r.error().message.find("/lib/ld-not-there.so"), std::string::npos);
  EXPECT_NE(r.error().message.find("-L ROOT"), std::string::npos);
}

TEST_F(LoaderTest, StackIsAsTheKernelLaysItOut) {
  process.platform.hwcap = 0x1234;
  AuxvInput input{.phdr = 0x40, .phnum = 3, .entry = 0x1000, .base = 0x2000, .vdso = 0x3000, .secure = {}};
  Result<bool> r = build_stack(process, {"prog", "", "arg"}, {"A=1", "B=2"}, "/bin/prog", input, false);
  ASSERT_TRUE(r) << r.error().message;
  EXPECT_EQ(process.stack_pointer % 16, 0u);
  const u64* p = reinterpret_cast<const u64*>(process.stack_pointer);
  auto text = [](u64 a) { return std::string(reinterpret_cast<const char*>(a)); };
  ASSERT_EQ(*p++, 3u);
  EXPECT_EQ(text(*p), "prog");
  EXPECT_EQ(*p++, process.arg_start);
  EXPECT_EQ(text(*p++), "");
  EXPECT_EQ(text(*p++), "arg");
  EXPECT_EQ(*p++, 0u);
  EXPECT_EQ(*p, process.env_start);
  EXPECT_EQ(process.env_start, process.arg_end);
  EXPECT_EQ(text(*p++), "A=1");
  EXPECT_EQ(text(*p++), "B=2");
  EXPECT_EQ(*p++, 0u);
  std::map<u64, u64> auxv;
  const u64* start = p;
  for (; p[0] != AT_NULL; p += 2) auxv[p[0]] = p[1];
  p += 2;
  EXPECT_EQ(std::string(process.auxv.begin(), process.auxv.end()),
            std::string(reinterpret_cast<const char*>(start), static_cast<usize>(p - start) * 8));
  EXPECT_EQ(auxv[AT_HWCAP], 0x1234u);
  EXPECT_EQ(auxv[AT_PAGESZ], 4096u);
  EXPECT_EQ(auxv[AT_ENTRY], 0x1000u);
  EXPECT_EQ(auxv[AT_BASE], 0x2000u);
  EXPECT_EQ(text(auxv[AT_EXECFN]), "/bin/prog");
  EXPECT_EQ(text(auxv[AT_PLATFORM]), "aarch64");
  EXPECT_EQ(auxv[AT_MINSIGSTKSZ], 4720u);
  EXPECT_GE(auxv[AT_RANDOM], process.stack_pointer);
  // Everything is on the stack, and nothing is above it but a null word.
  EXPECT_EQ(auxv[AT_EXECFN] + sizeof "/bin/prog", process.stack_end - 8);
  EXPECT_EQ(process.maps.find(process.stack_pointer)->kind, Mapping::Kind::Stack);
  // Below lies a guard that is not the guest's.
  GuestMaps::Update update(process.maps);
  EXPECT_FALSE(update.may_replace(process.stack_start - kPageSize, process.stack_start, false));
}

}  // namespace
}  // namespace veneer
