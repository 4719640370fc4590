// Declares the emit function of every operation that has host code.
#pragma once

#include "translate/tier1/emitter.h"

namespace veneer::tier1 {

#define VENEER_EMIT(name) void emit_##name(Emitter& e, const Inst& in, Value v);
#include "translate/tier1/emit_ops.inc"
#undef VENEER_EMIT

// Loads and stores that acquire and release.
void emit_ordered_load(Emitter& e, const Inst& in, Value v);
void emit_ordered_store(Emitter& e, const Inst& in, Value v);

}  // namespace veneer::tier1
