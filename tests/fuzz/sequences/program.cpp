#include "fuzz/sequences/program.h"

#include <elf.h>

#include <cstddef>
#include <cstring>

#include <fmt/format.h>

#include "fuzz/sequences/assembler.h"
#include "program/elf_builder.h"

namespace veneer::fuzz {

namespace {

constexpr GuestAddr kText = 0x400000, kData = 0x20000000;
constexpr usize kStackSize = 65536;

// The data segment: these, the signal stack, and the sequences' states.
struct Globals {
  u64 epilogue;  // of the sequence that runs
  struct {
    u64 handler, flags, restorer, mask;
  } action;  // the kernel's struct sigaction
  struct {
    u64 sp, flags, size;
  } stack;  // stack_t
};
constexpr usize kStackOffset = 256, kStatesOffset = kStackOffset + kStackSize;
static_assert(sizeof(Globals) <= kStackOffset && sizeof(State) % 8 == 0);
constexpr usize kStateSize = (sizeof(State) + 15) & ~usize{15};

constexpr unsigned kSigill = 4, kSigtrap = 5, kSigbus = 7, kSigfpe = 8, kSigsegv = 11;
constexpr u64 kSaSiginfo = 4, kSaRestorer = 0x04000000, kSaOnstack = 0x08000000;
// struct ucontext and struct sigcontext of arch/arm64/include/uapi/asm.
constexpr unsigned kUcPc = 440;
constexpr unsigned kSiCode = 8, kSiAddr = 16;

struct Routines {
  GuestAddr load, save;
};

// x0: the State; x1: the epilogue. Returns with x0 at the general registers, of which x0, x1 and x30 are not
// loaded.
GuestAddr emit_load(Assembler& a, Shape shape) {
  const GuestAddr at = a.here();
  for (unsigned i = 0; i < 32; i += 2) a.ldp_q(i, i + 1, 0, i * 16);
  a.mov(2, kData);
  a.str(1, 2, offsetof(Globals, epilogue));
  a.ldr(1, 0, offsetof(State, nzcv));
  a.msr(Assembler::Nzcv, 1);
  a.ldr(1, 0, offsetof(State, fpcr));
  a.msr(Assembler::Fpcr, 1);
  if (!shape.blind) {
    a.ldr(1, 0, offsetof(State, fpsr));
    a.msr(Assembler::Fpsr, 1);
  }
  a.mov(2, kPage);
  for (const usize field :
       {offsetof(Record, signal), offsetof(Record, code), offsetof(Record, address), offsetof(Record, pc)})
    a.str(31, 2, static_cast<unsigned>(field));
  a.mov(1, kMiddle);
  a.mov_to_sp(1);
  a.add(0, 0, offsetof(State, x));
  for (unsigned i = 2; i < 30; i += 2) a.ldp(i, i + 1, 0, i * 8);
  a.ret();
  return at;
}

// x0: the page, its own value in TPIDR_EL0; x30's has been stored.
GuestAddr emit_save(Assembler& a, Shape shape) {
  const GuestAddr at = a.here();
  a.str(1, 0, 8);
  for (unsigned i = 2; i < 30; i += 2) a.stp(i, i + 1, 0, i * 8);
  a.mrs(1, Assembler::TpidrEl0);
  a.str(1, 0, 0);
  a.mov_from_sp(1);
  a.str(1, 0, offsetof(Record, sp));
  a.mrs(1, Assembler::Nzcv);
  a.str(1, 0, offsetof(Record, nzcv));
  if (!shape.blind) {
    a.mrs(1, Assembler::Fpsr);
    a.str(1, 0, offsetof(Record, fpsr));
  }
  a.mrs(1, Assembler::Fpcr);
  a.str(1, 0, offsetof(Record, fpcr));
  for (unsigned i = 0; i < 32; i += 2)
    a.stp_q(i, i + 1, 0, static_cast<unsigned>(offsetof(Record, v)) + i * 16);
  a.mov(1, kPage);
  a.mov(0, 1);
  a.mov(2, kPageSize);
  a.syscall(64);  // write
  a.ret();
  return at;
}

// Records the signal and goes on at the sequence's epilogue, with every register as it was.
GuestAddr emit_handler(Assembler& a) {
  const GuestAddr at = a.here();
  a.mov(3, kPage);
  a.str(0, 3, offsetof(Record, signal));
  a.ldr_w(4, 1, kSiCode);
  a.str(4, 3, offsetof(Record, code));
  a.ldr(4, 1, kSiAddr);
  a.str(4, 3, offsetof(Record, address));
  a.ldr(4, 2, kUcPc);
  a.str(4, 3, offsetof(Record, pc));
  a.mov(3, kData);
  a.ldr(4, 3, offsetof(Globals, epilogue));
  a.str(4, 2, kUcPc);
  a.ret();
  return at;
}

void emit_start(Assembler& a) {
  a.mov(0, kData + offsetof(Globals, stack));
  a.mov(1, 0);
  a.syscall(132);  // sigaltstack
  for (const unsigned signal : {kSigill, kSigtrap, kSigbus, kSigfpe, kSigsegv}) {
    a.mov(0, signal);
    a.mov(1, kData + offsetof(Globals, action));
    a.mov(2, 0);
    a.mov(3, 8);
    a.syscall(134);  // rt_sigaction
  }
}

GuestAddr emit_sequence(Assembler& a, const Sequence& s, GuestAddr state, const Routines& r) {
  a.mov(0, state);
  const GuestAddr adr = a.here();
  a.word(0);
  a.bl(r.load);
  a.ldr(30, 0, 240);
  a.ldp(0, 1, 0, 0);
  const GuestAddr body = a.here();
  for (const u32 word : s.body) a.word(word);
  const GuestAddr epilogue = a.here();
  Assembler patch(adr);
  patch.adr(1, epilogue);
  a.word_at(adr) = patch.code()[0];
  a.msr(Assembler::TpidrEl0, 0);
  a.mov(0, kPage);
  a.str(30, 0, 240);
  a.bl(r.save);
  return body;
}

struct Segment {
  GuestAddr address;
  u32 flags;
  std::span<const u8> bytes;
};

std::vector<u8> make_elf(GuestAddr entry, std::span<const Segment> segments) {
  Elf64_Ehdr h = test::ElfBuilder{}.header;
  h.e_entry = entry;
  h.e_phnum = static_cast<Elf64_Half>(segments.size());
  std::vector<u8> elf(kPageSize);
  std::memcpy(elf.data(), &h, sizeof h);
  for (usize i = 0; i < segments.size(); ++i) {
    Elf64_Phdr p{};
    p.p_type = PT_LOAD;
    p.p_flags = segments[i].flags;
    p.p_offset = elf.size();
    p.p_vaddr = p.p_paddr = segments[i].address;
    p.p_filesz = p.p_memsz = segments[i].bytes.size();
    p.p_align = kPageSize;
    std::memcpy(elf.data() + sizeof h + i * sizeof p, &p, sizeof p);
    elf.insert(elf.end(), segments[i].bytes.begin(), segments[i].bytes.end());
    elf.resize((elf.size() + kPageSize - 1) & ~(kPageSize - 1));
  }
  return elf;
}

template <typename T>
std::span<const u8> bytes_of(const std::vector<T>& v) {
  return {reinterpret_cast<const u8*>(v.data()), v.size() * sizeof(T)};  // NOLINT: to be written
}

u64 untagged(u64 address) {
  return static_cast<u64>(static_cast<s64>(address << 8) >> 8);
}

}  // namespace

Program make_program(std::span<const Sequence> sequences, Shape shape, Random& random) {
  Program program;
  Assembler a(kText);
  const Routines routines{emit_load(a, shape), emit_save(a, shape)};
  Globals globals{};
  globals.action.handler = emit_handler(a);
  globals.action.restorer = a.here();
  a.syscall(139);  // rt_sigreturn
  globals.action.flags = kSaSiginfo | kSaRestorer | kSaOnstack;
  globals.stack = {kData + kStackOffset, 0, kStackSize};
  const GuestAddr entry = a.here();
  emit_start(a);
  std::vector<u8> data(kStatesOffset + sequences.size() * kStateSize);
  std::memcpy(data.data(), &globals, sizeof globals);
  for (usize i = 0; i < sequences.size(); ++i) {
    const usize offset = kStatesOffset + i * kStateSize;
    std::memcpy(data.data() + offset, &sequences[i].state, sizeof(State));
    program.bodies.push_back(emit_sequence(a, sequences[i], kData + offset, routines));
  }
  a.mov(0, 0);
  a.syscall(94);  // exit_group
  std::vector<u64> page(kPageSize / sizeof(u64));
  for (u64& value : page) value = random.hostile();
  const Segment segments[] = {{kText, PF_R | PF_X, bytes_of(a.code())},
                              {kPage, PF_R | PF_W, bytes_of(page)},
                              {kData, PF_R | PF_W, data}};
  program.elf = make_elf(entry, segments);
  return program;
}

std::string difference(const Record& a, const Record& b, GuestAddr body) {
  std::string out;
  const auto compare = [&](const std::string& what, u64 x, u64 y) {
    if (x != y) out += fmt::format("  {}: {:#x}, {:#x}\n", what, x, y);
  };
  for (int i = 0; i < 31; ++i) compare(fmt::format("x{}", i), a.x[i], b.x[i]);
  compare("sp", a.sp, b.sp);
  compare("nzcv", a.nzcv, b.nzcv);
  compare("fpsr", a.fpsr, b.fpsr);
  compare("fpcr", a.fpcr, b.fpcr);
  compare("signal", a.signal, b.signal);
  // QEMU 7.2 says ILL_ILLOPN where Linux says ILL_ILLOPC (arch/arm64/kernel/traps.c, do_el0_undef), and at
  // times SEGV_ACCERR where nothing is mapped.
  if (a.signal != kSigill && a.signal != kSigsegv) compare("its code", a.code, b.code);
  // Linux takes the tag off (SA_EXPOSE_TAGBITS is not set); QEMU 7.2 does not.
  compare("its address", untagged(a.address), untagged(b.address));
  compare("its pc, from the start", a.pc - body, b.pc - body);
  for (int i = 0; i < 32; ++i)
    if (std::memcmp(a.v[i], b.v[i], sizeof a.v[i]) != 0)
      out += fmt::format("  v{}: {:016x}_{:016x}, {:016x}_{:016x}\n", i, a.v[i][1], a.v[i][0], b.v[i][1],
                         b.v[i][0]);
  for (usize i = 0; i < sizeof a.memory; ++i)
    if (a.memory[i] != b.memory[i]) {
      out += fmt::format("  memory at {:#x}: {:#x}, {:#x}\n", kPage + offsetof(Record, memory) + i, a.memory[i],
                         b.memory[i]);
      break;
    }
  return out;
}

}  // namespace veneer::fuzz
