#include "program/elf.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <random>

#include "program/elf_builder.h"

namespace veneer {
namespace {

using test::ElfBuilder;
using test::simple_program;

Result<ElfImage> parse(const std::string& file) {
  return parse_elf(std::as_bytes(std::span(file)));
}

void expect_refused(const ElfBuilder& elf, const char* why) {
  Result<ElfImage> r = parse(elf.build());
  ASSERT_FALSE(r) << why;
  EXPECT_EQ(r.error().status, exit_status::kCannotRun);
  EXPECT_NE(r.error().message.find(why), std::string::npos) << r.error().message;
}

TEST(Elf, ReadsASimpleProgram) {
  Result<ElfImage> r = parse(simple_program().build());
  ASSERT_TRUE(r) << r.error().message;
  EXPECT_TRUE(r->fixed);
  EXPECT_EQ(r->segments.size(), 1u);
  EXPECT_EQ(r->segments[0].prot, PROT_READ | PROT_EXEC);
  EXPECT_EQ(r->phdr, 0x400000u + sizeof(Elf64_Ehdr));
  EXPECT_EQ(r->phnum, 1);
  EXPECT_TRUE(r->interpreter.empty());
}

TEST(Elf, FindsTheInterpreterAndSortsSegments) {
  ElfBuilder e;
  e.header.e_type = ET_DYN;
  e.load(0x20000, 0x1000, 0x10, 0x2000, PF_R | PF_W);
  e.load(0x1000, 0, 0x800, 0x800).p_align = 0x10000;
  e.interpreter("/lib/ld-linux-aarch64.so.1", 0x400);
  e.header.e_entry = 0x1100;
  Result<ElfImage> r = parse(e.build());
  ASSERT_TRUE(r) << r.error().message;
  EXPECT_FALSE(r->fixed);
  EXPECT_EQ(r->interpreter, "/lib/ld-linux-aarch64.so.1");
  EXPECT_EQ(r->low(), 0x1000u);
  EXPECT_EQ(r->high(), 0x22000u);
  EXPECT_EQ(r->align, 0x10000u);
}

TEST(Elf, SaysWhatAFileIs) {
  EXPECT_NE(parse("").error().message.find("empty"), std::string::npos);
  EXPECT_NE(parse("hello, world\n").error().message.find("not an ELF program"), std::string::npos);
  ElfBuilder e = simple_program();
  e.header.e_machine = EM_LOONGARCH;
  expect_refused(e, "loongarch");
  e.header.e_machine = 0x1234;
  expect_refused(e, "machine 4660");
  e = simple_program();
  e.header.e_ident[EI_CLASS] = ELFCLASS32;
  e.header.e_machine = EM_ARM;
  expect_refused(e, "32-bit program (arm)");
  e = simple_program();
  e.header.e_ident[EI_DATA] = ELFDATA2MSB;
  expect_refused(e, "big-endian");
  e = simple_program();
  e.header.e_type = ET_REL;
  expect_refused(e, "object file");
  e.header.e_type = ET_CORE;
  expect_refused(e, "core dump");
  e.header.e_type = 77;
  expect_refused(e, "type 77");
}

TEST(Elf, RefusesTruncationAtEveryOffset) {
  std::string file = simple_program().build();
  for (usize n = 0; n < file.size(); n++) {
    Result<ElfImage> r = parse(file.substr(0, n));
    ASSERT_FALSE(r) << n;
    if (n >= 4) {
      EXPECT_NE(r.error().message.find("truncated"), std::string::npos) << n << ": " << r.error().message;
    }
  }
}

TEST(Elf, RefusesAbsurdSegments) {
  ElfBuilder e = simple_program();
  e.segments[0].p_memsz = 0x10;
  expect_refused(e, "larger in the file than in memory");
  e = simple_program();
  e.segments[0].p_vaddr = ~u64{0} - 0xfff;
  expect_refused(e, "outside of the address space");
  e = simple_program();
  e.segments[0].p_memsz = ~u64{0};
  expect_refused(e, "outside of the address space");
  e = simple_program();
  e.segments[0].p_offset = ~u64{0} - 0xfff;
  expect_refused(e, "truncated");
  e = simple_program();
  e.segments[0].p_vaddr += 8;
  expect_refused(e, "not aligned");
  e = simple_program();
  e.segments[0].p_align = u64{1} << 62;
  expect_refused(e, "absurd alignment");
  e = simple_program();
  e.load(0x400020, 0x20, 0x10, 0x10);
  expect_refused(e, "overlap");
  e = simple_program();
  e.header.e_entry = 0x500000;
  expect_refused(e, "entry point 0x500000");
  e = simple_program();
  e.segments[0].p_type = PT_NOTE;
  expect_refused(e, "no segment to load");
}

TEST(Elf, RefusesDamagedHeaders) {
  ElfBuilder e = simple_program();
  e.header.e_phentsize = 32;
  expect_refused(e, "wrong size");
  e = simple_program();
  e.header.e_phoff = ~u64{0};
  expect_refused(e, "truncated in its program headers");
  e = simple_program();
  e.header.e_phnum = 0xffff;
  expect_refused(e, "too many");
  e = simple_program();
  e.interpreter("x", 0x70);
  e.segments.back().p_filesz = 1;
  expect_refused(e, "interpreter");
  e.segments.back().p_filesz = u64{1} << 40;
  expect_refused(e, "interpreter");
}

// Whatever the bytes say, what is accepted keeps the promises of ElfImage.
TEST(Elf, KeepsItsPromisesOnDamagedFiles) {
  ElfBuilder e = simple_program();
  e.load(0x410000, 0, 0x40, 0x3000, PF_R | PF_W);
  e.interpreter("/lib/ld.so", 0x80);
  std::string good = e.build();
  std::mt19937 random(1);
  for (int i = 0; i < 20000; i++) {
    std::string file = good;
    for (unsigned n = random() % 6 + 1; n > 0; n--) {
      file[random() % file.size()] = static_cast<char>(random() % 3 ? random() : 0xff * (random() % 2));
    }
    Result<ElfImage> r = parse(file);
    if (!r) continue;
    u64 end = 0;
    bool entry = false;
    for (const ElfSegment& s : r->segments) {
      ASSERT_GE(s.vaddr, end);
      end = s.vaddr + s.memsz;
      ASSERT_GT(s.memsz, 0u);
      ASSERT_LE(end, u64{1} << 47);
      ASSERT_LE(s.filesz, s.memsz);
      ASSERT_LE(s.filesz ? s.offset + s.filesz : 0, file.size());
      entry |= r->entry >= s.vaddr && r->entry < end;
    }
    ASSERT_TRUE(entry);
  }
}

TEST(FileKind, TellsPrograms) {
  auto kind = [](std::string_view s) { return file_kind(std::as_bytes(std::span(s))); };
  EXPECT_EQ(kind("#!/bin/sh\n"), FileKind::Script);
  EXPECT_EQ(kind("text"), FileKind::Other);
  EXPECT_EQ(kind(""), FileKind::Other);
  ElfBuilder e = simple_program();
  EXPECT_EQ(kind(e.build()), FileKind::GuestElf);
  e.header.e_machine = EM_X86_64;
  EXPECT_EQ(kind(e.build()), FileKind::HostElf);
  e.header.e_machine = EM_S390;
  EXPECT_EQ(kind(e.build()), FileKind::ForeignElf);
  EXPECT_EQ(kind("\177ELF"), FileKind::GuestElf);
}

}  // namespace
}  // namespace veneer
