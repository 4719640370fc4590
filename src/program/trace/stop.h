// The instruction by which a traced thread stops itself, and what its tracer knows it by.
#pragma once

#include "base/types.h"

namespace veneer {
struct TraceBlock;
// r12 of a thread that is stopped there; rbx is its TraceBlock.
constexpr u64 kStopMark = 0x7665'6e65'6572'5374;
}  // namespace veneer

extern "C" {
// Traps. The tracer sees a SIGTRAP, and goes on without; where there is no tracer (any more), the handler of
// veneer's own finds the trap by its address, which is that of `veneer_trace_stopped`.
void veneer_trace_stop(veneer::TraceBlock* block);
extern const char veneer_trace_stopped[];
}
