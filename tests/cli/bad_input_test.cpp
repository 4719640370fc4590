// What `veneer run` says of programs that it cannot run: one line, and the documented status.
#include <gtest/gtest.h>

#include <sys/stat.h>

#include <algorithm>

#include "cli/run_process.h"
#include "program/elf_builder.h"
#include "temporary.h"

namespace veneer {
namespace {

using test::ElfBuilder;
using test::Outcome;
using test::run_veneer;

class BadInput : public testing::Test {
 protected:
  // One line that names veneer, the object and why.
  void expect(const std::vector<std::string>& arguments, int status, const std::vector<std::string>& words) {
    const Outcome o = run_veneer(arguments);
    EXPECT_EQ(o.status, status) << o.err;
    EXPECT_EQ(o.out, "");
    EXPECT_TRUE(o.err.starts_with("veneer: ")) << o.err;
    EXPECT_EQ(std::count(o.err.begin(), o.err.end(), '\n'), 1) << o.err;
    for (const std::string& w : words) EXPECT_NE(o.err.find(w), std::string::npos) << w << " in: " << o.err;
  }
  void expect_refused(const ElfBuilder& elf, const std::string& why) {
    const std::string path = directory.file("program", elf.build(), 0755);
    expect({path}, 126, {path, why});
  }
  test::TemporaryDirectory directory;
};

TEST_F(BadInput, FilesThatAreNoPrograms) {
  expect({directory.file("text", "hello\n", 0755)}, 126, {"text", "not an ELF"});
  expect({directory.file("empty", "", 0755)}, 126, {"empty"});
  expect({directory / "nothing"}, 127, {"nothing", "No such file"});
  expect({directory.path()}, 126, {directory.path(), "directory"});
  expect({directory.path() + "/nothing/below"}, 127, {"nothing/below"});
  expect({directory.file("text", "hello\n", 0755) + "/below"}, 126, {"text/below", "Not a directory"});
  directory.link("loop", "loop");
  expect({directory / "loop"}, 126, {"loop"});
}

TEST_F(BadInput, FilesThatMayNotBeRead) {
  const std::string program = test::simple_program().build();
  expect({directory.file("plain", program, 0644)}, 126, {"plain", "Permission denied"});
  if (::geteuid() != 0) {
    expect({directory.file("unreadable", program, 0111)}, 126, {"unreadable", "Permission denied"});
  }
  ASSERT_EQ(::mkfifo((directory / "fifo").c_str(), 0755), 0);
  expect({directory / "fifo"}, 126, {"fifo"});
  expect({"/dev/null"}, 126, {"/dev/null"});
}

TEST_F(BadInput, NamesThatArePathless) {
  expect({"no-such-program-anywhere"}, 127, {"no-such-program-anywhere"});
  expect({""}, 127, {});
}

TEST_F(BadInput, ProgramsOfOtherMachines) {
  ElfBuilder e = test::simple_program();
  e.header.e_machine = EM_LOONGARCH;
  expect_refused(e, "loongarch");
  e = test::simple_program();
  e.header.e_machine = EM_PPC64;
  expect_refused(e, "program");
  e = test::simple_program();
  e.header.e_ident[EI_CLASS] = ELFCLASS32;
  e.header.e_machine = EM_ARM;
  expect_refused(e, "32-bit");
  e = test::simple_program();
  e.header.e_ident[EI_DATA] = ELFDATA2MSB;
  expect_refused(e, "big-endian");
  e = test::simple_program();
  e.header.e_type = ET_REL;
  expect_refused(e, "object file");
}

TEST_F(BadInput, TruncationAtEveryOffsetOfTheHeaders) {
  const std::string whole = test::simple_program().build();
  for (usize n = 0; n < whole.size(); ++n)
    expect({directory.file("program", whole.substr(0, n), 0755)}, 126, {"program"});
}

TEST_F(BadInput, AbsurdSegments) {
  const auto with = [](auto change) {
    ElfBuilder e = test::simple_program();
    change(e);
    return e;
  };
  expect_refused(with([](ElfBuilder& e) { e.load(0x400020, 0x20, 0x10, 0x10); }), "overlap");
  expect_refused(with([](ElfBuilder& e) { e.segments[0].p_memsz = ~u64{0}; }), "outside of the address space");
  expect_refused(with([](ElfBuilder& e) { e.segments[0].p_memsz = 1; }), "larger in the file");
  expect_refused(with([](ElfBuilder& e) { e.segments[0].p_offset = ~u64{0} - 0xfff; }), "truncated");
  expect_refused(with([](ElfBuilder& e) { e.segments[0].p_align = u64{1} << 60; }), "alignment");
  expect_refused(with([](ElfBuilder& e) { e.header.e_entry = 4; }), "entry point");
  expect_refused(with([](ElfBuilder& e) { e.header.e_phnum = 0xfff0; }), "too many");
  expect_refused(with([](ElfBuilder& e) { e.segments.clear(); }), "");
  // Accepted by its headers, and more than there is.
  expect_refused(
      with([](ElfBuilder& e) { e.load(0x10000000, 0, 0, (u64{1} << 47) - 0x20000000, PF_R | PF_W); }), "");
}

// The interpreter is named, and how to say where it is.
TEST_F(BadInput, MissingInterpreters) {
  ElfBuilder e = test::simple_program();
  e.interpreter("/lib/ld-missing-aarch64.so.1", 0x200);
  const std::string path = directory.file("root/program", e.build(), 0755);
  expect({path}, 127, {path, "/lib/ld-missing-aarch64.so.1", "-L"});
  expect({"-L", directory / "root", "/program"}, 127, {"/lib/ld-missing-aarch64.so.1"});
  directory.file("root/lib/ld-missing-aarch64.so.1", "nonsense", 0755);
  expect({"-L", directory / "root", "/program"}, 126, {"ld-missing-aarch64.so.1", "not an ELF"});
}

TEST_F(BadInput, MissingRoots) {
  const std::string path = directory.file("program", test::simple_program().build(), 0755);
  expect({"-L", directory / "nowhere", path}, 125, {directory / "nowhere"});
  expect({"-L", path, path}, 125, {path, "directory"});
}

TEST_F(BadInput, PlacesForDebuggers) {
  const std::string program = directory.file("program", test::simple_program().build(), 0755);
  expect({"--gdb", "99999", program}, 125, {"99999", "port"});
  expect({"--gdb", "host:1", program}, 125, {"host:1", "in numbers"});
  expect({"--gdb", directory / "nothing/socket", program}, 125, {"nothing/socket", "No such file"});
  expect({"--gdb", directory / std::string(200, 's'), program}, 125, {"too long"});
  expect({"--gdb=", program}, 125, {"--gdb"});
  expect({"--gdb", directory / "socket", directory / "missing"}, 127, {"missing", "No such file"});
}

TEST_F(BadInput, ScriptsOfMissingInterpreters) {
  const std::string path = directory.file("script", "#!/no/such/interpreter -x\n", 0755);
  expect({path}, 127, {path, "/no/such/interpreter"});
  directory.file("self", "#!" + (directory / "self") + "\n", 0755);
  expect({directory / "self"}, 126, {"self"});
}

}  // namespace
}  // namespace veneer
