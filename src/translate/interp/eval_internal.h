// The evaluation function of every IR operation, declared from the table of operations. Each lives in the
// eval_*.cpp of its family and has the shape of EvalFn.
#pragma once

#include "translate/interp/eval.h"

namespace veneer::interp {

#define VENEER_OP(name, sig, props) Vec eval_##name(CpuState& state, const ir::Inst& in, const Vec* args);
#include "translate/ir/ops.inc"
#undef VENEER_OP

}  // namespace veneer::interp
