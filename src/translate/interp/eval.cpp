#include "translate/interp/eval.h"

#include <array>

#include "translate/interp/eval_internal.h"

namespace veneer::interp {

namespace {

// An operation without a function does not link. The interpreter never looks up those that it does itself.
constexpr std::array<EvalFn, ir::kOpCount> kTable = {{
#define VENEER_OP(name, sig, props) eval_##name,
#include "translate/ir/ops.inc"
#undef VENEER_OP
}};

}  // namespace

EvalFn eval_fn(ir::Op op) {
  return kTable[static_cast<usize>(op)];
}

}  // namespace veneer::interp
