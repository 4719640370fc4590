#include "image/rooted_path.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>
#include <cerrno>
#include <climits>
#include <deque>

#include "base/types.h"

namespace veneer {
namespace {

int openat2(int dir, const char* path, u64 flags, u64 resolve) {
  open_how how{};
  how.flags = flags;
  how.resolve = resolve;
  for (int tries = 0;; tries++) {
    const long fd = ::syscall(SYS_openat2, dir, path, &how, sizeof how);
    if (fd >= 0) return static_cast<int>(fd);
    // EAGAIN: something was renamed meanwhile, and the kernel could not be sure that the path stays beneath.
    if ((errno != EAGAIN && errno != EINTR) || tries == 128) return -errno;
  }
}

std::deque<std::string> components(std::string_view path) {
  std::deque<std::string> out;
  while (!path.empty()) {
    const usize slash = path.find('/');
    const std::string_view part = path.substr(0, slash);
    if (!part.empty() && part != ".") out.emplace_back(part);
    if (slash == path.npos) break;
    path.remove_prefix(slash + 1);
  }
  return out;
}

// Walks a path beneath a root, one component after the other, and makes the directories that are missing. It
// keeps the way as names, and opens each prefix from the root again, so that `..` and links are the kernel's to
// resolve.
class Walk {
 public:
  Walk(int root, const std::string& path) : root_(root), path_(path), todo_(components(path)) {}

  // Up to the last component, which is left in `last`, when `keep_last`.
  Result<Fd> run(bool keep_last, std::string& last) {
    Result<Fd> at = open("");
    while (at && !todo_.empty()) {
      const std::string name = todo_.front();
      todo_.pop_front();
      // A link as the last component leads on: the entry's place is where it points to.
      if (keep_last && todo_.empty() && name != ".." && !is_link(at->get(), name)) {
        last = name;
        return at;
      }
      at = step(at->get(), name);
    }
    return at;
  }

 private:
  Result<Fd> open(const std::string& way) {
    const int fd = openat2(root_, way.empty() ? "." : way.c_str(), O_PATH | O_CLOEXEC | O_DIRECTORY,
                           RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
    if (fd < 0) return error(-fd);
    return Fd(fd);
  }
  Result<Fd> step(int at, const std::string& name) {
    if (follow_link(at, name)) return open(way_);
    const std::string way = way_ + "/" + name;
    int fd =
        openat2(root_, way.c_str(), O_PATH | O_CLOEXEC | O_DIRECTORY, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
    if (fd == -ENOENT) {
      if (::mkdirat(at, name.c_str(), 0755) != 0 && errno != EEXIST) return error(errno);
      fd = openat2(root_, way.c_str(), O_PATH | O_CLOEXEC | O_DIRECTORY,
                   RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
    }
    if (fd < 0) return error(-fd);
    way_ = way;
    return Fd(fd);
  }
  static bool is_link(int at, const std::string& name) {
    struct stat info{};
    return ::fstatat(at, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(info.st_mode);
  }
  // Is the name a link? Then its target's components come next, from the root if it is absolute.
  bool follow_link(int at, const std::string& name) {
    char target[PATH_MAX];
    const ssize_t n = ::readlinkat(at, name.c_str(), target, sizeof target - 1);
    if (n < 0 || ++links_ > 40) return false;
    const std::string_view text(target, static_cast<usize>(n));
    if (text.starts_with('/')) way_.clear();
    std::deque<std::string> parts = components(text);
    todo_.insert(todo_.begin(), parts.begin(), parts.end());
    return true;
  }
  Error error(int e) const { return failed(e, "make '%s' in the container's root", path_.c_str()); }

  int root_;
  const std::string& path_;
  std::deque<std::string> todo_;
  std::string way_;
  int links_ = 0;
};

}  // namespace

int openat2_in_root(int root, const char* path, int flags) {
  return openat2(root, path, static_cast<u64>(flags) | O_PATH | O_CLOEXEC,
                 RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
}

Result<Fd> open_in_root(int root, const std::string& path, int flags) {
  const int fd = openat2_in_root(root, path.c_str(), flags);
  if (fd < 0) return failed(-fd, "open '%s' in the container's root", path.c_str());
  return Fd(fd);
}

Fd open_file_in_roots(std::span<const Fd> roots, const std::string& path) {
  for (usize i = roots.size(); i-- > 0;) {
    const Result<Fd> place = open_in_root(roots[i].get(), path, O_PATH);
    struct stat info{};
    if (!place || ::fstat(place->get(), &info) != 0 || !S_ISREG(info.st_mode)) continue;
    if (Fd file(::open(descriptor_path(place->get()).c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)); file)
      return file;
  }
  return Fd();
}

Result<Fd> make_directory_in_root(int root, const std::string& path) {
  const int fd = openat2_in_root(root, path.c_str(), O_DIRECTORY);
  if (fd >= 0) return Fd(fd);
  if (fd != -ENOENT) return failed(-fd, "open '%s' in the container's root", path.c_str());
  std::string last;
  return Walk(root, path).run(false, last);
}

Result<Place> place_in_root(int root, const std::string& path) {
  Place place;
  Result<Fd> directory = Walk(root, path).run(true, place.name);
  if (!directory) return directory.error();
  if (place.name.empty()) return Error{exit_status::kVeneer, "'" + path + "' names no entry of a directory"};
  place.directory = std::move(*directory);
  return place;
}

Result<Fd> make_file_in_root(int root, const std::string& path) {
  const int fd = openat2_in_root(root, path.c_str(), 0);
  if (fd >= 0) return Fd(fd);
  if (fd != -ENOENT) return failed(-fd, "open '%s' in the container's root", path.c_str());
  Result<Place> place = place_in_root(root, path);
  if (!place) return place.error();
  Fd made(::openat(place->directory.get(), place->name.c_str(),
                   O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | O_WRONLY, 0644));
  if (!made && errno != EEXIST)
    return failed(errno, "make the file '%s' in the container's root", path.c_str());
  const int again = openat2_in_root(place->directory.get(), place->name.c_str(), O_NOFOLLOW);
  if (again < 0) return failed(-again, "open '%s' in the container's root", path.c_str());
  return Fd(again);
}

std::string descriptor_path(int fd) {
  return "/proc/self/fd/" + std::to_string(fd);
}

Failure write_beneath(int dir, const std::string& path, std::string_view text, long fs_magic) {
  const int fd = openat2(dir, path.c_str(), O_WRONLY | O_CLOEXEC, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
  if (fd < 0) return failed(-fd, "open '%s' for writing", path.c_str());
  Fd file(fd);
  struct statfs info{};
  if (fs_magic != 0 && (::fstatfs(fd, &info) != 0 || info.f_type != fs_magic))
    return Error{exit_status::kVeneer, "'" + path + "' is not on the file system that it belongs to"};
  const ssize_t n = ::write(fd, text.data(), text.size());
  if (n < 0)
    return failed(errno, "write '%.*s' to '%s'", static_cast<int>(text.size()), text.data(), path.c_str());
  return std::nullopt;
}

}  // namespace veneer
