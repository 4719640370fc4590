// Small ELF files for the tests of those who read them.
#pragma once

#include <elf.h>

#include <cstring>
#include <string>
#include <vector>

#include "base/elf_header.h"
#include "base/types.h"

namespace veneer::test {

struct ElfBuilder {
  Elf64_Ehdr header = elf_header(ET_EXEC, EM_AARCH64);
  std::vector<Elf64_Phdr> segments;
  std::string body;  // what follows the program headers

  ElfBuilder() {
    header.e_phoff = sizeof(Elf64_Ehdr);
    header.e_phentsize = sizeof(Elf64_Phdr);
  }

  // Adds a segment; the file is as long as its segments say, zero where nothing was written.
  Elf64_Phdr& load(u64 vaddr, u64 offset, u64 filesz, u64 memsz, u32 flags = PF_R | PF_X) {
    segments.push_back({PT_LOAD, flags, offset, vaddr, vaddr, filesz, memsz, 0x1000});
    return segments.back();
  }
  void interpreter(const std::string& name, u64 offset) {
    segments.push_back({PT_INTERP, PF_R, offset, 0, 0, name.size() + 1, name.size() + 1, 1});
    interpreter_ = name;
    interpreter_at_ = offset;
  }

  std::string build() const {
    Elf64_Ehdr h = header;
    if (h.e_phnum == 0) h.e_phnum = static_cast<Elf64_Half>(segments.size());
    std::string out(reinterpret_cast<const char*>(&h), sizeof h);
    for (const Elf64_Phdr& s : segments) out.append(reinterpret_cast<const char*>(&s), sizeof s);
    out += body;
    usize size = out.size();
    for (const Elf64_Phdr& s : segments) size = std::max<usize>(size, s.p_offset + s.p_filesz);
    if (size < (1 << 20)) out.resize(size);
    if (!interpreter_.empty()) out.replace(interpreter_at_, interpreter_.size(), interpreter_);
    return out;
  }

 private:
  std::string interpreter_;
  u64 interpreter_at_ = 0;
};

// One segment, enough to run `code` (words of A64).
inline ElfBuilder simple_program(const std::vector<u32>& code = {0xd503201f}) {
  ElfBuilder e;
  u64 at = sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr);
  e.body.assign(reinterpret_cast<const char*>(code.data()), code.size() * 4);
  e.load(0x400000, 0, at + e.body.size(), at + e.body.size());
  e.header.e_entry = 0x400000 + at;
  return e;
}

}  // namespace veneer::test
