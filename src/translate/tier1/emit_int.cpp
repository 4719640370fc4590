// Integer arithmetic and logic, with the flags where an instruction sets both.
#include <utility>

#include "translate/tier1/emit.h"

namespace veneer::tier1 {

namespace {

Gp sized(const Inst& in, Gp r) {
  return in.type == Type::I32 ? r.r32() : r;
}

// d = a OP b by a two-operand host instruction; sets EFLAGS.
template <typename Op2>
void two_operand(Emitter& e, const Inst& in, Value v, Op2 op, bool commutes) {
  Value x = in.args[0], y = in.args[1];
  s32 imm;
  if (e.const_s32(y, imm)) {
    const Gp d = e.def_gp_copy(v, x);
    op(sized(in, d), asmjit::Operand(asmjit::Imm(imm)));
    if (in.type == Type::I32) e.mark_clean(v);
    return;
  }
  if (commutes && e.uses_left(x) > 1 && e.uses_left(y) == 1) std::swap(x, y);
  const Gp b = e.use_gp(y);
  const Gp d = e.def_gp_copy(v, x);
  op(sized(in, d), asmjit::Operand(sized(in, b)));
  if (in.type == Type::I32) e.mark_clean(v);
}

template <typename Insn>
auto with(Emitter& e, Insn insn) {
  return [&e, insn](Gp d, const asmjit::Operand& src) { e.a.emit(insn, d, src); };
}

using Id = x86::Inst::Id;

void arithmetic(Emitter& e, const Inst& in, Value v, Id id, bool commutes) {
  e.clobber_flags();
  two_operand(e, in, v, with(e, id), commutes);
}

// An operation and its flags in one host instruction. One of `value` and `flags` may be invalid.
void with_flags(Emitter& e, const Inst& in, Value value, Value flags, Id id, FlagsKind kind, bool commutes) {
  e.clobber_flags();
  if (value.valid()) {
    two_operand(e, in, value, with(e, id), commutes);
  } else {
    // Only the flags are wanted: CMP or TEST, or an ADD into a scratch register.
    s32 imm;
    const bool immediate = e.const_s32(in.args[1], imm);
    const Gp y = immediate ? Gp() : e.use_gp(in.args[1]);
    const Gp x = e.use_gp(in.args[0]);
    if (id == x86::Inst::kIdSub) {
      if (immediate && imm == 0) {
        e.a.test(sized(in, x), sized(in, x));  // CF = 0: no borrow, as CMP x, 0 has it
      } else if (immediate) {
        e.a.cmp(sized(in, x), imm);
      } else {
        e.a.cmp(sized(in, x), sized(in, y));
      }
    } else {
      const Gp t = e.temp_gp();
      e.a.mov(sized(in, t), sized(in, x));
      if (immediate) {
        e.a.emit(id, sized(in, t), asmjit::Imm(imm));
      } else {
        e.a.emit(id, sized(in, t), sized(in, y));
      }
    }
  }
  if (flags.valid()) e.flags_are(flags, kind);
}

}  // namespace

void emit_Add(Emitter& e, const Inst& in, Value v) {
  if (Value flags = e.take_partner(Op::FlagsAdd, in); flags.valid()) {
    with_flags(e, in, v, flags, x86::Inst::kIdAdd, FlagsKind::Add, true);
    return;
  }
  // LEA leaves the flags alone and needs no copy.
  for (const auto& [x, y] : {std::pair(in.args[0], in.args[1]), std::pair(in.args[1], in.args[0])})
    if (e.is_folded(y)) {
      unsigned scale;
      const Gp base = e.use_gp(x), index = e.use_scaled(y, scale);
      const Gp d = e.def_gp(v);
      e.a.lea(sized(in, d), x86::ptr(base, index, scale));
      return;
    }
  s32 imm;
  const Gp x = e.use_gp(in.args[0]);
  if (e.const_s32(in.args[1], imm)) {
    const Gp d = e.def_gp(v);
    e.a.lea(sized(in, d), x86::ptr(x, imm));
    return;
  }
  const Gp y = e.use_gp(in.args[1]);
  const Gp d = e.def_gp(v);
  e.a.lea(sized(in, d), x86::ptr(x, y));
}

void emit_Sub(Emitter& e, const Inst& in, Value v) {
  if (Value flags = e.take_partner(Op::FlagsSub, in); flags.valid()) {
    with_flags(e, in, v, flags, x86::Inst::kIdSub, FlagsKind::Sub, false);
    return;
  }
  const Inst& y = e.inst(in.args[1]);
  if (y.op == Op::Const && static_cast<s64>(y.imm) > -0x7fffffff && static_cast<s64>(y.imm) < 0x7fffffff) {
    s32 imm;
    const Gp x = e.use_gp(in.args[0]);
    e.const_s32(in.args[1], imm);
    const Gp d = e.def_gp(v);
    e.a.lea(sized(in, d), x86::ptr(x, -imm));
    return;
  }
  arithmetic(e, in, v, x86::Inst::kIdSub, false);
}

void emit_FlagsAdd(Emitter& e, const Inst& in, Value v) {
  with_flags(e, in, e.take_partner(Op::Add, in), v, x86::Inst::kIdAdd, FlagsKind::Add, true);
}
void emit_FlagsSub(Emitter& e, const Inst& in, Value v) {
  with_flags(e, in, e.take_partner(Op::Sub, in), v, x86::Inst::kIdSub, FlagsKind::Sub, false);
}

namespace {

// ADC and SBB take their carry from EFLAGS, so that nothing but moves may come between.
void with_carry(Emitter& e, const Inst& in, Value value, Value flags, bool subtract) {
  e.prepare_cond(in.args[2]);
  const Gp y = e.use_gp(in.args[1]);
  const Gp d = value.valid() ? e.def_gp_copy(value, in.args[0]) : e.temp_gp();
  if (!value.valid()) e.a.mov(sized(in, d), sized(in, e.use_gp(in.args[0])));
  e.carry_to_cf(in.args[2], subtract);
  subtract ? e.a.sbb(sized(in, d), sized(in, y)) : e.a.adc(sized(in, d), sized(in, y));
  e.flags_changed();
  if (flags.valid()) e.flags_are(flags, subtract ? FlagsKind::Sub : FlagsKind::Add);
}

}  // namespace

void emit_Adc(Emitter& e, const Inst& in, Value v) {
  e.back_up_flags(true);
  with_carry(e, in, v, e.take_partner_with_carry(Op::FlagsAdc, in), false);
}
void emit_Sbc(Emitter& e, const Inst& in, Value v) {
  e.back_up_flags(true);
  with_carry(e, in, v, e.take_partner_with_carry(Op::FlagsSbc, in), true);
}
void emit_FlagsAdc(Emitter& e, const Inst& in, Value v) {
  e.back_up_flags(true);
  with_carry(e, in, e.take_partner_with_carry(Op::Adc, in), v, false);
}
void emit_FlagsSbc(Emitter& e, const Inst& in, Value v) {
  e.back_up_flags(true);
  with_carry(e, in, e.take_partner_with_carry(Op::Sbc, in), v, true);
}

void emit_FlagsLogic(Emitter& e, const Inst& in, Value v) {
  e.clobber_flags();
  const Gp x = e.use_gp(in.args[0]);
  e.a.test(sized(in, x), sized(in, x));
  e.flags_are(v, FlagsKind::Add);
}

void emit_And(Emitter& e, const Inst& in, Value v) {
  const Value flags = e.take_flags_of(v);
  if (!flags.valid() || e.uses_left(v) > 0) {
    arithmetic(e, in, v, x86::Inst::kIdAnd, true);
  } else {
    e.clobber_flags();
    s32 imm;
    const bool immediate = e.const_s32(in.args[1], imm);
    const Gp y = immediate ? Gp() : e.use_gp(in.args[1]);
    const Gp x = e.use_gp(in.args[0]);
    immediate ? e.a.test(sized(in, x), imm) : e.a.test(sized(in, x), sized(in, y));
  }
  if (flags.valid()) e.flags_are(flags, FlagsKind::Add);
}
void emit_Or(Emitter& e, const Inst& in, Value v) {
  arithmetic(e, in, v, x86::Inst::kIdOr, true);
}
void emit_Xor(Emitter& e, const Inst& in, Value v) {
  arithmetic(e, in, v, x86::Inst::kIdXor, true);
}

void emit_Not(Emitter& e, const Inst& in, Value v) {
  const Gp d = e.def_gp_copy(v, in.args[0]);
  e.a.not_(sized(in, d));
}

void emit_Neg(Emitter& e, const Inst& in, Value v) {
  e.clobber_flags();
  const Gp d = e.def_gp_copy(v, in.args[0]);
  e.a.neg(sized(in, d));
}

namespace {

// d = a OP ~b, by inverting b in a register of its own.
void inverted(Emitter& e, const Inst& in, Value v, Id id) {
  e.clobber_flags();
  const Gp b = e.use_gp(in.args[1]);
  const Gp t = e.temp_gp();
  e.a.mov(sized(in, t), sized(in, b));
  e.a.not_(sized(in, t));
  const Gp d = e.def_gp_copy(v, in.args[0]);
  e.a.emit(id, sized(in, d), sized(in, t));
}

}  // namespace

void emit_AndNot(Emitter& e, const Inst& in, Value v) {
  if (!e.host.bmi1) return inverted(e, in, v, x86::Inst::kIdAnd);
  e.clobber_flags();
  const Gp b = e.use_gp(in.args[1]);
  const Gp x = e.use_gp(in.args[0]);
  const Gp d = e.def_gp(v);
  e.a.andn(sized(in, d), sized(in, b), sized(in, x));
}
void emit_OrNot(Emitter& e, const Inst& in, Value v) {
  inverted(e, in, v, x86::Inst::kIdOr);
}
void emit_XorNot(Emitter& e, const Inst& in, Value v) {
  inverted(e, in, v, x86::Inst::kIdXor);
}

void emit_Trunc(Emitter& e, const Inst& in, Value v) {
  e.alias(v, in.args[0]);
}

void emit_ZExt(Emitter& e, const Inst& in, Value v) {
  if (e.is_clean(in.args[0])) return e.alias(v, in.args[0]);
  const Gp x = e.use_gp(in.args[0]);
  const Gp d = e.def_gp(v);
  e.a.mov(d.r32(), x.r32());
}
void emit_SExt(Emitter& e, const Inst& in, Value v) {
  const Gp x = e.use_gp(in.args[0]);
  const Gp d = e.def_gp(v);
  e.a.movsxd(d, x.r32());
}

// --- multiplication and division -------------------------------------------------------------------------

void emit_Mul(Emitter& e, const Inst& in, Value v) {
  e.clobber_flags();
  s32 imm;
  if (e.const_s32(in.args[1], imm)) {
    const Gp x = e.use_gp(in.args[0]);
    const Gp d = e.def_gp(v);
    e.a.imul(sized(in, d), sized(in, x), imm);
    return;
  }
  const Gp b = e.use_gp(in.args[1]);
  const Gp d = e.def_gp_copy(v, in.args[0]);
  e.a.imul(sized(in, d), sized(in, b));
}

namespace {

void mul_high(Emitter& e, const Inst& in, Value v, bool is_signed) {
  e.clobber_flags();
  const Gp rax = e.take_gp(kRax), rdx = e.take_gp(kRdx);
  const Gp b = e.use_gp(in.args[1]);
  e.a.mov(rax, e.use_gp(in.args[0]));
  is_signed ? e.a.imul(rdx, rax, b) : e.a.mul(rdx, rax, b);
  e.def_gp_in(v, rdx);
}

void divide(Emitter& e, const Inst& in, Value v, bool is_signed) {
  e.clobber_flags();
  const Gp rax = e.take_gp(kRax), rdx = e.take_gp(kRdx);
  const Gp divisor = sized(in, e.use_gp(in.args[1]));
  e.a.mov(sized(in, rax), sized(in, e.use_gp(in.args[0])));
  const Label zero = e.a.newLabel(), done = e.a.newLabel(), minus_one = e.a.newLabel();
  e.a.test(divisor, divisor);
  e.a.jz(zero);
  if (is_signed) {
    e.a.cmp(divisor, -1);  // MIN / -1 traps on x86
    e.a.je(minus_one);
    in.type == Type::I32 ? e.a.cdq() : e.a.cqo();
    e.a.idiv(sized(in, rdx), sized(in, rax), divisor);
    e.a.jmp(done);
    e.a.bind(minus_one);
    e.a.neg(sized(in, rax));
    e.a.jmp(done);
  } else {
    e.a.xor_(rdx.r32(), rdx.r32());
    e.a.div(sized(in, rdx), sized(in, rax), divisor);
    e.a.jmp(done);
  }
  e.a.bind(zero);
  e.a.xor_(rax.r32(), rax.r32());
  e.a.bind(done);
  e.def_gp_in(v, rax);
}

}  // namespace

void emit_MulHiS(Emitter& e, const Inst& in, Value v) {
  mul_high(e, in, v, true);
}
void emit_MulHiU(Emitter& e, const Inst& in, Value v) {
  mul_high(e, in, v, false);
}
void emit_DivS(Emitter& e, const Inst& in, Value v) {
  divide(e, in, v, true);
}
void emit_DivU(Emitter& e, const Inst& in, Value v) {
  divide(e, in, v, false);
}

void emit_MulWideS(Emitter& e, const Inst& in, Value v) {
  e.clobber_flags();
  const Gp b = e.use_gp(in.args[1]), x = e.use_gp(in.args[0]);
  const Gp t = e.temp_gp();
  e.a.movsxd(t, b.r32());
  const Gp d = e.def_gp(v);
  e.a.movsxd(d, x.r32());
  e.a.imul(d, t);
}
void emit_MulWideU(Emitter& e, const Inst& in, Value v) {
  e.clobber_flags();
  const Gp b = e.use_gp(in.args[1]), x = e.use_gp(in.args[0]);
  const Gp t = e.temp_gp();
  e.a.mov(t.r32(), b.r32());
  const Gp d = e.def_gp(v);
  e.a.mov(d.r32(), x.r32());
  e.a.imul(d, t);
}

}  // namespace veneer::tier1
