// Register allocation within a block, and the life of its values.
#include "translate/tier1/emitter.h"

#include <algorithm>
#include <cassert>

#include "translate/tier1/emitter_places.h"

namespace veneer::tier1 {

Emitter::Emitter(x86::Assembler& assembler, const HostFeatures& features, const Routines& routines,
                 KeptInsts& kept, CodeModel model)
    : a(assembler), host(features), routines_(routines), kept_(kept), model_(model) {}

// --- addresses of data -----------------------------------------------------------------------------------

void Emitter::load_address(Gp to, const void* data) {
  const u64 address = reinterpret_cast<u64>(data);  // NOLINT: an address in emitted code
  model_ == CodeModel::Image ? a.lea(to, x86::ptr_rel(address)) : a.mov(to, address);
}

Mem Emitter::data_at(const void* data, u32 size, Gp temp) {
  const u64 address = reinterpret_cast<u64>(data);  // NOLINT: an address in emitted code
  if (model_ == CodeModel::Image) return x86::ptr_rel(address, size);
  a.mov(temp, address);
  return x86::ptr(temp, 0, size);
}

void Emitter::load_table_address(Gp to, const void* table) {
  if (model_ == CodeModel::Image) throw NotForImages();
  load_address(to, table);
}

// --- blocks ----------------------------------------------------------------------------------------------

void Emitter::begin_block(const ir::Block& block, bool all_resident, u16 dirty_gprs, u16 dirty_vecs,
                          bool flags_live_out) {
  block_ = &block;
  const usize n = block.insts.size();
  uses_.assign(n, 0);
  where_.assign(n, {});
  next_.assign(n, kNoValue);
  clean_.assign(n, 0);
  is_vec_.resize(n);
  for (usize i = 0; i < n; ++i) {
    const Type t = ir::result_type(block.insts[i]);
    is_vec_[i] = t == Type::V128 || ir::is_float(t);
  }
  hint_.assign(n, -1);
  dying_.clear();
  for (Bank* b : {&gp_, &vec_}) {
    b->first.fill(kNoValue);
    b->locked = b->resident = 0;
  }
  if (all_resident)
    for (unsigned r = 0; r < 16; ++r) {
      if (unit_->pins->gpr[r] >= 0) gp_.resident |= static_cast<u16>(1u << r);
      if (unit_->pins->vec[r] >= 0) vec_.resident |= static_cast<u16>(1u << r);
    }
  gp_.dirty = dirty_gprs;
  vec_.dirty = dirty_vecs;
  slot_refs_.fill(0);
  eflags_value_ = nzcv_value_ = -1;
  count_uses(flags_live_out);
  find_folds();
  find_hints();
}

namespace {

// Operations whose last host instruction writes a 32-bit register when their type is I32, and with it zero
// above.
bool zeroes_above(Op op) {
  switch (op) {
    case Op::Add:
    case Op::Sub:
    case Op::Adc:
    case Op::Sbc:
    case Op::Mul:
    case Op::DivS:
    case Op::DivU:
    case Op::And:
    case Op::Or:
    case Op::Xor:
    case Op::AndNot:
    case Op::OrNot:
    case Op::XorNot:
    case Op::Not:
    case Op::Neg:
    case Op::Clz:
    case Op::Ctz:
    case Op::Cls:
    case Op::Popcount:
    case Op::Rbit:
    case Op::Bswap:
    case Op::Bswap16:
    case Op::Ubfx:
    case Op::Sbfx:
    case Op::Bfi:
    case Op::Crc32c:
    case Op::Select:
    case Op::Load: return true;
    default: return false;
  }
}

}  // namespace

void Emitter::emit_body() {
  const usize n = block_->insts.size();
  for (index_ = 0; index_ + 1 < n; ++index_) {
    if (dead_[index_] || folded_[index_]) continue;
    emit_one(static_cast<u16>(index_));
    end_inst();
  }
}

void Emitter::emit_one(u16 id) {
  const Inst& in = block_->insts[id];
  switch (in.op) {
    case Op::InsnStart: guest_pc_ = in.imm; return;
    case Op::Const: where_[id] = {Where::Constant, 0}; return;
    case Op::GetReg: get_reg(id); return;
    case Op::SetReg: set_reg(id); return;
    case Op::CondTest:
    case Op::BoolNot:
      where_[id] = {Where::Deferred, 0};
      if (eager_[id]) materialise_bool(id);
      return;
    case Op::CmpEq:
    case Op::CmpNe:
    case Op::CmpLtS:
    case Op::CmpLtU:
    case Op::TestBit:
      where_[id] = {Where::Deferred, 0};
      if (!deferrable(id)) materialise_bool(id);
      return;
    default: break;
  }
  constexpr u8 kWritesWide = ir::W | ir::S;
  if ((ir::info(in.op).props & kWritesWide) == kWritesWide) fetch_wide();
  if (EmitFn fn = rounds_otherwise(in) ? nullptr : emit_fn(in.op)) {
    fn(*this, in, Value{id});
    if (in.type == Type::I32 && zeroes_above(in.op)) clean_[id] = 1;
  } else {
    fallback(Value{id}, in);
  }
}

// The host rounds as MXCSR says, which is as FPCR does. IntToF knows where that does not matter.
bool Emitter::rounds_otherwise(const Inst& in) const {
  if (in.aux == 0 || !ir::may_name_rounding(in.op) || in.op == Op::IntToF) return false;
  return !names_current_rounding(in);
}
bool Emitter::names_current_rounding(const Inst& in) const {
  constexpr u8 kToNearest = 1 + static_cast<u8>(ir::Round::NearestEven);
  return in.aux == 0 || (in.aux == kToNearest && rounds_to_nearest());
}

// A comparison may be made where it is read when that is the very next thing to be emitted.
bool Emitter::deferrable(u16 id) const {
  if (uses_[id] != 1) return false;
  for (usize j = id + 1u; j < block_->insts.size(); ++j) {
    const Inst& in = block_->insts[j];
    const ir::OpInfo& info = ir::info(in.op);
    for (unsigned k = 0; k < info.arg_count; ++k)
      // What is inverted is read where its inverse is.
      if (in.args[k].id == id)
        return in.op == Op::BoolNot ? deferrable(static_cast<u16>(j)) : in.op != Op::CondTest;
    if (!dead_[j] && in.op != Op::Const) return false;
  }
  return false;
}

void Emitter::end_inst() {
  gp_.locked = vec_.locked = 0;
  has_jumped_ = false;
  for (u16 id : dying_)
    if (uses_[id] == 0) release(id);
  dying_.clear();
}

// --- where values are ------------------------------------------------------------------------------------

void Emitter::bind(u16 id, Bank& b, unsigned reg) {
  next_[id] = b.first[reg];
  b.first[reg] = id;
  where_[id] = {Where::Reg, static_cast<u8>(reg)};
}

void Emitter::unlist(u16 id, Bank& b, unsigned reg) {
  u16* at = &b.first[reg];
  while (*at != id) at = &next_[*at];
  *at = next_[id];
}

void Emitter::forget(Bank& b, unsigned reg) {
  for (u16 id = b.first[reg]; id != kNoValue; id = next_[id]) where_[id] = {};
  b.first[reg] = kNoValue;
}

void Emitter::unbind(u16 id) {
  Where& w = where_[id];
  if (w.kind == Where::Reg) {
    unlist(id, bank_of(id), w.index);
  } else if (w.kind == Where::Spilled) {
    --slot_refs_[w.index];
  }
  w = {};
}

void Emitter::release(u16 id) {
  if (eflags_value_ == id) eflags_value_ = -1;
  unbind(id);
}

void Emitter::consume(Value v) {
  assert(uses_[v.id] > 0);
  if (--uses_[v.id] == 0) dying_.push_back(v.id);
}

bool Emitter::holds_live(const Bank& b, unsigned reg) const {
  for (u16 id = b.first[reg]; id != kNoValue; id = next_[id])
    if (uses_[id] > 0) return true;
  return false;
}

unsigned Emitter::allocate(Bank& b) {
  auto order = [&](usize i) -> unsigned { return b.is_vec ? kTempVecOrder[i] : kTempGprOrder[i]; };
  const usize count = b.is_vec ? kTempVecOrder.size() : kTempGprOrder.size();
  for (usize i = 0; i < count; ++i) {
    const unsigned r = order(i);
    if (pin(b, r) < 0 && !is_locked(b, r) && b.first[r] == kNoValue) {
      lock(b, r);
      return r;
    }
  }
  for (usize i = 0; i < count; ++i) {
    const unsigned r = order(i);
    if (pin(b, r) < 0 && !is_locked(b, r)) {
      vacate(b, r, false);
      lock(b, r);
      return r;
    }
  }
  throw OutOfRegisters{};
}

// Values that are dying in the current instruction may stay listed: whoever reads them holds the register.
void Emitter::vacate(Bank& b, unsigned reg, bool to_register) {
  const u16 first = b.first[reg];
  if (first == kNoValue) return;
  if (has_jumped_) throw OutOfRegisters{};
  bool live = false, all_constant = true;
  for (u16 id = first; id != kNoValue; id = next_[id]) {
    if (uses_[id] == 0) continue;
    live = true;
    all_constant &= block_->insts[id].op == Op::Const;
  }
  if (!live) return forget(b, reg);
  b.first[reg] = kNoValue;
  if (all_constant) {
    for (u16 id = first; id != kNoValue; id = next_[id]) where_[id] = {Where::Constant, 0};
    return;
  }
  if (to_register) {
    const u16 locked = b.locked;
    lock(b, reg);
    const unsigned to = allocate(b);
    b.locked = locked;
    move(b, to, reg, Type::V128);
    for (u16 id = first; id != kNoValue;) {
      const u16 next = next_[id];
      bind(id, b, to);
      id = next;
    }
    return;
  }
  unsigned slot = 0;
  while (slot < slot_refs_.size() && slot_refs_[slot] != 0) ++slot;
  if (slot == slot_refs_.size()) __builtin_trap();  // more live values than a block has
  const Mem mem = state_mem(slot_offset(slot));
  if (b.is_vec) {
    host.avx ? a.vmovaps(mem, x86::xmm(reg)) : a.movaps(mem, x86::xmm(reg));
  } else {
    a.mov(mem, gp64(reg));
  }
  for (u16 id = first; id != kNoValue; id = next_[id]) {
    where_[id] = {Where::Spilled, static_cast<u8>(slot)};
    ++slot_refs_[slot];
  }
}

void Emitter::move(Bank& b, unsigned to, unsigned from, Type type) {
  if (to == from) return;
  if (b.is_vec) {
    move_vec(x86::xmm(to), x86::xmm(from));
  } else if (type == Type::I32) {
    a.mov(gp32(to), gp32(from));
  } else {
    a.mov(gp64(to), gp64(from));
  }
}

void Emitter::move_vec(Xmm to, Xmm from) {
  if (to.id() == from.id()) return;
  host.avx ? a.vmovaps(to, from) : a.movaps(to, from);
}

void Emitter::load_value(u16 id, Bank& b, unsigned reg) {
  const Inst& in = block_->insts[id];
  const Where w = where_[id];
  if (!b.is_vec) {
    switch (w.kind) {
      case Where::Constant:
        // MOV leaves the flags alone.
        if (in.imm == static_cast<u32>(in.imm)) {
          a.mov(gp32(reg), in.imm);
        } else {
          a.mov(gp64(reg), in.imm);
        }
        clean_[id] = 1;
        break;
      case Where::Spilled: a.mov(gp64(reg), state_mem(slot_offset(w.index))); break;
      case Where::State:
        if (w.index == ir::kRegNzcv) {
          a.movzx(gp32(reg), state_mem(offsetof(CpuState, nzcv), 2));
        } else {
          a.mov(gp64(reg), state_mem(x_offset(w.index)));
        }
        break;
      default: __builtin_trap();
    }
    return;
  }
  const Xmm x = x86::xmm(reg);
  switch (w.kind) {
    case Where::Constant:
      if (in.imm == 0) {
        host.avx ? a.vpxor(x, x, x) : a.pxor(x, x);
      } else if (in.imm == ~u64{0} && in.q && in.type == Type::V128) {
        host.avx ? a.vpcmpeqd(x, x, x) : a.pcmpeqd(x, x);
      } else {
        const unsigned t = allocate(gp_);
        a.mov(gp64(t), in.imm);
        host.avx ? a.vmovq(x, gp64(t)) : a.movq(x, gp64(t));
        if (in.type == Type::V128 && in.q) host.avx ? a.vpunpcklqdq(x, x, x) : a.punpcklqdq(x, x);
        unlock(gp_, t);
      }
      clean_[id] = 1;
      break;
    case Where::Spilled:
      host.avx ? a.vmovaps(x, state_mem(slot_offset(w.index))) : a.movaps(x, state_mem(slot_offset(w.index)));
      break;
    case Where::State: {
      const Mem m = state_mem(v_offset(w.index - ir::kRegVec0));
      switch (in.type) {
        case Type::F32:
          host.avx ? a.vmovss(x, m) : a.movss(x, m);
          clean_[id] = 1;
          break;
        case Type::F64:
          host.avx ? a.vmovsd(x, m) : a.movsd(x, m);
          clean_[id] = 1;
          break;
        default: host.avx ? a.vmovaps(x, m) : a.movaps(x, m); break;
      }
      break;
    }
    default: __builtin_trap();
  }
}

unsigned Emitter::use(Value v, Bank& b) {
  if (where_[v.id].kind == Where::Deferred) materialise_bool(v.id);
  if (where_[v.id].kind == Where::HostFlags) save_flags();
  if (where_[v.id].kind != Where::Reg) {
    const unsigned r = allocate(b);
    load_value(v.id, b, r);
    unbind(v.id);
    bind(v.id, b, r);
  }
  const unsigned r = where_[v.id].index;
  lock(b, r);
  consume(v);
  return r;
}

Gp Emitter::use_gp(Value v) {
  return gp64(use(v, gp_));
}
Xmm Emitter::use_vec(Value v) {
  return x86::xmm(use(v, vec_));
}

Gp Emitter::use_gp_clean(Value v) {
  const unsigned r = use(v, gp_);
  const Type t = ir::result_type(inst(v));
  if (t != Type::I32 || clean_[v.id]) return gp64(r);
  const unsigned to = allocate(gp_);
  a.mov(gp32(to), gp32(r));
  return gp64(to);
}

Gp Emitter::use_scaled(Value shift, unsigned& scale) {
  const Inst& in = inst(shift);
  consume(shift);
  u64 amount = 0;
  const_any(in.args[1], amount);
  scale = static_cast<unsigned>(amount);
  return use_gp(in.args[0]);
}

bool Emitter::const_s32(Value v, s32& out) {
  const Inst& in = inst(v);
  if (in.op != Op::Const) return false;
  const s64 value = in.type == Type::I32 ? static_cast<s32>(in.imm) : static_cast<s64>(in.imm);
  if (value != static_cast<s32>(value)) return false;
  out = static_cast<s32>(value);
  consume(v);
  return true;
}

bool Emitter::const_any(Value v, u64& out) {
  const Inst& in = inst(v);
  if (in.op != Op::Const) return false;
  out = in.imm;
  consume(v);
  return true;
}

s8 Emitter::hinted_pin(u16 id, const Bank& b) const {
  const s16 g = hint_[id];
  if (g < 0) return -1;
  if (b.is_vec)
    return ir::is_vec(static_cast<ir::Reg>(g)) ? pins_->vec_of[static_cast<usize>(g) - ir::kRegVec0] : s8{-1};
  return ir::is_gpr(static_cast<ir::Reg>(g)) ? pins_->gpr_of[static_cast<usize>(g)] : s8{-1};
}

// A temporary that was read by this instruction and holds nothing that is still needed.
bool Emitter::reusable(const Bank& b, unsigned reg) const {
  return is_locked(b, reg) && b.first[reg] != kNoValue && pin(b, reg) < 0 && !holds_live(b, reg);
}

unsigned Emitter::define(Value v, Bank& b, bool early) {
  if (uses_[v.id] == 0) dying_.push_back(v.id);
  const s8 p = hinted_pin(v.id, b);
  if (p >= 0) {
    const unsigned r = static_cast<unsigned>(p);
    if (!(early && is_locked(b, r))) {
      if (holds_live(b, r)) vacate(b, r, true);
      forget(b, r);
      lock(b, r);
      bind(v.id, b, r);
      return r;
    }
  }
  if (!early)
    for (unsigned r = 0; r < 16; ++r)
      if (reusable(b, r)) {
        forget(b, r);
        bind(v.id, b, r);
        return r;
      }
  const unsigned r = allocate(b);
  bind(v.id, b, r);
  return r;
}

Gp Emitter::def_gp(Value v) {
  return gp64(define(v, gp_, false));
}
Gp Emitter::def_gp_early(Value v) {
  return gp64(define(v, gp_, true));
}
Xmm Emitter::def_vec(Value v) {
  return x86::xmm(define(v, vec_, false));
}
Xmm Emitter::def_vec_early(Value v) {
  return x86::xmm(define(v, vec_, true));
}

unsigned Emitter::define_copy(Value v, Value from, Bank& b) {
  const unsigned s = use(from, b);
  const s8 p = hinted_pin(v.id, b);
  // In place, in a pinned register whose old value ends here.
  if (p == static_cast<s8>(s) && p >= 0) {
    if (holds_live(b, s)) vacate(b, s, true);
    forget(b, s);
    if (uses_[v.id] == 0) dying_.push_back(v.id);
    bind(v.id, b, s);
    return s;
  }
  if (p < 0 && reusable(b, s)) {
    // Another argument may be the same value: then it has been read before, and the register is its own.
    forget(b, s);
    if (uses_[v.id] == 0) dying_.push_back(v.id);
    bind(v.id, b, s);
    return s;
  }
  const unsigned r = define(v, b, true);
  move(b, r, s, ir::result_type(inst(from)));
  return r;
}

Gp Emitter::def_gp_copy(Value v, Value from) {
  return gp64(define_copy(v, from, gp_));
}
Xmm Emitter::def_vec_copy(Value v, Value from) {
  return x86::xmm(define_copy(v, from, vec_));
}

Gp Emitter::temp_gp() {
  return gp64(allocate(gp_));
}
Xmm Emitter::temp_vec() {
  return x86::xmm(allocate(vec_));
}

Gp Emitter::take_gp(unsigned reg) {
  assert(!is_locked(gp_, reg));
  vacate(gp_, reg, true);
  lock(gp_, reg);
  return gp64(reg);
}

Xmm Emitter::take_vec(unsigned reg) {
  assert(!is_locked(vec_, reg));
  vacate(vec_, reg, true);
  lock(vec_, reg);
  return x86::xmm(reg);
}

void Emitter::def_gp_in(Value v, Gp reg) {
  if (uses_[v.id] == 0) dying_.push_back(v.id);
  bind(v.id, gp_, reg.id());
}

void Emitter::alias(Value v, Value same) {
  Bank& b = bank_of(v.id);
  const unsigned r = use(same, b);
  if (uses_[v.id] == 0) dying_.push_back(v.id);
  bind(v.id, b, r);
}

// --- memory ----------------------------------------------------------------------------------------------

void Emitter::begin_access() {
  flush_flags();
}

FaultPoint Emitter::fault_point() const {
  return {.offset = static_cast<u32>(a.offset()),
          .pc = static_cast<s32>(guest_pc_ - unit_->pc),
          .gprs = gp_.resident,
          .vecs = vec_.resident};
}

void Emitter::may_fault() {
  faults_.push_back(fault_point());
}

}  // namespace veneer::tier1
