#include "zone/oci/foreground.h"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cerrno>
#include <memory>

#include "zone/console.h"

namespace veneer::zone {
namespace {

// All but those that are ours: faults, job control of our own terminal, and what cannot be blocked.
sigset_t forwarded_signals() {
  sigset_t set;
  sigfillset(&set);
  for (int s : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT, SIGTTOU, SIGTTIN, SIGPIPE, SIGURG})
    sigdelset(&set, s);
  return set;
}

class Foreground {
 public:
  Foreground(pid_t pid, Fd terminal) : pid_(pid) {
    const sigset_t set = forwarded_signals();
    ::sigprocmask(SIG_BLOCK, &set, &before_);
    signals_ = Fd(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
    if (terminal) relay_ = std::make_unique<TerminalRelay>(std::move(terminal));
  }
  ~Foreground() { ::sigprocmask(SIG_SETMASK, &before_, nullptr); }

  int wait() {
    while (!ended()) turn(-1);
    // What the program wrote last is still in the terminal.
    while (relay_ && drain_) turn(50);
    return status_;
  }

 private:
  bool ended() {
    int status = 0;
    const pid_t done = ::waitpid(pid_, &status, WNOHANG);
    if (done == 0 || (done < 0 && errno == EINTR)) return false;
    status_ = done < 0 ? 125 : WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    return true;
  }
  void turn(int timeout) {
    pollfd fds[3] = {{signals_.get(), POLLIN, 0},
                     {relay_ ? relay_->master() : -1, POLLIN, 0},
                     {relay_ && relay_->keyboard_open() ? 0 : -1, POLLIN, 0}};
    const int n = ::poll(fds, 3, timeout);
    if (timeout >= 0 && n == 0) drain_ = false;
    if (fds[0].revents) take_signals();
    if (fds[1].revents && !relay_->from_program()) {
      relay_.reset();
      drain_ = false;
      return;
    }
    if (relay_ && fds[2].revents) relay_->from_keyboard();
  }
  void take_signals() {
    signalfd_siginfo info{};
    while (::read(signals_.get(), &info, sizeof info) == sizeof info) {
      const int s = static_cast<int>(info.ssi_signo);
      if (s == SIGCHLD) continue;
      if (s == SIGWINCH && relay_) {
        relay_->resize();
      } else {
        ::kill(pid_, s);
      }
    }
  }

  pid_t pid_;
  sigset_t before_{};
  Fd signals_;
  std::unique_ptr<TerminalRelay> relay_;
  int status_ = 0;
  bool drain_ = true;
};

}  // namespace

int wait_in_foreground(pid_t pid, Fd terminal) {
  return Foreground(pid, std::move(terminal)).wait();
}

}  // namespace veneer::zone
