// Builds the vdso's bytes at compile time. Its functions make the system call: what a clock costs is decided
// by the syscall's handler.
#include "program/vdso.h"

#include <string_view>

#include <elf.h>

namespace veneer {
namespace {

struct Symbol {
  std::string_view name;
  u16 syscall;
  bool returns;  // rt_sigreturn does not
};

// What one architecture's looks like.
struct Architecture {
  u16 machine;
  std::array<Symbol, 4> symbols;  // the first is the return from signal handlers
  std::string_view version;
  // Of a function that makes a system call: an unwinder knows the first one by its two instructions.
  u32 (*load_number)(u16 syscall);
  u32 call, ret, nop;
};

// Names and versions as in Linux' arch/arm64 and arch/riscv (vdso(7)).
constexpr Architecture kAarch64 = {
    .machine = EM_AARCH64,
    .symbols = {{{"__kernel_rt_sigreturn", 139, false},
                 {"__kernel_gettimeofday", 169, true},
                 {"__kernel_clock_gettime", 113, true},
                 {"__kernel_clock_getres", 114, true}}},
    .version = "LINUX_2.6.39",
    .load_number = [](u16 syscall) { return 0xd2800008u | u32{syscall} << 5; },  // mov x8, #number
    .call = 0xd4000001,                                                          // svc #0
    .ret = 0xd65f03c0,
    .nop = 0xd503201f,
};
constexpr Architecture kRiscv64 = {
    .machine = EM_RISCV,
    .symbols = {{{"__vdso_rt_sigreturn", 139, false},
                 {"__vdso_gettimeofday", 169, true},
                 {"__vdso_clock_gettime", 113, true},
                 {"__vdso_clock_getres", 114, true}}},
    .version = "LINUX_4.15",
    .load_number = [](u16 syscall) { return 0x00000893u | u32{syscall} << 20; },  // li a7, number
    .call = 0x00000073,                                                           // ecall
    .ret = 0x00008067,
    .nop = 0x00000013,
};
constexpr std::string_view kSoname = "linux-vdso.so.1";
constexpr usize kSymbolCount = 4;
constexpr usize kFunctionSize = 16;

constexpr u32 sysv_hash(std::string_view name) {  // System V ABI, "Hash Table"
  u32 h = 0;
  for (char c : name) {
    h = (h << 4) + static_cast<u8>(c);
    u32 g = h & 0xf0000000;
    if (g) h ^= g >> 24;
    h &= ~g;
  }
  return h;
}

struct Image {
  alignas(4096) std::array<u8, 4096> bytes{};
  usize used = 0;

  constexpr void put(usize at, u64 value, unsigned size) {
    for (unsigned i = 0; i < size; i++) bytes[at + i] = static_cast<u8>(value >> 8 * i);
    if (at + size > used) used = at + size;
  }
  constexpr void append(u64 value, unsigned size) { put(used, value, size); }
  constexpr usize append_text(std::string_view text) {
    usize at = used;
    for (char c : text) append(static_cast<u8>(c), 1);
    append(0, 1);
    return at;
  }
  constexpr void align(usize to) { used = (used + to - 1) / to * to; }
};

constexpr usize kHeaders = sizeof(Elf64_Ehdr) + 2 * sizeof(Elf64_Phdr);

constexpr usize kCode = (kHeaders + 15) / 16 * 16;
constexpr usize symbol_address(usize i) {
  return kCode + i * kFunctionSize;
}

constexpr Image build(const Architecture& arch) {
  Image im;
  im.used = kCode;
  for (const Symbol& symbol : arch.symbols) {
    im.append(arch.load_number(symbol.syscall), 4);
    im.append(arch.call, 4);
    im.append(symbol.returns ? arch.ret : arch.nop, 4);
    im.append(arch.nop, 4);
  }

  // String table.
  usize strings = im.used;
  im.append(0, 1);
  usize names[kSymbolCount] = {};
  for (usize i = 0; i < kSymbolCount; i++) names[i] = im.append_text(arch.symbols[i].name) - strings;
  usize version_name = im.append_text(arch.version) - strings;
  usize soname = im.append_text(kSoname) - strings;
  usize strings_size = im.used - strings;

  // Symbol table: the null symbol, then the functions (Elf64_Sym).
  im.align(8);
  usize symbols = im.used;
  for (int i = 0; i < 3; i++) im.append(0, 8);
  for (usize i = 0; i < kSymbolCount; i++) {
    im.append(names[i], 4);
    im.append(ELF64_ST_INFO(STB_GLOBAL, STT_FUNC), 1);
    im.append(STV_DEFAULT, 1);
    im.append(1, 2);  // any defined section: there are no section headers
    im.append(symbol_address(i), 8);
    im.append(arch.symbols[i].returns ? 12 : 8, 8);
  }

  // Hash table of one bucket: every symbol in one chain.
  usize hash = im.used;
  im.append(1, 4);
  im.append(kSymbolCount + 1, 4);
  im.append(1, 4);
  im.append(0, 4);
  for (usize i = 1; i <= kSymbolCount; i++) im.append(i < kSymbolCount ? i + 1 : 0, 4);

  // Versions: 1 is the file itself, 2 is the kernel's.
  usize versym = im.used;
  im.append(0, 2);
  for (usize i = 0; i < kSymbolCount; i++) im.append(2, 2);
  im.align(8);
  usize verdef = im.used;
  auto version = [&](u16 flags, u16 index, u32 name_hash, u32 next, usize name) {  // Elf64_Verdef, Verdaux
    im.append(VER_DEF_CURRENT, 2);
    im.append(flags, 2);
    im.append(index, 2);
    im.append(1, 2);
    im.append(name_hash, 4);
    im.append(sizeof(Elf64_Verdef), 4);
    im.append(next, 4);
    im.append(name, 4);
    im.append(0, 4);
  };
  version(VER_FLG_BASE, 1, sysv_hash(kSoname), sizeof(Elf64_Verdef) + sizeof(Elf64_Verdaux), soname);
  version(0, 2, sysv_hash(arch.version), 0, version_name);

  im.align(8);
  usize dynamic = im.used;
  const std::pair<u64, u64> entries[] = {
      {DT_HASH, hash},
      {DT_STRTAB, strings},
      {DT_SYMTAB, symbols},
      {DT_STRSZ, strings_size},
      {DT_SYMENT, sizeof(Elf64_Sym)},
      {DT_SONAME, soname},
      {DT_VERSYM, versym},
      {DT_VERDEF, verdef},
      {DT_VERDEFNUM, 2},
      {DT_NULL, 0},
  };
  for (auto [tag, value] : entries) {
    im.append(tag, 8);
    im.append(value, 8);
  }
  usize dynamic_size = im.used - dynamic;
  usize end = im.used;

  // ELF header (Elf64_Ehdr) and program headers.
  const u8 ident[16] = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT};
  for (usize i = 0; i < 16; i++) im.put(i, ident[i], 1);
  im.put(16, ET_DYN, 2);
  im.put(18, arch.machine, 2);
  im.put(20, EV_CURRENT, 4);
  im.put(24, kCode, 8);
  im.put(32, sizeof(Elf64_Ehdr), 8);
  im.put(52, sizeof(Elf64_Ehdr), 2);
  im.put(54, sizeof(Elf64_Phdr), 2);
  im.put(56, 2, 2);
  im.put(58, sizeof(Elf64_Shdr), 2);
  auto segment = [&](usize index, u32 type, u32 flags, u64 at, u64 size, u64 align) {
    usize p = sizeof(Elf64_Ehdr) + index * sizeof(Elf64_Phdr);
    im.put(p, type, 4);
    im.put(p + 4, flags, 4);
    im.put(p + 8, at, 8);
    im.put(p + 16, at, 8);
    im.put(p + 24, at, 8);
    im.put(p + 32, size, 8);
    im.put(p + 40, size, 8);
    im.put(p + 48, align, 8);
  };
  segment(0, PT_LOAD, PF_R | PF_X, 0, end, 4096);
  segment(1, PT_DYNAMIC, PF_R, dynamic, dynamic_size, 8);
  return im;
}

}  // namespace

alignas(4096) constexpr std::array<u8, 4096> kAarch64Vdso = build(kAarch64).bytes;
alignas(4096) constexpr std::array<u8, 4096> kRiscv64Vdso = build(kRiscv64).bytes;
constexpr usize kVdsoSigreturn = symbol_address(0);

}  // namespace veneer
