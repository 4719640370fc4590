// Accesses that must be aligned.
#pragma once

#include <csignal>

#include "translate/cpu_state.h"

namespace veneer::interp {

// True when it is; otherwise leaves an alignment fault in the state, as Linux reports it.
inline bool aligned(CpuState& s, GuestAddr at, u64 bytes) {
  if (at % bytes == 0) return true;
  s.exit = Exit::Fault;
  s.fault_signal = SIGBUS;
  s.fault_code = BUS_ADRALN;
  s.fault_addr = at;
  return false;
}

}  // namespace veneer::interp
