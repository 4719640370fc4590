// What EFLAGS hold, and the conditions that are tested on them.
#include "translate/tier1/emitter.h"

namespace veneer::tier1 {

using Cc = x86::CondCode;
using Parity = HostCond::Parity;

namespace {

HostCond invert(HostCond c) {
  c.cc = static_cast<Cc>(static_cast<u8>(x86::negateCond(c.cc)));
  if (c.parity == Parity::AndNotSet) {
    c.parity = Parity::OrSet;
  } else if (c.parity == Parity::OrSet) {
    c.parity = Parity::AndNotSet;
  }
  return c;
}

// UCOMIS leaves CF for less (or, operands swapped, greater), all of ZF, PF, CF for unordered. A64 has N for
// less, ZC for equal, C for greater, CV for unordered.
bool map_fcmp(ir::Cond cond, bool swapped, HostCond& out) {
  using ir::Cond;
  switch (cond) {
    case Cond::EQ: out = {Cc::kZ, Parity::AndNotSet}; return true;
    case Cond::NE: out = {Cc::kNZ, Parity::OrSet}; return true;
    case Cond::VS: out = {Cc::kP}; return true;
    case Cond::VC: out = {Cc::kNP}; return true;
    default: break;
  }
  if (swapped) {
    switch (cond) {
      case Cond::MI:
      case Cond::CC: out = {Cc::kA}; return true;
      case Cond::PL:
      case Cond::CS: out = {Cc::kBE}; return true;
      case Cond::HI: out = {Cc::kB}; return true;
      case Cond::LS: out = {Cc::kAE}; return true;
      default: return false;
    }
  }
  switch (cond) {
    case Cond::GT: out = {Cc::kA}; return true;
    case Cond::GE: out = {Cc::kAE}; return true;
    case Cond::LT: out = {Cc::kB}; return true;
    case Cond::LE: out = {Cc::kBE}; return true;
    default: return false;
  }
}

bool is_fcmp(FlagsKind k) {
  return k == FlagsKind::FcmpFwd || k == FlagsKind::FcmpSwap;
}
bool is_always(ir::Cond c) {
  return c == ir::Cond::AL || c == ir::Cond::NV;
}

// The one bit of the packed flags that the condition tests; 0 when it tests several.
u16 single_bit(ir::Cond c) {
  switch (static_cast<ir::Cond>(static_cast<u8>(c) & ~1)) {
    case ir::Cond::EQ: return Nzcv::kZ;
    case ir::Cond::CS: return Nzcv::kC;
    case ir::Cond::MI: return Nzcv::kN;
    case ir::Cond::VS: return Nzcv::kV;
    default: return 0;
  }
}

}  // namespace

void Emitter::flags_are(Value v, FlagsKind kind) {
  if (uses_[v.id] == 0) return;
  where_[v.id] = {Where::HostFlags, 0};
  eflags_value_ = v.id;
  eflags_kind_ = kind;
  eflags_backed_ = false;
}

void Emitter::clobber_flags() {
  if (eflags_value_ < 0) return;
  if (!eflags_backed_ && uses_[static_cast<usize>(eflags_value_)] > 0) save_flags();
  eflags_value_ = -1;
}

void Emitter::back_up_flags(bool for_carry) {
  if (eflags_value_ < 0 || eflags_backed_) return;
  // A comparison's carry is not in CF: it is taken from the register.
  if (uses_[static_cast<usize>(eflags_value_)] > 1 || (for_carry && is_fcmp(eflags_kind_))) save_flags();
}

// Into ax, without changing what EFLAGS mean but for the sense of CF.
void Emitter::flags_to_ax(FlagsKind kind) {
  if (!is_fcmp(kind)) {
    if (kind == FlagsKind::Sub) a.cmc();
    a.lahf();
    a.seto(x86::al);
    return;
  }
  const bool swapped = kind == FlagsKind::FcmpSwap;
  // rdx as a second register: edges have it free, and save_flags takes it.
  a.mov(x86::eax, swapped ? Nzcv::kN : Nzcv::kC);
  a.mov(x86::edx, swapped ? Nzcv::kC : Nzcv::kN);
  a.cmovb(x86::eax, x86::edx);
  a.mov(x86::edx, Nzcv::kZ | Nzcv::kC);
  a.cmove(x86::eax, x86::edx);
  a.mov(x86::edx, Nzcv::kC | Nzcv::kV);
  a.cmovp(x86::eax, x86::edx);
}

void Emitter::save_flags() {
  const u16 id = static_cast<u16>(eflags_value_);
  take_gp(kRax);
  const bool fcmp = is_fcmp(eflags_kind_);
  if (fcmp) take_gp(kRdx);
  flags_to_ax(eflags_kind_);
  if (!fcmp) eflags_kind_ = FlagsKind::Add;
  bind(id, gp_, kRax);
  unlock(gp_, kRax);
  if (fcmp) unlock(gp_, kRdx);
  eflags_backed_ = true;
}

void Emitter::restore_flags(Value f) {
  clobber_flags();
  take_gp(kRax);  // moves f, too, when it is there
  const Where now = where_[f.id];
  if (now.kind == Where::Reg) {
    a.mov(x86::eax, x86::gpd(now.index));
  } else {
    load_value(f.id, gp_, kRax);
  }
  unlock(gp_, kRax);
  a.add(x86::al, 0x7f);  // OF from V
  a.sahf();
  a.cmc();
  eflags_value_ = f.id;
  eflags_kind_ = FlagsKind::Sub;
  eflags_backed_ = true;
}

HostCond Emitter::map_cond(ir::Cond cond) {
  using ir::Cond;
  if (is_fcmp(eflags_kind_)) {
    HostCond c;
    if (map_fcmp(cond, eflags_kind_ == FlagsKind::FcmpSwap, c)) return c;
    const Value f{static_cast<u16>(eflags_value_)};
    if (!eflags_backed_) save_flags();
    restore_flags(f);
  }
  if ((cond == Cond::HI || cond == Cond::LS) && eflags_kind_ == FlagsKind::Add) {
    a.cmc();
    eflags_kind_ = FlagsKind::Sub;
  }
  const bool sub = eflags_kind_ == FlagsKind::Sub;
  switch (cond) {
    case Cond::EQ: return {Cc::kZ};
    case Cond::NE: return {Cc::kNZ};
    case Cond::CS: return {sub ? Cc::kAE : Cc::kB};
    case Cond::CC: return {sub ? Cc::kB : Cc::kAE};
    case Cond::MI: return {Cc::kS};
    case Cond::PL: return {Cc::kNS};
    case Cond::VS: return {Cc::kO};
    case Cond::VC: return {Cc::kNO};
    case Cond::HI: return {Cc::kA};
    case Cond::LS: return {Cc::kBE};
    case Cond::GE: return {Cc::kGE};
    case Cond::LT: return {Cc::kL};
    case Cond::GT: return {Cc::kG};
    default: return {Cc::kLE};
  }
}

HostCond Emitter::test_flag_bits(u16 f, ir::Cond cond) {
  const u16 bit = single_bit(cond);
  clobber_flags();
  const Where w = where_[f];
  if (w.kind == Where::Reg) {
    a.test(x86::gpd(w.index), bit);
  } else {
    const usize base =
        w.kind == Where::State ? offsetof(CpuState, nzcv) : offsetof(CpuState, spill) + w.index * sizeof(Vec);
    a.test(state_mem(base + (bit > 0xff ? 1 : 0), 1), bit > 0xff ? bit >> 8 : bit);
  }
  return {static_cast<u8>(cond) & 1 ? Cc::kZ : Cc::kNZ};
}

void Emitter::prepare_cond(Value c) {
  const Inst& in = inst(c);
  const bool deferred = where_[c.id].kind == Where::Deferred;
  if (deferred && in.op == Op::BoolNot) return prepare_cond(in.args[0]);
  const auto cond = static_cast<ir::Cond>(in.imm);
  // All else is a test of its own.
  if (!deferred || in.op != Op::CondTest || is_always(cond)) return clobber_flags();
  const Value f = in.args[0];
  if (eflags_value_ == f.id) {
    // HI of an Add, or a comparison the wrong way round, is turned here.
    map_cond(cond);
  } else if (single_bit(cond) == 0) {
    restore_flags(f);
  } else if (eflags_value_ >= 0) {
    clobber_flags();
  }
}

HostCond Emitter::eval_cond(u16 id) {
  const Inst& in = block_->insts[id];
  if (where_[id].kind == Where::Constant) {
    clobber_flags();
    a.test(x86::esp, x86::esp);
    return {in.imm ? Cc::kNZ : Cc::kZ};
  }
  if (where_[id].kind != Where::Deferred) {
    clobber_flags();
    if (where_[id].kind == Where::Reg) {
      a.test(x86::gpd(where_[id].index), x86::gpd(where_[id].index));
    } else {
      a.cmp(state_mem(offsetof(CpuState, spill) + where_[id].index * sizeof(Vec), 4), 0);
    }
    return {Cc::kNZ};
  }
  switch (in.op) {
    case Op::BoolNot: return invert(use_cond(in.args[0]));
    case Op::CondTest: {
      const Value f = in.args[0];
      const auto cond = static_cast<ir::Cond>(in.imm);
      HostCond c;
      if (is_always(cond)) {
        clobber_flags();
        a.test(x86::esp, x86::esp);
        c = {Cc::kNZ};
      } else if (eflags_value_ == f.id) {
        c = map_cond(cond);
      } else if (single_bit(cond) != 0) {
        c = test_flag_bits(f.id, cond);
      } else {
        restore_flags(f);
        c = map_cond(cond);
      }
      consume(f);
      return c;
    }
    case Op::TestBit: {
      clobber_flags();
      const Gp r = use_gp(in.args[0]);
      if (in.imm < 31) {
        a.test(r.r32(), 1u << in.imm);
        return {Cc::kNZ};
      }
      in.type == Type::I32 ? a.bt(r.r32(), in.imm) : a.bt(r, in.imm);
      return {Cc::kB};
    }
    default: break;
  }
  clobber_flags();
  const bool wide = in.type == Type::I64;
  s32 imm;
  // A constant comes second here, the other way round.
  const bool swapped = inst(in.args[1]).op != Op::Const && const_s32(in.args[0], imm);
  const bool immediate = swapped || const_s32(in.args[1], imm);
  const Gp y = immediate ? Gp() : use_gp(in.args[1]);
  const Gp x = use_gp(in.args[swapped ? 1 : 0]);
  if (immediate && imm == 0) {
    wide ? a.test(x, x) : a.test(x.r32(), x.r32());
  } else if (immediate) {
    wide ? a.cmp(x, imm) : a.cmp(x.r32(), imm);
  } else {
    wide ? a.cmp(x, y) : a.cmp(x.r32(), y.r32());
  }
  switch (in.op) {
    case Op::CmpEq: return {Cc::kZ};
    case Op::CmpNe: return {Cc::kNZ};
    case Op::CmpLtS: return {swapped ? Cc::kG : Cc::kL};
    default: return {swapped ? Cc::kA : Cc::kB};
  }
}

HostCond Emitter::use_cond(Value c) {
  const HostCond host_cond = eval_cond(c.id);
  consume(c);
  return host_cond;
}

void Emitter::materialise_bool(u16 id) {
  const Inst& in = block_->insts[id];
  // Deferred readers would each have read the argument; from here on they read the register.
  if (in.op == Op::CondTest || in.op == Op::BoolNot)
    for (unsigned k = 1; k < uses_[id]; ++k) consume(in.args[0]);
  prepare_cond(Value{id});
  const HostCond c = eval_cond(id);
  const unsigned r = allocate(gp_);
  const Gp d = x86::gpd(r);
  a.set(c.cc, d.r8());
  if (c.parity != Parity::Ignore) {
    const Gp t = temp_gp();
    a.set(c.parity == Parity::OrSet ? Cc::kP : Cc::kNP, t.r8());
    clobber_flags();
    c.parity == Parity::OrSet ? a.or_(d.r8(), t.r8()) : a.and_(d.r8(), t.r8());
  }
  a.movzx(d, d.r8());
  bind(id, gp_, r);
  clean_[id] = 1;
}

void Emitter::carry_to_cf(Value c, bool inverted) {
  const Inst& in = inst(c);
  consume(c);
  if (where_[c.id].kind == Where::Deferred && in.op == Op::CondTest &&
      static_cast<ir::Cond>(in.imm) == ir::Cond::CS) {
    const u16 f = in.args[0].id;
    if (eflags_value_ == f && !is_fcmp(eflags_kind_)) {
      if ((eflags_kind_ == FlagsKind::Sub) != inverted) a.cmc();
    } else {
      const Where w = where_[f];
      if (w.kind == Where::Reg) {
        a.bt(x86::gpd(w.index), 8);
      } else {
        const usize base = w.kind == Where::State ? offsetof(CpuState, nzcv)
                                                  : offsetof(CpuState, spill) + w.index * sizeof(Vec);
        a.bt(state_mem(base, 2), 8);
      }
      if (inverted) a.cmc();
    }
    consume(in.args[0]);
    return;
  }
  if (where_[c.id].kind == Where::Deferred) {
    ++uses_[c.id];
    materialise_bool(c.id);
    --uses_[c.id];
  }
  if (where_[c.id].kind == Where::Constant) {
    (in.imm != 0) != inverted ? a.stc() : a.clc();
    return;
  }
  if (where_[c.id].kind == Where::Reg) {
    a.bt(x86::gpd(where_[c.id].index), 0);
  } else {
    a.bt(state_mem(offsetof(CpuState, spill) + where_[c.id].index * sizeof(Vec), 4), 0);
  }
  if (inverted) a.cmc();
}

void Emitter::jump_if(HostCond c, Label target) {
  switch (c.parity) {
    case Parity::Ignore: a.j(c.cc, target); break;
    case Parity::OrSet:
      a.jp(target);
      a.j(c.cc, target);
      break;
    case Parity::AndNotSet: {
      const Label skip = a.newLabel();
      a.jp(skip);
      a.j(c.cc, target);
      a.bind(skip);
      break;
    }
  }
}

void Emitter::jump_unless(HostCond c, Label target) {
  jump_if(invert(c), target);
}

// --- NZCV of the guest -----------------------------------------------------------------------------------

void Emitter::flush_flags() {
  if (nzcv_value_ < 0) return;
  const Value v{static_cast<u16>(nzcv_value_)};
  // Flags that were read from CpuState and are still wanted must not be lost.
  for (u16 id = 0; id < index_; ++id)
    if (id != v.id && uses_[id] > 0 && where_[id].kind == Where::State && where_[id].index == ir::kRegNzcv) {
      const unsigned r = allocate(gp_);
      load_value(id, gp_, r);
      bind(id, gp_, r);
      unlock(gp_, r);
    }
  nzcv_value_ = -1;
  if (where_[v.id].kind == Where::HostFlags) save_flags();
  if (where_[v.id].kind == Where::Constant) {
    a.mov(state_mem(offsetof(CpuState, nzcv), 2), inst(v).imm & 0xffff);
  } else if (where_[v.id].kind == Where::Spilled) {
    const unsigned r = allocate(gp_);
    load_value(v.id, gp_, r);
    a.mov(state_mem(offsetof(CpuState, nzcv), 2), x86::gpw(r));
    unlock(gp_, r);
  } else if (where_[v.id].kind == Where::Reg) {
    a.mov(state_mem(offsetof(CpuState, nzcv), 2), x86::gpw(where_[v.id].index));
  }
  consume(v);
}

void Emitter::flush_flags_if(bool live) {
  if (live) flush_flags();
}

void Emitter::begin_terminator(Value c) {
  if (nzcv_value_ < 0) return;
  bool same = false;
  if (c.valid() && eflags_value_ == nzcv_value_ && where_[c.id].kind == Where::Deferred) {
    const Inst* in = &inst(c);
    if (in->op == Op::BoolNot) in = &inst(in->args[0]);
    same = in->op == Op::CondTest && in->args[0].id == nzcv_value_;
  }
  if (!same) flush_flags();
}

Emitter::Edge Emitter::make_edge(GuestAddr target, u8 mode, bool flags_live) {
  return {.label = {},
          .target = target,
          .mode = mode,
          .dirty_gprs = gp_.dirty,
          .dirty_vecs = vec_.dirty,
          .store_flags = flags_live && nzcv_value_ >= 0 && eflags_value_ == nzcv_value_,
          .kind = eflags_kind_};
}

void Emitter::store_edge_flags(const Edge& edge) {
  if (!edge.store_flags) return;
  flags_to_ax(edge.kind);
  a.mov(state_mem(offsetof(CpuState, nzcv), 2), x86::ax);
}

Value Emitter::take_partner(Op op, const Inst& in) {
  for (usize j = index_ + 1, seen = 0; j < block_->insts.size() && seen < 6; ++j, ++seen) {
    const Inst& other = block_->insts[j];
    // The result may be a pinned register's new value, which a fault must not show early.
    if (ir::info(other.op).props & ir::M) break;
    if (dead_[j] || other.op != op || other.type != in.type || other.args != in.args) continue;
    dead_[j] = 1;
    for (unsigned k = 0; k < ir::info(op).arg_count; ++k) consume(in.args[k]);
    return Value{static_cast<u16>(j)};
  }
  return {};
}

Value Emitter::take_flags_of(Value v) {
  for (usize j = index_ + 1, seen = 0; j < block_->insts.size() && seen < 4; ++j, ++seen) {
    const Inst& other = block_->insts[j];
    if (dead_[j] || other.op != Op::FlagsLogic || other.args[0] != v) continue;
    dead_[j] = 1;
    --uses_[v.id];
    return Value{static_cast<u16>(j)};
  }
  return {};
}

Value Emitter::take_partner_with_carry(Op op, const Inst& in) {
  const Value partner = take_partner(op, in);
  if (!partner.valid()) return partner;
  // take_partner has counted one reading of the condition; a deferred one would have read its flags then.
  const Value c = in.args[2];
  if (where_[c.id].kind == Where::Deferred && inst(c).op == Op::CondTest) consume(inst(c).args[0]);
  return partner;
}

ir::Cond Emitter::first_cond_of(Value flags) const {
  for (usize j = flags.id + 1u; j < block_->insts.size(); ++j)
    if (block_->insts[j].op == Op::CondTest && block_->insts[j].args[0] == flags)
      return static_cast<ir::Cond>(block_->insts[j].imm);
  return ir::Cond::AL;
}

}  // namespace veneer::tier1
