// What a guest thread knows of its signals.
#pragma once

#include <csignal>

#include "base/types.h"

namespace veneer {

// Signal sets as the kernel has them on both sides: bit n-1 is signal n.
using SignalSet = u64;
constexpr int kSignalCount = 64;
constexpr SignalSet signal_bit(int signal) {
  return SignalSet{1} << (signal - 1);
}
constexpr SignalSet kUnblockable = signal_bit(SIGKILL) | signal_bit(SIGSTOP);
// Signals that instructions raise. Never blocked on the host, where veneer handles them for itself; whether
// the guest blocks them is known here only.
constexpr SignalSet kSynchronous =
    signal_bit(SIGSEGV) | signal_bit(SIGBUS) | signal_bit(SIGILL) | signal_bit(SIGFPE) | signal_bit(SIGTRAP);

// 0 to 4, for each of kSynchronous.
constexpr usize synchronous_index(int signal) {
  switch (signal) {
    case SIGSEGV: return 0;
    case SIGBUS: return 1;
    case SIGILL: return 2;
    case SIGFPE: return 3;
    default: return 4;
  }
}

struct SignalState {
  SignalSet blocked = 0;  // as the guest set it

  // The mask of the sigsuspend, ppoll, pselect6 or epoll_pwait that a signal has just interrupted: it, and not
  // `blocked`, is what the handler's mask adds to; `blocked` is what returning from the handler restores.
  SignalSet temporary = 0;
  bool has_temporary = false;

  // The one asynchronous signal that the host's handler has taken and the run loop has not yet delivered;
  // si_signo is 0 when there is none. The host blocks all others meanwhile.
  siginfo_t taken{};
  // Signals of kSynchronous that some process *sent*: each is pending at most once.
  SignalSet sent = 0;
  siginfo_t sent_info[5]{};

  // What ESR_EL1 and FAR_EL1 would hold after the last fault, for frames; esr is 0 when there was none
  // (arch/arm64/kernel/signal.c keeps them from one fault to the next, too).
  u64 fault_address = 0, esr = 0;
  bool fault_was_write = false;  // as the host's handler saw it

  // sigaltstack(2).
  GuestAddr alt_stack = 0;
  u64 alt_size = 0;
  int alt_flags = 2;  // SS_DISABLE, SS_AUTODISARM
};

}  // namespace veneer
