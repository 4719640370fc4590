#include "program/sysroot.h"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/files.h"

namespace veneer {
namespace {

bool under(std::string_view path, std::string_view directory) {
  return path.starts_with(directory) && (path.size() == directory.size() || path[directory.size()] == '/');
}

int open_path(int dirfd, const char* path, u64 flags, u64 resolve) {
  struct open_how how{};
  how.flags = flags | O_CLOEXEC;
  how.resolve = resolve;
  return static_cast<int>(::syscall(SYS_openat2, dirfd, path, &how, sizeof how));
}

bool has_dotdot(std::string_view path) {
  for (usize at = path.find(".."); at != path.npos; at = path.find("..", at + 1)) {
    bool starts = at == 0 || path[at - 1] == '/', ends = at + 2 == path.size() || path[at + 2] == '/';
    if (starts && ends) return true;
  }
  return false;
}

// The directory that a relative path starts from, as the host names it; empty when that is unknown.
std::string_view directory_of(int dirfd, PathBuffer& buffer) {
  ssize_t n;
  if (dirfd == AT_FDCWD) {
    n = ::syscall(SYS_getcwd, buffer.text, sizeof buffer.text);
    if (n > 0) n--;  // it counts the terminator
  } else {
    char link[32] = "/proc/self/fd/";
    char digits[16];
    char* p = digits + sizeof digits;
    *--p = '\0';
    if (dirfd < 0) return {};
    unsigned value = static_cast<unsigned>(dirfd);
    do *--p = static_cast<char>('0' + value % 10);
    while (value /= 10);
    std::strcat(link, p);
    n = ::readlink(link, buffer.text, sizeof buffer.text);
  }
  if (n <= 0 || buffer.text[0] != '/') return {};
  return {buffer.text, static_cast<usize>(n)};
}

bool assign(PathBuffer& buffer, std::string_view a, std::string_view b) {
  if (a.size() + b.size() >= sizeof buffer.text) return false;
  if (!a.empty()) std::memmove(buffer.text, a.data(), a.size());
  if (!b.empty()) std::memcpy(buffer.text + a.size(), b.data(), b.size());
  buffer.text[a.size() + b.size()] = '\0';
  return true;
}

}  // namespace

Sysroot::Sysroot(std::string root) : root_(std::move(root)) {
  if (root_ == "/") root_.clear();
  if (root_.empty()) return;
  PathBuffer buffer;
  std::string_view here = directory_of(AT_FDCWD, buffer);
  if (here.empty() || here == "/" || under(here, root_)) return;
  // A start directory that belongs to the system is ROOT's to provide.
  for (std::string_view system : {"/usr", "/bin", "/sbin", "/lib", "/lib64", "/etc", "/var", "/opt", "/boot"}) {
    if (under(here, system)) return;
  }
  start_directory_ = here;
}

std::string_view Sysroot::to_guest(std::string_view host_path) const {
  if (root_.empty() || !under(host_path, root_)) return host_path;
  host_path.remove_prefix(root_.size());
  return host_path.empty() ? "/" : host_path;
}

bool Sysroot::host_first(std::string_view path) const {
  for (std::string_view directory : {"/tmp", "/run", "/home", "/root", "/var/tmp"}) {
    if (under(path, directory)) return true;
  }
  return !start_directory_.empty() && under(path, start_directory_);
}

bool Sysroot::find_in_root(std::string_view path, PathUse use, PathBuffer& buffer) const {
  u64 flags = O_PATH | (use == PathUse::Follow ? 0 : O_NOFOLLOW);
  PathBuffer direct;
  if (!assign(direct, root_, path)) return false;

  // Most paths hold no symbolic link: then ROOT/path is what it seems to be, and one call tells.
  bool plain = !has_dotdot(path);
  if (plain) {
    int fd = open_path(AT_FDCWD, direct.text, flags, RESOLVE_NO_SYMLINKS);
    if (fd >= 0) {
      ::close(fd);
      return assign(buffer, direct.text, {});
    }
  }
  if (!plain || errno == ELOOP) {
    Fd root(::open(root_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    Fd found(open_path(root.get(), direct.text + root_.size(), flags, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS));
    if (found) {
      std::string_view real = directory_of(found.get(), buffer);
      if (under(real, root_)) {
        buffer.text[real.size() < sizeof buffer.text ? real.size() : 0] = '\0';
        return true;
      }
      return assign(buffer, direct.text, {});
    }
  }
  if (errno == ENOSYS || errno == EPERM) {
    // No openat2 here (an old kernel, or a filter): without it links lead where the host says.
    if (::faccessat(AT_FDCWD, direct.text, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
      return assign(buffer, direct.text, {});
  }
  if (errno != ENOENT) {
    // It is there and something else is wrong with it: the caller's own call says what.
    return errno != ENOTDIR && assign(buffer, direct.text, {});
  }
  if (use != PathUse::Create) return false;

  // A new name goes where its directory is.
  usize end = path.find_last_not_of('/');
  if (end == path.npos) return false;
  usize slash = path.rfind('/', end);
  if (slash == path.npos) return false;
  std::string_view name = path.substr(slash);  // with its slash, and with trailing ones
  if (name.substr(0, end + 1 - slash) == "/.." || name.substr(0, end + 1 - slash) == "/.") return false;
  std::string_view parent = slash == 0 ? "/" : path.substr(0, slash);
  PathBuffer parent_buffer;
  if (!find_in_root(parent, PathUse::Follow, parent_buffer)) return false;
  std::string_view base = parent_buffer.text;
  while (base.ends_with('/')) base.remove_suffix(1);
  return assign(buffer, base, name);
}

const char* Sysroot::resolve_in_root(int dirfd, const char* path, PathUse use, PathBuffer& buffer) const {
  if (path[0] == '\0') return path;
  if (path[0] == '/') {
    std::string_view text = path;
    while (text.size() > 1 && text[1] == '/') text.remove_prefix(1);
    if (under(text, "/proc") || under(text, "/dev") || under(text, "/sys")) return path;
    if (under(text, root_)) return path;  // the host's own name for it
    if (host_first(text)) {
      if (::faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0) return path;
      // Only what exists already in ROOT: new names are the host's.
      if (use == PathUse::Create) use = PathUse::NoFollow;
    }
    return find_in_root(text, use, buffer) ? buffer.text : path;
  }

  // A relative path can leave ROOT only by way of a symbolic link or of "..".
  std::string_view text = path;
  if (text.find('/') == text.npos && text != "..") {
    if (use != PathUse::Follow) return path;
    char target[2];
    if (::readlinkat(dirfd, path, target, sizeof target) < 0) return path;
  }
  PathBuffer whole;
  std::string_view directory = directory_of(dirfd, whole);
  if (!under(directory, root_)) return path;
  usize n = directory.size() - root_.size();
  std::memmove(whole.text, whole.text + root_.size(), n);
  if (n + 1 + text.size() >= sizeof whole.text) return path;
  whole.text[n] = '/';
  std::memcpy(whole.text + n + 1, text.data(), text.size() + 1);
  return find_in_root({whole.text, n + 1 + text.size()}, use, buffer) ? buffer.text : path;
}

}  // namespace veneer
