#include "zone/own_init.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <sstream>

#include "base/files.h"
#include "base/types.h"

namespace veneer::zone {
namespace {

// What ps(1) shows is the runtime's command line: its memory is given the name of what this is now (proc(5),
// arg_start).
void show_as_init() {
  std::optional<std::string> stat = read_file("/proc/self/stat");
  if (!stat) return;
  std::istringstream fields(stat->substr(stat->rfind(')') + 1));
  std::string field;
  constexpr int kArgStart = 46;  // after the name: fields 48 and 49
  unsigned long start = 0, end = 0;
  for (int i = 1; fields >> field && i <= kArgStart; i++) start = std::strtoul(field.c_str(), nullptr, 10);
  end = std::strtoul(field.c_str(), nullptr, 10);
  if (start == 0 || end <= start || end - start > 1 << 20) return;
  char* text =
      reinterpret_cast<char*>(start);  // NOLINT(performance-no-int-to-ptr): our own memory, by its number
  std::memset(text, 0, end - start);
  std::memcpy(text, "init", std::min<usize>(4, end - start - 1));
}

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
  ::prctl(PR_SET_NAME, "init", 0, 0, 0);
  show_as_init();
  (void)::chdir("/");
  channel.close();
  for (;;) {
    const int s = ::sigwaitinfo(&signals, nullptr);
    if (s == SIGTERM || s == SIGINT || s == SIGPWR) end_all(signals);
    reap();
  }
}

}  // namespace veneer::zone
