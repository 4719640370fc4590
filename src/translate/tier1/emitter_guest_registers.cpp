// Guest registers: pinned to host registers in hot regions, otherwise in CpuState.
#include <cassert>

#include "translate/tier1/emitter.h"
#include "translate/tier1/emitter_places.h"

namespace veneer::tier1 {

void Emitter::get_reg(u16 id) {
  const Inst& in = block_->insts[id];
  const ir::Reg g = in.reg();
  if (g == ir::kRegNzcv) {
    where_[id] = {Where::State, g};
    return;
  }
  Bank& b = ir::is_vec(g) ? vec_ : gp_;
  const s8 p = b.is_vec ? pins_->vec_of[g - ir::kRegVec0] : pins_->gpr_of[g];
  where_[id] = {Where::State, g};
  if (p < 0) return;
  const unsigned r = static_cast<unsigned>(p);
  if (!(b.resident >> r & 1)) {
    b.resident |= static_cast<u16>(1u << r);
    const Mem m = state_mem(b.is_vec ? v_offset(g - ir::kRegVec0) : x_offset(g));
    if (!b.is_vec) {
      a.mov(gp64(r), m);
    } else if (unit_->pins->vec_width[r] == 32) {
      host.avx ? a.vmovss(x86::xmm(r), m) : a.movss(x86::xmm(r), m);
    } else if (unit_->pins->vec_width[r] == 64) {
      host.avx ? a.vmovsd(x86::xmm(r), m) : a.movsd(x86::xmm(r), m);
    } else {
      host.avx ? a.vmovaps(x86::xmm(r), m) : a.movaps(x86::xmm(r), m);
    }
  }
  bind(id, b, r);
}

void Emitter::load_pins() {
  for (unsigned r = 0; r < 16; ++r) {
    if (s8 g = unit_->pins->gpr[r]; g >= 0) a.mov(gp64(r), state_mem(x_offset(static_cast<unsigned>(g))));
    if (s8 g = unit_->pins->vec[r]; g >= 0) {
      const Mem m = state_mem(v_offset(static_cast<unsigned>(g)));
      switch (unit_->pins->vec_width[r]) {
        case 32: host.avx ? a.vmovss(x86::xmm(r), m) : a.movss(x86::xmm(r), m); break;
        case 64: host.avx ? a.vmovsd(x86::xmm(r), m) : a.movsd(x86::xmm(r), m); break;
        default: host.avx ? a.vmovaps(x86::xmm(r), m) : a.movaps(x86::xmm(r), m); break;
      }
    }
  }
}

void Emitter::store_dirty(u16 gprs, u16 vecs) {
  for (unsigned r = 0; r < 16; ++r) {
    if (gprs >> r & 1) a.mov(state_mem(x_offset(static_cast<unsigned>(unit_->pins->gpr[r]))), gp64(r));
    if (vecs >> r & 1) {
      const unsigned g = static_cast<unsigned>(unit_->pins->vec[r]);
      const Xmm x = x86::xmm(r);
      const usize at = v_offset(g);
      switch (unit_->pins->vec_width[r]) {
        case 32:
          host.avx ? a.vmovss(state_mem(at), x) : a.movss(state_mem(at), x);
          a.mov(state_mem(at + 4, 4), 0);
          a.mov(state_mem(at + 8, 8), 0);
          break;
        case 64:
          host.avx ? a.vmovsd(state_mem(at), x) : a.movsd(state_mem(at), x);
          a.mov(state_mem(at + 8, 8), 0);
          break;
        default: host.avx ? a.vmovaps(state_mem(at), x) : a.movaps(state_mem(at), x); break;
      }
    }
  }
}

void Emitter::set_reg(u16 id) {
  const Inst& in = block_->insts[id];
  const ir::Reg g = in.reg();
  const u16 v = in.args[0].id;
  if (g == ir::kRegNzcv) {
    if (where_[v].kind == Where::State && nzcv_value_ < 0) {  // what is there already
      consume(Value{v});
      return;
    }
    // The use is counted until the flags are in CpuState or written over.
    if (nzcv_value_ >= 0) consume(Value{static_cast<u16>(nzcv_value_)});
    nzcv_value_ = v;
    return;
  }
  Bank& b = ir::is_vec(g) ? vec_ : gp_;
  const s8 p = b.is_vec ? pins_->vec_of[g - ir::kRegVec0] : pins_->gpr_of[g];
  if (p < 0) {
    set_reg_unpinned(g, v);
  } else {
    const unsigned r = static_cast<unsigned>(p);
    set_reg_pinned(b, r, v, b.is_vec ? unit_->pins->vec_width[r] : 64);
  }
}

// Brings a value of `type` in `from` into the pinned register, zero between its width and keep_bits.
void Emitter::normalise_vec(unsigned reg, unsigned from, Type type, unsigned keep_bits) {
  const Xmm d = x86::xmm(reg), s = x86::xmm(from);
  if (ir::bit_width(type) >= keep_bits) {
    move_vec(d, s);
  } else if (type == Type::F64) {
    host.avx ? a.vmovq(d, s) : a.movq(d, s);
  } else if (type == Type::F32) {
    host.avx ? a.vinsertps(d, s, s, 0x0e) : a.insertps(d, s, 0x0e);
    // INSERTPS of SSE merges into d, but with every other lane zeroed nothing of it is left.
  } else {
    const Mem low16 = constant(VecConst::LowHalfWord);
    if (host.avx) {
      a.vandps(d, s, low16);
    } else {
      move_vec(d, s);
      a.andps(d, low16);
    }
  }
}

void Emitter::set_reg_pinned(Bank& b, unsigned reg, u16 v, unsigned keep_bits) {
  const Type type = ir::result_type(block_->insts[v]);
  const u16 bit = static_cast<u16>(1u << reg);
  if (where_[v].kind == Where::Deferred) materialise_bool(v);
  // Whatever else is in the register moves out; v itself may be there.
  const bool in_place = where_[v].kind == Where::Reg && where_[v].index == reg;
  if (in_place) unlist(v, b, reg);
  lock(b, reg);
  if (holds_live(b, reg)) vacate(b, reg, true);
  forget(b, reg);
  const bool narrow = b.is_vec ? ir::bit_width(type) < keep_bits : type == Type::I32;
  if (in_place) {
    bind(v, b, reg);
    if (narrow && !clean_[v]) {
      b.is_vec ? normalise_vec(reg, reg, type, keep_bits) : void(a.mov(gp32(reg), gp32(reg)));
    }
  } else if (where_[v].kind == Where::Reg) {
    const unsigned from = where_[v].index;
    if (b.is_vec) {
      narrow && !clean_[v] ? normalise_vec(reg, from, type, keep_bits)
                           : move_vec(x86::xmm(reg), x86::xmm(from));
    } else {
      move(b, reg, from, type);
    }
    if (pin(b, from) < 0) {  // from now on the pinned register is a home as good as any
      unbind(v);
      bind(v, b, reg);
    }
  } else {
    load_value(v, b, reg);
    if (narrow && !clean_[v]) {
      b.is_vec ? normalise_vec(reg, reg, type, keep_bits) : void(a.mov(gp32(reg), gp32(reg)));
    }
    unbind(v);
    bind(v, b, reg);
  }
  if (where_[v].index == reg && narrow) clean_[v] = 1;
  b.resident |= bit;
  b.dirty |= bit;
  consume(Value{v});
}

void Emitter::fetch_wide() {
  for (u16 id = 0; id < index_; ++id)
    if (uses_[id] > 0 && where_[id].kind == Where::State && ir::is_wide(where_[id].index)) {
      const unsigned r = allocate(vec_);
      load_value(id, vec_, r);
      bind(id, vec_, r);
      unlock(vec_, r);
    }
}

void Emitter::set_reg_unpinned(ir::Reg g, u16 v) {
  // Values that were read from this register and are still to be used must be fetched first.
  for (u16 id = 0; id < index_; ++id)
    if (id != v && uses_[id] > 0 && where_[id].kind == Where::State && where_[id].index == g) {
      Bank& b = bank_of(id);
      const unsigned r = allocate(b);
      load_value(id, b, r);
      bind(id, b, r);
    }
  const Type type = ir::result_type(block_->insts[v]);
  if (ir::is_gpr(g)) {
    const Inst& def = block_->insts[v];
    const Mem m = state_mem(x_offset(g), 8);
    if (def.op == Op::Const && def.imm < 0x80000000u) {
      consume(Value{v});
      a.mov(m, def.imm);
    } else {
      a.mov(m, use_gp_clean(Value{v}));
    }
    return;
  }
  const usize at = v_offset(g - ir::kRegVec0);
  const Xmm x = use_vec(Value{v});
  switch (type) {
    case Type::F64:
      host.avx ? a.vmovsd(state_mem(at), x) : a.movsd(state_mem(at), x);
      a.mov(state_mem(at + 8, 8), 0);
      break;
    case Type::V128: host.avx ? a.vmovaps(state_mem(at), x) : a.movaps(state_mem(at), x); break;
    default: {
      const unsigned t = allocate(vec_);
      normalise_vec(t, x.id(), type, 128);
      host.avx ? a.vmovaps(state_mem(at), x86::xmm(t)) : a.movaps(state_mem(at), x86::xmm(t));
    }
  }
}

}  // namespace veneer::tier1
