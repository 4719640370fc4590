#include "translate/ir/builder.h"

#include <algorithm>
#include <bit>

namespace veneer::ir {

namespace {

constexpr u64 mask_to(Type t, u64 v) {
  return bit_width(t) >= 64 ? v : v & ((u64{1} << bit_width(t)) - 1);
}

s64 signed_value(Type t, u64 v) {
  return t == Type::I32 ? static_cast<s32>(v) : static_cast<s64>(v);
}

u64 field_mask(unsigned width) {
  return width >= 64 ? ~u64{0} : (u64{1} << width) - 1;
}

// Ops of two integer operands for which folding pays: what address and constant building is made of.
bool fold_binary(Op op, Type t, u64 a, u64 b, u64 imm, u64& out) {
  unsigned width = bit_width(t);
  unsigned amount = static_cast<unsigned>(b % width);
  switch (op) {
    case Op::Add: out = a + b; break;
    case Op::Sub: out = a - b; break;
    case Op::And: out = a & b; break;
    case Op::Or: out = a | b; break;
    case Op::Xor: out = a ^ b; break;
    case Op::AndNot: out = a & ~b; break;
    case Op::OrNot: out = a | ~b; break;
    case Op::XorNot: out = a ^ ~b; break;
    case Op::Mul: out = a * b; break;
    case Op::Shl: out = a << amount; break;
    case Op::Shr: out = a >> amount; break;
    case Op::Sar: out = static_cast<u64>(signed_value(t, a) >> amount); break;
    case Op::Ror:
      out = t == Type::I32 ? std::rotr(static_cast<u32>(a), static_cast<int>(amount))
                           : std::rotr(a, static_cast<int>(amount));
      break;
    case Op::Bfi: {
      unsigned lsb = imm & 0xff;
      u64 m = field_mask(static_cast<unsigned>(imm >> 8 & 0xff)) << lsb;
      out = (a & ~m) | (b << lsb & m);
      break;
    }
    default: return false;
  }
  out = mask_to(t, out);
  return true;
}

bool fold_unary(Op op, Type t, u64 a, u64 imm, u64& out) {
  switch (op) {
    case Op::Not: out = ~a; break;
    case Op::Neg: out = 0 - a; break;
    case Op::Trunc:
    case Op::ZExt: out = static_cast<u32>(a); break;
    case Op::SExt: out = static_cast<u64>(static_cast<s64>(static_cast<s32>(a))); break;
    case Op::Ubfx: out = a >> (imm & 0xff) & field_mask(static_cast<unsigned>(imm >> 8 & 0xff)); break;
    case Op::Sbfx: {
      unsigned shift = 64 - static_cast<unsigned>(imm >> 8 & 0xff);
      out = static_cast<u64>(static_cast<s64>(a >> (imm & 0xff) << shift) >> shift);
      break;
    }
    default: return false;
  }
  out = mask_to(t, out);
  return true;
}

}  // namespace

Builder::Builder(Block& block) : block_(block) {
  block_.insts.clear();
  block_.insts.reserve(128);
  block_.props = 0;
}

Value Builder::without_upper_bits(Value address) {
  if (!shortened_.value.valid() || shortened_.of != address)
    shortened_ = {address, bin(Op::Sar, bin(Op::Shl, address, ignored_bits_), ignored_bits_)};
  return shortened_.value;
}

Value Builder::fold(Op op, Type type, const std::array<Value, 3>& args, u64 imm) {
  const OpInfo& what = info(op);
  if (!is_int(type) && what.result == 'T') return {};
  const Type t = what.result == 'T' ? type : what.result == 'w' ? Type::I32 : Type::I64;
  const Inst& a = def(args[0]);
  u64 out = 0;
  if (what.arg_count == 1) {
    if (a.op == Op::Const && fold_unary(op, t, a.imm, imm, out)) return constant(t, out);
    if (op == Op::Clz && a.op == Op::Rbit) return emit(Op::Ctz, t, {a.args[0]});
    if (op == Op::SExt && positive(a)) return emit(Op::ZExt, t, {args[0]});
    // Trunc(ZExt(w)) is w.
    if (op == Op::Trunc && (a.op == Op::ZExt || a.op == Op::SExt)) return a.args[0];
    return {};
  }
  const Inst& b = def(args[1]);
  if (op == Op::Or || op == Op::Xor || op == Op::Add)
    if (Value rotated = fold_rotation(t, args[0], args[1]); rotated.valid()) return rotated;
  if (b.op != Op::Const) return {};
  // Bits of the low word are there before it is extended.
  if (op == Op::And && a.op == Op::SExt && b.imm <= 0x7fffffff) {
    const Value word = a.args[0], mask = i32(static_cast<u32>(b.imm));
    return zext(bin(Op::And, word, mask));
  }
  if (a.op == Op::Const && fold_binary(op, t, a.imm, b.imm, imm, out)) return constant(t, out);
  if (op == Op::Shr || op == Op::Sar)
    if (Value field = fold_shifts(op, t, a, b.imm); field.valid()) return field;
  if (b.imm == 0 && what.result == 'T') {
    switch (op) {
      case Op::Add:
      case Op::Sub:
      case Op::Or:
      case Op::Xor:
      case Op::AndNot:
      case Op::Shl:
      case Op::Shr:
      case Op::Sar:
      case Op::Ror: return args[0];
      case Op::And: return constant(t, 0);
      default: break;
    }
  }
  return {};
}

// A shift to the left and then to the right takes a field out: how instruction sets without such instructions
// extend.
Value Builder::fold_shifts(Op op, Type type, const Inst& shifted, u64 right) {
  if (shifted.op != Op::Shl || def(shifted.args[1]).op != Op::Const) return {};
  const u64 width = bit_width(type), left = def(shifted.args[1]).imm;
  if (left == 0 || left >= width || right < left || right >= width) return {};
  const u64 field = (right - left) | (width - right) << 8;
  return emit(op == Op::Shr ? Op::Ubfx : Op::Sbfx, type, {shifted.args[0]}, field);
}

// Does a word that is extended have its sign bit clear?
bool Builder::positive(const Inst& word) const {
  switch (word.op) {
    case Op::Shr: return def(word.args[1]).op == Op::Const && def(word.args[1]).imm % 32 != 0;
    case Op::And: return def(word.args[1]).op == Op::Const && def(word.args[1]).imm <= 0x7fffffff;
    case Op::Ubfx: return (word.imm >> 8 & 0xff) < 32;
    default: return false;
  }
}

// Each time that a word of a register is asked for, it is another Trunc.
bool Builder::same(Value a, Value b) const {
  return a.id == b.id ||
         (def(a).op == Op::Trunc && def(b).op == Op::Trunc && def(a).args[0].id == def(b).args[0].id);
}

// Shifted to the left, and what comes out there from the right: how instruction sets without such instructions
// rotate. They share no bit, so that they are added or combined in any way. Words may have been extended.
Value Builder::fold_rotation(Type type, Value a, Value b) {
  const auto extended = [&](Value v) { return def(v).op == Op::SExt || def(v).op == Op::ZExt; };
  const bool words = type == Type::I64 && extended(a) && extended(b);
  // What is extended by zeros is the half from the right, whose sign bit is clear, or else the sum is no
  // rotation.
  if (words && def(a).op == def(b).op) return {};
  if (words && def(a).op == Op::ZExt) std::swap(a, b);
  if (words) a = def(a).args[0], b = def(b).args[0];
  if (!words && def(a).op == Op::Shr) std::swap(a, b);
  const Inst &left = def(a), &right = def(b);
  if (left.op != Op::Shl || right.op != Op::Shr || !same(left.args[0], right.args[0])) return {};
  const Inst &up = def(left.args[1]), &down = def(right.args[1]);
  if (up.op != Op::Const || down.op != Op::Const || up.imm == 0 || down.imm == 0) return {};
  const Type width = words ? Type::I32 : type;
  if (up.imm + down.imm != bit_width(width)) return {};
  const Value v = left.args[0], by = right.args[1];
  const Value rotated = emit(Op::Ror, width, {v, by});
  return words ? sext(rotated) : rotated;
}

Value Builder::constant(Type type, u64 bits) {
  bits = mask_to(type, bits);
  for (const Constant& c : consts_)
    if (c.bits == bits && c.type == type && type != Type::V128) return c.value;
  const Value v = append(Op::Const, type, {}, bits);
  consts_[next_const_++ % consts_.size()] = {bits, type, v};
  return v;
}

Value Builder::vconst(u64 half, bool both_halves) {
  return emit(Op::Const, Type::V128, {}, half, 0, both_halves);
}

// What is not at hand with this type.
Value Builder::get_other(Reg reg, Type type) {
  Value cur = current_[reg];
  if (is_gpr(reg)) {
    if (!cur.valid()) cur = current_[reg] = emit(Op::GetReg, Type::I64, {}, reg);
    Type have = type_of(cur);
    if (have == type) return cur;
    return type == Type::I64 ? current_[reg] = zext(cur) : trunc(cur);
  }
  if (!cur.valid()) return current_[reg] = emit(Op::GetReg, type, {}, reg);
  Type have = type_of(cur);
  if (have == type || !is_vec(reg)) return cur;
  if (have == Type::V128) return emit(Op::VToF, type, {cur});
  // A scalar that was read says nothing of the rest of the register; one that was written zeroed it.
  if (def(cur).op == Op::GetReg) {
    Value fresh = emit(Op::GetReg, type, {}, reg);
    if (bit_width(type) > bit_width(have)) current_[reg] = fresh;
    return fresh;
  }
  Value whole = emit(Op::FToV, Type::V128, {cur});
  if (type == Type::V128) return current_[reg] = whole;
  return emit(Op::VToF, type, {whole});
}

void Builder::set(Reg reg, Value v) {
  emit(Op::SetReg, type_of(v), {v}, reg);
  // A GetReg of another register is a fine name for this one's contents too, but a narrow vector read is not:
  // get() would take it for a read of `reg` itself.
  if (is_vec(reg) && def(v).op == Op::GetReg && type_of(v) != Type::V128) {
    current_[reg] = emit(Op::FToV, Type::V128, {v});
    return;
  }
  current_[reg] = v;
}

void Builder::insn_start(GuestAddr pc) {
  ++block_.guest_insns;
  append(Op::InsnStart, Type::None, {}, pc);
}

Value Builder::shl(Value a, unsigned n) {
  return bin(Op::Shl, a, constant(type_of(a), n));
}
Value Builder::shr(Value a, unsigned n) {
  return bin(Op::Shr, a, constant(type_of(a), n));
}
Value Builder::sar(Value a, unsigned n) {
  return bin(Op::Sar, a, constant(type_of(a), n));
}
Value Builder::zext(Value w) {
  return emit(Op::ZExt, Type::I64, {w});
}
Value Builder::sext(Value w) {
  return emit(Op::SExt, Type::I64, {w});
}
Value Builder::trunc(Value x) {
  return emit(Op::Trunc, Type::I32, {x});
}

Value Builder::flags(Op op, Value a, Value b, Value carry) {
  return emit(op, type_of(a), {a, b, carry});
}
Value Builder::cond(Cond c) {
  if (c == Cond::AL || c == Cond::NV) return i1(true);
  const Inst flags = def(get(kRegNzcv, Type::Nzcv));
  // Of a conditional comparison: from both conditions, without the flags in between.
  if (flags.op == Op::FlagsSelect && def(flags.args[2]).op == Op::FlagsPack &&
      is_const(def(flags.args[2]).args[0])) {
    const u64 nzcv = def(def(flags.args[2]).args[0]).imm >> 28;
    const bool otherwise = holds(c, nzcv & 8, nzcv & 4, nzcv & 2, nzcv & 1);
    const Cond wanted = otherwise ? invert(c) : c;
    const Value compared = emit(Op::CondTest, Type::I1, {flags.args[1]}, static_cast<u64>(wanted));
    const Value both = emit(Op::BoolAnd, Type::I1, {flags.args[0], compared});
    return otherwise ? emit(Op::BoolNot, Type::I1, {both}) : both;
  }
  return emit(Op::CondTest, Type::I1, {get(kRegNzcv, Type::Nzcv)}, static_cast<u64>(c));
}
Value Builder::select(Value c, Value a, Value b) {
  if (is_const(c)) return def(c).imm ? a : b;
  return emit(Op::Select, type_of(a), {c, a, b});
}

Value Builder::load(Type type, unsigned bits, Value base, s64 disp, bool sign, Order o) {
  return emit(Op::Load, type, {base}, static_cast<u64>(disp), static_cast<u8>(bits), sign, static_cast<u8>(o));
}
void Builder::store(unsigned bits, Value base, Value v, s64 disp, Order o) {
  emit(Op::Store, type_of(v), {base, v}, static_cast<u64>(disp), static_cast<u8>(bits), false,
       static_cast<u8>(o));
}
Value Builder::load_f(Type type, Value base, s64 disp) {
  return emit(Op::LoadF, type, {base}, static_cast<u64>(disp), static_cast<u8>(bit_width(type)));
}
void Builder::store_f(Value base, Value v, s64 disp) {
  emit(Op::StoreF, type_of(v), {base, v}, static_cast<u64>(disp), static_cast<u8>(bit_width(type_of(v))));
}
Value Builder::load_v(Value base, s64 disp) {
  return emit(Op::LoadV, Type::V128, {base}, static_cast<u64>(disp), 128, true);
}
void Builder::store_v(Value base, Value v, s64 disp) {
  emit(Op::StoreV, Type::V128, {base, v}, static_cast<u64>(disp), 128, true);
}

void Builder::forget_wide() {
  std::fill(current_.begin() + kRegWide0, current_.begin() + kRegNzcv, Value{});
}
void Builder::access_elements(unsigned bits, const ElementAccess& access, Value at, Value distance,
                              Value count) {
  emit(Op::AccessElements, Type::None, {at, distance, count}, access.pack(), static_cast<u8>(bits), false,
       access.index_bytes);
  if (!access.stores) forget_wide();
}
Value Builder::pack_wide(unsigned bits, u32 from, u32 to, Value chosen, Value count) {
  const Value packed =
      emit(Op::PackWide, Type::I64, {chosen, count}, from | u64{to} << 32, static_cast<u8>(bits));
  forget_wide();
  return packed;
}
Value Builder::execute(u64 insn, Value a, Value b) {
  const Value result = emit(Op::Execute, Type::I64, {a, b}, insn);
  forget_wide();
  return result;
}

Value Builder::v1(Op op, unsigned esize, bool q, Value a, u64 imm, u8 aux) {
  return emit(op, Type::V128, {a}, imm, static_cast<u8>(esize), q, aux);
}
Value Builder::v2(Op op, unsigned esize, bool q, Value a, Value b, u64 imm, u8 aux) {
  return emit(op, Type::V128, {a, b}, imm, static_cast<u8>(esize), q, aux);
}
Value Builder::v3(Op op, unsigned esize, bool q, Value a, Value b, Value c, u64 imm, u8 aux) {
  return emit(op, Type::V128, {a, b, c}, imm, static_cast<u8>(esize), q, aux);
}

void Builder::branch(GuestAddr target, BranchKind kind) {
  emit(Op::Branch, Type::None, {}, target, 0, false, static_cast<u8>(kind));
}
void Builder::branch_cond(Value c, GuestAddr target) {
  emit(Op::BranchCond, Type::None, {c}, target);
}
void Builder::branch_ind(Value target, BranchKind kind) {
  emit(Op::BranchInd, Type::None, {target}, 0, 0, false, static_cast<u8>(kind));
}
void Builder::branch_mode(Value c, GuestAddr target, u8 when_true, u8 otherwise) {
  emit(Op::BranchMode, Type::None, {c}, target, otherwise, false, when_true);
}
void Builder::branch_any_mode(GuestAddr target) {
  emit(Op::BranchAnyMode, Type::None, {}, target);
}
void Builder::trap(TrapKind kind, u64 imm) {
  emit(Op::Trap, Type::None, {}, imm, 0, false, static_cast<u8>(kind));
}
void Builder::syscall(u64 imm) {
  emit(Op::Syscall, Type::None, {}, imm);
}

}  // namespace veneer::ir
