// Reductions of integers (Unprivileged ISA 31.14).
#include "isa/riscv64/lift.h"
#include "isa/riscv64/lift/vector.h"

namespace veneer::rv64 {

namespace {

bool reduce(Lifter& l, Insn i, bool widens) {
  return is_legal_reduction(l, i, widens) && execute(l, i, Form::V);
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
