#include "translate/interp/interpreter.h"

#include <array>

#include "translate/interp/elements.h"
#include "translate/interp/eval.h"

namespace veneer::interp {

namespace {

using ir::Op;
using ir::Type;

// The low bits of a register that a read of this type takes.
Vec narrow(Vec v, Type type) {
  const unsigned bits = ir::bit_width(type);
  if (bits < 128) v.d[1] = 0;
  if (bits < 64) v.d[0] &= (u64{1} << bits) - 1;
  return v;
}

Vec get_reg(const CpuState& s, const ir::Inst& in) {
  const ir::Reg reg = in.reg();
  Vec v{};
  if (ir::is_gpr(reg)) {
    v.d[0] = s.x[reg];
  } else if (ir::is_vec(reg)) {
    v = ir::is_wide(reg) ? s.wide[reg - ir::kRegWide0] : s.v[reg - ir::kRegVec0];
  } else {
    v.h[0] = s.nzcv;
  }
  return narrow(v, in.type);
}

// Values are zero beyond their type, which is what a write of a narrower one means to the register.
void set_reg(CpuState& s, const ir::Inst& in, const Vec& v) {
  const ir::Reg reg = in.reg();
  if (ir::is_gpr(reg)) {
    s.x[reg] = v.d[0];
  } else if (ir::is_vec(reg)) {
    (ir::is_wide(reg) ? s.wide[reg - ir::kRegWide0] : s.v[reg - ir::kRegVec0]) = v;
  } else {
    s.nzcv = v.h[0];
  }
}

Vec constant(const ir::Inst& in) {
  Vec v{};
  v.d[0] = in.imm;
  if (in.type == Type::V128 && in.q) v.d[1] = in.imm;
  return v;
}

void terminate(CpuState& s, const ir::BlockView& block, const ir::Inst& in, const Vec& arg) {
  s.exit = Exit::Continue;
  switch (in.op) {
    case Op::Branch:
    case Op::BranchMode:
    case Op::BranchAnyMode: s.pc = in.imm; break;
    case Op::BranchCond: s.pc = arg.b[0] & 1 ? in.imm : block.end_pc; break;
    case Op::BranchInd: s.pc = arg.d[0]; break;
    case Op::Syscall:
      s.pc = block.end_pc;
      s.exit = Exit::Syscall;
      s.exit_info = static_cast<u32>(in.imm);
      break;
    default:  // Trap: pc stays at the instruction
      s.exit = Exit::Trap;
      s.exit_info = in.aux | static_cast<u32>(in.imm) << 8;
      break;
  }
}

bool is_canonical(GuestAddr address) {
  return (address + (u64{1} << 47)) >> 48 == 0;
}

// Bytes; 0 for what only looks at the address.
u32 access_size(const ir::Inst& in) {
  switch (in.op) {
    case Op::CheckAlign:
    case Op::ExpectAlign: return 0;
    case Op::LoadV:
    case Op::StoreV:
    case Op::LoadVMasked:
    case Op::StoreVMasked:
    case Op::Cas128:
    case Op::LoadExcl128:
    case Op::StoreExcl128: return 16;
    default: return in.esize / 8u;
  }
}

bool is_write(Op op) {
  switch (op) {
    case Op::Load:
    case Op::LoadF:
    case Op::LoadV:
    case Op::LoadVMasked:
    case Op::LoadExcl:
    case Op::LoadExcl128: return false;
    default: return true;
  }
}

// What all but memory accesses and terminators make.
Vec evaluate(CpuState& state, const ir::Inst& in, const Vec* args) {
  switch (in.op) {
    case Op::Const: return constant(in);
    case Op::GetReg: return get_reg(state, in);
    default: return eval_fn(in.op)(state, in, args);
  }
}

}  // namespace

void for_each_access(const CpuState& before, const ir::Block& block,
                     const std::function<void(const MemoryAccess&)>& visit) {
  CpuState state = before;  // what the operations would change
  std::array<Vec, ir::kMaxInsts> values{};
  for (usize i = 0; i < block.insts.size(); ++i) {
    const ir::Inst& in = block.insts[i];
    const ir::OpInfo& op = ir::info(in.op);
    if (op.props & ir::E || (in.op == Op::InsnStart && in.imm != block.pc)) break;
    Vec args[3]{};
    for (unsigned k = 0; k < op.arg_count; ++k) args[k] = values[in.args[k].id];
    if (in.op == Op::AccessElements) {
      const auto access = ir::ElementAccess::of(in);
      const u32 size = in.esize / 8u * access.fields;
      interp::each_element(state, access, args, [&](u64, GuestAddr at) { visit({at, size, access.stores}); });
    } else if (op.props & ir::M) {
      const GuestAddr at = args[0].d[0] + (ir::has_displacement(in.op) ? in.imm : 0);
      if (const u32 size = access_size(in)) visit({at, size, is_write(in.op)});
    } else if (in.op != Op::InsnStart && in.op != Op::SetReg) {
      values[i] = evaluate(state, in, args);
    }
  }
}

std::optional<GuestAddr> inexpressible_address(const CpuState& state, const ir::Block& block) {
  std::optional<GuestAddr> found;
  for_each_access(state, block, [&](const MemoryAccess& access) {
    if (!found && !is_canonical(access.address)) found = access.address;
  });
  return found;
}

void run_block(CpuState& state, const ir::BlockView& block) {
  std::array<Vec, ir::kMaxInsts> values;
  state.exit = Exit::Continue;
  for (usize i = 0; i < block.insts.size(); ++i) {
    const ir::Inst& in = block.insts[i];
    switch (in.op) {
      case Op::InsnStart: state.pc = in.imm; continue;
      case Op::Const: values[i] = constant(in); continue;
      case Op::GetReg: values[i] = get_reg(state, in); continue;
      case Op::SetReg: set_reg(state, in, values[in.args[0].id]); continue;
      default: break;
    }
    const ir::OpInfo& op = ir::info(in.op);
    if (op.props & ir::E) {
      terminate(state, block, in, op.arg_count ? values[in.args[0].id] : Vec{});
      return;
    }
    // Each function reads the arguments that it has.
    Vec args[3];
    for (unsigned k = 0; k < op.arg_count; ++k) args[k] = values[in.args[k].id];
    values[i] = eval_fn(in.op)(state, in, args);
    if (state.exit != Exit::Continue) return;
  }
}

}  // namespace veneer::interp
