#include "program/vdso.h"

#include <elf.h>
#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <string>

namespace veneer {
namespace {

template <typename T>
T at(u64 offset) {
  T value;
  std::memcpy(&value, kAarch64Vdso.data() + offset, sizeof value);
  return value;
}

// Finds functions as a C library does: program headers, dynamic section, symbols, versions.
TEST(Vdso, HasTheFunctionsThatALibraryLooksFor) {
  EXPECT_EQ(reinterpret_cast<u64>(kAarch64Vdso.data()) % 4096, 0u);
  auto header = at<Elf64_Ehdr>(0);
  ASSERT_EQ(header.e_machine, EM_AARCH64);
  std::map<s64, u64> dynamic;
  for (unsigned i = 0; i < header.e_phnum; i++) {
    auto ph = at<Elf64_Phdr>(header.e_phoff + i * sizeof(Elf64_Phdr));
    EXPECT_LE(ph.p_offset + ph.p_filesz, kAarch64Vdso.size());
    if (ph.p_type != PT_DYNAMIC) continue;
    for (u64 d = ph.p_offset; at<Elf64_Dyn>(d).d_tag != DT_NULL; d += sizeof(Elf64_Dyn)) {
      dynamic[at<Elf64_Dyn>(d).d_tag] = at<Elf64_Dyn>(d).d_un.d_val;
    }
  }
  auto text = [&](u64 offset) {
    return std::string(reinterpret_cast<const char*>(kAarch64Vdso.data() + dynamic[DT_STRTAB] + offset));
  };
  EXPECT_EQ(text(dynamic[DT_SONAME]), "linux-vdso.so.1");
  auto verdef = at<Elf64_Verdef>(dynamic[DT_VERDEF]);
  auto second = at<Elf64_Verdef>(dynamic[DT_VERDEF] + verdef.vd_next);
  auto aux = at<Elf64_Verdaux>(dynamic[DT_VERDEF] + verdef.vd_next + second.vd_aux);
  EXPECT_EQ(text(aux.vda_name), "LINUX_2.6.39");
  EXPECT_EQ(second.vd_hash, 0x075fcb89u);  // the ELF hash of that name, as every user of it has it

  std::map<std::string, u32> functions;
  u32 symbols = at<u32>(dynamic[DT_HASH] + 4);
  for (u32 i = 1; i < symbols; i++) {
    auto s = at<Elf64_Sym>(dynamic[DT_SYMTAB] + i * sizeof(Elf64_Sym));
    EXPECT_EQ(at<u16>(dynamic[DT_VERSYM] + i * 2), second.vd_ndx);
    functions[text(s.st_name)] = at<u32>(s.st_value);
  }
  auto move_x8 = [](u32 number) { return 0xd2800008u | number << 5; };
  EXPECT_EQ(functions["__kernel_clock_gettime"], move_x8(113));
  EXPECT_EQ(functions["__kernel_gettimeofday"], move_x8(169));
  EXPECT_EQ(functions["__kernel_clock_getres"], move_x8(114));
  EXPECT_EQ(functions["__kernel_rt_sigreturn"], move_x8(139));
  EXPECT_EQ(at<u32>(kVdsoSigreturn), move_x8(139));
}

}  // namespace
}  // namespace veneer
