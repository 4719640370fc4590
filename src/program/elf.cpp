#include "program/elf.h"

#include <algorithm>
#include <bit>
#include <climits>
#include <cstring>

#include <elf.h>
#include <sys/mman.h>

#ifndef EM_LOONGARCH
#define EM_LOONGARCH 258
#endif

namespace veneer {
namespace {

constexpr u64 kPage = 4096;
constexpr u64 kAddressEnd = u64{1} << 47;        // what a host process can map
constexpr usize kMaxProgramHeaderBytes = 65536;  // as Linux limits them (fs/binfmt_elf.c)

Error cannot(std::string why) {
  return Error{exit_status::kCannotRun, std::move(why)};
}

bool is_guest_machine(unsigned machine) {
  return machine == EM_AARCH64 || machine == EM_RISCV;
}

// The reason why this is not an executable of a guest's at all, or nothing.
std::string identity_problem(const unsigned char* ident, unsigned type, unsigned machine) {
  if (ident[EI_CLASS] != ELFCLASS64 && ident[EI_CLASS] != ELFCLASS32) {
    return format("its ELF header is damaged (class %u)", ident[EI_CLASS]);
  }
  if (ident[EI_CLASS] == ELFCLASS32) {
    return "it is a 32-bit program (" + machine_name(machine) +
           "); veneer runs 64-bit aarch64 and riscv64 programs";
  }
  if (ident[EI_DATA] != ELFDATA2LSB)
    return "it is a big-endian program; veneer runs little-endian aarch64 and riscv64 programs";
  if (!is_guest_machine(machine)) {
    return "it is a program for " + machine_name(machine) + "; veneer runs aarch64 and riscv64 programs";
  }
  if (ident[EI_VERSION] != EV_CURRENT)
    return format("its ELF header is damaged (version %u)", ident[EI_VERSION]);
  switch (type) {
    case ET_EXEC:
    case ET_DYN: return {};
    case ET_REL: return "it is an object file, which must be linked first";
    case ET_CORE: return "it is a core dump";
    default: return format("its ELF header is damaged (type %u)", type);
  }
}

// One PT_LOAD header into `image`; the reason why it cannot be, or nothing.
std::string add_segment(const Elf64_Phdr& ph, unsigned index, u64 file_size, ElfImage& image) {
  if (ph.p_filesz > ph.p_memsz) return format("its segment %u is larger in the file than in memory", index);
  if (ph.p_memsz == 0) return {};
  if (ph.p_memsz > kAddressEnd || ph.p_vaddr > kAddressEnd - ph.p_memsz) {
    return format("its segment %u lies outside of the address space", index);
  }
  if (ph.p_filesz && (ph.p_offset > file_size || ph.p_filesz > file_size - ph.p_offset)) {
    return format("it is truncated: its segment %u ends past the end of the file", index);
  }
  if (ph.p_filesz && (ph.p_vaddr - ph.p_offset) % kPage != 0) {
    return format("its segment %u is not aligned to pages in the file as it is in memory", index);
  }
  if (ph.p_align > 1 && std::has_single_bit(ph.p_align)) {
    if (ph.p_align > kAddressEnd / 4) return format("its segment %u asks for an absurd alignment", index);
    image.align = std::max<u64>(image.align, ph.p_align);
  }
  int prot = (ph.p_flags & PF_R ? PROT_READ : 0) | (ph.p_flags & PF_W ? PROT_WRITE : 0) |
             (ph.p_flags & PF_X ? PROT_EXEC : 0);
  image.segments.push_back({ph.p_vaddr, ph.p_memsz, ph.p_offset, ph.p_filesz, prot});
  return {};
}

std::string read_interpreter(const ElfInput& input, const Elf64_Phdr& ph, ElfImage& image) {
  if (ph.p_filesz < 2 || ph.p_filesz > PATH_MAX) return "the name of its interpreter is damaged";
  std::string name(ph.p_filesz, '\0');
  if (!input.read(ph.p_offset, name.data(), name.size())) {
    return "it is truncated: the name of its interpreter is missing";
  }
  if (name.back() != '\0') return "the name of its interpreter is damaged";
  name.resize(std::strlen(name.c_str()));
  if (name.empty()) return "the name of its interpreter is empty";
  image.interpreter = std::move(name);
  return {};
}

}  // namespace

std::string machine_name(unsigned machine) {
  switch (machine) {
    case EM_386: return "x86";
    case EM_X86_64: return "x86-64";
    case EM_ARM: return "arm";
    case EM_AARCH64: return "aarch64";
    case EM_RISCV: return "riscv";
    case EM_PPC: return "powerpc";
    case EM_PPC64: return "powerpc64";
    case EM_S390: return "s390";
    case EM_MIPS: return "mips";
    case EM_SPARC: return "sparc";
    case EM_SPARCV9: return "sparc64";
    case EM_IA_64: return "ia64";
    case EM_ALPHA: return "alpha";
    case EM_PARISC: return "hppa";
    case EM_68K: return "m68k";
    case EM_SH: return "sh";
    case EM_LOONGARCH: return "loongarch";
    case EM_BPF: return "bpf";
    case EM_NONE: return "no machine";
    default: return format("machine %u", machine);
  }
}

FileKind file_kind(std::span<const std::byte> head) {
  auto byte = [&](usize i) { return static_cast<unsigned char>(head[i]); };
  if (head.size() >= 2 && byte(0) == '#' && byte(1) == '!') return FileKind::Script;
  if (head.size() < SELFMAG || std::memcmp(head.data(), ELFMAG, SELFMAG) != 0) return FileKind::Other;
  // Too short for its identity: a guest's, so that the parser says what is wrong with it.
  if (head.size() < 20) return FileKind::GuestElf;
  unsigned machine = byte(18) | unsigned{byte(19)} << 8;
  if (byte(EI_DATA) == ELFDATA2MSB) machine = byte(19) | unsigned{byte(18)} << 8;
  if (byte(EI_CLASS) == ELFCLASS64 && byte(EI_DATA) == ELFDATA2LSB && is_guest_machine(machine))
    return FileKind::GuestElf;
  if (byte(EI_DATA) == ELFDATA2LSB && (machine == EM_X86_64 || machine == EM_386)) return FileKind::HostElf;
  return FileKind::ForeignElf;
}

u16 guest_machine(std::span<const std::byte> head) {
  if (head.size() < 20 || file_kind(head) != FileKind::GuestElf) return 0;
  return static_cast<u16>(static_cast<unsigned>(head[18]) | static_cast<unsigned>(head[19]) << 8);
}

Result<ElfImage> parse_elf(const ElfInput& input) {
  Elf64_Ehdr eh{};
  u64 file_size = input.size();
  usize head = std::min<u64>(file_size, sizeof eh);
  if (!input.read(0, &eh, head)) return cannot("it cannot be read");
  if (head < SELFMAG || std::memcmp(eh.e_ident, ELFMAG, SELFMAG) != 0) {
    return cannot(file_size == 0 ? "it is empty" : "it is not an ELF program or a script");
  }
  if (head < 20) return cannot("it is truncated in its ELF header");
  unsigned machine = eh.e_machine, type = eh.e_type;
  if (eh.e_ident[EI_DATA] == ELFDATA2MSB) {
    machine = __builtin_bswap16(eh.e_machine);
    type = __builtin_bswap16(eh.e_type);
  }
  if (std::string why = identity_problem(eh.e_ident, type, machine); !why.empty())
    return cannot(std::move(why));
  if (head < sizeof eh) return cannot("it is truncated in its ELF header");
  if (eh.e_phentsize != sizeof(Elf64_Phdr) || eh.e_phnum == 0) {
    return cannot(eh.e_phnum == 0 ? "it has no program headers" : "its program headers have a wrong size");
  }
  usize table_size = usize{eh.e_phnum} * sizeof(Elf64_Phdr);
  if (table_size > kMaxProgramHeaderBytes) return cannot("it has too many program headers");
  std::vector<Elf64_Phdr> headers(eh.e_phnum);
  if (eh.e_phoff > file_size || !input.read(eh.e_phoff, headers.data(), table_size)) {
    return cannot("it is truncated in its program headers");
  }

  ElfImage image;
  image.machine = eh.e_machine;
  image.fixed = eh.e_type == ET_EXEC;
  image.entry = eh.e_entry;
  image.phnum = eh.e_phnum;
  for (unsigned i = 0; i < headers.size(); i++) {
    const Elf64_Phdr& ph = headers[i];
    std::string why;
    switch (ph.p_type) {
      case PT_LOAD: why = add_segment(ph, i, file_size, image); break;
      case PT_INTERP:  // the first one counts
        if (image.interpreter.empty()) why = read_interpreter(input, ph, image);
        break;
      case PT_GNU_STACK: image.executable_stack = ph.p_flags & PF_X; break;
      default: break;
    }
    if (!why.empty()) return cannot(std::move(why));
  }
  if (image.segments.empty()) return cannot("it has no segment to load");

  auto& segments = image.segments;
  std::ranges::sort(segments, {}, &ElfSegment::vaddr);
  for (usize i = 1; i < segments.size(); i++) {
    if (segments[i].vaddr < segments[i - 1].vaddr + segments[i - 1].memsz)
      return cannot("its segments overlap");
  }
  for (const ElfSegment& s : segments) {
    if (eh.e_phoff >= s.offset && table_size <= s.filesz && eh.e_phoff - s.offset <= s.filesz - table_size) {
      image.phdr = s.vaddr + (eh.e_phoff - s.offset);
      break;
    }
  }
  bool entry_inside = std::ranges::any_of(
      segments, [&](const ElfSegment& s) { return image.entry >= s.vaddr && image.entry - s.vaddr < s.memsz; });
  if (!entry_inside) {
    // A shared library usually has entry 0; running one is a common mistake.
    if (image.entry == 0 && !image.fixed) return cannot("it is a shared library without an entry point");
    return cannot(format("its entry point 0x%llx lies outside of its segments",
                         static_cast<unsigned long long>(image.entry)));
  }
  return image;
}

Result<ElfImage> parse_elf(std::span<const std::byte> file) {
  return parse_elf(SpanInput(file));
}

}  // namespace veneer
