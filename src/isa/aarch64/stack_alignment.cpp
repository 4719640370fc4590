// SP must be a multiple of 16 where an access is based on it (Arm ARM D1.8.2; Linux sets SCTLR_EL1.SA0). Nearly
// every program keeps it so throughout. Blocks therefore assume it of the SP that they start with, and where
// one makes an SP that is not plainly aligned, it is looked at: on the first that is not, the translator makes
// everything anew with LiftOptions::check_sp, where it is the accesses that are checked.
#include "isa/aarch64/lifter.h"

namespace veneer::a64 {

namespace {

// A value as a root and what has been added to it.
struct Sum {
  Value root;
  u64 offset = 0;
};

Sum sum_of(const ir::Builder& b, Value v) {
  Sum s{v};
  for (;;) {
    const ir::Inst& in = b.def(s.root);
    if (in.op != Op::Add && in.op != Op::Sub) return s;
    const ir::Inst& second = b.def(in.args[1]);
    if (second.op != Op::Const) return s;
    s.offset += in.op == Op::Add ? second.imm : u64{0} - second.imm;
    s.root = in.args[0];
  }
}

}  // namespace

bool Lifter::is_aligned(Value sp) const {
  const Sum s = sum_of(b, sp);
  const ir::Inst& root = b.def(s.root);
  if (checked_sp_.valid()) {
    const Sum checked = sum_of(b, checked_sp_);
    if (checked.root.id == s.root.id) return (s.offset - checked.offset) % kSpAlignment == 0;
  }
  if (s.offset % kSpAlignment != 0) return false;
  switch (root.op) {
    case Op::Const: return root.imm % kSpAlignment == 0;
    case Op::And: return b.is_const(root.args[1]) && b.def(root.args[1]).imm % kSpAlignment == 0;
    case Op::GetReg: return !options_.check_sp && root.reg() == ir::gpr(31);
    default: return false;
  }
}

void Lifter::expect_aligned(Value sp) {
  if (b.type_of(sp) == Type::I32) sp = b.zext(sp);
  if (!options_.check_sp && !is_aligned(sp)) b.emit(Op::ExpectAlign, Type::None, {sp}, kSpAlignment);
}

void Lifter::check_aligned(Value sp) {
  if (!options_.check_sp || is_aligned(sp)) return;
  b.emit(Op::CheckAlign, Type::None, {sp}, kSpAlignment);
  checked_sp_ = sp;
}

}  // namespace veneer::a64
