#include "program/signal_actions.h"

#include <sys/syscall.h>

#include "program/core_dump.h"
#include "program/host_signals.h"
#include "program/safe_syscall.h"

namespace veneer {
namespace {

// x86-64's kernel wants every handler to name its return trampoline.
constexpr u64 kRestorerFlag = 0x04000000;

SignalAction host_action(int signal) {
  SignalAction action;
  host_syscall(SYS_rt_sigaction, static_cast<u64>(signal), 0, reinterpret_cast<u64>(&action), 8);
  return action;
}

void set_host_action(int signal, const SignalAction& action) {
  host_syscall(SYS_rt_sigaction, static_cast<u64>(signal), reinterpret_cast<u64>(&action), 0, 8);
}

// Is the signal veneer's to handle whatever the guest does? What faults raise, and what leaves the guest's
// core.
bool always_handled(int signal, const SignalAction& action) {
  return signal_bit(signal) & kSynchronous || (action.handler == SignalAction::kDefault && dumps_core(signal));
}

}  // namespace

std::shared_ptr<SignalActions> SignalActions::copy() const {
  auto other = std::make_shared<SignalActions>();
  std::lock_guard lock(mutex_);
  other->table_ = table_;
  return other;
}

void SignalActions::inherit() {
  std::lock_guard lock(mutex_);
  for (int signal = 1; signal <= kSignalCount; signal++) {
    if (signal_bit(signal) & kUnblockable) continue;
    SignalAction action = host_action(signal);
    table_[static_cast<usize>(signal)].handler = action.has_handler() ? SignalAction::kDefault : action.handler;
    const SignalAction& own = table_[static_cast<usize>(signal)];
    if (always_handled(signal, own)) set_on_host(signal, own);
  }
}

void SignalActions::set_on_host(int signal, const SignalAction& action) const {
  constexpr u64 kPassed = SA_NOCLDSTOP | SA_NOCLDWAIT;
  SignalAction host;
  host.flags = (action.flags & kPassed) | kRestorerFlag;
  host.restorer = reinterpret_cast<u64>(&veneer_signal_return);
  if (action.has_handler() || always_handled(signal, action)) {
    host.handler = reinterpret_cast<u64>(&handle_host_signal);
    host.flags |= SA_SIGINFO | SA_ONSTACK;
    // The kernel decides about restarting by this flag of the host's; an ignored signal interrupts nothing.
    host.flags |= action.has_handler() ? action.flags & SA_RESTART : u64{SA_RESTART};
    host.mask = ~SignalSet{0};
  } else {
    host.handler = action.handler;
  }
  set_host_action(signal, host);
}

SignalAction SignalActions::get(int signal) const {
  std::lock_guard lock(mutex_);
  return table_[static_cast<usize>(signal)];
}

void SignalActions::set(int signal, const SignalAction& action) {
  std::lock_guard lock(mutex_);
  table_[static_cast<usize>(signal)] = action;
  set_on_host(signal, action);
}

SignalAction SignalActions::take(int signal) {
  std::lock_guard lock(mutex_);
  SignalAction& entry = table_[static_cast<usize>(signal)];
  SignalAction action = entry;
  if (action.has_handler() && (action.flags & SA_RESETHAND)) {
    entry.handler = SignalAction::kDefault;
    set_on_host(signal, entry);
  }
  return action;
}

void SignalActions::clear_handlers() {
  std::lock_guard lock(mutex_);
  for (int signal = 1; signal <= kSignalCount; signal++) {
    SignalAction& entry = table_[static_cast<usize>(signal)];
    if (!entry.has_handler()) continue;
    entry = {};
    set_on_host(signal, entry);
  }
}

void SignalActions::prepare_exec() {
  mutex_.lock();
  for (int signal = 1; signal <= kSignalCount; signal++) {
    const SignalAction& entry = table_[static_cast<usize>(signal)];
    bool synchronous = signal_bit(signal) & kSynchronous;
    if (synchronous && entry.handler == SignalAction::kIgnore) {
      set_host_action(signal, {.handler = SignalAction::kIgnore});
    } else if (!synchronous && (entry.has_handler() || always_handled(signal, entry))) {
      set_host_action(signal, {});
    }
  }
}

void SignalActions::restore_after_exec() {
  for (int signal = 1; signal <= kSignalCount; signal++) {
    const SignalAction& entry = table_[static_cast<usize>(signal)];
    bool synchronous = signal_bit(signal) & kSynchronous;
    const bool changed = synchronous ? entry.handler == SignalAction::kIgnore
                                     : entry.has_handler() || always_handled(signal, entry);
    if (changed) set_on_host(signal, entry);
  }
  mutex_.unlock();
}

}  // namespace veneer
