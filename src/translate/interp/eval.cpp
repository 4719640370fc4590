#include "translate/interp/eval.h"

#include <array>

#include "translate/interp/eval_internal.h"

namespace veneer::interp {

namespace {

// What concerns the state of the block itself is the interpreter's own business.
constexpr bool is_evaluated(ir::Op op) {
  switch (op) {
    case ir::Op::Const:
    case ir::Op::GetReg:
    case ir::Op::SetReg:
    case ir::Op::InsnStart: return false;
    default: return !(ir::info(op).props & ir::E);
  }
}

// An operation without a function does not link.
template <ir::Op op, EvalFn fn>
constexpr EvalFn entry() {
  if constexpr (is_evaluated(op)) {
    return fn;
  } else {
    return nullptr;
  }
}

constexpr std::array<EvalFn, ir::kOpCount> kTable = {{
#define VENEER_OP(name, sig, props) entry<ir::Op::name, eval_##name>(),
#include "translate/ir/ops.inc"
#undef VENEER_OP
}};

}  // namespace

EvalFn eval_fn(ir::Op op) {
  return kTable[static_cast<usize>(op)];
}

}  // namespace veneer::interp
