#include "fuzz/sequences/sequence.h"
#include "isa/aarch64/code_bytes.h"

#include <algorithm>

#include <fmt/format.h>

#include "isa/aarch64/decoder.h"
#include "isa/aarch64/isa.h"

namespace veneer::fuzz {

namespace {

constexpr unsigned kBase = 27, kIndex = 26, kAtomic = 25, kPair = 24, kCounter = 28, kSp = 31;

u32 with_field(u32 word, unsigned lsb, unsigned width, u32 value) {
  const u32 mask = ((u32{1} << width) - 1) << lsb;
  return (word & ~mask) | (value << lsb & mask);
}

bool one_of(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// What the cores of Armv8.2-A do not have.
bool is_later(std::string_view name) {
  return one_of(name, {"FJCVTZS", "RAX1", "EOR3", "BCAX", "XAR", "USDOT_v", "USDOT_e", "SUDOT_e", "SMMLA_v",
                       "UMMLA_v", "USMMLA_v"}) ||
         has_prefix(name, {"SHA512", "FCMLA", "FCADD", "BF"});
}

// Where QEMU 7.2 is wrong and the manual decides: these are left to tests/isa/aarch64, which hold the manual's
// results.
bool qemu_is_wrong(std::string_view name) {
  return one_of(name,
                {
                    // Z is clear for a denormal that FPCR.FZ flushes; FPToFixedJS sets it: the result is exact.
                    "FJCVTZS",
                    // The 16-bit result is sign-extended into the register; the manual clears above it.
                    "FCVTZS_s_fixed",
                    // Undefined in user mode, although its ID registers say FEAT_DPB.
                    "DC_CVAP",
                });
}

bool is_exclusive(std::string_view name) {
  return one_of(name, {"LDXR", "STXR", "LDXP", "STXP"});
}
bool is_atomic(std::string_view name) {
  return is_exclusive(name) || has_prefix(name, {"LDAR", "STLR", "LDAPR", "CAS", "SWP", "LDADD", "LDCLR",
                                                 "LDEOR", "LDSET", "LDSMAX", "LDSMIN", "LDUMAX", "LDUMIN"});
}
bool is_pair(std::string_view name) {
  return name.starts_with("LDP_STP");
}
bool is_load_store(std::string_view name) {
  return has_prefix(name, {"LDST_", "LDP_STP", "LDn_STn", "LDR_literal"}) || is_atomic(name);
}
bool writes_back(std::string_view name) {
  return name.find("_post") != name.npos || name.find("_pre") != name.npos;
}

// Made by branch_to(), or not at all.
bool is_left_out(std::string_view name, Core core) {
  if (one_of(name, {"SVC", "BR", "BLR", "RET"}) || qemu_is_wrong(name)) return true;
  if (core == Core::V82) return is_later(name);
  return is_atomic(name) || name == "DC_ZVA" || name == "HINT";  // LSE2; another block size; PAC
}

// The base of atomics stays aligned: QEMU 7.2 lets misaligned LDAPR and store-exclusives pass, which fault
// (Arm ARM J1.1.3, AArch64.CheckAlignment); tests/translate/tier1 has those.
//
// QEMU does not check SP's alignment: it stays as it is (tests/programs/guest/faults.c has the others).
//
// An address within the page most of the time, nothing that is CONSTRAINED UNPREDICTABLE.
u32 tame_memory(std::string_view name, u32 word, Random& random, u32 exclusive_size) {
  word = with_field(word, 5, 5, random.below(8) || writes_back(name) ? kBase : kSp);
  word = with_field(word, 0, 5, static_cast<u32>(random.below(16)));
  if (name.starts_with("LDR_literal")) return with_field(word, 5, 19, static_cast<u32>(random.below(16)));
  if (name.starts_with("LDST_unsigned")) return with_field(word, 14, 8, 0);
  if (name.starts_with("LDST_register")) return with_field(word, 16, 5, kIndex);
  if (is_pair(name)) {
    word = with_field(word, 10, 5, static_cast<u32>((word & 31) ^ (1 + random.below(7))));
    return random.below(4) ? with_field(word, 19, 2, 0) : word;
  }
  if (name == "LDn_STn_multiple_post" || name == "LDn_STn_single_post")
    return with_field(word, 16, 5, random.below(2) ? kIndex : 31);
  if (is_atomic(name)) word = with_field(word, 5, 5, kAtomic);
  // An exclusive store of another size than the load's is CONSTRAINED UNPREDICTABLE: one size a sequence, and
  // another address for pairs.
  if (one_of(name, {"LDXR", "STXR"})) word = with_field(word, 30, 2, exclusive_size);
  if (one_of(name, {"LDXP", "STXP"}))
    word = with_field(with_field(word, 5, 5, kPair), 30, 1, exclusive_size & 1);
  if (name.starts_with("CAS")) word = with_field(word, 20, 1, 0);  // Rs is written
  // Rs and Rt2 where the instruction has them; they are all ones elsewhere.
  if (one_of(name, {"STXR", "STXP"})) word = with_field(word, 16, 5, 16 + static_cast<u32>(random.below(8)));
  if (one_of(name, {"LDXP", "STXP"})) word = with_field(word, 10, 5, static_cast<u32>((word & 31) ^ 1));
  return word;
}

u32 tame_system(std::string_view name, u32 word, Random& random, Shape shape) {
  constexpr u32 kRegisters[] = {0x3b4200, 0x3b4400, 0x3b4420};  // NZCV, FPCR, FPSR
  if (name == "MRS" || name == "MSR_reg") {
    const bool read = name == "MRS";
    const u32 reg = kRegisters[random.below(std::size(kRegisters) - shape.blind)];
    // Much of the two others is RES0, some only where there is no AArch32: their states begin a sequence.
    if (!read && reg != 0x3b4200) return 0xd503201f;
    return 0xd5000000 | (read ? reg | 0x200000 : reg & ~0x200000u) | static_cast<u32>(random.below(24));
  }
  if (name == "HINT")
    return with_field(word, 5, 7, random.below(2) ? 0 : 8 + static_cast<u32>(random.below(28)));
  if (has_prefix(name, {"DC_", "IC_"})) return with_field(word, 0, 5, kBase);
  return word;
}

// A direct branch forward by `distance` instructions.
u32 tame_branch(std::string_view name, u32 word, u32 distance) {
  if (one_of(name, {"B", "BL"})) return with_field(word, 0, 26, distance);
  if (one_of(name, {"TBZ", "TBNZ"})) return with_field(word, 5, 14, distance);
  return with_field(word, 5, 19, distance);
}
bool is_branch(std::string_view name) {
  return one_of(name, {"B", "BL", "TBZ", "TBNZ", "CBZ", "CBNZ", "B_cond"});
}

bool is_undefined(u32 word) {
  const u32 code[] = {word, 0xd503201f};
  ir::Block block;
  a64::Aarch64Isa().lift(0x10000, code_bytes(code), {}, block);
  const ir::Inst& end = block.insts.back();
  return end.op == ir::Op::Trap && static_cast<ir::TrapKind>(end.aux) == ir::TrapKind::Undefined;
}

struct Classes {
  std::vector<Line> memory, branches, system, other;
};

const Classes& classes(Core core) {
  static const std::array<Classes, 2> all = [] {
    std::array<Classes, 2> made;
    for (const Core c : {Core::V82, Core::Max})
      for (const Line& line : lines()) {
        if (is_left_out(line.name, c)) continue;
        Classes& k = made[static_cast<usize>(c)];
        if (is_load_store(line.name)) {
          k.memory.push_back(line);
        } else if (is_branch(line.name)) {
          k.branches.push_back(line);
        } else if (one_of(line.name, {"BRK", "HINT", "CLREX", "DSB", "DMB", "ISB", "MRS", "MSR_reg"}) ||
                   has_prefix(line.name, {"DC_", "IC_"})) {
          k.system.push_back(line);
        } else {
          k.other.push_back(line);
        }
      }
    return made;
  }();
  return all[static_cast<usize>(core)];
}

const Line& any(const std::vector<Line>& of, Random& random) {
  return of[random.below(of.size())];
}

// Registers 0 to 23 for what is written, most often the first of them so that values meet: the bases stay as
// they are.
u32 spare_registers(const Line& line, u32 word, Random& random) {
  if (random.below(4)) return word & (~(u32{0x18} << 5 | 0x18) | line.mask);
  return (word & 0x18) == 0x18 ? word & (~u32{0x10} | line.mask) : word;
}

u32 random_instruction(Random& random, Core core, Shape shape, usize rest, u32 exclusive_size) {
  const Classes& k = classes(core);
  for (;;) {
    const u64 kind = random.below(32);
    u32 word;
    if (kind == 0 && rest > 1) {
      const Line& line = any(k.branches, random);
      word = random_word(line, random);
      word = with_field(word, 0, 3, word);
      if (one_of(line.name, {"CBZ", "CBNZ", "TBZ", "TBNZ"})) word = with_field(word, 3, 2, 0);
      word = tame_branch(line.name, word, 1 + static_cast<u32>(random.below(rest - 1)));
    } else if (kind < 2) {
      const Line& line = any(k.system, random);
      if (line.name == "BRK" && random.below(8)) continue;
      word = tame_system(line.name, random_word(line, random), random, shape);
      if (shape.loops && line.name == "MRS") word = with_field(word, 3, 2, 0);
    } else if (kind < 9) {
      const Line& line = any(k.memory, random);
      if (shape.loops && writes_back(line.name)) continue;
      word = tame_memory(line.name, random_word(line, random), random, exclusive_size);
    } else if (kind == 9 && !shape.loops && core == Core::V82 && random.below(8) == 0) {
      word = static_cast<u32>(random.bits());
      // Exclusive and ordered accesses have fields that should be one: QEMU ignores them, here they are
      // UNDEFINED (Arm ARM K1.2.9 leaves the choice).
      if (a64::decode(word) || (word & 0x3f000000) == 0x08000000) continue;
    } else {
      const Line& line = any(k.other, random);
      word = spare_registers(line, random_word(line, random), random);
    }
    // An undefined one ends the sequence: few of them.
    if (is_undefined(word) && (shape.loops || core == Core::Max || random.below(32))) continue;
    // A more specific line may have been hit.
    const a64::Encoding* hit = a64::decode(word);
    if (hit && is_left_out(hit->name, core)) continue;
    return word;
  }
}

State random_state(Random& random, Shape shape) {
  State s;
  for (auto& v : s.v) v = {random.hostile(), random.hostile()};
  for (u64& x : s.x) x = random.hostile();
  s.x[kBase] = s.x[kAtomic] = kMiddle;
  s.x[kPair] = kMiddle + 512;
  if (random.below(8) == 0) s.x[kBase] += random.below(16);     // misaligned
  if (random.below(8) == 0) s.x[kBase] |= random.bits() << 56;  // tagged
  s.x[kIndex] = random.below(4) ? random.below(16) : u64{0} - random.below(16);
  if (shape.loops) s.x[kCounter] = 1 + random.below(1500);
  s.nzcv = random.bits() & 0xf0000000;
  // AHP, DN, FZ, RMode, FZ16; the default half of the time.
  s.fpcr = random.below(2) ? random.bits() & (u64{0x1f} << 22 | u64{1} << 19) : 0;
  s.fpsr = shape.blind ? 0 : random.bits() & 0x0800009f;  // QC, IDC, IXC, UFC, OFC, DZC, IOC
  return s;
}

}  // namespace

Sequence random_sequence(Random& random, Core core, usize length, Shape shape) {
  Sequence s;
  s.state = random_state(random, shape);
  const u32 exclusive_size = static_cast<u32>(random.below(4));
  while (s.body.size() < length)
    s.body.push_back(random_instruction(random, core, shape, length - s.body.size(), exclusive_size));
  if (shape.loops) {
    s.body.push_back(0xd1000400 | kCounter << 5 | kCounter);  // sub x28, x28, #1
    s.body.push_back(0xb5000000 | (static_cast<u32>(-static_cast<s32>(s.body.size())) & 0x7ffff) << 5 |
                     kCounter);  // cbnz x28, start
  }
  return s;
}

std::string listing(const std::vector<u32>& body) {
  std::string text;
  const a64::Aarch64Isa isa;
  for (usize i = 0; i < body.size(); ++i)
    text += fmt::format("  {:08x}  {}\n", body[i],
                        isa.disassemble(i * sizeof(u32), code_bytes(std::span(&body[i], 1))).text);
  return text;
}

}  // namespace veneer::fuzz
