// What is found out about a block before it is emitted: what is needed, what is folded, and where values are
// best computed.
#include <algorithm>

#include "translate/tier1/emitter.h"

namespace veneer::tier1 {

// Backwards: which instructions are needed, how often each value is read, which register writes are overwritten
// before anyone could see them.
void Emitter::count_uses(bool flags_live_out) {
  const auto& insts = block_->insts;
  dead_.assign(insts.size(), 0);
  std::array<bool, ir::kRegCount> overwritten{};
  overwritten[ir::kRegNzcv] = !flags_live_out;
  for (usize i = insts.size(); i-- > 0;) {
    const Inst& in = insts[i];
    if (in.op == Op::CheckRounding && !is_reference_fp()) {  // frm is a rounding mode: see unit_key.h
      dead_[i] = 1;
      continue;
    }
    const ir::OpInfo& info = ir::info(in.op);
    if (in.op == Op::SetReg) {
      if (overwritten[in.reg()]) {
        dead_[i] = 1;
        continue;
      }
      overwritten[in.reg()] = true;
    } else if (info.props & (ir::M | ir::W)) {
      // A fault shows every register.
      overwritten.fill(false);
    } else if (in.op == Op::GetReg) {
      overwritten[in.reg()] = false;
    }
    const bool needed = (info.props & (ir::S | ir::M | ir::E | ir::X)) || uses_[i] > 0;
    if (!needed) {
      dead_[i] = 1;
      continue;
    }
    // Deferred conditions read the flags once for each of their own readers.
    const bool passes_on = in.op == Op::CondTest || in.op == Op::BoolNot;
    for (unsigned k = 0; k < info.arg_count; ++k)
      uses_[in.args[k].id] = static_cast<u16>(uses_[in.args[k].id] + (passes_on ? uses_[i] : 1));
  }
}

void Emitter::hint(Value v, ir::Reg g, s32 barrier, s32 last_read) {
  const s32 id = v.id;
  // The defining instruction itself may fault: it then has not written its result.
  if (id < barrier || id <= last_read || hint_[v.id] >= 0 || g == ir::kRegNzcv) return;
  hint_[v.id] = static_cast<s16>(g);
  // A zero-extension is no code, as a rule.
  if (inst(v).op == Op::ZExt) hint(inst(v).args[0], g, barrier, last_read);
}

bool Emitter::can_scale(Value v) const {
  const Inst& in = inst(v);
  return in.op == Op::Shl && uses_[v.id] == 1 && inst(in.args[1]).op == Op::Const &&
         inst(in.args[1]).imm >= 1 && inst(in.args[1]).imm <= 3;
}

// Additions and shifts by up to three whose only reader is an address, or for shifts an addition, that x86 does
// in the same instruction; rounds of AES with the mixing of columns after them; and conditions that a BoolAnd
// will want when their flags are gone.
void Emitter::find_folds() {
  const auto& insts = block_->insts;
  folded_.assign(insts.size(), 0);
  eager_.assign(insts.size(), 0);
  const auto fold_scaled = [&](const Inst& add) {
    for (const Value v : {add.args[1], add.args[0]})
      if (can_scale(v)) {
        folded_[v.id] = 1;
        return;
      }
  };
  for (usize j = 0; j < insts.size(); ++j) {
    const Inst& in = insts[j];
    if (dead_[j]) continue;
    if (ir::has_displacement(in.op)) {
      const Value at = in.args[0];
      if (in.order() != ir::Order::Plain || inst(at).op != Op::Add || uses_[at.id] != 1) continue;
      if (static_cast<s64>(in.imm) != static_cast<s32>(in.imm) || inst(inst(at).args[1]).op == Op::Const)
        continue;
      folded_[at.id] = 1;
      // The addition has been seen before, and its shift, if any.
      if (!folded_[inst(at).args[0].id] && !folded_[inst(at).args[1].id]) fold_scaled(inst(at));
    } else if (in.op == Op::Add) {
      const bool sets_flags =
          std::any_of(insts.begin() + static_cast<std::ptrdiff_t>(j), insts.end(), [&](const Inst& k) {
            return k.op == Op::FlagsAdd && k.args == in.args && !dead_[static_cast<usize>(&k - insts.data())];
          });
      if (!sets_flags) fold_scaled(in);
    } else if (in.op == Op::BoolAnd) {
      eager_[in.args[0].id] = 1;
    } else if ((in.op == Op::AesMc || in.op == Op::AesImc) && host.aes) {
      const Value round = in.args[0];
      const bool whole = inst(round).op == (in.op == Op::AesMc ? Op::AesE : Op::AesD);
      if (whole && uses_[round.id] == 1) folded_[round.id] = 1;
    }
  }
}

// A value that is about to be written to a pinned register can be computed there, if nothing between can fault:
// a fault would show the register too early.
void Emitter::find_hints() {
  const auto& insts = block_->insts;
  s32 barrier = -1;
  std::array<s32, ir::kRegCount> read;  // where each register was last read: its old value is needed until then
  read.fill(-1);
  for (usize j = 0; j < insts.size(); ++j) {
    const Inst& in = insts[j];
    if (dead_[j]) continue;
    if (in.op == Op::SetReg) {
      hint(in.args[0], in.reg(), barrier, read[in.reg()]);
    } else if (in.op == Op::GetReg) {
      read[in.reg()] = static_cast<s32>(j);
    } else if (ir::info(in.op).props & (ir::M | ir::W)) {
      barrier = static_cast<s32>(j);
    }
  }
}

}  // namespace veneer::tier1
