#include "program/guest_symbols.h"

#include <elf.h>
#include <fcntl.h>
#include <unistd.h>
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <sstream>

#include <fmt/format.h>

#include "base/files.h"
#include "program/elf_file.h"

namespace veneer {

namespace {

constexpr u64 kMaxSection = u64{256} << 20;  // of what is read into memory

template <typename T>
std::vector<T> read_array(const ElfFile& file, u64 offset, u64 count) {
  if (count > kMaxSection / sizeof(T)) return {};
  std::vector<T> out(count);
  if (count && !file.read(offset, out.data(), count * sizeof(T))) out.clear();
  return out;
}

// Where a virtual address is in the file.
u64 offset_of(const std::vector<Elf64_Phdr>& segments, u64 address) {
  for (const Elf64_Phdr& p : segments)
    if (p.p_type == PT_LOAD && address >= p.p_vaddr && address - p.p_vaddr < p.p_filesz)
      return address - p.p_vaddr + p.p_offset;
  return ~u64{0};
}

}  // namespace

SymbolTable SymbolTable::read(const char* path) {
  SymbolTable table;
  const Fd fd(::open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd) return table;
  const ElfFile file(fd.get());
  Elf64_Ehdr h;
  if (!file.read(0, &h, sizeof h) || std::memcmp(h.e_ident, ELFMAG, SELFMAG) != 0 ||
      h.e_ident[EI_CLASS] != ELFCLASS64 || h.e_shentsize != sizeof(Elf64_Shdr) ||
      h.e_phentsize != sizeof(Elf64_Phdr))
    return table;
  const auto segments = read_array<Elf64_Phdr>(file, h.e_phoff, h.e_phnum);
  const auto sections = read_array<Elf64_Shdr>(file, h.e_shoff, h.e_shnum);
  for (const Elf64_Shdr& s : sections) {
    if ((s.sh_type != SHT_SYMTAB && s.sh_type != SHT_DYNSYM) || s.sh_link >= sections.size()) continue;
    const Elf64_Shdr& strings = sections[s.sh_link];
    auto names = read_array<char>(file, strings.sh_offset, strings.sh_size);
    if (names.empty()) continue;
    names.back() = 0;
    for (const Elf64_Sym& symbol : read_array<Elf64_Sym>(file, s.sh_offset, s.sh_size / sizeof(Elf64_Sym))) {
      if (ELF64_ST_TYPE(symbol.st_info) != STT_FUNC || symbol.st_name >= names.size()) continue;
      const u64 offset = offset_of(segments, symbol.st_value);
      if (offset != ~u64{0}) table.symbols_.push_back({offset, symbol.st_size, &names[symbol.st_name]});
    }
  }
  std::ranges::sort(table.symbols_, {}, &Symbol::offset);
  return table;
}

std::string SymbolTable::name_at(u64 offset) const {
  auto it = std::ranges::upper_bound(symbols_, offset, {}, &Symbol::offset);
  if (it == symbols_.begin()) return {};
  const Symbol& s = *--it;
  const u64 into = offset - s.offset;
  if (s.size != 0 && into >= s.size) return {};
  return into ? fmt::format("{}+{:#x}", s.name, into) : s.name;
}

void GuestSymbols::read_maps() {
  maps_.clear();
  std::istringstream text(read_file("/proc/self/maps").value_or(""));
  for (std::string line; std::getline(text, line);) {
    unsigned long start, end, offset;
    int at = 0;
    if (std::sscanf(line.c_str(), "%lx-%lx %*s %lx %*s %*s %n", &start, &end, &offset, &at) < 3) continue;
    const auto path = static_cast<usize>(at);
    maps_[start] = {start, end, offset, path < line.size() ? line.substr(path) : std::string()};
  }
}

const GuestSymbols::Mapped* GuestSymbols::mapped_at(GuestAddr pc) {
  const auto find = [&]() -> const Mapped* {
    auto it = maps_.upper_bound(pc);
    if (it == maps_.begin()) return nullptr;
    --it;
    return pc < it->second.end ? &it->second : nullptr;
  };
  if (const Mapped* m = find()) return m;
  read_maps();
  return find();
}

std::string GuestSymbols::name(GuestAddr pc) {
  const Mapped* m = mapped_at(pc);
  if (!m || !m->path.starts_with('/')) return fmt::format("guest {:#x}", pc);
  const u64 offset = pc - m->start + m->offset;
  auto [table, is_new] = tables_.try_emplace(m->path);
  if (is_new) table->second = SymbolTable::read(m->path.c_str());
  std::string name = table->second.name_at(offset);
  return name.empty() ? fmt::format("{}+{:#x}", m->path.substr(m->path.rfind('/') + 1), offset) : name;
}

}  // namespace veneer
