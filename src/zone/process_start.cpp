#include "zone/process_start.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/keyctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <climits>
#include <csignal>
#include <sstream>

#include "zone/capabilities.h"
#include "zone/process_attributes.h"
#include "zone/subprocess.h"

namespace veneer::zone {
namespace {

const std::string* variable(const std::vector<std::string>& env, std::string_view name) {
  const std::string* found = nullptr;
  for (const std::string& e : env) {
    if (e.starts_with(name) && e.size() > name.size() && e[name.size()] == '=') found = &e;
  }
  return found;
}

bool executable(const std::string& path) {
  struct stat info{};
  return ::stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode) && ::access(path.c_str(), X_OK) == 0;
}

Result<std::string> find_program(const Process& p) {
  const std::string& name = p.args[0];
  if (name.find('/') != name.npos) {
    if (executable(name)) return name;
    struct stat info{};
    if (::stat(name.c_str(), &info) != 0) {
      const int error = errno;
      return Error{error == ENOENT || error == ENOTDIR ? exit_status::kNotFound : exit_status::kCannotRun,
                   format("exec: \"%s\": stat %s: %s", name.c_str(), name.c_str(),
                          error == ENOENT ? "no such file or directory" : errno_text(error))};
    }
    return Error{exit_status::kCannotRun, format("exec: \"%s\": permission denied", name.c_str())};
  }
  const std::string* path = variable(p.env, "PATH");
  std::istringstream directories(path ? path->substr(5)
                                      : "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
  bool denied = false;
  for (std::string directory; std::getline(directories, directory, ':');) {
    const std::string candidate = (directory.empty() ? "." : directory) + "/" + name;
    if (executable(candidate)) return candidate;
    struct stat info{};
    denied = denied || (::stat(candidate.c_str(), &info) == 0 && S_ISREG(info.st_mode));
  }
  if (denied) return Error{exit_status::kCannotRun, format("exec: \"%s\": permission denied", name.c_str())};
  return Error{exit_status::kNotFound,
               format("exec: \"%s\": executable file not found in $PATH", name.c_str())};
}

// The working directory, and that it is one: not a descriptor of the host's that leaked (/proc/self/fd/N).
Failure enter_directory(const std::string& path) {
  if (::chdir(path.c_str()) != 0) return failed(errno, "enter the working directory '%s'", path.c_str());
  char text[PATH_MAX];
  if (::syscall(SYS_getcwd, text, sizeof text) < 0 || text[0] != '/')
    return Error{exit_status::kVeneer,
                 "the working directory '" + path + "' is outside of the container's root"};
  return std::nullopt;
}

// HOME of the user, by the container's own passwd(5).
std::string home_of(u32 uid) {
  std::istringstream lines(read_file("/etc/passwd").value_or(""));
  for (std::string line; std::getline(lines, line);) {
    std::istringstream fields(line);
    std::string f[6];
    for (std::string& one : f) std::getline(fields, one, ':');
    if (f[2] == std::to_string(uid) && f[5].starts_with('/')) return f[5];
  }
  return "/";
}

void default_signals() {
  for (int s = 1; s < 65; s++) {
    if (s != SIGKILL && s != SIGSTOP) ::signal(s, SIG_DFL);
  }
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

}  // namespace

void close_all_but(unsigned first, std::vector<int> keep) {
  std::sort(keep.begin(), keep.end());
  for (int fd : keep) {
    if (fd < 0 || static_cast<unsigned>(fd) < first) continue;
    if (static_cast<unsigned>(fd) > first) (void)::syscall(SYS_close_range, first, fd - 1, 0);
    first = static_cast<unsigned>(fd) + 1;
  }
  (void)::syscall(SYS_close_range, first, ~0u, 0);
}

Failure prepare_process(const ProcessStart& start, int proc, std::string& program) {
  const Process& p = start.process;
  if (start.new_keyring) {
    // A kernel without keyrings, or a filter that forbids them, leaves nothing to be kept apart.
    if (::syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, nullptr) < 0 && errno != ENOSYS && errno != EPERM &&
        errno != EDQUOT)
      return failed(errno, "make a session keyring");
  }
  if (Failure e = set_rlimits(p.rlimits)) return e;
  if (p.scheduler) {
    if (Failure e = set_scheduler(*p.scheduler)) return e;
  }
  if (p.io_priority) {
    if (Failure e = set_io_priority(*p.io_priority)) return e;
  }
  if (!p.cpu_affinity_final.empty()) {
    if (Failure e = set_cpu_affinity(p.cpu_affinity_final)) return e;
  }
  if (proc >= 0) {
    if (Failure e = set_exec_labels(p, proc)) return e;
  }
  if (Failure e = enter_directory(p.cwd)) return e;
  if (!p.args.empty()) {
    Result<std::string> found = find_program(p);
    if (!found) return found.error();
    program = std::move(*found);
  }
  return std::nullopt;
}

Failure drop_privileges(const ProcessStart& start) {
  const Process& p = start.process;
  if (p.capabilities) {
    if (Failure e = drop_bounding_set(p.capabilities->bounding)) return e;
  }
  if (Failure e = set_user(p.user, start.user_namespace)) return e;
  if (p.capabilities) {
    // Until the filter is loaded, what loading it needs; `execute` takes the rest away. What cannot be granted
    // is left out (config.md, "process.capabilities").
    const u64 have = permitted_capabilities();
    const u64 inheritable = p.capabilities->inheritable & have;
    if (Failure e = set_capabilities(have, have, inheritable)) return e;
    if (Failure e = raise_ambient(p.capabilities->ambient & inheritable & p.capabilities->permitted)) return e;
  }
  if (p.no_new_privileges && ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
    return failed(errno, "give up new privileges");
  return std::nullopt;
}

Error execute(const ProcessStart& start, const std::string& program, const Channel& channel) {
  const Process& p = start.process;
  std::vector<std::string> env = p.env;
  if (!variable(env, "HOME")) env.push_back("HOME=" + home_of(p.user.uid));
  if (start.preserved_fds > 0 && variable(env, "LISTEN_FDS")) {
    if (!variable(env, "LISTEN_PID")) env.push_back("LISTEN_PID=" + std::to_string(::getpid()));
  }
  const bool translated = start.brand && !start.brand->native();
  const std::vector<std::string> args =
      translated ? translator_arguments(*start.brand, start.set_id_translator, program, p.args) : p.args;
  const std::vector<char*> argv = pointers(args), envp = pointers(env);
  // What the caller did not mean to pass on; among the passed ones may be none of ours.
  (void)::syscall(SYS_close_range, 3 + start.preserved_fds, ~0u, CLOSE_RANGE_CLOEXEC);
  int translator = -1;
  if (translated) {
    translator = start.brand->translator.get();
    ::fcntl(translator, F_SETFD, 0);
    if (start.brand->translations) ::fcntl(start.brand->translations.get(), F_SETFD, 0);
    if (start.set_id_translator >= 0) ::fcntl(start.set_id_translator, F_SETFD, 0);
    struct stat info{};
    if (start.set_id_translator >= 0 && ::stat(program.c_str(), &info) == 0 &&
        info.st_mode & (S_ISUID | S_ISGID))
      translator = start.set_id_translator;
  }
  default_signals();
  if (start.filter) {
    Result<Fd> listener = load_seccomp_filter(*start.filter);
    if (!listener) return listener.error();
    if (*listener && !channel.send(Word::Listener, {}, listener->get()))
      return Error{exit_status::kVeneer, "cannot hand over seccomp's listener"};
  }
  if (p.capabilities) {
    const Capabilities& c = *p.capabilities;
    const u64 have = permitted_capabilities(), permitted = c.permitted & have;
    if (Failure e = set_capabilities(c.effective & permitted, permitted, c.inheritable & have)) return *e;
  }
  if (translated) {
    ::syscall(SYS_execveat, translator, "", argv.data(), envp.data(), AT_EMPTY_PATH);
  } else {
    ::execve(program.c_str(), argv.data(), envp.data());
  }
  const int error = errno;
  return Error{error == ENOENT ? exit_status::kNotFound : exit_status::kCannotRun,
               format("exec %s: %s", program.c_str(),
                      error == ENOENT    ? "no such file or directory (the interpreter that it names)"
                      : error == EACCES  ? "permission denied"
                      : error == ENOEXEC ? "exec format error"
                                         : errno_text(error))};
}

}  // namespace veneer::zone
