// The dispositions of signals: what the guest set, and what the host has in its place.
#pragma once

#include <array>
#include <memory>
#include <mutex>

#include "base/types.h"
#include "program/signal_state.h"

namespace veneer {

// struct kernel_sigaction, the same on both sides.
struct SignalAction {
  u64 handler = 0;  // 0 is SIG_DFL, 1 is SIG_IGN
  u64 flags = 0;
  u64 restorer = 0;
  SignalSet mask = 0;

  static constexpr u64 kDefault = 0, kIgnore = 1;
  bool has_handler() const { return handler > kIgnore; }
};

class SignalActions {
 public:
  SignalActions() = default;
  // For a process that shares memory but not dispositions with its parent.
  std::shared_ptr<SignalActions> copy() const;

  // Takes over what the host process inherited, and puts veneer's handler where it needs one.
  void inherit();

  SignalAction get(int signal) const;
  // Of signal 0 and on, for who looks from another process.
  const SignalAction* table() const { return table_.data(); }
  void set(int signal, const SignalAction& action);
  // The action for a delivery that happens now: SA_RESETHAND takes effect.
  SignalAction take(int signal);
  // CLONE_CLEAR_SIGHAND: every handler becomes the default.
  void clear_handlers();

  // execve: every handler is the default on the host already while the new program is looked for, so that a
  // signal then has the effect it would have a moment later; signals that only veneer handles are ignored if
  // the guest ignores them. `restore` when the exec failed.
  void prepare_exec();
  void restore_after_exec();

  void lock_for_fork() { mutex_.lock(); }
  void unlock_after_fork() { mutex_.unlock(); }

 private:
  void set_on_host(int signal, const SignalAction& action) const;

  std::array<SignalAction, kSignalCount + 1> table_{};
  mutable std::mutex mutex_;
};

}  // namespace veneer
