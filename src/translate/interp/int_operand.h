// Integer operands of IR operations: I32 and I64 in the low bits of a Vec.
#pragma once

#include "translate/cpu_state.h"
#include "translate/ir/ir.h"

namespace veneer::interp {

inline u64 truncate(const ir::Inst& in, u64 v) {
  return in.type == ir::Type::I32 ? static_cast<u32>(v) : v;
}
inline s64 signed_value(const ir::Inst& in, u64 v) {
  return in.type == ir::Type::I32 ? static_cast<s32>(v) : static_cast<s64>(v);
}
inline Vec integer(u64 v) {
  Vec r{};
  r.d[0] = v;
  return r;
}

}  // namespace veneer::interp
