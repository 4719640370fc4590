#include "isa/riscv64/vector_program.h"

#include <elf.h>

#include <algorithm>
#include <cstring>

#include "base/elf_header.h"
#include "isa/riscv64/decoder.h"
#include "isa/riscv64/registers.h"
#include "isa/riscv64/test_program.h"

namespace veneer::rv64 {

namespace {

constexpr unsigned kA0 = 10, kA1 = 11, kA2 = 12, kA7 = 17;
constexpr unsigned kStride = 31;  // registers that the addresses of accesses are made in
constexpr unsigned kBase = 30;
constexpr u32 kEcall = 0x73;

constexpr VectorProgram::Line kLines[] = {
#define VENEER_INSN(name, section, pattern) {#name, section, #pattern},
#include "isa/riscv64/encodings.inc"
#undef VENEER_INSN
};

u32 addi(unsigned rd, unsigned rs1, s64 imm) {
  return static_cast<u32>(imm) << 20 | rs1 << 15 | rd << 7 | 0x13;
}
u32 sd(unsigned rs2, unsigned rs1, u32 offset) {
  return offset >> 5 << 25 | rs2 << 20 | rs1 << 15 | 3 << 12 | (offset & 31) << 7 | 0x23;
}
u32 ld(unsigned rd, unsigned rs1, u32 offset) {
  return offset << 20 | rs1 << 15 | 3 << 12 | rd << 7 | 0x03;
}
u32 read_csr(unsigned rd, u32 csr) {
  return csr << 20 | 2 << 12 | rd << 7 | 0x73;
}
u32 write_csr(u32 csr, unsigned imm) {
  return csr << 20 | imm << 15 | 5 << 12 | 0x73;
}
// Whole registers: eight of them.
u32 load_eight(unsigned vd, unsigned rs1) {
  return 7u << 29 | 1 << 25 | 8 << 20 | rs1 << 15 | vd << 7 | 0x07;
}
u32 store_eight(unsigned vd, unsigned rs1) {
  return load_eight(vd, rs1) | 0x20;
}
u32 with(u32 word, unsigned lsb, unsigned width, u32 value) {
  const u32 mask = ((u64{1} << width) - 1) << lsb;
  return (word & ~mask) | (value << lsb & mask);
}
bool is_illegal(const ir::Block& block) {
  const ir::Inst& end = block.insts.back();
  return end.op == ir::Op::Trap && static_cast<ir::TrapKind>(end.aux) == ir::TrapKind::Undefined;
}

u64 interesting(std::mt19937_64& random) {
  constexpr u64 kSpecial[] = {0,          ~u64{0},    u64{1} << 63, ~u64{0} >> 1,       0x80000000,
                              0x7fffffff, 0xffffffff, 0x80008000,   0x7fff80007fff8000, 0x7f807f807f807f80,
                              1,          63};
  if (random() % 4 == 0) return kSpecial[random() % std::size(kSpecial)];
  return random() >> (random() % 2 ? random() % 64 : 0);
}

// Numbers of one format, in every lane or, singles and halves, boxed.
u64 interesting_float(std::mt19937_64& random) {
  const unsigned bits = 16u << random() % 3, fraction = bits == 16 ? 10 : bits == 32 ? 23 : 52;
  const bool boxed = random() % 4 == 0;
  u64 all = boxed && bits < 64 ? ~u64{0} << bits : 0;
  for (unsigned at = 0; at < (boxed ? bits : 64); at += bits) {
    const u64 most = (u64{1} << (bits - 1 - fraction)) - 1, bias = most / 2;
    u64 exponent = bias - 4 + random() % 9, value = random() & ((u64{1} << fraction) - 1);
    if (random() % 4 == 0) exponent = random() % 2 ? random() & most : random() % 2 ? 0 : most;
    if (random() % 4 == 0) value = random() % 2 ? 0 : u64{1} << (fraction - 1);
    all |= (u64{random() % 2} << (bits - 1) | exponent << fraction | value) << at;
  }
  return all;
}

}  // namespace

VectorProgram::VectorProgram(u64 seed, unsigned vlen, unsigned count, bool (*wanted)(std::string_view))
    : random_(seed), isa_(Features{.vlen = vlen}), vlen_(vlen), segment_(kSegmentSize) {
  for (usize at = 0; at < kIndices; at += 8) {
    const u64 value = random(2) ? interesting_float(random_) : interesting(random_);
    std::memcpy(segment_.data() + kData + at, &value, sizeof value);
  }
  for (unsigned log2 = 0; log2 < 4; ++log2)
    for (usize at = 0; at < kIndicesSize; at += usize{1} << log2) {
      const u64 value = random(log2 == 0 ? 0x100 : 0x400);
      std::memcpy(segment_.data() + kData + kIndices + log2 * kIndicesSize + at, &value, usize{1} << log2);
    }
  std::vector<const Line*> lines;
  for (const Line& line : kLines)
    if (line.section.starts_with("Zv") && wanted(line.section) && !line.name.starts_with("VSET"))
      lines.push_back(&line);
  prologue();
  for (unsigned n = 0; n < count; ++n) {
    if (n % 6 == 0) configure();
    vector_instruction(lines);
  }
  epilogue();
}

void VectorProgram::put(u32 word) {
  std::memcpy(segment_.data() + at_, &word, sizeof word);
  at_ += sizeof word;
}

// rd = rs1 + distance, by way of rd.
void VectorProgram::add_immediate(unsigned rd, unsigned rs1, u32 distance) {
  put(((distance + 0x800) & 0xfffff000) | rd << 7 | 0x37);  // lui
  put(addi(rd, rd, static_cast<s32>(distance << 20) >> 20));
  put(rs1 << 20 | rd << 15 | rd << 7 | 0x33);  // add
}

void VectorProgram::prologue() {
  const u32 distance = static_cast<u32>(kData - at_);
  put(((distance + 0x800) & 0xfffff000) | kTp << 7 | 0x17);  // auipc
  put(addi(kTp, kTp, static_cast<s32>(distance << 20) >> 20));
  for (unsigned r = 0; r < 32; r += 8) {
    add_immediate(kBase, kTp, static_cast<u32>(kBefore + r * vlen_ / 8));
    put(load_eight(r, kBase));
  }
  add_immediate(kBase, kTp, kScratch);
  for (unsigned r = 1; r < kBase; ++r)
    if (r != kTp) put(ld(r, kBase, 8 * r));
  add_immediate(kBase, kTp, kBefore);
  for (unsigned r = 0; r < 32; ++r) put(ld(r, kBase, 8 * r) | 0x04);  // fld
}

void VectorProgram::epilogue() {
  add_immediate(kBase, kTp, kGeneral);
  for (unsigned r = 1; r < kBase; ++r)
    if (r != kTp) put(sd(r, kBase, 8 * r));
  add_immediate(kBase, kTp, kFloats);
  for (unsigned r = 0; r < 32; ++r) put(sd(r, kBase, 8 * r) | 0x04);  // fsd
  add_immediate(kBase, kTp, kCsrs);
  u32 offset = 0;
  for (const u32 csr : {0xc20u, 0xc21u, 0xc22u, 0x008u, 0x009u, 0x00au, 0x00fu, 0x003u}) {
    put(read_csr(kA0, csr));
    put(sd(kA0, kBase, offset));
    offset += 8;
  }
  for (unsigned r = 0; r < 32; r += 8) {
    add_immediate(kBase, kTp, static_cast<u32>(kAfter + r * vlen_ / 8));
    put(store_eight(r, kBase));
  }
  put(addi(kA0, 0, 1));
  put(addi(kA1, kTp, 0));
  add_immediate(kA2, 0, kDataSize);
  put(addi(kA7, 0, 64));
  put(kEcall);
  put(addi(kA0, 0, 0));
  put(addi(kA7, 0, 93));
  put(kEcall);
}

// Not tp, nor those of addresses.
unsigned VectorProgram::free_register() {
  return 5 + static_cast<unsigned>(random(kBase - 5));
}

// A configuration that there is: vl is VLMAX, or less, or what it was.
void VectorProgram::configure() {
  u32 vtype = 0;
  do {
    vtype = static_cast<u32>(random(64) | random(4) << 6);
  } while (VectorMode::of_vtype(vtype).ill());
  mode_ = VectorMode::of_vtype(vtype);
  const unsigned rd = random(2) ? free_register() : 0, rs1 = free_register();
  const u64 vlmax = mode_.vlmax(vlen_ / 8);
  const u64 above = random(4) == 0 ? vlmax / 4 + 2 : 3;
  u64 avl = random(vlmax + above);
  if (random(2)) avl &= ~u64{7};  // whole groups of elements
  vl_is_known_ = true;
  switch (random(5)) {
    case 0:  // vsetvli rd, x0
      put(vtype << 20 | 7 << 12 | free_register() << 7 | 0x57);
      avl = vlmax;
      break;
    case 1:  // vsetivli
      avl &= 31;
      put(3u << 30 | vtype << 20 | static_cast<u32>(avl) << 15 | 7 << 12 | rd << 7 | 0x57);
      break;
    case 2:  // vsetvl
      put(addi(kStride, 0, static_cast<s64>(vtype)));
      put(addi(rs1, 0, static_cast<s64>(avl)));
      put(0x40u << 25 | kStride << 20 | rs1 << 15 | 7 << 12 | rd << 7 | 0x57);
      break;
    default:  // vsetvli rd, rs1
      put(addi(rs1, 0, static_cast<s64>(avl)));
      put(vtype << 20 | rs1 << 15 | 7 << 12 | rd << 7 | 0x57);
      break;
  }
  vl_ = std::min(avl, vlmax);
  if (random(4) == 0) put(write_csr(0x00a, static_cast<unsigned>(random(4))));  // vxrm
  if (random(8) == 0) put(write_csr(0x002, static_cast<unsigned>(random(5))));  // frm
  if (random(8) == 0) put(write_csr(0x009, static_cast<unsigned>(random(2))));  // vxsat
}

bool VectorProgram::exists(u32 word) const {
  u8 bytes[4];
  std::memcpy(bytes, &word, sizeof bytes);
  ir::Block block;
  isa_.lift(0, bytes, {.max_insns = 1, .mode = mode_.bits()}, block);
  return !is_illegal(block);
}

void VectorProgram::vector_instruction(const std::vector<const Line*>& lines) {
  for (unsigned tries = 0; tries < 300; ++tries) {
    const Line& line = *lines[random(lines.size())];
    u32 word = 0;
    for (char c : line.pattern)
      word = word << 1 | (c == '1' ? 1u : c == '0' ? 0u : static_cast<u32>(random(2)));
    // Groups start at multiples of their size; most of the time without a mask.
    if (random(2)) {
      const u32 aligned = ~u32{(1u << random(4)) - 1};
      word &= aligned << 7 | ~(31u << 7);
      if (line.pattern.substr(7, 5) == "ttttt") word &= aligned << 20 | ~(31u << 20);
      if (line.pattern.substr(12, 5) == "sssss") word &= aligned << 15 | ~(31u << 15);
    }
    const bool has_mask_bit = line.pattern[6] == 'm';
    if (has_mask_bit && random(3)) word |= 1u << 25;
    const Insn i{word};
    const std::string_view name = decode(word)->name;
    const bool memory = (word & 0x7f) == 0x07 || (word & 0x7f) == 0x27;
    const bool to_general = name == "VMV_X_S" || name == "VCPOP_M" || name == "VFIRST_M";
    if (to_general) word = with(word, 7, 5, free_register());
    // A source of several widths is reserved, whoever executes it.
    if (!i.bit(25) && has_mask_bit && !memory && (i.rs2() < 8 || i.rs1() < 8)) continue;
    if (memory && !finish_memory(word)) continue;
    if (!exists(word)) continue;
    // Of groups of elements, of four or eight, there are only whole ones.
    const bool is_group = (word & 0x7f) == 0x77;
    const u64 elements = line.section.starts_with("Zvksh ") ? 8 : 4;
    if (is_group && (!vl_is_known_ || vl_ % elements != 0)) continue;
    // QEMU takes none of SHA-2 from a fraction of a register, however long that is.
    if (line.section.starts_with("Zvknh") && mode_.lmul() < 0) continue;
    if (name.ends_with("FF")) vl_is_known_ = false;
    // QEMU does not survive it in a fault-only-first load, nor where it is past the end of a whole register.
    const bool started = random(16) == 0 && !name.ends_with("FF");
    if (started) {
      const VectorMode before = mode_;
      mode_ = mode_.with(VectorMode::kStarted);
      const bool may = exists(word);
      mode_ = before;
      const unsigned start =
          is_group ? 8 * static_cast<unsigned>(random(2)) : static_cast<unsigned>(random(memory ? 2 : 8));
      if (may) put(write_csr(0x008, start));
    }
    put(word);
    return;
  }
}

// Addresses within the scratch memory, whatever the configuration.
bool VectorProgram::finish_memory(u32& word) {
  const Insn i{word};
  word = with(word, 15, 5, kBase);
  if (!exists(word)) return false;
  const u32 mop = i.bits(27, 26);
  add_immediate(kBase, kTp, static_cast<u32>(kScratch + 0x400 + random(0x200)));
  if (mop == 2) {
    word = with(word, 20, 5, kStride);
    if (!exists(word)) return false;
    put(addi(kStride, 0, static_cast<s64>(random(9)) - 4));
  } else if (mop != 0) {
    // The groups of the indices are loaded first.
    const unsigned log2 = i.rm() == 0 ? 0 : i.rm() - 4;
    const unsigned first = i.rs2();
    const u32 offset = static_cast<u32>(kIndices + log2 * kIndicesSize);
    add_immediate(kStride, kTp, offset);
    for (unsigned r = first; r < 32 && r < first + 8; ++r) {
      put(1u << 25 | 8 << 20 | kStride << 15 | r << 7 | 0x07);  // vl1re8.v
      put(addi(kStride, kStride, static_cast<s64>(vlen_ / 8)));
    }
  }
  return true;
}

}  // namespace veneer::rv64
