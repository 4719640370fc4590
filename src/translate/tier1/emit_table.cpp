#include "translate/tier1/emit.h"

namespace veneer::tier1 {

EmitFn emit_fn(Op op) {
  static constexpr auto kTable = [] {
    std::array<EmitFn, ir::kOpCount> table{};
#define VENEER_EMIT(name) table[static_cast<usize>(Op::name)] = emit_##name;
#include "translate/tier1/emit_ops.inc"
#undef VENEER_EMIT
    return table;
  }();
  return kTable[static_cast<usize>(op)];
}

}  // namespace veneer::tier1
