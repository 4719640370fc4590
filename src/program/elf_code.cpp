#include "program/elf_code.h"

#include <elf.h>
#include <sys/mman.h>
#include <algorithm>
#include <cstring>

#include "program/guest_maps.h"

#ifndef R_RISCV_RELATIVE
#define R_RISCV_RELATIVE 3
#endif

namespace veneer {
namespace {

constexpr u64 kMostTable = u64{64} << 20;  // bytes of one table that are looked at
constexpr usize kMostNames = 256;

class Reader {
 public:
  Reader(const ElfInput& input, const ElfImage& image, ElfCode& code)
      : in_(input), image_(image), code_(code) {}

  void read() {
    note(image_.entry);
    Elf64_Ehdr header{};
    if (!in_.read(0, &header, sizeof header)) return;
    read_segments(header);
    read_sections(header);
    std::sort(code_.entries.begin(), code_.entries.end());
    code_.entries.erase(std::unique(code_.entries.begin(), code_.entries.end()), code_.entries.end());
  }

 private:
  template <typename T>
  std::vector<T> table(u64 offset, u64 bytes) const {
    std::vector<T> out(std::min(bytes, kMostTable) / sizeof(T));
    if (!in_.read(offset, out.data(), out.size() * sizeof(T))) out.clear();
    return out;
  }
  void note(u64 at) {
    if (at - code_.vaddr < code_.size) code_.entries.push_back(at);
  }
  std::optional<u64> offset_of(u64 vaddr) const {
    for (const ElfSegment& s : image_.segments)
      if (vaddr >= s.vaddr && vaddr - s.vaddr < s.filesz) return vaddr - s.vaddr + s.offset;
    return std::nullopt;
  }

  void read_segments(const Elf64_Ehdr& header) {
    if (header.e_phentsize != sizeof(Elf64_Phdr)) return;
    for (const Elf64_Phdr& ph : table<Elf64_Phdr>(header.e_phoff, u64{header.e_phnum} * sizeof(Elf64_Phdr))) {
      if (ph.p_type == PT_GNU_EH_FRAME) read_unwind_table(ph);
      if (ph.p_type == PT_DYNAMIC) read_dynamic(table<Elf64_Dyn>(ph.p_offset, ph.p_filesz));
    }
  }

  // The binary search table of .eh_frame_hdr (Linux Standard Base, 10.6.2), as GNU ld writes it: one function
  // and its description a line, by their distance from the table's start.
  void read_unwind_table(const Elf64_Phdr& ph) {
    constexpr u8 kUdata4 = 0x03, kRelativeSdata4 = 0x3b;
    u8 head[12];
    if (ph.p_filesz < sizeof head || !in_.read(ph.p_offset, head, sizeof head)) return;
    u32 count = 0;
    std::memcpy(&count, head + 8, sizeof count);
    if (head[0] != 1 || (head[1] & 0x0f) != 0x0b || head[2] != kUdata4 || head[3] != kRelativeSdata4) return;
    struct Line {
      s32 function, description;
    };
    const u64 bytes = std::min(u64{count} * sizeof(Line), ph.p_filesz - sizeof head);
    for (const Line& line : table<Line>(ph.p_offset + sizeof head, bytes))
      note(ph.p_vaddr + static_cast<u64>(s64{line.function}));
  }

  void read_dynamic(const std::vector<Elf64_Dyn>& entries) {
    u64 strings = 0, size = 0;
    for (const Elf64_Dyn& d : entries) {
      if (d.d_tag == DT_STRTAB) strings = d.d_un.d_ptr;
      if (d.d_tag == DT_STRSZ) size = d.d_un.d_val;
      if (d.d_tag == DT_INIT || d.d_tag == DT_FINI) note(d.d_un.d_ptr);
    }
    const std::optional<u64> at = offset_of(strings);
    if (!at) return;
    const std::vector<char> text = table<char>(*at, size);
    auto string = [&](u64 n) {
      return n < text.size() ? std::string(text.data() + n, ::strnlen(text.data() + n, text.size() - n))
                             : std::string();
    };
    for (const Elf64_Dyn& d : entries) {
      if (d.d_tag == DT_NEEDED && code_.needed.size() < kMostNames)
        code_.needed.push_back(string(d.d_un.d_val));
      if (d.d_tag == DT_RUNPATH || d.d_tag == DT_RPATH) split(string(d.d_un.d_val));
    }
  }
  void split(const std::string& path) {
    for (usize from = 0; from < path.size() && code_.search.size() < kMostNames;) {
      const usize colon = std::min(path.find(':', from), path.size());
      code_.search.push_back(path.substr(from, colon - from));
      from = colon + 1;
    }
  }

  void read_sections(const Elf64_Ehdr& header) {
    if (header.e_shentsize != sizeof(Elf64_Shdr)) return;
    for (const Elf64_Shdr& sh : table<Elf64_Shdr>(header.e_shoff, u64{header.e_shnum} * sizeof(Elf64_Shdr))) {
      if (sh.sh_type == SHT_SYMTAB || sh.sh_type == SHT_DYNSYM) {
        for (const Elf64_Sym& symbol : table<Elf64_Sym>(sh.sh_offset, sh.sh_size))
          if (ELF64_ST_TYPE(symbol.st_info) == STT_FUNC || ELF64_ST_TYPE(symbol.st_info) == STT_GNU_IFUNC)
            note(symbol.st_value);
      }
      // The PLT has no symbols of its own.
      if (sh.sh_type == SHT_PROGBITS && sh.sh_flags & SHF_EXECINSTR) note_stubs(sh);
      if (sh.sh_type == SHT_RELA) {
        const u32 relative = image_.machine == EM_AARCH64 ? u32{R_AARCH64_RELATIVE} : u32{R_RISCV_RELATIVE};
        for (const Elf64_Rela& r : table<Elf64_Rela>(sh.sh_offset, sh.sh_size))
          if (ELF64_R_TYPE(r.r_info) == relative) note(static_cast<u64>(r.r_addend));
      }
    }
  }
  // Of a section of stubs of one size.
  void note_stubs(const Elf64_Shdr& sh) {
    if (sh.sh_entsize < 8 || sh.sh_size / sh.sh_entsize > kMostTable / 64) return;
    for (u64 at = 0; at < sh.sh_size; at += sh.sh_entsize) note(sh.sh_addr + at);
  }

  const ElfInput& in_;
  const ElfImage& image_;
  ElfCode& code_;
};

}  // namespace

std::optional<ElfCode> read_elf_code(const ElfInput& input, const ElfImage& image) {
  ElfCode code;
  for (const ElfSegment& s : image.segments) {
    if (!(s.prot & PROT_EXEC) || s.filesz == 0) continue;
    const u64 before = s.vaddr - page_down(s.vaddr);
    code.vaddr = s.vaddr - before;
    code.offset = s.offset - before;
    code.size = s.filesz + before;
    Reader(input, image, code).read();
    return code;
  }
  return std::nullopt;
}

}  // namespace veneer
