#include "translate/tier1/gdb_jit.h"

#include <cstring>

#include <elf.h>

#include "base/elf_header.h"

// gdb finds these by their names, and has a breakpoint in the function.
extern "C" {
struct jit_descriptor {
  veneer::u32 version, action;
  veneer::tier1::GdbJit::Entry *relevant, *first;
};
// NOLINTBEGIN(bugprone-reserved-identifier, misc-use-internal-linkage,
// cppcoreguidelines-avoid-non-const-global-variables)
[[gnu::noinline, gnu::used]] void __jit_debug_register_code() {
  asm volatile("" ::: "memory");
}
[[gnu::used]] jit_descriptor __jit_debug_descriptor = {1, 0, nullptr, nullptr};
// NOLINTEND(bugprone-reserved-identifier, misc-use-internal-linkage,
// cppcoreguidelines-avoid-non-const-global-variables)
}

namespace veneer::tier1 {
namespace {

constexpr u32 kRegister = 1, kUnregister = 2;

// Sections: none, .text (where the code is), .symtab, .strtab, .shstrtab.
std::string image_of(const u8* code, usize size, std::string_view name) {
  constexpr char kNames[] = "\0.text\0.symtab\0.strtab\0.shstrtab";
  const u64 address = reinterpret_cast<u64>(code);  // NOLINT: an address to tell
  std::string strings(1, '\0');
  strings += name;
  strings += '\0';
  Elf64_Ehdr e = elf_header(ET_EXEC, EM_X86_64);
  e.e_shoff = sizeof e;
  e.e_shentsize = sizeof(Elf64_Shdr);
  e.e_shnum = 5;
  e.e_shstrndx = 4;
  Elf64_Sym symbols[2]{};
  symbols[1].st_name = 1;
  symbols[1].st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC);
  symbols[1].st_shndx = 1;
  symbols[1].st_value = address;
  symbols[1].st_size = size;
  Elf64_Shdr s[5]{};
  const u64 symbols_at = sizeof e + sizeof s, strings_at = symbols_at + sizeof symbols,
            names_at = strings_at + strings.size();
  s[1] = {1, SHT_NOBITS, SHF_ALLOC | SHF_EXECINSTR, address, 0, size, 0, 0, 16, 0};
  s[2] = {7, SHT_SYMTAB, 0, 0, symbols_at, sizeof symbols, 3, 1, 8, sizeof(Elf64_Sym)};
  s[3] = {15, SHT_STRTAB, 0, 0, strings_at, strings.size(), 0, 0, 1, 0};
  s[4] = {23, SHT_STRTAB, 0, 0, names_at, sizeof kNames, 0, 0, 1, 0};
  std::string out;
  const auto put = [&out](const auto& object) {
    out.append(reinterpret_cast<const char*>(&object), sizeof object);
  };
  put(e);
  put(s);
  put(symbols);
  out += strings;
  put(kNames);
  return out;
}

void tell(GdbJit::Entry* entry, u32 action) {
  __jit_debug_descriptor.relevant = entry;
  __jit_debug_descriptor.action = action;
  __jit_debug_register_code();
}

}  // namespace

void GdbJit::add(const u8* code, usize size, std::string_view name) {
  Entry& entry = entries_.emplace_back();
  entry.storage = image_of(code, size, name);
  entry.image = entry.storage.data();
  entry.size = entry.storage.size();
  entry.next = __jit_debug_descriptor.first;
  if (entry.next) entry.next->previous = &entry;
  __jit_debug_descriptor.first = &entry;
  tell(&entry, kRegister);
}

void GdbJit::clear() {
  for (Entry& entry : entries_) {
    if (entry.next) entry.next->previous = entry.previous;
    if (entry.previous) {
      entry.previous->next = entry.next;
    } else {
      __jit_debug_descriptor.first = entry.next;
    }
    tell(&entry, kUnregister);
  }
  entries_.clear();
}

}  // namespace veneer::tier1
