// Conditions as values: selects, conditional compares, moves of the flags.
#include "translate/tier1/emit.h"

namespace veneer::tier1 {

namespace {

using Parity = HostCond::Parity;

Gp sized(const Inst& in, Gp r) {
  return in.type == Type::I32 ? r.r32() : r;
}

void select_vec(Emitter& e, const Inst& in, Value v) {
  e.prepare_cond(in.args[0]);
  const Xmm x = e.use_vec(in.args[1]), y = e.use_vec(in.args[2]);
  const Xmm d = e.def_vec_early(v);
  const HostCond c = e.use_cond(in.args[0]);
  const Label done = e.a.newLabel();
  e.move_vec(d, x);
  e.jump_if(c, done);
  e.move_vec(d, y);
  e.a.bind(done);
}

bool is_const(const Emitter& e, Value v, u64 bits) {
  return e.inst(v).op == Op::Const && e.inst(v).imm == bits;
}

}  // namespace

void emit_Select(Emitter& e, const Inst& in, Value v) {
  if (!ir::is_int(in.type)) return select_vec(e, in, v);
  e.prepare_cond(in.args[0]);
  // CSET.
  if (is_const(e, in.args[1], 1) && is_const(e, in.args[2], 0)) {
    s32 ignored;
    e.const_s32(in.args[1], ignored);
    e.const_s32(in.args[2], ignored);
    const HostCond c = e.use_cond(in.args[0]);
    if (c.parity == Parity::Ignore) {
      const Gp d = e.def_gp_early(v);
      e.a.set(c.cc, d.r8());
      e.a.movzx(d.r32(), d.r8());
    } else {
      const Gp zero = e.temp_gp(), d = e.def_gp_early(v);
      const bool any = c.parity == Parity::OrSet;  // either flag makes it true, or both must hold
      e.a.mov(zero.r32(), any ? 1 : 0);
      e.a.mov(d.r32(), any ? 0 : 1);
      e.a.cmov(any ? c.cc : x86::negateCond(c.cc), d.r32(), zero.r32());
      e.a.cmovp(d.r32(), zero.r32());
    }
    return;
  }
  const Gp x = e.use_gp(in.args[1]);
  const HostCond c = e.use_cond(in.args[0]);
  if (c.parity == Parity::Ignore) {
    const Gp d = e.def_gp_copy(v, in.args[2]);
    e.a.cmov(c.cc, sized(in, d), sized(in, x));
    return;
  }
  const Gp y = e.use_gp(in.args[2]);
  const Gp d = e.def_gp_early(v);
  if (c.parity == Parity::OrSet) {
    e.a.mov(sized(in, d), sized(in, y));
    e.a.cmov(c.cc, sized(in, d), sized(in, x));
    e.a.cmovp(sized(in, d), sized(in, x));
  } else {
    e.a.mov(sized(in, d), sized(in, x));
    e.a.cmov(x86::negateCond(c.cc), sized(in, d), sized(in, y));
    e.a.cmovp(sized(in, d), sized(in, y));
  }
}

// The first condition has been put into a register; the second is of flags that are at hand.
void emit_BoolAnd(Emitter& e, const Inst& in, Value v) {
  e.prepare_cond(in.args[1]);
  e.back_up_flags();
  const Gp x = e.use_gp(in.args[0]);
  const HostCond c = e.use_cond(in.args[1]);
  const Gp d = e.def_gp_early(v);
  e.a.set(c.cc, d.r8());
  if (c.parity != Parity::Ignore) {
    const Gp t = e.temp_gp();
    e.a.set(c.parity == Parity::OrSet ? x86::CondCode::kP : x86::CondCode::kNP, t.r8());
    c.parity == Parity::OrSet ? e.a.or_(d.r8(), t.r8()) : e.a.and_(d.r8(), t.r8());
  }
  e.a.and_(d.r32(), x.r32());
  e.flags_changed();
  e.mark_clean(v);
}

void emit_BoolToInt(Emitter& e, const Inst& in, Value v) {
  const Gp x = e.use_gp(in.args[0]);
  const Gp d = e.def_gp(v);
  e.a.mov(d.r32(), x.r32());
}

void emit_FlagsPack(Emitter& e, const Inst& in, Value v) {
  // LAHF's and SETO's places: N 31 -> 15, Z 30 -> 14, C 29 -> 8, V 28 -> 0.
  if (const Inst& x = e.inst(in.args[0]); x.op == Op::Const) {
    s32 ignored;
    if (e.const_s32(in.args[0], ignored)) {
      e.a.mov(e.def_gp(v).r32(), Nzcv::from_arm(static_cast<u32>(x.imm)));
      return;
    }
  }
  e.clobber_flags();
  const Gp x = e.use_gp(in.args[0]);
  const Gp t = e.temp_gp(), d = e.def_gp_early(v);
  e.a.mov(d.r32(), x.r32());
  e.a.shr(d.r32(), 16);
  e.a.and_(d.r32(), 0xc000);
  e.a.mov(t.r32(), x.r32());
  e.a.shr(t.r32(), 21);
  e.a.and_(t.r32(), 0x100);
  e.a.or_(d.r32(), t.r32());
  e.a.mov(t.r32(), x.r32());
  e.a.shr(t.r32(), 28);
  e.a.and_(t.r32(), 1);
  e.a.or_(d.r32(), t.r32());
}

void emit_FlagsUnpack(Emitter& e, const Inst& in, Value v) {
  e.clobber_flags();
  const Gp x = e.use_gp(in.args[0]);
  const Gp t = e.temp_gp(), d = e.def_gp_early(v);
  e.a.mov(d.r32(), x.r32());
  e.a.and_(d.r32(), 0xc000);
  e.a.shl(d.r32(), 16);
  e.a.mov(t.r32(), x.r32());
  e.a.and_(t.r32(), 0x100);
  e.a.shl(t.r32(), 21);
  e.a.or_(d.r32(), t.r32());
  e.a.mov(t.r32(), x.r32());
  e.a.and_(t.r32(), 1);
  e.a.shl(t.r32(), 28);
  e.a.or_(d.r32(), t.r32());
}

void emit_FlagsSelect(Emitter& e, const Inst& in, Value v) {
  e.prepare_cond(in.args[0]);
  const Gp x = e.use_gp(in.args[1]), y = e.use_gp(in.args[2]);
  const HostCond c = e.use_cond(in.args[0]);
  const Gp d = e.def_gp_early(v);
  e.a.mov(d.r32(), c.parity == Parity::AndNotSet ? x.r32() : y.r32());
  switch (c.parity) {
    case Parity::Ignore: e.a.cmov(c.cc, d.r32(), x.r32()); break;
    case Parity::OrSet:
      e.a.cmov(c.cc, d.r32(), x.r32());
      e.a.cmovp(d.r32(), x.r32());
      break;
    case Parity::AndNotSet:
      e.a.cmov(x86::negateCond(c.cc), d.r32(), y.r32());
      e.a.cmovp(d.r32(), y.r32());
      break;
  }
}

}  // namespace veneer::tier1
