// RV64I (Unprivileged ISA, chapters 2 and 4).
#include "isa/riscv64/lift.h"
#include "isa/riscv64/lift/operations.h"

namespace veneer::rv64 {

// --- addresses and jumps -----------------------------------------------------------------------------------

bool lift_LUI(Lifter& l, Insn i) {
  l.set_x(i.rd(), l.b.i64(static_cast<u64>(i.u_imm())));
  return true;
}
bool lift_AUIPC(Lifter& l, Insn i) {
  l.set_x(i.rd(), l.b.i64(l.pc + static_cast<u64>(i.u_imm())));
  return true;
}
bool lift_JAL(Lifter& l, Insn i) {
  jump(l, i.rd(), l.pc + static_cast<u64>(i.j_imm()));
  return true;
}
bool lift_JALR(Lifter& l, Insn i) {
  jump_register(l, i.rd(), i.rs1(), i.i_imm());
  return true;
}

#define BRANCH(name, op, inverted)                                  \
  bool lift_##name(Lifter& l, Insn i) {                             \
    Value taken = l.compare(Op::op, l.x(i.rs1()), l.x(i.rs2()));    \
    if (inverted) taken = l.b.emit(Op::BoolNot, Type::I1, {taken}); \
    branch(l, taken, l.pc + static_cast<u64>(i.b_imm()));           \
    return true;                                                    \
  }
BRANCH(BEQ, CmpEq, false)
BRANCH(BNE, CmpNe, false)
BRANCH(BLT, CmpLtS, false)
BRANCH(BGE, CmpLtS, true)
BRANCH(BLTU, CmpLtU, false)
BRANCH(BGEU, CmpLtU, true)
#undef BRANCH

// --- loads and stores --------------------------------------------------------------------------------------

#define LOAD(name, bits, is_signed)                       \
  bool lift_##name(Lifter& l, Insn i) {                   \
    load(l, i.rd(), i.rs1(), i.i_imm(), bits, is_signed); \
    return true;                                          \
  }
LOAD(LB, 8, true)
LOAD(LH, 16, true)
LOAD(LW, 32, true)
LOAD(LD, 64, false)
LOAD(LBU, 8, false)
LOAD(LHU, 16, false)
LOAD(LWU, 32, false)
#undef LOAD

#define STORE(name, bits)                        \
  bool lift_##name(Lifter& l, Insn i) {          \
    store(l, i.rs1(), i.s_imm(), i.rs2(), bits); \
    return true;                                 \
  }
STORE(SB, 8)
STORE(SH, 16)
STORE(SW, 32)
STORE(SD, 64)
#undef STORE

// --- arithmetic --------------------------------------------------------------------------------------------

bool lift_ADDI(Lifter& l, Insn i) {
  l.set_x(i.rd(), add_immediate(l, i.rs1(), i.i_imm()));
  return true;
}
bool lift_ADDIW(Lifter& l, Insn i) {
  l.set_x(i.rd(), add_immediate_word(l, i.rs1(), i.i_imm()));
  return true;
}

#define IMMEDIATE(name, op)                                                      \
  bool lift_##name(Lifter& l, Insn i) {                                          \
    l.set_x(i.rd(), l.b.op(l.x(i.rs1()), l.b.i64(static_cast<u64>(i.i_imm())))); \
    return true;                                                                 \
  }
IMMEDIATE(XORI, xor_)
IMMEDIATE(ORI, or_)
IMMEDIATE(ANDI, and_)
#undef IMMEDIATE

#define SET_IF_LESS(name, op, operand)                                      \
  bool lift_##name(Lifter& l, Insn i) {                                     \
    l.set_x(i.rd(), l.bool_to_x(l.compare(Op::op, l.x(i.rs1()), operand))); \
    return true;                                                            \
  }
SET_IF_LESS(SLT, CmpLtS, l.x(i.rs2()))
SET_IF_LESS(SLTU, CmpLtU, l.x(i.rs2()))
SET_IF_LESS(SLTI, CmpLtS, l.b.i64(static_cast<u64>(i.i_imm())))
SET_IF_LESS(SLTIU, CmpLtU, l.b.i64(static_cast<u64>(i.i_imm())))
#undef SET_IF_LESS

#define SHIFT_IMMEDIATE(name, shift, source, width)                          \
  bool lift_##name(Lifter& l, Insn i) {                                      \
    l.set_x(i.rd(), l.b.shift(l.source(i.rs1()), i.bits(19 + (width), 20))); \
    return true;                                                             \
  }
SHIFT_IMMEDIATE(SLLI, shl, x, 6)
SHIFT_IMMEDIATE(SRLI, shr, x, 6)
SHIFT_IMMEDIATE(SRAI, sar, x, 6)
SHIFT_IMMEDIATE(SLLIW, shl, w, 5)
SHIFT_IMMEDIATE(SRLIW, shr, w, 5)
SHIFT_IMMEDIATE(SRAIW, sar, w, 5)
#undef SHIFT_IMMEDIATE

#define REGISTERS(name, op, source)                                         \
  bool lift_##name(Lifter& l, Insn i) {                                     \
    l.set_x(i.rd(), l.b.bin(Op::op, l.source(i.rs1()), l.source(i.rs2()))); \
    return true;                                                            \
  }
REGISTERS(ADD, Add, x)
REGISTERS(SUB, Sub, x)
REGISTERS(SLL, Shl, x)
REGISTERS(XOR, Xor, x)
REGISTERS(SRL, Shr, x)
REGISTERS(SRA, Sar, x)
REGISTERS(OR, Or, x)
REGISTERS(AND, And, x)
REGISTERS(ADDW, Add, w)
REGISTERS(SUBW, Sub, w)
REGISTERS(SLLW, Shl, w)
REGISTERS(SRLW, Shr, w)
REGISTERS(SRAW, Sar, w)
#undef REGISTERS

// --- memory order, environment -----------------------------------------------------------------------------

// x86 keeps all orders but that of a store before a load (and I/O, which a program does not have).
bool lift_FENCE(Lifter& l, Insn i) {
  constexpr u32 kWrites = 1, kReads = 2, kTso = 8;
  if (i.bits(31, 28) == kTso) return true;
  if ((i.bits(27, 24) & kWrites) && (i.bits(23, 20) & kReads))
    l.b.emit(Op::Fence, Type::None, {}, static_cast<u64>(ir::Barrier::Full));
  return true;
}
bool lift_FENCE_I(Lifter& l, Insn /*i*/) {
  l.b.emit(Op::IcInvalidateChanged, Type::None);
  l.b.branch(l.next_pc, ir::BranchKind::Refetch);
  return true;
}
bool lift_ECALL(Lifter& l, Insn /*i*/) {
  l.b.syscall(0);
  return true;
}
bool lift_EBREAK(Lifter& l, Insn /*i*/) {
  l.b.trap(ir::TrapKind::Breakpoint);
  return true;
}

}  // namespace veneer::rv64
