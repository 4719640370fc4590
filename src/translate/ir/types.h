// The types of IR values and the names of the things an instruction may refer to.
#pragma once

#include "base/types.h"

namespace veneer::ir {

// A value's type. Integer arithmetic exists on I32 and I64 only: narrower integers live zero- or
// sign-extended in one of those, as in the registers of every ISA that veneer lifts.
enum class Type : u8 { None, I1, I32, I64, F16, F32, F64, V128, Nzcv };

constexpr bool is_int(Type t) {
  return t == Type::I32 || t == Type::I64;
}
constexpr bool is_float(Type t) {
  return t == Type::F16 || t == Type::F32 || t == Type::F64;
}
constexpr unsigned bit_width(Type t) {
  switch (t) {
    case Type::None: return 0;
    case Type::I1: return 1;
    case Type::F16:
    case Type::Nzcv: return 16;
    case Type::I32:
    case Type::F32: return 32;
    case Type::I64:
    case Type::F64: return 64;
    case Type::V128: return 128;
  }
  return 0;
}

// A guest register, as GetReg and SetReg name it in their immediate.
//   0..31   general registers (A64: 31 is SP; XZR never reaches the IR)
//   32..63  vector/FP registers
//   64..127 the parts of wide registers (CpuState::wide)
//   128     the condition flags
// Both kinds of vector registers are numbered together, from kRegVec0.
using Reg = u8;
constexpr Reg kRegVec0 = 32;
constexpr Reg kRegWide0 = 64;
constexpr Reg kRegNzcv = 128;
constexpr unsigned kRegCount = 129;
constexpr unsigned kVecCount = kRegNzcv - kRegVec0;
constexpr Reg gpr(unsigned n) {
  return static_cast<Reg>(n);
}
constexpr Reg vec(unsigned n) {
  return static_cast<Reg>(kRegVec0 + n);
}
constexpr Reg wide(unsigned part) {
  return static_cast<Reg>(kRegWide0 + part);
}
constexpr bool is_gpr(Reg r) {
  return r < 32;
}
constexpr bool is_vec(Reg r) {
  return r >= kRegVec0 && r < kRegNzcv;
}
constexpr bool is_wide(Reg r) {
  return r >= kRegWide0 && r < kRegNzcv;
}

// Condition codes, numbered as in the A64 encoding (Arm ARM C1.2.4).
enum class Cond : u8 { EQ, NE, CS, CC, MI, PL, VS, VC, HI, LS, GE, LT, GT, LE, AL, NV };
constexpr Cond invert(Cond c) {
  return static_cast<Cond>(static_cast<u8>(c) ^ 1);
}
constexpr bool holds(Cond cond, bool n, bool z, bool c, bool v) {
  switch (cond) {
    case Cond::EQ: return z;
    case Cond::NE: return !z;
    case Cond::CS: return c;
    case Cond::CC: return !c;
    case Cond::MI: return n;
    case Cond::PL: return !n;
    case Cond::VS: return v;
    case Cond::VC: return !v;
    case Cond::HI: return c && !z;
    case Cond::LS: return !c || z;
    case Cond::GE: return n == v;
    case Cond::LT: return n != v;
    case Cond::GT: return !z && n == v;
    case Cond::LE: return z || n != v;
    case Cond::AL:
    case Cond::NV: break;
  }
  return true;
}

// Ordering of a memory access.
enum class Order : u8 {
  Plain,
  Acquire,    // RCsc: LDAR, LDAXR, atomics with A
  AcquirePc,  // RCpc: LDAPR
  Release,    // RCsc: STLR, STLXR, atomics with L
  AcqRel,     // atomics with A and L
};

enum class AtomicOp : u8 { Add, Clr, Eor, Set, Smax, Smin, Umax, Umin, Swp };

enum class Barrier : u8 { Full, Load, Store };

// FP rounding of operations that name one. Current means FPCR.RMode at run time.
enum class Round : u8 { NearestEven, Up, Down, Zero, NearestAway, Current };

// Which 32-bit CRC polynomial etc. are separate ops; these are what Trap carries.
enum class TrapKind : u8 {
  Undefined,    // SIGILL
  Breakpoint,   // BRK #imm16
  FetchFault,   // the instruction at pc cannot be fetched (unmapped or not executable)
  PcAlignment,  // pc is not a multiple of 4
};

// How an indirect or direct branch is meant, for return prediction.
// Refetch: a jump to code that may have been changed before it (ISB, FENCE.I).
enum class BranchKind : u8 { Jump, Call, Return, Refetch };

// System registers and counters read or written through ReadSys/WriteSys.
enum class SysReg : u8 { Fpcr, Fpsr, ThreadPointer, ThreadPointerRo, Counter };

}  // namespace veneer::ir
