#include "program/exec.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <span>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/files.h"
#include "program/elf_file.h"
#include "program/environment.h"
#include "program/procfs.h"
#include "program/script.h"
#include "program/set_ids.h"
#include "program/thread.h"
#include "program/trace/tracee.h"
#include "program/vector_control.h"

namespace veneer {
namespace {

// "NUMBER" into the storage of a path.
std::string fd_path(const char* directory, int fd) {
  return format("%s/%d", directory, fd);
}

// What execveat's descriptor and path name, on the host; nothing when the descriptor is not one.
void locate(const Process& process, const ExecRequest& request, int dirfd, const std::string& path,
            bool nofollow, PathBuffer& buffer) {
  if (path.empty() && (request.flags & AT_EMPTY_PATH) && dirfd != AT_FDCWD) {
    std::string text = fd_path("/proc/self/fd", dirfd);
    std::memcpy(buffer.text, text.c_str(), text.size() + 1);
    return;
  }
  PathUse use = nofollow ? PathUse::NoFollow : PathUse::Follow;
  const char* host = process.sysroot.resolve(dirfd, path.c_str(), use, buffer);
  if (const char* exe = procfs::follow(process, dirfd, host)) host = exe;
  if (host != buffer.text) {
    usize n = std::min(std::strlen(host), sizeof buffer.text - 1);
    std::memmove(buffer.text, host, n);
    buffer.text[n] = '\0';
  }
  // The host's execve gets a path that means the same wherever it starts from.
  if (dirfd != AT_FDCWD && buffer.text[0] != '/') {
    std::string whole = fd_path("/proc/self/fd", dirfd) + "/" + buffer.text;
    usize n = std::min(whole.size(), sizeof buffer.text - 1);
    std::memcpy(buffer.text, whole.c_str(), n);
    buffer.text[n] = '\0';
  }
}

// Would the kernel let this file be executed? 0 or -errno.
s64 check_executable(const char* path, bool nofollow) {
  struct stat st{};
  if (::fstatat(AT_FDCWD, path, &st, nofollow ? AT_SYMLINK_NOFOLLOW : 0) != 0) return -errno;
  if (S_ISLNK(st.st_mode)) return -ELOOP;
  if (!S_ISREG(st.st_mode)) return -EACCES;
  if (::faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) != 0) return -errno;
  return 0;
}

// Checks that the loader in the new process will not fail on what can be seen now.
s64 check_guest_program(const Process& process, int fd) {
  ElfFile input(fd);
  Result<ElfImage> image = parse_elf(input);
  if (!image) return -ENOEXEC;
  if (image->interpreter.empty()) return 0;
  PathBuffer buffer;
  const char* path = process.sysroot.resolve(AT_FDCWD, image->interpreter.c_str(), PathUse::Follow, buffer);
  Fd interpreter(::open(path, O_RDONLY | O_CLOEXEC));
  if (!interpreter) return -errno;
  return 0;
}

s64 host_exec(const Process& process, const char* path, const SeccompState& seccomp, ExecRequest& request) {
  // In a zone there is one instruction set.
  if (process.options.zone) return -ENOEXEC;
  // The host's kernel does not know the guest's filters.
  if (seccomp.mode != SECCOMP_MODE_DISABLED) return -ENOEXEC;
  request.host_argv.clear();
  for (std::string& s : request.argv) request.host_argv.push_back(s.data());
  request.host_argv.push_back(nullptr);
  request.host_envp.clear();
  for (std::string& s : request.envp) request.host_envp.push_back(s.data());
  request.host_envp.push_back(nullptr);
  ::execve(path, request.host_argv.data(), request.host_envp.data());
  return -errno;
}

// The command line of a veneer that runs `path` with the options that this one was given.
// A program without a name (a memfd) goes by its descriptor.
s64 veneer_exec(const Process& process, const SeccompState& seccomp, int program_fd, bool by_set_id,
                ExecRequest& request) {
  const RunOptions& o = process.options;
  std::vector<std::string>& line = request.storage;
  line.clear();
  line.insert(line.end(), {"veneer", "run"});
  if (!process.sysroot.empty()) line.insert(line.end(), {"-L", process.sysroot.root()});
  if (o.translator.tier == TranslatorOptions::Tier::Interp) line.emplace_back("--tier=interp");
  if (o.translator.tier == TranslatorOptions::Tier::One) line.emplace_back("--tier=1");
  auto dump = [&](bool on, const char* what) {
    if (!on) return;
    line.push_back(format("--dump=%s", what));
    if (o.translator.dump_addr)
      line.back() += format(":0x%llx", static_cast<unsigned long long>(*o.translator.dump_addr));
  };
  dump(o.translator.dump_ir, "ir");
  dump(o.translator.dump_guest, "guest");
  dump(o.translator.dump_host, "host");
  if (o.translator.trace) line.emplace_back("--trace");
  if (o.zone) line.emplace_back("--zone");
  if (o.perf) line.emplace_back("--perf");
  if (o.strace) line.emplace_back("--strace");
  if (!o.translator.disable_features.empty()) line.push_back("--disable=" + o.translator.disable_features);
  for (const std::string& cpu : o.cpus) line.push_back("--cpu=" + cpu);
  if (process.self_exe.fd() >= 0) line.push_back(format("--self-fd=%d", process.self_exe.fd()));
  if (process.set_id_exe.fd() >= 0) line.push_back(format("--set-id-fd=%d", process.set_id_exe.fd()));
  const int cache = o.zone ? process.cache.directory() : -1;
  if (cache >= 0) line.push_back(format("--cache-fd=%d", cache));
  if (o.no_cache) line.emplace_back("--no-cache");
  if (const Thread* thread = Thread::current(); thread && thread->trace.control.traced)
    line.push_back("--traced=" + trace_to_text(*thread));
  if (const Thread* thread = Thread::current()) {
    const u32 control = vector_control::after_exec(thread->vector_control);
    if (control != vector_control::kOn) line.push_back(format("--vector-control=%u", control));
  }
  const Fd filters = seccomp.filters ? seccomp.save() : Fd();
  if (filters) line.push_back(format("--seccomp-fd=%d", filters.get()));
  if (program_fd >= 0) line.push_back(format("--program-fd=%d", program_fd));
  line.insert(line.end(), {"--argv0", request.argv[0], "--exec-name", request.exec_name, "--", request.target});

  request.host_argv.clear();
  for (std::string& s : line) request.host_argv.push_back(s.data());
  for (usize i = 1; i < request.argv.size(); i++) request.host_argv.push_back(request.argv[i].data());
  request.host_argv.push_back(nullptr);
  request.host_envp.clear();
  for (std::string& s : request.envp) {
    if (needs_hiding(s)) s = hidden(s);
    request.host_envp.push_back(s.data());
  }
  request.host_envp.push_back(nullptr);
  const int self = by_set_id ? process.set_id_exe.fd() : process.self_exe.fd();
  if (self < 0) {
    ::execve("/proc/self/exe", request.host_argv.data(), request.host_envp.data());
    return -errno;
  }
  for (int fd : {process.self_exe.fd(), process.set_id_exe.fd(), cache}) {
    if (fd >= 0) ::fcntl(fd, F_SETFD, 0);
  }
  ::execveat(self, "", request.host_argv.data(), request.host_envp.data(), AT_EMPTY_PATH);
  const int error = errno;
  for (int fd : {process.self_exe.fd(), process.set_id_exe.fd(), cache}) {
    if (fd >= 0) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  }
  return -error;
}

// The name by which a script is told of itself, and AT_EXECFN: the path, or the descriptor's (fs/exec.c).
std::string exec_name_of(const ExecRequest& request) {
  if (request.dirfd == AT_FDCWD || request.path.starts_with('/')) return request.path;
  std::string name = fd_path("/dev/fd", request.dirfd);
  return request.path.empty() ? name : name + "/" + request.path;
}

bool close_on_exec(int fd) {
  int flags = ::fcntl(fd, F_GETFD);
  return flags >= 0 && (flags & FD_CLOEXEC);
}

}  // namespace

s64 exec_program(const Process& process, const SeccompState& seccomp, ExecRequest& request) {
  if (request.argv.empty()) request.argv.emplace_back();
  if (request.path.empty() && !(request.flags & AT_EMPTY_PATH)) return -ENOENT;
  if (request.path.size() >= PATH_MAX) return -ENAMETOOLONG;

  std::string& exec_name = request.exec_name;
  std::string& path = request.current;
  exec_name = exec_name_of(request);
  path = request.path;
  int dirfd = request.dirfd;
  bool nofollow = request.flags & AT_SYMLINK_NOFOLLOW;
  bool by_fd = dirfd != AT_FDCWD && !path.starts_with('/');
  for (int depth = 0;; depth++) {
    if (depth > kScriptNesting) return -ELOOP;
    PathBuffer host;
    locate(process, request, dirfd, path, nofollow, host);
    if (s64 error = check_executable(host.text, nofollow)) return error;
    Fd fd(::open(host.text, O_RDONLY | O_CLOEXEC));
    char head[kScriptHead];
    ssize_t n = fd ? ::pread(fd.get(), head, sizeof head, 0) : -1;
    // Executable but not readable: only the kernel can run that.
    if (n < 0) return host_exec(process, host.text, seccomp, request);
    std::span<const char> bytes(head, static_cast<usize>(n));
    switch (file_kind(std::as_bytes(bytes))) {
      case FileKind::Script: {
        std::optional<ScriptLine> line = parse_script_line({head, static_cast<usize>(n)});
        if (!line) return -ENOEXEC;
        // The interpreter could not open a script whose descriptor closes.
        if (depth == 0 && by_fd && close_on_exec(dirfd)) return -ENOENT;
        request.argv[0] = depth == 0 ? exec_name : path;
        if (line->argument) request.argv.insert(request.argv.begin(), *line->argument);
        request.argv.insert(request.argv.begin(), line->interpreter);
        path = line->interpreter;
        dirfd = AT_FDCWD;
        nofollow = false;
        continue;
      }
      case FileKind::GuestElf: {
        if (s64 error = check_guest_program(process, fd.get())) return error;
        request.target = host.text;
        if (!std::strchr(host.text, '/')) request.target.insert(0, "./");
        // A descriptor that closes on exec: the new process knows the file by its real name, if it has one.
        Fd kept;
        if (depth == 0 && by_fd && close_on_exec(dirfd)) {
          std::optional<std::string> real = read_link(format("/proc/self/fd/%d", fd.get()).c_str());
          if (real && ::access(real->c_str(), F_OK) == 0) {
            request.target = *real;
          } else {
            kept.reset(::fcntl(fd.get(), F_DUPFD, 0));
          }
        }
        const SetIds ids(fd.get());
        return veneer_exec(process, seccomp, kept.get(), ids.refused() && process.set_id_exe.fd() >= 0,
                           request);
      }
      case FileKind::HostElf:
      case FileKind::ForeignElf:
      case FileKind::Other:
        // The host's kernel knows, with its own binfmt handlers, or answers ENOEXEC.
        return host_exec(process, host.text, seccomp, request);
    }
  }
}

}  // namespace veneer
