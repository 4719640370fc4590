// One RISC-V instruction and the fields that recur across its formats (Unprivileged ISA 2.2, 2.3 and 26.2).
#pragma once

#include "base/types.h"

namespace veneer::rv64 {

struct Insn {
  u32 raw = 0;

  constexpr u32 bits(unsigned hi, unsigned lo) const { return raw >> lo & ((u64{1} << (hi - lo + 1)) - 1); }
  constexpr bool bit(unsigned n) const { return raw >> n & 1; }

  constexpr unsigned rd() const { return bits(11, 7); }
  constexpr unsigned rs1() const { return bits(19, 15); }
  constexpr unsigned rs2() const { return bits(24, 20); }
  constexpr unsigned rs3() const { return bits(31, 27); }
  constexpr unsigned rm() const { return bits(14, 12); }

  constexpr s64 i_imm() const { return static_cast<s32>(raw) >> 20; }
  constexpr s64 s_imm() const { return extend(bits(31, 25) << 5 | bits(11, 7), 12); }
  constexpr s64 b_imm() const {
    return extend(bits(31, 31) << 12 | bits(7, 7) << 11 | bits(30, 25) << 5 | bits(11, 8) << 1, 13);
  }
  constexpr s64 u_imm() const { return static_cast<s32>(raw & 0xfffff000); }
  constexpr s64 j_imm() const {
    return extend(bits(31, 31) << 20 | bits(19, 12) << 12 | bits(20, 20) << 11 | bits(30, 21) << 1, 21);
  }

  static constexpr s64 extend(u32 value, unsigned width) {
    return static_cast<s64>(static_cast<u64>(value) << (64 - width)) >> (64 - width);
  }
};

// An instruction of 16 bits. Registers of three bits name x8 to x15.
struct Insn16 {
  u32 raw = 0;

  constexpr u32 bits(unsigned hi, unsigned lo) const { return Insn{raw}.bits(hi, lo); }
  constexpr bool bit(unsigned n) const { return raw >> n & 1; }

  constexpr unsigned rd() const { return bits(11, 7); }
  constexpr unsigned rs2() const { return bits(6, 2); }
  constexpr unsigned rd_low() const { return 8 + bits(4, 2); }   // rd', or rs2'
  constexpr unsigned rs1_low() const { return 8 + bits(9, 7); }  // rs1', or rd' of arithmetic

  constexpr s64 ci_imm() const { return Insn::extend(bits(12, 12) << 5 | bits(6, 2), 6); }
  constexpr u32 shamt() const { return bits(12, 12) << 5 | bits(6, 2); }
  constexpr s64 lui_imm() const { return ci_imm() * 4096; }
  constexpr s64 addi16sp_imm() const {
    return Insn::extend(
        bits(12, 12) << 9 | bits(4, 3) << 7 | bits(5, 5) << 6 | bits(2, 2) << 5 | bits(6, 6) << 4, 10);
  }
  constexpr u32 addi4spn_imm() const {
    return bits(10, 7) << 6 | bits(12, 11) << 4 | bits(5, 5) << 3 | bits(6, 6) << 2;
  }
  constexpr u32 word_offset() const { return bits(5, 5) << 6 | bits(12, 10) << 3 | bits(6, 6) << 2; }
  constexpr u32 double_offset() const { return bits(6, 5) << 6 | bits(12, 10) << 3; }
  constexpr u32 lwsp_offset() const { return bits(3, 2) << 6 | bits(12, 12) << 5 | bits(6, 4) << 2; }
  constexpr u32 ldsp_offset() const { return bits(4, 2) << 6 | bits(12, 12) << 5 | bits(6, 5) << 3; }
  constexpr u32 swsp_offset() const { return bits(8, 7) << 6 | bits(12, 9) << 2; }
  constexpr u32 sdsp_offset() const { return bits(9, 7) << 6 | bits(12, 10) << 3; }
  constexpr u32 byte_offset() const { return bits(5, 5) << 1 | bits(6, 6); }
  constexpr u32 half_offset() const { return bits(5, 5) << 1; }
  constexpr s64 j_imm() const {
    return Insn::extend(bits(12, 12) << 11 | bits(8, 8) << 10 | bits(10, 9) << 8 | bits(6, 6) << 7 |
                            bits(7, 7) << 6 | bits(2, 2) << 5 | bits(11, 11) << 4 | bits(5, 3) << 1,
                        12);
  }
  constexpr s64 b_imm() const {
    return Insn::extend(
        bits(12, 12) << 8 | bits(6, 5) << 6 | bits(2, 2) << 5 | bits(11, 10) << 3 | bits(4, 3) << 1, 9);
  }
};

}  // namespace veneer::rv64
