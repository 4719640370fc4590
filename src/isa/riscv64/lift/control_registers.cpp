// Zicsr: fcsr and its parts, the counters, and what the vector unit has (Unprivileged ISA, chapters 6, 7, 20.2
// and 31.3).
#include <optional>

#include "isa/riscv64/lift.h"

namespace veneer::rv64 {

namespace {

using ir::SysReg;

enum Csr : u32 {
  kFflags = 0x001,
  kFrm = 0x002,
  kFcsr = 0x003,
  kCsrVstart = 0x008,
  kCsrVxsat = 0x009,
  kCsrVxrm = 0x00a,
  kCsrVcsr = 0x00f,
  kCycle = 0xc00,
  kTime = 0xc01,
  kInstret = 0xc02,
  kHpmcounter3 = 0xc03,
  kHpmcounter31 = 0xc1f,
  kCsrVl = 0xc20,
  kCsrVtype = 0xc21,
  kCsrVlenb = 0xc22
};

Value read(Lifter& l, SysReg reg) {
  return l.b.emit(Op::ReadSys, Type::I64, {}, static_cast<u64>(reg));
}
void write(Lifter& l, SysReg reg, Value v) {
  l.b.emit(Op::WriteSys, Type::None, {v}, static_cast<u64>(reg));
}

// The five exceptions are in the opposite order of FPSR's.
Value reversed(Lifter& l, Value v) {
  return l.b.zext(l.b.shr(l.b.un(Op::Rbit, l.b.trunc(v)), 27));
}
Value read_fflags(Lifter& l) {
  return reversed(l, read(l, SysReg::Fpsr));
}
// What else is in FPSR is vxsat.
void write_fflags(Lifter& l, Value v) {
  const Value others = l.b.and_(read(l, SysReg::Fpsr), l.b.i64(fpsr::kQC));
  write(l, SysReg::Fpsr, l.b.or_(reversed(l, v), others));
}
constexpr unsigned kQcShift = 27;
static_assert(fpsr::kQC == 1u << kQcShift);
Value read_vxsat(Lifter& l) {
  return l.b.un(Op::Ubfx, read(l, SysReg::Fpsr), kQcShift | u64{1} << 8);
}
void write_vxsat(Lifter& l, Value v) {
  const Value fpsr = read(l, SysReg::Fpsr);
  write(l, SysReg::Fpsr, l.b.emit(Op::Bfi, Type::I64, {fpsr, v}, kQcShift | u64{1} << 8));
}
Value read_control(Lifter& l, Control which) {
  return l.b.emit(Op::ReadControl, Type::I64, {}, which);
}
void write_vxrm(Lifter& l, Value v) {
  l.b.emit(Op::WriteControl, Type::None, {l.b.and_(v, l.b.i64(3))}, kVxrm);
  l.vector.vxrm_is_written();
}
// Which changes the mode.
void write_vstart(Lifter& l, Value v) {
  constexpr u64 kWriteVstart = kCsrVstart << 20 | 0x1073;  // csrw vstart
  l.b.execute(kWriteVstart, v, l.b.i64(0));
  l.vector.mode_is_set();
  l.b.branch_any_mode(l.next_pc);
}

Value read_frm(Lifter& l) {
  return l.b.un(Op::Ubfx, read(l, SysReg::Fpcr), fpcr::kFrmShift | u64{3} << 8);
}
// To zero, down and up are 1, 2 and 3, and 3, 2 and 1 in FPCR.
void write_frm(Lifter& l, Value v) {
  const Value frm = l.b.and_(v, l.b.i64(7));
  const Value mode = l.b.and_(l.b.sub(l.b.i64(4), frm), l.b.i64(3));
  Value control = l.b.or_(l.b.shl(frm, fpcr::kFrmShift), l.b.shl(mode, fpcr::kRModeShift));
  control = l.b.or_(control, l.b.shl(l.b.shr(frm, 2), 30));  // ties away from zero
  static_assert(fpcr::kRoundAway == 1u << 30);
  write(l, SysReg::Fpcr, l.b.or_(control, l.b.i64(kFpcr)));
  // The translation of code depends on it.
  l.b.branch(l.next_pc);
}

Value read_vector_csr(Lifter& l, u32 csr) {
  switch (csr) {
    case kCsrVstart: return read_control(l, kVstart);
    case kCsrVxsat: return read_vxsat(l);
    case kCsrVxrm: return read_control(l, kVxrm);
    case kCsrVcsr: return l.b.or_(read_vxsat(l), l.b.shl(read_control(l, kVxrm), 1));
    case kCsrVl: return read_control(l, kVl);
    case kCsrVtype: return read_control(l, kVtype);
    default: return l.b.i64(l.vector.register_bytes());
  }
}

// Nothing of one that there is not.
std::optional<Value> read_csr(Lifter& l, u32 csr) {
  switch (csr) {
    case kFflags:
    case kFrm:
    case kFcsr:
      if (!l.has(Extension::f)) return std::nullopt;
      if (csr == kFflags) return read_fflags(l);
      if (csr == kFrm) return read_frm(l);
      return l.b.or_(read_fflags(l), l.b.shl(read_frm(l), 5));
    case kCycle:
    case kTime:
    case kInstret:
      if (!l.has(Extension::zicntr)) return std::nullopt;
      return read(l, SysReg::Counter);
    case kCsrVstart:
    case kCsrVxsat:
    case kCsrVxrm:
    case kCsrVcsr:
    case kCsrVl:
    case kCsrVtype:
    case kCsrVlenb:
      if (!l.has(Extension::zve32x)) return std::nullopt;
      return read_vector_csr(l, csr);
    default: break;
  }
  // They count nothing.
  if (csr >= kHpmcounter3 && csr <= kHpmcounter31 && l.has(Extension::zihpm)) return l.b.i64(0);
  return std::nullopt;
}
void write_csr(Lifter& l, u32 csr, Value v) {
  if (csr == kFflags || csr == kFcsr) write_fflags(l, v);
  if (csr == kFrm) write_frm(l, v);
  if (csr == kFcsr) write_frm(l, l.b.shr(v, 5));
  if (csr == kCsrVxsat || csr == kCsrVcsr) write_vxsat(l, v);
  if (csr == kCsrVxrm) write_vxrm(l, v);
  if (csr == kCsrVcsr) write_vxrm(l, l.b.shr(v, 1));
  if (csr == kCsrVstart) write_vstart(l, v);
}

enum class Change { Write, Set, Clear };

// `operand`: the register rs1, or, where it is an immediate, its number.
bool access(Lifter& l, Insn i, Change change, Value operand) {
  const u32 csr = i.bits(31, 20);
  const bool writes = change == Change::Write || i.rs1() != 0;
  const bool read_only = csr >> 10 == 3;
  if (writes && read_only) return false;
  const std::optional<Value> had = read_csr(l, csr);
  if (!had) return false;
  const Value old = *had;
  Value fresh = operand;
  if (change == Change::Set) fresh = l.b.or_(old, operand);
  if (change == Change::Clear) fresh = l.b.bin(Op::AndNot, old, operand);
  l.set_x(i.rd(), old);
  if (writes) write_csr(l, csr, fresh);
  return true;
}

}  // namespace

bool lift_CSRRW(Lifter& l, Insn i) {
  return access(l, i, Change::Write, l.x(i.rs1()));
}
bool lift_CSRRS(Lifter& l, Insn i) {
  return access(l, i, Change::Set, l.x(i.rs1()));
}
bool lift_CSRRC(Lifter& l, Insn i) {
  return access(l, i, Change::Clear, l.x(i.rs1()));
}
bool lift_CSRRWI(Lifter& l, Insn i) {
  return access(l, i, Change::Write, l.b.i64(i.rs1()));
}
bool lift_CSRRSI(Lifter& l, Insn i) {
  return access(l, i, Change::Set, l.b.i64(i.rs1()));
}
bool lift_CSRRCI(Lifter& l, Insn i) {
  return access(l, i, Change::Clear, l.b.i64(i.rs1()));
}

}  // namespace veneer::rv64
