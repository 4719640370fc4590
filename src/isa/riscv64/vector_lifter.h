// The vector unit's part of a Lifter: the configuration that code is being lifted for, and register groups as
// 128-bit parts of which some elements are active.
#pragma once

#include <array>
#include <optional>

#include "isa/riscv64/insn.h"
#include "isa/riscv64/vector_type.h"
#include "translate/ir/builder.h"

namespace veneer::rv64 {

using ir::Op;
using ir::Type;
using ir::Value;

class VectorLifter {
 public:
  VectorLifter(ir::Builder& builder, u8 mode, unsigned register_bytes)
      : b(builder), block_mode_{.in = mode, .out = mode}, register_bytes_(register_bytes) {}

  ir::Builder& b;

  // --- the configuration
  // Whoever asks makes the block one for this configuration, unless it has set it itself.
  VectorMode mode();
  const ir::BlockMode& block_mode() const { return block_mode_; }
  unsigned register_bytes() const { return register_bytes_; }
  u64 vlmax() { return mode().vlmax(register_bytes_); }
  // From here on the mode is this; the instruction has written it to CpuState. vl, where it is a number.
  void set_mode(VectorMode mode, std::optional<u64> vl);
  void write_mode(VectorMode mode, std::optional<u64> vl);
  // The mode is known only at the end of the block.
  void mode_is_set() { block_mode_.sets = true; }
  Value vl();
  std::optional<u64> known_vl();
  // Traps at run time where vl is no multiple of so many elements, a power of two.
  void require_vl_multiple(unsigned elements);

  // --- register groups
  unsigned parts_of_register() const { return register_bytes_ / 16; }
  // The parts that hold the elements of SEW-bit, or `bits`-bit, elements up to VLMAX: at least one.
  unsigned parts(unsigned bits) {
    const u64 bytes = vlmax() * bits / 8;
    return bytes <= 16 ? 1 : static_cast<unsigned>(bytes / 16);
  }
  Value part(unsigned reg, unsigned n) { return b.get(ir::wide(reg * parts_of_register() + n), Type::V128); }
  void set_part(unsigned reg, unsigned n, Value v) { b.set(ir::wide(reg * parts_of_register() + n), v); }
  // Bit-wise words of mask registers, of 64 bits.
  Value word(unsigned reg, unsigned n) {
    return b.emit(Op::VGetLane, Type::I64, {part(reg, n / 2)}, n % 2, 64, true);
  }
  void set_word(unsigned reg, unsigned n, Value v) {
    set_part(reg, n / 2, b.emit(Op::VSetLane, Type::V128, {part(reg, n / 2), v}, n % 2, 64, true));
  }

  // --- what is active
  // The bytes of part n, of elements of `bits`, that are in the body; not valid: all of them.
  Value body(unsigned bits, unsigned n);
  // And that v0 has set, where the instruction is masked.
  Value active(Insn i, unsigned bits, unsigned n);
  // Of `count` bytes from part n on.
  Value below(Value count, unsigned n) {
    return b.emit(Op::VBytesBelow, Type::V128, {count}, 16u * n, 8, true);
  }
  Value expanded(unsigned mask, unsigned bits, unsigned n);  // lanes of part n, of the bits of a mask register
  // v, where the element is active.
  void write(Insn i, unsigned bits, unsigned n, Value v) { write_to(i, i.rd(), bits, n, v); }
  void write_to(Insn i, unsigned reg, unsigned bits, unsigned n, Value v);
  // Of word n of a mask, the bits of the body; not valid: all.
  Value body_bits(unsigned n);
  Value active_bits(Insn i, unsigned n);
  unsigned mask_words() { return static_cast<unsigned>((vlmax() + 63) / 64); }
  void write_bits(Insn i, unsigned n, Value bits);

  // --- vxrm (31.3.8), in every lane of `bits`
  // What a result that is rounded down becomes, by one bit that has gone out of it: (result & odd) ^ flipped
  // says whether that adds one.
  struct Rounding {
    Value odd, flipped;  // of the lowest bit
    Value directed;      // ones where it is not to nearest: rdn and rod
  };
  const Rounding& rounding(unsigned bits);
  void vxrm_is_written() { rounding_ = {}; }

  // --- constants
  Value splat(unsigned bits, u64 value);  // in every lane
  Value lanes(u64 low, u64 high);

  // --- what is reserved (31.3.4.2, 31.5.2, 31.5.3)
  // Is there such a group: registers of EMUL (its logarithm), of which `reg` may be the first?
  static bool is_group(unsigned reg, int emul) {
    return emul >= -3 && emul <= 3 && (emul <= 0 || reg % (1u << emul) == 0);
  }
  static unsigned registers(int emul) { return emul > 0 ? 1u << emul : 1; }
  static bool overlap(unsigned a, int emul_a, unsigned c, int emul_c) {
    return a < c + registers(emul_c) && c < a + registers(emul_a);
  }
  // May a result of wider elements be where a source of narrower ones is, and the other way round?
  static bool may_widen(unsigned vd, int emul, unsigned from, int emul_from) {
    return !overlap(vd, emul, from, emul_from) ||
           (emul_from >= 0 && from + registers(emul_from) == vd + registers(emul));
  }
  static bool may_narrow(unsigned vd, int emul, unsigned from, int emul_from) {
    return !overlap(vd, emul, from, emul_from) || vd == from;
  }
  // A register is no source of elements of two widths (31.5.2): a source of the width EEW of a masked
  // instruction is not v0, nor are sources of different widths in one register.
  static bool may_read(Insn i, unsigned reg) { return i.bit(25) || reg != 0; }
  static bool are_apart(unsigned a, int emul_a, unsigned c, int emul_c) {
    return !overlap(a, emul_a, c, emul_c);
  }
  // The mask is not written by what it masks.
  static bool mask_survives(Insn i) { return i.bit(25) || i.rd() != 0; }

 private:
  struct Cached {
    u16 of = 0xffff;  // the value that it was made from
    Value value;
  };

  ir::BlockMode block_mode_;
  unsigned register_bytes_;
  std::optional<u64> known_vl_;
  Value vl_;
  unsigned vl_multiple_ = 1;
  std::array<std::array<Value, 16>, 4> body_{};  // by the logarithm of the element's bytes, and part
  std::array<std::array<Cached, 16>, 4> active_{};
  std::array<std::optional<Rounding>, 4> rounding_{};
};

}  // namespace veneer::rv64
