// Zimop (Unprivileged ISA, chapter 8): what no extension has redefined writes zero.
#include "isa/riscv64/lift.h"

namespace veneer::rv64 {

bool lift_MOP_R(Lifter& l, Insn i) {
  l.set_x(i.rd(), l.b.i64(0));
  return true;
}
bool lift_MOP_RR(Lifter& l, Insn i) {
  l.set_x(i.rd(), l.b.i64(0));
  return true;
}

}  // namespace veneer::rv64
