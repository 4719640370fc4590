// Zicbom and Zicboz (Unprivileged ISA, chapter 19): caches are the host's, and coherent.
#include "isa/riscv64/features.h"
#include "isa/riscv64/lift.h"

namespace veneer::rv64 {

bool lift_CBO_CLEAN(Lifter& /*l*/, Insn /*i*/) {
  return true;
}
bool lift_CBO_FLUSH(Lifter& /*l*/, Insn /*i*/) {
  return true;
}
bool lift_CBO_ZERO(Lifter& l, Insn i) {
  const Value block = l.b.and_(l.x(i.rs1()), l.b.i64(~u64{kCacheBlock - 1}));
  const Value zero = l.b.vconst(0, true);
  for (unsigned at = 0; at < kCacheBlock; at += 16) l.b.store_v(block, zero, at);
  return true;
}

}  // namespace veneer::rv64
