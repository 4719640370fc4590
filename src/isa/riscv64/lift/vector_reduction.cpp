// Reductions of integers (Unprivileged ISA 31.14).
#include "isa/riscv64/lift.h"
#include "isa/riscv64/lift/vector.h"

namespace veneer::rv64 {

namespace {

bool reduce(Lifter& l, Insn i, bool widens) {
  const VectorMode mode = l.vector.mode();
  if (mode.ill() || mode.started() || !VectorLifter::is_group(i.rs2(), mode.lmul()) ||
      (widens && mode.sew() > 32) || !VectorLifter::may_read(i, i.rs2()) ||
      !VectorLifter::may_read(i, i.rs1()) ||
      (widens && !VectorLifter::are_apart(i.rs1(), 0, i.rs2(), mode.lmul())))
    return false;
  return execute(l, i, Form::V);
}

}  // namespace

#define REDUCE(name, widens)                 \
  bool lift_##name##_VS(Lifter& l, Insn i) { \
    return reduce(l, i, widens);             \
  }
REDUCE(VREDSUM, false)
REDUCE(VREDAND, false)
REDUCE(VREDOR, false)
REDUCE(VREDXOR, false)
REDUCE(VREDMINU, false)
REDUCE(VREDMIN, false)
REDUCE(VREDMAXU, false)
REDUCE(VREDMAX, false)
REDUCE(VWREDSUMU, true)
REDUCE(VWREDSUM, true)
#undef REDUCE

}  // namespace veneer::rv64
