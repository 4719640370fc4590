#include "isa/aarch64/isa.h"

#include <cstring>

#include "base/disassembler.h"
#include "isa/aarch64/decoder.h"

namespace veneer::a64 {

namespace {

// Well below what a block may hold: the longest lift of one instruction is some hundred operations.
constexpr usize kMaxBlockOps = ir::kMaxInsts - 1024;

// The whole instructions of some bytes.
class Words {
 public:
  explicit Words(std::span<const u8> bytes) : bytes_(bytes) {}
  usize size() const { return bytes_.size() / sizeof(u32); }
  u32 operator[](usize i) const {
    u32 word = 0;
    std::memcpy(&word, bytes_.data() + i * sizeof word, sizeof word);
    return word;
  }

 private:
  std::span<const u8> bytes_;
};

}  // namespace

void Aarch64Isa::lift(GuestAddr pc, std::span<const u8> bytes, const LiftOptions& options,
                      ir::Block& block) const {
  const Words code(bytes);
  block.pc = pc;
  block.guest_insns = 0;
  ir::Builder b(block);
  Lifter l(b, options, features_);
  usize n = 0;
  while (n < code.size() && n < options.max_insns && b.size() < kMaxBlockOps && !b.terminated()) {
    l.pc = pc + n * sizeof(u32);
    b.insn_start(l.pc);
    const Encoding* encoding = decode(code[n], features_);
    if (!encoding || !encoding->lift(l, Insn{code[n]})) b.trap(ir::TrapKind::Undefined);
    ++n;
  }
  block.end_pc = pc + n * sizeof(u32);
  if (!b.terminated()) b.branch(block.end_pc);
}

namespace {

enum class FlagsEffect { None, Sets, Reads };

// Only instructions of which it is plain are told apart: loads and stores, data processing that leaves NZCV
// alone, and those that set all of it. Of all others it is assumed that they read it.
FlagsEffect flags_effect(u32 w, bool faults_read) {
  switch (w >> 25 & 0xf) {
    case 0x8:
    case 0x9:                                                        // immediates
      if ((w & 0x7f000000) == 0x31000000) return FlagsEffect::Sets;  // ADDS
      if ((w & 0x7f000000) == 0x71000000) return FlagsEffect::Sets;  // SUBS
      if ((w & 0x7f800000) == 0x72000000) return FlagsEffect::Sets;  // ANDS
      return FlagsEffect::None;
    case 0x5:
    case 0xd:                                                         // registers
      if ((w & 0x7f000000) == 0x6a000000) return FlagsEffect::Sets;   // ANDS, BICS
      if ((w & 0x7f000000) == 0x2b000000) return FlagsEffect::Sets;   // ADDS
      if ((w & 0x7f000000) == 0x6b000000) return FlagsEffect::Sets;   // SUBS
      if ((w & 0x1fe00000) == 0x1a000000) return FlagsEffect::Reads;  // with carry
      if ((w & 0x1fe00000) == 0x1a400000) return FlagsEffect::Reads;  // conditional compare
      if ((w & 0x1fe00000) == 0x1a800000) return FlagsEffect::Reads;  // conditional select
      return FlagsEffect::None;
    case 0x4:
    case 0x6:
    case 0xc:
    case 0xe: return faults_read ? FlagsEffect::Reads : FlagsEffect::None;  // loads and stores
    case 0x7:
    case 0xf:                                                         // FP and SIMD
      if ((w & 0xff20fc07) == 0x1e202000) return FlagsEffect::Sets;   // FCMP
      if ((w & 0xff200c00) == 0x1e200c00) return FlagsEffect::Reads;  // FCSEL
      if ((w & 0xff200c00) == 0x1e200400) return FlagsEffect::Reads;  // FCCMP
      if ((w & 0xfffffc00) == 0x1e7e0000) return FlagsEffect::Sets;   // FJCVTZS
      return FlagsEffect::None;
    default: return FlagsEffect::Reads;
  }
}

s64 signed_field(u32 w, unsigned lsb, unsigned width) {
  return static_cast<s32>(w << (32 - lsb - width)) >> (32 - width);
}

// Does it only look like an instruction, by a field with a reserved value?
bool is_undefined(const Aarch64Isa& isa, u32 w) {
  ir::Block block;
  u8 bytes[sizeof w];
  std::memcpy(bytes, &w, sizeof w);
  isa.lift(0, bytes, {}, block);
  const ir::Inst& end = block.insts.back();
  return end.op == Op::Trap && static_cast<ir::TrapKind>(end.aux) == ir::TrapKind::Undefined;
}

// Follows direct branches forward as far as the code goes. `budget`: instructions that may still be looked at.
bool flags_dead(const Aarch64Isa& isa, const Words& code, usize at, bool faults_read, unsigned& budget) {
  while (at < code.size() && budget > 0) {
    --budget;
    const u32 w = code[at];
    if (faults_read && is_undefined(isa, w)) return false;
    if ((w & 0x7c000000) == 0x14000000) {  // B, BL
      const s64 distance = signed_field(w, 0, 26);
      if (distance <= 0) return false;
      at += static_cast<usize>(distance);
      continue;
    }
    if ((w & 0x7c000000) == 0x34000000) {  // CBZ, CBNZ, TBZ, TBNZ
      const s64 distance = w & 0x02000000 ? signed_field(w, 5, 14) : signed_field(w, 5, 19);
      if (distance <= 0 || !flags_dead(isa, code, at + static_cast<usize>(distance), faults_read, budget))
        return false;
      ++at;
      continue;
    }
    switch (flags_effect(w, faults_read)) {
      case FlagsEffect::Sets: return true;
      case FlagsEffect::Reads: return false;
      case FlagsEffect::None: ++at; break;
    }
  }
  return false;
}

}  // namespace

bool Aarch64Isa::flags_dead_at(std::span<const u8> code, bool faults_read) const {
  unsigned budget = faults_read ? 8 : 32;  // there it is rarely far to an access, and each step takes longer
  return flags_dead(*this, Words(code), 0, faults_read, budget);
}

// With TCR_EL1.TBI0 and without TBID0, as Linux has them: bit 55 is copied upwards (Arm ARM J1.1.3,
// AArch64.BranchAddr).
GuestAddr Aarch64Isa::canonical_pc(GuestAddr target) const {
  return static_cast<GuestAddr>(static_cast<s64>(target << 8) >> 8);
}

GuestIsa::Disassembled Aarch64Isa::disassemble(GuestAddr pc, std::span<const u8> code) const {
  Disassembler* disassembler = Disassembler::shared<Disassembler::Isa::Aarch64>();
  if (code.size() < sizeof(u32)) return {"cut off", code.size()};
  const Encoding* encoding = decode(Words(code)[0], features_);
  if (!encoding) return {"undefined", sizeof(u32)};
  if (disassembler)
    if (const auto in = disassembler->decode(code.first(sizeof(u32)), pc); in.length == sizeof(u32))
      return {in.text, in.length};
  return {std::string(encoding->name), sizeof(u32)};
}

}  // namespace veneer::a64
