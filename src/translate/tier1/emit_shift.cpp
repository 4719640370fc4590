// Shifts, bit fields, bit counts, byte reversals and CRCs.
#include <utility>

#include "translate/tier1/emit.h"

namespace veneer::tier1 {

namespace {

using Id = x86::Inst::Id;

Gp sized(const Inst& in, Gp r) {
  return in.type == Type::I32 ? r.r32() : r;
}
unsigned width(const Inst& in) {
  return ir::bit_width(in.type);
}
unsigned lsb(const Inst& in) {
  return static_cast<unsigned>(in.imm & 0xff);
}
unsigned field(const Inst& in) {
  return static_cast<unsigned>(in.imm >> 8 & 0xff);
}

// By a constant, by BMI2's three-operand form where there is one, or by cl.
void shift(Emitter& e, const Inst& in, Value v, Id by_cl, Id bmi2) {
  u64 n;
  if (e.const_any(in.args[1], n)) {
    e.clobber_flags();
    const Gp d = e.def_gp_copy(v, in.args[0]);
    const unsigned amount = static_cast<unsigned>(n % width(in));
    if (amount) e.a.emit(by_cl, sized(in, d), asmjit::Imm(amount));
    if (amount && in.type == Type::I32) e.mark_clean(v);
    return;
  }
  if (bmi2 != x86::Inst::kIdNone && e.host.bmi2) {
    const Gp amount = e.use_gp(in.args[1]), x = e.use_gp(in.args[0]);
    const Gp d = e.def_gp(v);
    e.a.emit(bmi2, sized(in, d), sized(in, x), sized(in, amount));
    if (in.type == Type::I32) e.mark_clean(v);
    return;
  }
  e.clobber_flags();
  const Gp rcx = e.take_gp(kRcx);
  e.a.mov(rcx.r32(), e.use_gp(in.args[1]).r32());
  const Gp d = e.def_gp_copy(v, in.args[0]);
  e.a.emit(by_cl, sized(in, d), x86::cl);
}

}  // namespace

void emit_Shl(Emitter& e, const Inst& in, Value v) {
  shift(e, in, v, x86::Inst::kIdShl, x86::Inst::kIdShlx);
}
void emit_Shr(Emitter& e, const Inst& in, Value v) {
  shift(e, in, v, x86::Inst::kIdShr, x86::Inst::kIdShrx);
}
void emit_Sar(Emitter& e, const Inst& in, Value v) {
  shift(e, in, v, x86::Inst::kIdSar, x86::Inst::kIdSarx);
}
void emit_Ror(Emitter& e, const Inst& in, Value v) {
  u64 n;
  if (e.host.bmi2 && e.const_any(in.args[1], n)) {
    const Gp x = e.use_gp(in.args[0]);
    const Gp d = e.def_gp(v);
    e.a.rorx(sized(in, d), sized(in, x), static_cast<unsigned>(n % width(in)));
    if (in.type == Type::I32) e.mark_clean(v);
    return;
  }
  shift(e, in, v, x86::Inst::kIdRor, x86::Inst::kIdNone);
}

namespace {

void count_leading(Emitter& e, const Inst& in, Gp d, Gp x) {
  if (e.host.lzcnt) {
    e.a.lzcnt(sized(in, d), sized(in, x));
    return;
  }
  // BSR leaves its destination alone when the source is zero: 2 * width - 1 makes the XOR give the width.
  const Gp t = e.temp_gp();
  e.a.mov(t.r32(), 2 * width(in) - 1);
  e.a.bsr(sized(in, d), sized(in, x));
  e.a.cmovz(sized(in, d), sized(in, t));
  e.a.xor_(d.r32(), width(in) - 1);
}

}  // namespace

void emit_Clz(Emitter& e, const Inst& in, Value v) {
  e.clobber_flags();
  const Gp x = e.use_gp(in.args[0]);
  count_leading(e, in, e.def_gp(v), x);
}

void emit_Ctz(Emitter& e, const Inst& in, Value v) {
  e.clobber_flags();
  const Gp x = e.use_gp(in.args[0]);
  const Gp d = e.def_gp_early(v);
  if (e.host.bmi1) {
    e.a.tzcnt(sized(in, d), sized(in, x));
    return;
  }
  // BSF leaves its destination alone when the source is zero.
  e.a.mov(d.r32(), width(in));
  e.a.bsf(sized(in, d), sized(in, x));
}

void emit_Popcount(Emitter& e, const Inst& in, Value v) {
  e.clobber_flags();
  const Gp x = e.use_gp(in.args[0]);
  e.a.popcnt(sized(in, e.def_gp(v)), sized(in, x));
}

// Bytes are reversed by BSWAP; then nibbles, pairs and bits within them.
void emit_Rbit(Emitter& e, const Inst& in, Value v) {
  e.clobber_flags();
  const Gp mask = e.temp_gp(), t = e.temp_gp();
  const Gp d = e.def_gp_copy(v, in.args[0]);
  e.a.bswap(sized(in, d));
  constexpr std::pair<unsigned, u64> kSteps[] = {
      {4, 0x0f0f0f0f0f0f0f0f}, {2, 0x3333333333333333}, {1, 0x5555555555555555}};
  for (const auto& [bits, half] : kSteps) {
    in.type == Type::I32 ? e.a.mov(mask.r32(), static_cast<u32>(half)) : e.a.mov(mask, half);
    e.a.mov(sized(in, t), sized(in, d));
    e.a.shr(sized(in, t), bits);
    e.a.and_(sized(in, d), sized(in, mask));
    e.a.and_(sized(in, t), sized(in, mask));
    e.a.shl(sized(in, d), bits);
    e.a.or_(sized(in, d), sized(in, t));
  }
}

void emit_Cls(Emitter& e, const Inst& in, Value v) {
  e.clobber_flags();
  const Gp x = e.use_gp(in.args[0]);
  const Gp t = e.temp_gp();
  e.a.mov(sized(in, t), sized(in, x));
  e.a.sar(sized(in, t), 1);
  e.a.xor_(sized(in, t), sized(in, x));
  const Gp d = e.def_gp(v);
  count_leading(e, in, d, t);
  e.a.dec(sized(in, d));
}

void emit_Bswap(Emitter& e, const Inst& in, Value v) {
  const Gp d = e.def_gp_copy(v, in.args[0]);
  e.a.bswap(sized(in, d));
}

void emit_Bswap16(Emitter& e, const Inst& in, Value v) {
  e.clobber_flags();
  if (in.type == Type::I32) {
    const Gp d = e.def_gp_copy(v, in.args[0]);
    e.a.bswap(d.r32());
    e.a.rol(d.r32(), 16);
    return;
  }
  const Gp mask = e.temp_gp(), t = e.temp_gp();
  const Gp d = e.def_gp_copy(v, in.args[0]);
  e.a.mov(mask, 0x00ff00ff00ff00ff);
  e.a.mov(t, d);
  e.a.shr(t, 8);
  e.a.and_(t, mask);
  e.a.and_(d, mask);
  e.a.shl(d, 8);
  e.a.or_(d, t);
}

void emit_Bswap32(Emitter& e, const Inst& in, Value v) {
  e.clobber_flags();
  const Gp d = e.def_gp_copy(v, in.args[0]);
  e.a.bswap(d);
  e.a.rol(d, 32);
}

void emit_Ubfx(Emitter& e, const Inst& in, Value v) {
  if (lsb(in) == 0 && (field(in) == 8 || field(in) == 16 || field(in) == 32)) {
    const Gp x = e.use_gp(in.args[0]);
    const Gp d = e.def_gp(v);
    switch (field(in)) {
      case 8: e.a.movzx(d.r32(), x.r8()); break;
      case 16: e.a.movzx(d.r32(), x.r16()); break;
      default: e.a.mov(d.r32(), x.r32()); break;
    }
    return;
  }
  e.clobber_flags();
  const Gp d = e.def_gp_copy(v, in.args[0]);
  if (lsb(in) + field(in) == width(in)) {
    e.a.shr(sized(in, d), lsb(in));
  } else if (field(in) < 32) {
    if (lsb(in)) e.a.shr(sized(in, d), lsb(in));
    e.a.and_(d.r32(), (1u << field(in)) - 1);
  } else {
    e.a.shl(sized(in, d), width(in) - lsb(in) - field(in));
    e.a.shr(sized(in, d), width(in) - field(in));
  }
}

void emit_Sbfx(Emitter& e, const Inst& in, Value v) {
  if (lsb(in) == 0 && (field(in) == 8 || field(in) == 16 || field(in) == 32)) {
    const Gp x = e.use_gp(in.args[0]);
    const Gp d = e.def_gp(v);
    switch (field(in)) {
      case 8: e.a.movsx(sized(in, d), x.r8()); break;
      case 16: e.a.movsx(sized(in, d), x.r16()); break;
      default: in.type == Type::I32 ? e.a.mov(d.r32(), x.r32()) : e.a.movsxd(d, x.r32()); break;
    }
    return;
  }
  e.clobber_flags();
  const Gp d = e.def_gp_copy(v, in.args[0]);
  const unsigned up = width(in) - lsb(in) - field(in);
  if (up) e.a.shl(sized(in, d), up);
  e.a.sar(sized(in, d), width(in) - field(in));
}

void emit_Bfi(Emitter& e, const Inst& in, Value v) {
  e.clobber_flags();
  const unsigned w = field(in);
  const u64 mask = w >= 64 ? ~u64{0} : (u64{1} << w) - 1;
  const Gp src = e.use_gp(in.args[1]);
  if (w == width(in)) {
    const Gp d = e.def_gp_copy(v, in.args[0]);
    e.a.mov(sized(in, d), sized(in, src));
    return;
  }
  // t = the field in place; d keeps the rest.
  const Gp t = e.temp_gp();
  if (w < 32) {
    e.a.mov(t.r32(), src.r32());
    e.a.and_(t.r32(), static_cast<u32>(mask));
    if (lsb(in)) e.a.shl(sized(in, t), lsb(in));
  } else {
    e.a.mov(t, src);
    e.a.shl(t, 64 - w);
    if (64 - w != lsb(in)) e.a.shr(t, 64 - w - lsb(in));
  }
  const u64 keep = ~(mask << lsb(in));
  if (in.type == Type::I32 || static_cast<s64>(keep) == static_cast<s32>(keep)) {
    const Gp d = e.def_gp_copy(v, in.args[0]);
    e.a.and_(sized(in, d), static_cast<s32>(keep));
    e.a.or_(sized(in, d), sized(in, t));
  } else {
    const Gp k = e.temp_gp();
    e.a.mov(k, keep);
    const Gp d = e.def_gp_copy(v, in.args[0]);
    e.a.and_(d, k);
    e.a.or_(d, t);
  }
}

void emit_Extr(Emitter& e, const Inst& in, Value v) {
  e.clobber_flags();
  const Gp high = e.use_gp(in.args[0]);
  const Gp d = e.def_gp_copy(v, in.args[1]);
  if (in.imm) e.a.shrd(sized(in, d), sized(in, high), in.imm);
}

void emit_Crc32c(Emitter& e, const Inst& in, Value v) {
  const Gp data = e.use_gp(in.args[1]);
  const Gp d = e.def_gp_copy(v, in.args[0]);
  switch (in.esize) {
    case 8: e.a.crc32(d.r32(), data.r8()); break;
    case 16: e.a.crc32(d.r32(), data.r16()); break;
    case 32: e.a.crc32(d.r32(), data.r32()); break;
    default: e.a.crc32(d, data); break;
  }
}

}  // namespace veneer::tier1
