#include "zone/id_map.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>
#include <sstream>

#include "zone/subprocess.h"

namespace veneer::zone {
namespace {

std::string map_text(const std::vector<IdMapping>& map) {
  std::string out;
  for (const IdMapping& m : map) out += format("%u %u %u\n", m.container, m.host, m.size);
  return out;
}

bool write_proc(pid_t pid, const char* name, const std::string& text) {
  const Fd fd(::open(format("/proc/%d/%s", pid, name).c_str(), O_WRONLY | O_CLOEXEC));
  if (!fd) return false;
  // One write: the kernel takes a map whole.
  return ::write(fd.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

Failure write_with_helper(const char* helper, const char* file, pid_t pid, const std::vector<IdMapping>& map) {
  std::vector<std::string> args = {helper, std::to_string(pid)};
  for (const IdMapping& m : map) {
    args.push_back(std::to_string(m.container));
    args.push_back(std::to_string(m.host));
    args.push_back(std::to_string(m.size));
  }
  Result<Finished> done = run_to_end(args, {});
  if (!done)
    return Error{exit_status::kVeneer,
                 format("cannot map more than one id without %s: install the package uidmap (%s)", helper,
                        done.error().message.c_str())};
  if (done->status != 0)
    return Error{exit_status::kVeneer,
                 format("%s refused the mapping: %s; see /etc/%s", helper, done->output.c_str(), file)};
  return std::nullopt;
}

bool is_own_id(const std::vector<IdMapping>& map, u32 id) {
  return map.size() == 1 && map[0].size == 1 && map[0].host == id;
}

std::vector<IdMapping> with_subordinates(u32 own, const char* file, const std::string& user, u32 uid) {
  std::vector<IdMapping> out = {{0, own, 1}};
  std::optional<std::string> text = read_file(file);
  if (!text) return out;
  std::istringstream lines(*text);
  u32 next = 1;
  for (std::string line; std::getline(lines, line);) {
    const usize first = line.find(':');
    const usize second = first == line.npos ? line.npos : line.find(':', first + 1);
    if (second == line.npos) continue;
    const std::string name = line.substr(0, first);
    if (name != user && name != std::to_string(uid)) continue;
    const u32 start = static_cast<u32>(std::strtoul(line.c_str() + first + 1, nullptr, 10));
    const u32 count = static_cast<u32>(std::strtoul(line.c_str() + second + 1, nullptr, 10));
    if (count == 0 || next > UINT32_MAX - count) continue;
    out.push_back({next, start, count});
    next += count;
  }
  return out;
}

}  // namespace

Failure write_id_mappings(pid_t pid, const std::vector<IdMapping>& uids, const std::vector<IdMapping>& gids) {
  if (uids.empty() || gids.empty())
    return Error{exit_status::kVeneer, "a new user namespace needs linux.uidMappings and linux.gidMappings"};
  if (!write_proc(pid, "gid_map", map_text(gids))) {
    if (is_own_id(gids, ::getegid())) {
      // Without privilege the group may be mapped once setgroups(2) is given up.
      if (!write_proc(pid, "setgroups", "deny") || !write_proc(pid, "gid_map", map_text(gids)))
        return failed(errno, "map group %u in the user namespace", gids[0].host);
    } else if (Failure e = write_with_helper("newgidmap", "subgid", pid, gids)) {
      return e;
    }
  }
  if (!write_proc(pid, "uid_map", map_text(uids))) {
    if (is_own_id(uids, ::geteuid())) return failed(errno, "map user %u in the user namespace", uids[0].host);
    if (Failure e = write_with_helper("newuidmap", "subuid", pid, uids)) return e;
  }
  return std::nullopt;
}

Result<Fd> make_user_namespace(const std::vector<IdMapping>& uids, const std::vector<IdMapping>& gids) {
  int pidfd = -1;
  clone_args args{};
  args.flags = CLONE_NEWUSER | CLONE_PIDFD;
  args.pidfd = reinterpret_cast<u64>(&pidfd);
  args.exit_signal = SIGCHLD;
  const long pid = ::syscall(SYS_clone3, &args, sizeof args);
  if (pid < 0) return failed(errno, "make a user namespace for mapped ids");
  if (pid == 0) {
    for (;;) ::pause();
  }
  const Fd holder(pidfd);
  Failure error = write_id_mappings(static_cast<pid_t>(pid), uids, gids);
  Fd space;
  if (!error) {
    space = Fd(::open(format("/proc/%ld/ns/user", pid).c_str(), O_RDONLY | O_CLOEXEC));
    if (!space) error = failed(errno, "open the user namespace for mapped ids");
  }
  ::kill(static_cast<pid_t>(pid), SIGKILL);
  while (::waitpid(static_cast<pid_t>(pid), nullptr, 0) < 0 && errno == EINTR) {
  }
  if (error) return std::move(*error);
  return space;
}

UserMappings mappings_of_user() {
  // /etc/passwd is read here: getpwuid(3) wants shared libraries, which a static program has none of.
  std::string user;
  const u32 uid = ::geteuid();
  if (std::optional<std::string> text = read_file("/etc/passwd")) {
    std::istringstream lines(*text);
    for (std::string line; std::getline(lines, line);) {
      std::istringstream fields(line);
      std::string name, password, id;
      if (std::getline(fields, name, ':') && std::getline(fields, password, ':') &&
          std::getline(fields, id, ':') && id == std::to_string(uid))
        user = name;
    }
  }
  return {with_subordinates(uid, "/etc/subuid", user, uid),
          with_subordinates(::getegid(), "/etc/subgid", user, uid)};
}

int run_mapped(const std::function<int()>& f) {
  int ready[2], mapped[2];
  if (::pipe2(ready, O_CLOEXEC) != 0 || ::pipe2(mapped, O_CLOEXEC) != 0) return exit_status::kVeneer;
  const pid_t pid = ::fork();
  if (pid < 0) return exit_status::kVeneer;
  char byte = 0;
  if (pid == 0) {
    ::close(mapped[1]);
    if (::unshare(CLONE_NEWUSER) != 0) {
      report(failed(errno, "make a user namespace").message);
      ::_exit(exit_status::kVeneer);
    }
    (void)!::write(ready[1], &byte, 1);
    if (::read(mapped[0], &byte, 1) != 1) ::_exit(exit_status::kVeneer);
    (void)::syscall(SYS_setresgid, 0, 0, 0);
    (void)::syscall(SYS_setresuid, 0, 0, 0);
    ::_exit(f());
  }
  ::close(ready[1]);
  const UserMappings ids = mappings_of_user();
  Failure e;
  if (::read(ready[0], &byte, 1) == 1) e = write_id_mappings(pid, ids.uids, ids.gids);
  if (e) report(e->message);
  if (!e) (void)!::write(mapped[1], &byte, 1);
  ::close(mapped[1]);
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : exit_status::kVeneer;
}

}  // namespace veneer::zone
