#include "debug/server.h"

#include <cerrno>
#include <csignal>
#include <cstdio>

#include <fcntl.h>
#include <sys/ptrace.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "debug/endpoint.h"
#include "debug/session.h"

namespace veneer::debug {
namespace {

int exit_status_of(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// The child waits until it is seized, and then starts as a traced program does.
[[noreturn]] void run_child(RunOptions options, std::span<const GuestPlatform> platforms, Fd seized) {
  options.traced = format("1,%u,0,%d", static_cast<unsigned>(PTRACE_O_TRACEEXEC), ::getpid());
  char byte = 0;
  if (::read(seized.get(), &byte, 1) != 1) ::_exit(exit_status::kVeneer);
  seized.reset();
  ::_exit(run_program(std::move(options), platforms));
}

}  // namespace

int run_under_debugger(RunOptions options, std::span<const GuestPlatform> platforms, const std::string& where) {
  Result<Endpoint> endpoint = Endpoint::listen(where);
  if (!endpoint) {
    report(endpoint.error().message);
    return endpoint.error().status;
  }
  const Result<std::string> root = open_root(options.root);
  if (!root) {
    report(root.error().message);
    return root.error().status;
  }
  int ends[2];
  const bool piped = ::pipe2(ends, O_CLOEXEC) == 0;
  const pid_t child = piped ? ::fork() : -1;
  if (child < 0) {
    report(format("cannot run '%s': %s", options.program.c_str(), errno_text(errno)));
    return exit_status::kVeneer;
  }
  Fd seized_reader(ends[0]), seized_writer(ends[1]);
  if (child == 0) {
    seized_writer.reset();
    run_child(std::move(options), platforms, std::move(seized_reader));
  }
  seized_reader.reset();

  // The terminal's signals are the program's.
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGINT, SIGQUIT, SIGTSTP}) sigaddset(&set, signal);
  ::sigprocmask(SIG_BLOCK, &set, nullptr);
  sigemptyset(&set);
  sigaddset(&set, SIGCHLD);
  ::sigprocmask(SIG_BLOCK, &set, nullptr);
  const Fd events(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));

  Inferior inferior(child);
  if (const s64 error = inferior.seize(); error < 0) {
    report(format("cannot trace the program: %s; does the host let a process trace its child?",
                  errno_text(static_cast<int>(-error))));
    return exit_status::kVeneer;
  }
  int status = 0;
  const bool told = ::write(seized_writer.get(), "s", 1) == 1;
  if (!told || !inferior.start(status)) return exit_status_of(status);  // it has said why
  std::fprintf(stderr, "veneer: waiting for a debugger at %s\n", endpoint->name().c_str());
  Packets packets(endpoint->accept());
  const Sysroot sysroot(*root);
  Session session(packets, inferior, sysroot);
  switch (session.run(events.get())) {
    case Session::End::Killed: inferior.kill(); break;
    case Session::End::Detached: inferior.detach(); break;
    case Session::End::Exited: break;
  }
  return exit_status_of(inferior.wait_for_end());
}

}  // namespace veneer::debug
