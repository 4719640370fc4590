// The intermediate representation: straight-line blocks of typed SSA values.
//
// SSA values live within one block; between blocks the guest's registers carry the state, by GetReg and
// SetReg. A region (translate/tier1) is a set of such blocks compiled together.
#pragma once

#include <array>
#include <span>
#include <string_view>
#include <vector>

#include "base/types.h"
#include "translate/ir/types.h"

namespace veneer::ir {

enum class Op : u16 {
#define VENEER_OP(name, sig, props) name,
#include "translate/ir/ops.inc"
#undef VENEER_OP
  Count
};
constexpr usize kOpCount = static_cast<usize>(Op::Count);

enum Prop : u8 { P = 1, S = 2, M = 4, E = 8, X = 16, N = 32, W = 64 };

struct OpInfo {
  u8 props;
  u8 arg_count;
  char result;  // of the signature
};
struct OpText {
  std::string_view name, sig;
};

// Apart from the texts, so that what is looked at for every instruction is in few cache lines.
constexpr std::array<OpInfo, kOpCount> kOps = {{
#define VENEER_OP(name, sig, props) OpInfo{props, static_cast<u8>(sizeof(sig) - 3), (sig)[0]},
#include "translate/ir/ops.inc"
#undef VENEER_OP
}};
constexpr std::array<OpText, kOpCount> kOpTexts = {{
#define VENEER_OP(name, sig, props) OpText{#name, sig},
#include "translate/ir/ops.inc"
#undef VENEER_OP
}};
constexpr const OpInfo& info(Op op) {
  return kOps[static_cast<usize>(op)];
}
constexpr const OpText& text(Op op) {
  return kOpTexts[static_cast<usize>(op)];
}

// Accesses of which imm is a displacement from the address; atomics' and exclusives' is something else.
constexpr bool has_displacement(Op op) {
  switch (op) {
    case Op::Load:
    case Op::Store:
    case Op::LoadF:
    case Op::StoreF:
    case Op::LoadV:
    case Op::StoreV:
    case Op::LoadVMasked:
    case Op::StoreVMasked: return true;
    default: return false;
  }
}

// Operations whose aux is 0 for FPCR's rounding, else 1 + Round.
constexpr bool may_name_rounding(Op op) {
  switch (op) {
    case Op::FAdd:
    case Op::FSub:
    case Op::FMul:
    case Op::FDiv:
    case Op::FSqrt:
    case Op::FMulAdd:
    case Op::FCvt:
    case Op::IntToF: return true;
    default: return false;
  }
}

// An SSA value: the index of the instruction that defines it.
struct Value {
  u16 id = 0xffff;
  constexpr bool valid() const { return id != 0xffff; }
  constexpr bool operator==(const Value&) const = default;
};

struct Inst {
  Op op;
  Type type = Type::None;  // of the result, or of the operands where the signature says so
  u8 esize = 0;            // element or access size in bits (128 fits)
  bool q = false;          // vector: full 128 bits; Load: sign-extend; Const V128: both halves
  u8 aux = 0;              // Order, Round, BranchKind or TrapKind, by op
  std::array<Value, 3> args{};
  u64 imm = 0;

  Order order() const { return static_cast<Order>(aux); }
  Reg reg() const { return static_cast<Reg>(imm); }
};

// The type of the value that an instruction defines; None when it defines none.
inline Type result_type(const Inst& in) {
  switch (info(in.op).result) {
    case 'T': return in.type;
    case 'b': return Type::I1;
    case 'w': return Type::I32;
    case 'x': return Type::I64;
    case 'f': return Type::Nzcv;
    case 'v': return Type::V128;
    default: return Type::None;
  }
}

// Which modes (CpuState::mode) a block is for, and which it leaves behind. Where it neither reads nor sets the
// mode, that is the one it was entered in.
struct BlockMode {
  u8 in = 0;           // what it was lifted for
  u8 out = 0;          // at the end, where the terminator does not say otherwise
  bool reads = false;  // it is for no other mode than `in`
  bool sets = false;   // at the latest at its end
  // Does it do the same when entered in this mode?
  constexpr bool takes(u8 mode) const { return !reads || mode == in; }
  // Where it takes that mode: now it is for it.
  constexpr void enter(u8 mode) {
    in = mode;
    if (!sets) out = mode;
  }
  // Will what follows it, too?
  constexpr bool same_as(u8 mode) const { return mode == in || (sets && !reads); }
};

// A block that is kept elsewhere.
struct BlockView {
  GuestAddr pc = 0, end_pc = 0;
  std::span<const Inst> insts;
};

struct Block {
  GuestAddr pc = 0;      // of the first instruction
  GuestAddr end_pc = 0;  // just past the last one: where a fall-through or a return goes
  u32 guest_insns = 0;
  u8 props = 0;  // all its instructions'
  BlockMode mode;
  std::vector<Inst> insts;  // the last one is a terminator
  std::vector<u8> code;     // what it was made from, where that may change without being named; or empty

  const Inst& operator[](Value v) const { return insts[v.id]; }
  BlockView view() const { return {pc, end_pc, insts}; }
};

// The most IR instructions a block may hold; a lifter ends a block well before it.
constexpr usize kMaxInsts = 4096;

}  // namespace veneer::ir
