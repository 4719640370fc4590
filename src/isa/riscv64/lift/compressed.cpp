// C, Zcb and Zcmop (Unprivileged ISA, chapters 26, 27 and 8).
#include "isa/riscv64/lift.h"
#include "isa/riscv64/lift/operations.h"

namespace veneer::rv64 {

// --- loads and stores --------------------------------------------------------------------------------------

#define LOAD(name, bits, is_signed, offset)                        \
  bool lift_##name(Lifter& l, Insn16 i) {                          \
    load(l, i.rd_low(), i.rs1_low(), i.offset(), bits, is_signed); \
    return true;                                                   \
  }
LOAD(C_LW, 32, true, word_offset)
LOAD(C_LD, 64, false, double_offset)
LOAD(C_LBU, 8, false, byte_offset)
LOAD(C_LHU, 16, false, half_offset)
LOAD(C_LH, 16, true, half_offset)
#undef LOAD

#define STORE(name, bits, offset)                        \
  bool lift_##name(Lifter& l, Insn16 i) {                \
    store(l, i.rs1_low(), i.offset(), i.rd_low(), bits); \
    return true;                                         \
  }
STORE(C_SW, 32, word_offset)
STORE(C_SD, 64, double_offset)
STORE(C_SB, 8, byte_offset)
STORE(C_SH, 16, half_offset)
#undef STORE

bool lift_C_LWSP(Lifter& l, Insn16 i) {
  if (i.rd() == 0) return false;
  load(l, i.rd(), kSp, i.lwsp_offset(), 32, true);
  return true;
}
bool lift_C_LDSP(Lifter& l, Insn16 i) {
  if (i.rd() == 0) return false;
  load(l, i.rd(), kSp, i.ldsp_offset(), 64, false);
  return true;
}
bool lift_C_SWSP(Lifter& l, Insn16 i) {
  store(l, kSp, i.swsp_offset(), i.rs2(), 32);
  return true;
}
bool lift_C_SDSP(Lifter& l, Insn16 i) {
  store(l, kSp, i.sdsp_offset(), i.rs2(), 64);
  return true;
}

// --- arithmetic with immediates ----------------------------------------------------------------------------

// With an immediate of 0 it is reserved; of all zeros it is the illegal instruction.
bool lift_C_ADDI4SPN(Lifter& l, Insn16 i) {
  if (i.addi4spn_imm() == 0) return false;
  l.set_x(i.rd_low(), add_immediate(l, kSp, i.addi4spn_imm()));
  return true;
}
bool lift_C_ADDI(Lifter& l, Insn16 i) {
  l.set_x(i.rd(), add_immediate(l, i.rd(), i.ci_imm()));
  return true;
}
bool lift_C_ADDIW(Lifter& l, Insn16 i) {
  if (i.rd() == 0) return false;
  l.set_x(i.rd(), add_immediate_word(l, i.rd(), i.ci_imm()));
  return true;
}
bool lift_C_LI(Lifter& l, Insn16 i) {
  l.set_x(i.rd(), l.b.i64(static_cast<u64>(i.ci_imm())));
  return true;
}
bool lift_C_LUI(Lifter& l, Insn16 i) {
  if (i.lui_imm() == 0) return false;
  l.set_x(i.rd(), l.b.i64(static_cast<u64>(i.lui_imm())));
  return true;
}
bool lift_C_ADDI16SP(Lifter& l, Insn16 i) {
  if (i.addi16sp_imm() == 0) return false;
  l.set_x(kSp, add_immediate(l, kSp, i.addi16sp_imm()));
  return true;
}
bool lift_C_SLLI(Lifter& l, Insn16 i) {
  l.set_x(i.rd(), l.b.shl(l.x(i.rd()), i.shamt()));
  return true;
}
bool lift_C_SRLI(Lifter& l, Insn16 i) {
  l.set_x(i.rs1_low(), l.b.shr(l.x(i.rs1_low()), i.shamt()));
  return true;
}
bool lift_C_SRAI(Lifter& l, Insn16 i) {
  l.set_x(i.rs1_low(), l.b.sar(l.x(i.rs1_low()), i.shamt()));
  return true;
}
bool lift_C_ANDI(Lifter& l, Insn16 i) {
  l.set_x(i.rs1_low(), l.b.and_(l.x(i.rs1_low()), l.b.i64(static_cast<u64>(i.ci_imm()))));
  return true;
}

// --- arithmetic of registers -------------------------------------------------------------------------------

#define REGISTERS(name, op, source)                                                     \
  bool lift_##name(Lifter& l, Insn16 i) {                                               \
    l.set_x(i.rs1_low(), l.b.bin(Op::op, l.source(i.rs1_low()), l.source(i.rd_low()))); \
    return true;                                                                        \
  }
REGISTERS(C_SUB, Sub, x)
REGISTERS(C_XOR, Xor, x)
REGISTERS(C_OR, Or, x)
REGISTERS(C_AND, And, x)
REGISTERS(C_SUBW, Sub, w)
REGISTERS(C_ADDW, Add, w)
#undef REGISTERS

bool lift_C_MUL(Lifter& l, Insn16 i) {
  if (!l.has(Extension::m)) return false;
  l.set_x(i.rs1_low(), l.b.bin(Op::Mul, l.x(i.rs1_low()), l.x(i.rd_low())));
  return true;
}

bool lift_C_MV(Lifter& l, Insn16 i) {
  l.set_x(i.rd(), l.x(i.rs2()));
  return true;
}
bool lift_C_ADD(Lifter& l, Insn16 i) {
  l.set_x(i.rd(), l.b.add(l.x(i.rd()), l.x(i.rs2())));
  return true;
}

// Of Zcb, where there is the longer instruction's extension, too.
#define EXTEND(name, op, bits, also)                                        \
  bool lift_##name(Lifter& l, Insn16 i) {                                   \
    if (!l.has(Extension::also)) return false;                              \
    l.set_x(i.rs1_low(), l.b.un(Op::op, l.x(i.rs1_low()), u64{bits} << 8)); \
    return true;                                                            \
  }
EXTEND(C_ZEXT_B, Ubfx, 8, zcb)
EXTEND(C_SEXT_B, Sbfx, 8, zbb)
EXTEND(C_ZEXT_H, Ubfx, 16, zbb)
EXTEND(C_SEXT_H, Sbfx, 16, zbb)
EXTEND(C_ZEXT_W, Ubfx, 32, zba)
#undef EXTEND

bool lift_C_NOT(Lifter& l, Insn16 i) {
  l.set_x(i.rs1_low(), l.b.un(Op::Not, l.x(i.rs1_low())));
  return true;
}

// --- control -----------------------------------------------------------------------------------------------

bool lift_C_J(Lifter& l, Insn16 i) {
  jump(l, kZero, l.pc + static_cast<u64>(i.j_imm()));
  return true;
}
bool lift_C_BEQZ(Lifter& l, Insn16 i) {
  branch(l, l.compare(Op::CmpEq, l.x(i.rs1_low()), l.b.i64(0)), l.pc + static_cast<u64>(i.b_imm()));
  return true;
}
bool lift_C_BNEZ(Lifter& l, Insn16 i) {
  branch(l, l.compare(Op::CmpNe, l.x(i.rs1_low()), l.b.i64(0)), l.pc + static_cast<u64>(i.b_imm()));
  return true;
}
bool lift_C_JR(Lifter& l, Insn16 i) {
  if (i.rd() == 0) return false;
  jump_register(l, kZero, i.rd(), 0);
  return true;
}
bool lift_C_JALR(Lifter& l, Insn16 i) {
  jump_register(l, kRa, i.rd(), 0);
  return true;
}
bool lift_C_EBREAK(Lifter& l, Insn16 /*i*/) {
  l.b.trap(ir::TrapKind::Breakpoint);
  return true;
}

// A may-be-operation that no extension has redefined writes nothing.
bool lift_C_MOP(Lifter& /*l*/, Insn16 /*i*/) {
  return true;
}

}  // namespace veneer::rv64
