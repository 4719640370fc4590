#include "zone/own_init.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <sstream>

#include "base/types.h"
#include "zone/process_name.h"

namespace veneer::zone {
namespace {

// Is nobody left but us?
bool reap() {
  for (;;) {
    const pid_t pid = ::waitpid(-1, nullptr, WNOHANG);
    if (pid < 0 && errno == ECHILD) return true;
    if (pid == 0) return false;
  }
}

[[noreturn]] void end_all(const sigset_t& signals) {
  ::kill(-1, SIGTERM);
  const std::time_t end = std::time(nullptr) + 10;
  while (!reap() && std::time(nullptr) < end) {
    const timespec wait{1, 0};
    ::sigtimedwait(&signals, nullptr, &wait);
  }
  ::kill(-1, SIGKILL);
  ::_exit(0);
}

}  // namespace

void run_own_init(Channel& channel) {
  sigset_t signals;
  sigemptyset(&signals);
  for (int s : {SIGCHLD, SIGTERM, SIGINT, SIGPWR, SIGHUP}) sigaddset(&signals, s);
  ::sigprocmask(SIG_SETMASK, &signals, nullptr);
  set_process_name("init");
  (void)::chdir("/");
  channel.close();
  for (;;) {
    const int s = ::sigwaitinfo(&signals, nullptr);
    if (s == SIGTERM || s == SIGINT || s == SIGPWR) end_all(signals);
    reap();
  }
}

}  // namespace veneer::zone
