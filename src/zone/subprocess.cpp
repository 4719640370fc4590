#include "zone/subprocess.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>

#include "base/files.h"
#include "base/types.h"

namespace veneer::zone {
namespace {

using Clock = std::chrono::steady_clock;

struct Pipe {
  Fd read, write;
  bool open() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return false;
    read.reset(ends[0]);
    write.reset(ends[1]);
    return true;
  }
};

[[noreturn]] void child(const Pipe& in, const Pipe& out, const Pipe& failure, const std::vector<char*>& args,
                        const SubprocessOptions& o, const std::vector<char*>& env) {
  ::dup2(in.read.get(), 0);
  ::dup2(out.write.get(), 1);
  ::dup2(out.write.get(), 2);
  ::signal(SIGPIPE, SIG_DFL);
  if (o.path.empty()) {
    if (o.env) environ = const_cast<char**>(env.data());
    ::execvp(args[0], args.data());
  } else {
    ::execve(o.path.c_str(), args.data(), o.env ? env.data() : environ);
  }
  const int error = errno;
  (void)!::write(failure.write.get(), &error, sizeof error);
  ::_exit(127);
}

// Feeds and drains the pipes until the program closes its output; false when time is up.
bool converse(Pipe& in, Pipe& out, const SubprocessOptions& o, std::string& output,
              std::optional<Clock::time_point> deadline) {
  std::string_view input = o.input;
  if (input.empty()) in.write.reset();
  ::fcntl(in.write.get(), F_SETFL, O_NONBLOCK);
  for (;;) {
    pollfd fds[2] = {{out.read.get(), POLLIN, 0}, {in.write.get(), POLLOUT, 0}};
    int wait = -1;
    if (deadline) {
      wait = static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(*deadline - Clock::now()).count());
      if (wait <= 0) return false;
    }
    if (::poll(fds, 2, wait) < 0 && errno != EINTR) return true;
    if (fds[1].revents) {
      const ssize_t n = ::write(in.write.get(), input.data(), input.size());
      if (n > 0) input.remove_prefix(static_cast<usize>(n));
      if ((n < 0 && errno != EAGAIN) || input.empty()) in.write.reset();
    }
    if (fds[0].revents) {
      char text[4096];
      const ssize_t n = ::read(out.read.get(), text, sizeof text);
      if (n == 0) return true;
      if (n > 0 && output.size() < 65536) output.append(text, static_cast<usize>(n));
    }
  }
}

// Waits for the process itself: it may have closed its output long before.
std::optional<int> wait_for(pid_t pid, std::optional<Clock::time_point> deadline) {
  const Fd handle(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  for (;;) {
    int status = 0;
    const pid_t done = ::waitpid(pid, &status, deadline ? WNOHANG : 0);
    if (done == pid) return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    if (done < 0 && errno != EINTR) return 0;
    if (!deadline) continue;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*deadline - Clock::now()).count();
    if (left <= 0) return std::nullopt;
    pollfd fd{handle.get(), POLLIN, 0};
    ::poll(&fd, 1, static_cast<int>(left));
  }
}

}  // namespace

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> out;
  out.reserve(strings.size() + 1);
  for (const std::string& s : strings) out.push_back(const_cast<char*>(s.c_str()));
  out.push_back(nullptr);
  return out;
}

Result<Finished> run_to_end(const std::vector<std::string>& args, const SubprocessOptions& options) {
  const std::string& name = options.path.empty() ? args[0] : options.path;
  Pipe in, out, failure;
  if (!in.open() || !out.open() || !failure.open()) return failed(errno, "make a pipe for '%s'", name.c_str());
  const std::vector<char*> argv = pointers(args);
  const std::vector<char*> env = pointers(options.env.value_or(std::vector<std::string>{}));
  std::optional<Clock::time_point> deadline;
  if (options.timeout) deadline = Clock::now() + *options.timeout;
  const pid_t pid = ::fork();
  if (pid < 0) return failed(errno, "start '%s'", name.c_str());
  if (pid == 0) child(in, out, failure, argv, options, env);
  in.read.reset();
  out.write.reset();
  failure.write.reset();
  // A program that goes away without reading its input is no reason for us to die.
  struct sigaction ignore{}, before{};
  ignore.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &ignore, &before);
  Finished finished;
  const bool in_time = converse(in, out, options, finished.output, deadline);
  ::sigaction(SIGPIPE, &before, nullptr);
  std::optional<int> status = in_time ? wait_for(pid, deadline) : std::nullopt;
  if (!status) {
    ::kill(pid, SIGKILL);
    wait_for(pid, std::nullopt);
    return Error{exit_status::kVeneer, "'" + name + "' took too long and was killed"};
  }
  int error = 0;
  if (::read(failure.read.get(), &error, sizeof error) == sizeof error)
    return failed(error, "execute '%s'", name.c_str());
  finished.status = *status;
  while (finished.output.ends_with('\n')) finished.output.pop_back();
  return finished;
}

}  // namespace veneer::zone
