// `veneer run` as a process of its own, as a user runs it.
#pragma once

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <string>
#include <vector>

#include "base/files.h"

extern char** environ;  // NOLINT: POSIX's

namespace veneer::test {

struct Outcome {
  int status = -1;  // the exit status, or 128 + the signal that it died of
  std::string out, err;
};

inline std::string read_all(int fd) {
  std::string text;
  char buffer[4096];
  for (ssize_t n; (n = ::read(fd, buffer, sizeof buffer)) > 0;)
    text.append(buffer, static_cast<std::size_t>(n));
  return text;
}

// Output goes to files, so that neither end waits for the other. A guest that hangs is killed after a minute.
inline Outcome run_veneer(std::vector<std::string> arguments) {
  const Fd out(::open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  const Fd err(::open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  arguments.insert(arguments.begin(), {"timeout", "-s", "KILL", "60", VENEER_BINARY, "run"});
  std::vector<char*> argv;
  for (std::string& a : arguments) argv.push_back(a.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, out.get(), 1);
  ::posix_spawn_file_actions_adddup2(&actions, err.get(), 2);
  pid_t pid = 0;
  const int failed = ::posix_spawnp(&pid, "timeout", &actions, nullptr, argv.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  Outcome o;
  if (failed) return o;
  int status = 0;
  ::waitpid(pid, &status, 0);
  o.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  ::lseek(out.get(), 0, SEEK_SET);
  ::lseek(err.get(), 0, SEEK_SET);
  o.out = read_all(out.get());
  o.err = read_all(err.get());
  return o;
}

}  // namespace veneer::test
