// The numbers that the remote protocol gives signals (gdb's include/gdb/signals.def), which are those of no
// system in particular.
#pragma once

namespace veneer::debug {

// 143 ("unknown") for what has none.
int signal_to_gdb(int signal);
// 0 for what has none.
int signal_from_gdb(int number);

}  // namespace veneer::debug
