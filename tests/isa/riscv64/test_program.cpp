#include "isa/riscv64/test_program.h"

#include <elf.h>

#include <cstring>

#include "base/elf_header.h"
#include "isa/riscv64/decoder.h"
#include "isa/riscv64/isa.h"
#include "isa/riscv64/registers.h"

namespace veneer::rv64 {

namespace {

constexpr unsigned kA0 = 10, kA1 = 11, kA2 = 12, kA7 = 17;
constexpr u32 kEcall = 0x73;

struct Line {
  std::string_view name, section, pattern;
};
constexpr Line kLines[] = {
#define VENEER_INSN(name, section, pattern) {#name, section, #pattern},
#include "isa/riscv64/encodings.inc"
#include "isa/riscv64/encodings/compressed.inc"
#undef VENEER_INSN
};

u32 addi(unsigned rd, unsigned rs1, s64 imm) {
  return static_cast<u32>(imm) << 20 | rs1 << 15 | rd << 7 | 0x13;
}
u32 auipc(unsigned rd, u32 upper) {
  return upper | rd << 7 | 0x17;
}
u32 ld(unsigned rd, unsigned rs1, u32 offset) {
  return offset << 20 | rs1 << 15 | 3 << 12 | rd << 7 | 0x03;
}
u32 sd(unsigned rs2, unsigned rs1, u32 offset) {
  return offset >> 5 << 25 | rs2 << 20 | rs1 << 15 | 3 << 12 | (offset & 31) << 7 | 0x23;
}
u32 fld(unsigned rd, unsigned rs1, u32 offset) {
  return ld(rd, rs1, offset) | 0x04;
}
u32 fsd(unsigned rs2, unsigned rs1, u32 offset) {
  return sd(rs2, rs1, offset) | 0x04;
}
u32 with(u32 word, unsigned lsb, unsigned width, u32 value) {
  const u32 mask = ((u64{1} << width) - 1) << lsb;
  return (word & ~mask) | (value << lsb & mask);
}

bool is_one_of(std::string_view name, std::initializer_list<std::string_view> names) {
  for (std::string_view n : names)
    if (name == n) return true;
  return false;
}

// Whether the lifter takes it; a field may have a value that is reserved.
bool exists(u32 bits, unsigned length) {
  u8 bytes[4];
  std::memcpy(bytes, &bits, sizeof bytes);
  ir::Block block;
  Riscv64Isa().lift(0, std::span(bytes).first(length), {.max_insns = 1}, block);
  const ir::Inst& end = block.insts.back();
  return end.op != ir::Op::Trap || static_cast<ir::TrapKind>(end.aux) != ir::TrapKind::Undefined;
}

u64 interesting(std::mt19937_64& random) {
  constexpr u64 kSpecial[] = {0,    1,  ~u64{0}, u64{1} << 63, ~u64{0} >> 1, 0x80000000, 0x7fffffff, 0xffffffff,
                              0xff, 64, 63};
  if (random() % 3 == 0) return kSpecial[random() % std::size(kSpecial)];
  return random() >> random() % 64;
}

// A double, or a boxed single or half; special values are likely.
u64 interesting_float(std::mt19937_64& random) {
  const unsigned fraction = random() % 3 == 0 ? 52 : random() % 2 == 0 ? 23 : 10;
  const unsigned exponent = fraction == 52 ? 11 : fraction == 23 ? 8 : 5;
  const u64 sign = u64{random() % 2} << (fraction + exponent);
  const u64 most = (u64{1} << exponent) - 1, bias = most / 2;
  u64 biased = 0, bits = random() & ((u64{1} << fraction) - 1);
  switch (random() % 8) {
    case 0: biased = 0; break;
    case 1: biased = most; break;
    case 2: biased = random() & most; break;
    default: biased = bias - 4 + random() % 9; break;
  }
  if (random() % 4 == 0) bits = random() % 2 ? 0 : u64{1} << (fraction - 1);
  const u64 value = sign | biased << fraction | bits;
  return fraction == 52 ? value : value | ~u64{0} << (fraction + exponent + 1);
}

}  // namespace

TestProgram::TestProgram(u64 seed, unsigned count, bool (*wanted)(std::string_view, std::string_view))
    : random_(seed), segment_(kSegmentSize) {
  for (usize at = 0; at < kDataSize; at += 8) {
    const bool is_float = at >= kFloats && at < kFloats + 0x100 && random_() % 8 != 0;
    const u64 value = is_float ? interesting_float(random_) : interesting(random_);
    std::memcpy(segment_.data() + kData + at, &value, sizeof value);
  }
  prologue();
  for (unsigned n = 0; n < count;) n += body_instruction(wanted);
  epilogue();
}

void TestProgram::put(u32 bits, unsigned length) {
  std::memcpy(segment_.data() + at_, &bits, length);
  at_ += length;
}

void TestProgram::prologue() {
  const u32 distance = static_cast<u32>(kData - at_);
  put32(auipc(kTp, (distance + 0x800) & 0xfffff000));
  put32(addi(kTp, kTp, static_cast<s32>(distance << 20) >> 20));
  for (unsigned r = 1; r < 32; ++r)
    if (r != kTp) put32(ld(r, kTp, kBefore + 8 * r));
  for (unsigned r = 0; r < 32; ++r) put32(fld(r, kTp, kBefore + kFloats + 8 * r));
}

void TestProgram::epilogue() {
  for (unsigned r = 1; r < 32; ++r) put32(sd(r, kTp, kAfter + 8 * r));
  for (unsigned r = 0; r < 32; ++r) put32(fsd(r, kTp, kAfter + kFloats + 8 * r));
  put32(0x00302573);  // csrr a0, fcsr
  put32(sd(kA0, kTp, kFcsr));
  put32(addi(kA0, 0, 1));
  put32(addi(kA1, kTp, 0));
  put32(addi(kA2, 0, kDataSize / 2));
  put32(addi(kA2, kA2, kDataSize / 2));
  put32(addi(kA7, 0, 64));
  put32(kEcall);
  put32(addi(kA0, 0, 0));
  put32(addi(kA7, 0, 93));
  put32(kEcall);
}

unsigned TestProgram::free_register() {
  const unsigned r = 5 + static_cast<unsigned>(random(27));
  return r;
}

void TestProgram::point_at_scratch(unsigned reg, unsigned alignment) {
  put32(addi(reg, kTp, static_cast<s64>(kScratch + random(0x200) / alignment * alignment)));
}

// One that a taken branch leaves out.
void TestProgram::skipped() {
  put32(addi(free_register(), free_register(), static_cast<s64>(random(4096)) - 2048));
}

bool TestProgram::body_instruction(bool (*wanted)(std::string_view, std::string_view)) {
  const Line& line = kLines[random(std::size(kLines))];
  if (!wanted(line.name, line.section)) return false;
  u32 bits = 0;
  for (char c : line.pattern) bits = bits << 1 | (c == '1' ? 1u : c == '0' ? 0u : static_cast<u32>(random(2)));
  // It may be a special case, of which another line is.
  if (line.pattern.size() == 32) {
    const Encoding* e = decode(bits);
    return wanted(e->name, e->section) && body32(bits, e->name);
  }
  const Encoding16* e = decode16(bits);
  return wanted(e->name, e->section) && body16(bits, e->name);
}

bool TestProgram::body32(u32 word, std::string_view name) {
  const Insn i{word};
  const unsigned opcode = word & 0x7f;
  if (is_one_of(name, {"ECALL", "EBREAK", "FENCE", "FENCE_I"})) {
    if (name == "FENCE" || name == "FENCE_I") put32(word);
    return name.starts_with("FENCE");
  }
  if (name.starts_with("CSRR")) return control_register(word, name);
  // Mostly as fcsr says, as compilers have it.
  if (opcode >= 0x43 && opcode <= 0x53 && exists(with(word, 12, 3, 7), 4) && !exists(with(word, 12, 3, 5), 4))
    word = with(word, 12, 3, random(4) != 0 ? 7 : static_cast<u32>(random(5)));
  // Stores and branches have no rd, nor has floating point that is x4.
  const bool no_rd = opcode == 0x23 || opcode == 0x27 || opcode == 0x63;
  if (!no_rd && i.rd() == kTp) word = with(word, 7, 5, free_register());
  switch (opcode) {
    case 0x0f: {  // a block of the cache: it may begin before the scratch memory, where fcsr will be
      const unsigned base = free_register();
      point_at_scratch(base, 1);
      word = with(word, 15, 5, base);
      break;
    }
    case 0x03:
    case 0x07:
    case 0x23:
    case 0x27: {  // in the scratch memory, by tp
      const u32 offset = static_cast<u32>(kScratch + random(0x3e8));
      word = with(word, 15, 5, kTp);
      if (opcode == 0x03 || opcode == 0x07) word = with(word, 20, 12, offset);
      if (opcode == 0x23 || opcode == 0x27) word = with(with(word, 7, 5, offset), 25, 7, offset >> 5);
      break;
    }
    case 0x2f: {  // atomic, of what is aligned
      const unsigned base = free_register();
      point_at_scratch(base, 16);
      word = with(word, 15, 5, base);
      // QEMU 10 takes what is loaded for zero, from there on.
      if (name.starts_with("AMOCAS") && i.rd() == 0) word = with(word, 7, 5, free_register());
      if (name.starts_with("SC_")) {
        // With its reservation, into a register that is not the address; the second time without: an older one
        // may or may not be left.
        const unsigned rd = base == 31 ? 5 : base + 1;
        put32(with(with(word, 20, 12, 0x100), 7, 5, rd));
        if (i.rd() != base && random(4) == 0) put32(word);
      }
      break;
    }
    case 0x63:  // over one instruction
      put32(with(with(word, 7, 5, 8), 25, 7, 0));
      skipped();
      return true;
    case 0x6f:
      put32(with(word, 12, 20, 8 / 2 << 9));
      skipped();
      return true;
    case 0x67: {
      const unsigned base = free_register();
      put32(auipc(base, 0));
      put32(with(with(word, 15, 5, base), 20, 12, 12 + static_cast<u32>(random(2))));
      skipped();
      return true;
    }
    default: break;
  }
  if (!exists(word, 4)) return false;
  put32(word);
  return true;
}

// Of fcsr; rounding is always one that exists.
bool TestProgram::control_register(u32 word, std::string_view name) {
  constexpr u32 kFlagsCsr = 1, kRoundingCsr = 2, kBothCsr = 3;
  if (Insn{word}.rd() == kTp) word = with(word, 7, 5, free_register());
  const bool write = name == "CSRRW" || name == "CSRRWI";
  if (name.ends_with('I') && random(2) == 0 && write) {
    put32(with(with(word, 20, 12, kRoundingCsr), 15, 5, static_cast<u32>(random(5))));
  } else if (random(3) == 0 && !write) {
    put32(with(with(word, 20, 12, random(2) ? kRoundingCsr : kBothCsr), 15, 5, 0));  // read only
  } else {
    put32(with(word, 20, 12, kFlagsCsr));
  }
  return true;
}

bool TestProgram::body16(u32 half, std::string_view name) {
  const Insn16 i{half};
  if (name == "C_EBREAK" || !exists(half, 2)) return false;
  const bool low_base = is_one_of(
      name, {"C_LW", "C_LD", "C_SW", "C_SD", "C_FLD", "C_FSD", "C_LBU", "C_LHU", "C_LH", "C_SB", "C_SH"});
  if (low_base) point_at_scratch(i.rs1_low(), 1);
  if (is_one_of(name, {"C_LWSP", "C_LDSP", "C_SWSP", "C_SDSP", "C_FLDSP", "C_FSDSP"})) point_at_scratch(kSp, 1);
  const bool full_rd =
      is_one_of(name, {"C_ADDI", "C_ADDIW", "C_LI", "C_LUI", "C_SLLI", "C_LWSP", "C_LDSP", "C_MV", "C_ADD"});
  if (full_rd && i.rd() == kTp) half = with(half, 7, 5, free_register());
  if (is_one_of(name, {"C_JR", "C_JALR"})) {
    const unsigned base = free_register();
    put32(auipc(base, 0));
    put32(addi(base, base, 14));
    put(with(half, 7, 5, base), 2);
    skipped();
    return true;
  }
  if (name == "C_J") {  // over the four bytes after it
    put(0xa019, 2);
    skipped();
    return true;
  }
  if (is_one_of(name, {"C_BEQZ", "C_BNEZ"})) {
    constexpr u32 kOverFour = 1 << 4 | 1 << 3;  // offset[2:1] of 6
    put((half & 0xe383) | kOverFour, 2);
    skipped();
    return true;
  }
  put(half, 2);
  return true;
}

std::string elf_of(const std::vector<u8>& segment) {
  Elf64_Ehdr header = elf_header(ET_EXEC, EM_RISCV);
  header.e_phoff = sizeof header;
  header.e_phentsize = sizeof(Elf64_Phdr);
  header.e_phnum = 1;
  header.e_entry = kSegment + kCode;
  header.e_flags = 1;  // EF_RISCV_RVC
  const Elf64_Phdr load{PT_LOAD,  PF_R | PF_W | PF_X, 0x1000,         kSegment,
                        kSegment, segment.size(),     segment.size(), 0x1000};
  std::string out(0x1000, '\0');
  std::memcpy(out.data(), &header, sizeof header);
  std::memcpy(out.data() + sizeof header, &load, sizeof load);
  out.append(segment.begin(), segment.end());
  return out;
}

}  // namespace veneer::rv64
