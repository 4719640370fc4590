#include "zone/lasting/visible_server.h"

#define FUSE_USE_VERSION 35
#include <dirent.h>
#include <fcntl.h>
#include <fuse3/fuse_lowlevel.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <ctime>
#include <memory>

#include "base/files.h"
#include "zone/lasting/visible.h"
#include "zone/mount_api.h"
#include "zone/namespaces.h"
#include "zone/process_name.h"
#include "zone/unix_socket.h"

namespace veneer::zone {
namespace {

using Clock = std::chrono::steady_clock;

constexpr const char* kFiles[] = {"meminfo", "stat", "loadavg"};
constexpr fuse_ino_t kFirstFile = FUSE_ROOT_ID + 1;

struct Threads {
  usize active = 0, running = 0, all = 0;
  pid_t last = 0;  // the highest number of a process, as the zone has it
};

// The state of a thread: after the name, which may hold anything.
char state_of(const std::string& stat_path) {
  const std::string text = read_file(stat_path.c_str()).value_or("");
  const usize at = text.rfind(')');
  return at != text.npos && at + 2 < text.size() ? text[at + 2] : '\0';
}

// The number of a process in the innermost of its namespaces.
pid_t number_inside(const std::string& process) {
  const std::string text = read_file((process + "/status").c_str()).value_or("");
  const usize at = text.find("\nNSpid:");
  if (at == text.npos) return 0;
  const std::string line = text.substr(at + 1, text.find('\n', at + 1) - at - 1);
  return static_cast<pid_t>(std::strtol(line.c_str() + line.find_last_of(" \t:") + 1, nullptr, 10));
}

Threads threads_of(const Cgroup& group, bool numbers) {
  Threads out;
  for (const pid_t pid : group.processes()) {
    const std::string process = "/proc/" + std::to_string(pid), tasks = process + "/task";
    const std::unique_ptr<DIR, int (*)(DIR*)> dir(::opendir(tasks.c_str()), ::closedir);
    if (!dir) continue;
    while (const dirent* e = ::readdir(dir.get())) {
      if (e->d_name[0] == '.') continue;
      const char state = state_of(tasks + "/" + e->d_name + "/stat");
      out.all += state != 0;
      out.running += state == 'R';
      out.active += state == 'R' || state == 'D';
    }
    if (numbers) out.last = std::max(out.last, number_inside(process));
  }
  return out;
}

class Server {
 public:
  explicit Server(const VisibleZone& zone) : zone_(zone), booted_(static_cast<u64>(std::time(nullptr))) {}

  std::string text(fuse_ino_t file) const {
    switch (file - kFirstFile) {
      case 0: {
        const std::optional<MemoryUsage> usage = memory_usage(zone_.cgroup);
        const std::string host = read_file("/proc/meminfo").value_or("");
        return usage && limits(*usage, host) ? meminfo_text(host, *usage) : host;
      }
      case 1: return stat_text(read_file("/proc/stat").value_or(""), read_cpu_list(zone_.cpu_online), booted_);
      default: {
        const Threads t = threads_of(zone_.cgroup, true);
        return load_.text(t.running, t.all, t.last);
      }
    }
  }
  void sample() { load_.sample(threads_of(zone_.cgroup, false).active); }

 private:
  // Without a limit the zone has what the host has.
  static bool limits(const MemoryUsage& usage, const std::string& host) {
    const usize at = host.find("MemTotal:");
    return at != host.npos && usage.limit / 1024 < std::strtoull(host.c_str() + at + 9, nullptr, 10);
  }

  const VisibleZone& zone_;
  u64 booted_;
  LoadAverage load_;
};

// --- what the kernel asks: fuse_lowlevel.h ---------------------------------------------------------------

Server& server_of(fuse_req_t request) {
  return *static_cast<Server*>(::fuse_req_userdata(request));
}

// With a size, since sendfile(2) reads no further, though read(2) does.
bool attributes(const Server& server, fuse_ino_t ino, struct stat& out) {
  out = {};
  out.st_ino = ino;
  out.st_nlink = 1;
  if (ino == FUSE_ROOT_ID) {
    out.st_mode = S_IFDIR | 0555;
    return true;
  }
  if (ino - kFirstFile >= std::size(kFiles)) return false;
  out.st_mode = S_IFREG | 0444;
  out.st_size = static_cast<off_t>(server.text(ino).size());
  return true;
}

void on_lookup(fuse_req_t request, fuse_ino_t parent, const char* name) {
  fuse_entry_param entry{};
  for (usize i = 0; i < std::size(kFiles) && parent == FUSE_ROOT_ID; i++) {
    if (std::strcmp(name, kFiles[i]) != 0) continue;
    entry.ino = kFirstFile + i;
    entry.entry_timeout = 86400;
    attributes(server_of(request), entry.ino, entry.attr);
    ::fuse_reply_entry(request, &entry);
    return;
  }
  ::fuse_reply_err(request, ENOENT);
}

void on_getattr(fuse_req_t request, fuse_ino_t ino, fuse_file_info*) {
  struct stat info{};
  attributes(server_of(request), ino, info) ? ::fuse_reply_attr(request, &info, 0)
                                            : ::fuse_reply_err(request, ENOENT);
}

// An open file is of one moment, however it is read.
void on_open(fuse_req_t request, fuse_ino_t ino, fuse_file_info* file) {
  if (ino == FUSE_ROOT_ID) {
    ::fuse_reply_err(request, EISDIR);
    return;
  }
  if ((file->flags & O_ACCMODE) != O_RDONLY) {
    ::fuse_reply_err(request, EACCES);
    return;
  }
  auto* text = new std::string;
  file->fh = reinterpret_cast<u64>(text);  // NOLINT: a handle that comes back, to on_release
  file->direct_io = 1;
  if (::fuse_reply_open(request, file) != 0) delete text;
}

void on_read(fuse_req_t request, fuse_ino_t ino, usize size, off_t offset, fuse_file_info* file) {
  auto& text = *reinterpret_cast<std::string*>(file->fh);  // NOLINT: on_open's
  if (offset == 0) text = server_of(request).text(ino);
  const usize at = std::min(text.size(), static_cast<usize>(offset));
  ::fuse_reply_buf(request, text.data() + at, std::min(size, text.size() - at));
}

void on_release(fuse_req_t request, fuse_ino_t, fuse_file_info* file) {
  delete reinterpret_cast<std::string*>(file->fh);  // NOLINT: on_open's
  ::fuse_reply_err(request, 0);
}

constexpr fuse_lowlevel_ops kOperations = [] {
  fuse_lowlevel_ops ops{};
  ops.lookup = on_lookup;
  ops.getattr = on_getattr;
  ops.open = on_open;
  ops.read = on_read;
  ops.release = on_release;
  return ops;
}();

// --- mounting --------------------------------------------------------------------------------------------

// In the zone's namespaces, while the server is already answering. The directory is a place of the zone's where
// the file system can be found for a moment, so that its files can be taken from it. The device is opened in
// the user namespace that mounts it, which the kernel wants (fs/fuse/inode.c), and handed to the server once it
// can be read.
Failure mount_files(pid_t init, Fd server) {
  constexpr const char* kPlace = "/dev/shm";
  const Fd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, init, 0)));
  if (!pidfd) return failed(errno, "open process %d", init);
  if (!shares_namespace(init, NamespaceKind::User)) {
    if (::setns(pidfd.get(), CLONE_NEWUSER) != 0) return failed(errno, "enter the zone's user namespace");
    become_mapped_root();
  }
  Fd fuse(::open("/dev/fuse", O_RDWR | O_CLOEXEC | O_NONBLOCK));
  if (!fuse) return failed(errno, "open '/dev/fuse'");
  if (::setns(pidfd.get(), CLONE_NEWNS) != 0) return failed(errno, "enter the zone's mount namespace");
  Result<Fd> tree = new_filesystem("fuse", "veneer",
                                   {"fd=" + std::to_string(fuse.get()), "rootmode=40000", "user_id=0",
                                    "group_id=0", "allow_other", "default_permissions"});
  if (!tree) return tree.error();
  if (!send_with_fd(server.get(), "d", fuse.get())) return failed(errno, "tell the server");
  fuse.reset();  // when the server is gone, nobody is to wait for it
  if (Failure e = set_attributes(tree->get(),
                                 MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC,
                                 0, 0, false))
    return e;
  const Fd place(::open(kPlace, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  const Fd proc(::open("/proc", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!place || !proc) return failed(errno, "open the zone's %s", place ? "/proc" : kPlace);
  if (Failure e = attach_tree(tree->get(), place.get(), kPlace)) return e;
  Failure failure;
  for (const char* name : kFiles) {
    const Fd at(::openat(proc.get(), name, O_PATH | O_NOFOLLOW | O_CLOEXEC));
    Result<Fd> file = clone_tree(tree->get(), name, false);
    failure = !at     ? failed(errno, "open the zone's /proc/%s", name)
              : !file ? file.error()
                      : attach_tree(file->get(), at.get(), std::string("/proc/") + name);
    if (failure) break;
  }
  ::umount2(kPlace, MNT_DETACH);
  return failure;
}

// --- the process -----------------------------------------------------------------------------------------

Fd receive_device(const Fd& from) {
  char text[1];
  Fd device;
  receive_with_fd(from.get(), text, sizeof text, device);
  return device;
}

// It owns the device then. Null when that failed.
fuse_session* session_on(Fd device, Server& server) {
  if (!device) return nullptr;
  char name[] = "veneer";
  char* argv[] = {name, nullptr};
  fuse_args args = FUSE_ARGS_INIT(1, argv);
  fuse_session* session = ::fuse_session_new(&args, &kOperations, sizeof kOperations, &server);
  // A "mount point" of this form is a descriptor that is mounted by somebody else.
  const std::string place = "/dev/fd/" + std::to_string(device.release());
  if (session && ::fuse_session_mount(session, place.c_str()) == 0) return session;
  if (session) ::fuse_session_destroy(session);
  return nullptr;
}

int milliseconds_until(Clock::time_point when) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(when - Clock::now()).count();
  return static_cast<int>(std::max<s64>(0, left));
}

// Until the first process of the zone is gone, or `mounting` has failed. What it says goes to `answer`: "+"
// when the files are there. `device`: where mount_files sends it.
void serve(Server& server, pid_t init, pid_t mounting, const Fd& device, Fd answer) {
  const Fd zone(static_cast<int>(::syscall(SYS_pidfd_open, init, 0)));
  const Fd mounter(static_cast<int>(::syscall(SYS_pidfd_open, mounting, 0)));
  enum { kZone, kMounter, kDevice, kFuse, kCount };
  pollfd fds[kCount] = {
      {zone.get(), POLLIN, 0}, {mounter.get(), POLLIN, 0}, {device.get(), POLLIN, 0}, {-1, POLLIN, 0}};
  std::unique_ptr<fuse_session, decltype(&::fuse_session_destroy)> session(nullptr, ::fuse_session_destroy);
  fuse_buf buffer{};
  auto next = Clock::now() + std::chrono::seconds(LoadAverage::kSeconds);
  while (!session || !::fuse_session_exited(session.get())) {
    if (::poll(fds, kCount, milliseconds_until(next)) < 0 && errno != EINTR) break;
    if (fds[kZone].revents) break;
    if (fds[kDevice].revents) {
      session.reset(session_on(receive_device(device), server));
      if (session) fds[kFuse].fd = ::fuse_session_fd(session.get());
      fds[kDevice].fd = -1;
    }
    if (fds[kMounter].revents) {
      int status = 0;
      ::waitpid(mounting, &status, 0);
      if (status != 0) break;
      fds[kMounter].fd = -1;
      (void)write_all(answer.get(), "+");
      answer.reset();
    }
    if (fds[kFuse].revents) {
      const int n = ::fuse_session_receive_buf(session.get(), &buffer);
      if (n <= 0 && n != -EINTR && n != -EAGAIN) break;
      if (n > 0) ::fuse_session_process_buf(session.get(), &buffer);
    }
    if (Clock::now() >= next) {
      server.sample();
      next = Clock::now() + std::chrono::seconds(LoadAverage::kSeconds);
    }
  }
  std::free(buffer.mem);  // NOLINT: the library's allocation
}

// Nothing of who started it is kept: no lock, no terminal, no output.
void keep_only(int kept) {
  const Fd none(::open("/dev/null", O_RDWR | O_CLOEXEC));
  for (int fd = 0; fd < 3; fd++) ::dup2(none.get(), fd);
  if (kept > 3) ::close_range(3, static_cast<unsigned>(kept) - 1, 0);
  ::close_range(static_cast<unsigned>(kept) + 1, ~0U, 0);
}

[[noreturn]] void run_server(const VisibleZone& zone, int answer) {
  ::setsid();
  (void)::chdir("/");
  keep_only(answer);
  set_process_name("veneer-visible " + zone.name);
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) ::_exit(1);
  const Fd device(ends[0]);
  const pid_t mounting = ::fork();
  if (mounting == 0) {
    const Failure e = mount_files(zone.init, Fd(ends[1]));
    if (e) (void)write_all(answer, e->message);
    ::_exit(e ? 1 : 0);
  }
  ::close(ends[1]);
  Server server(zone);
  if (mounting > 0) serve(server, zone.init, mounting, device, Fd(answer));
  ::_exit(0);
}

}  // namespace

Failure serve_visible(const VisibleZone& zone) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return failed(errno, "make a pipe");
  const Fd answer(ends[0]);
  Fd told(ends[1]);
  // Twice, so that it is nobody's child who would have to wait for it.
  const pid_t child = ::fork();
  if (child < 0) return failed(errno, "start a process");
  if (child == 0) {
    if (::fork() == 0) run_server(zone, told.get());
    ::_exit(0);
  }
  told.reset();
  ::waitpid(child, nullptr, 0);
  std::string text;
  char part[256];
  pollfd fd{answer.get(), POLLIN, 0};
  while (::poll(&fd, 1, 10'000) > 0) {
    const ssize_t n = ::read(answer.get(), part, sizeof part);
    if (n <= 0) break;
    text.append(part, static_cast<usize>(n));
    if (text == "+") return std::nullopt;
  }
  return Error{exit_status::kVeneer, text.empty() ? "the files' server did not start" : text};
}

}  // namespace veneer::zone
