#include "image/copy_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <cerrno>
#include <climits>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/types.h"
#include "image/rooted_path.h"

namespace veneer {
namespace {

constexpr int kDeepest = 512;  // directories within each other

Failure copy_contents(int from, int to) {
  for (;;) {
    ssize_t n = ::copy_file_range(from, nullptr, to, nullptr, 1 << 30, 0);
    if (n < 0 && (errno == EXDEV || errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP))
      n = ::sendfile(to, from, nullptr, 1 << 30);
    if (n == 0) return std::nullopt;
    if (n < 0 && errno != EINTR) return failed(errno, "copy a file's contents");
  }
}

void copy_xattrs(int from, int to) {
  std::vector<char> names(65536);
  const ssize_t size = ::flistxattr(from, names.data(), names.size());
  for (ssize_t at = 0; at < size;) {
    const char* name = names.data() + at;
    at += static_cast<ssize_t>(std::strlen(name)) + 1;
    std::vector<char> value(65536);
    const ssize_t n = ::fgetxattr(from, name, value.data(), value.size());
    if (n >= 0) (void)::fsetxattr(to, name, value.data(), static_cast<usize>(n), 0);
  }
}

void copy_attributes(int from, int to, const struct stat& info) {
  (void)::fchown(to, info.st_uid, info.st_gid);
  (void)::fchmod(to, info.st_mode & 07777);
  copy_xattrs(from, to);
  const timespec times[2] = {info.st_atim, info.st_mtim};
  (void)::futimens(to, times);
}

Failure copy_link(int from, int to, const char* name, const struct stat& info) {
  char target[PATH_MAX];
  const ssize_t n = ::readlinkat(from, name, target, sizeof target - 1);
  if (n < 0) return failed(errno, "read the link '%s'", name);
  target[n] = '\0';
  if (::symlinkat(target, to, name) != 0) return failed(errno, "make the link '%s'", name);
  (void)::fchownat(to, name, info.st_uid, info.st_gid, AT_SYMLINK_NOFOLLOW);
  return std::nullopt;
}

Failure copy_directory(int from, int to, dev_t device, int depth);

Failure copy_entry(int from, int to, const char* name, dev_t device, int depth) {
  struct stat info{};
  if (::fstatat(from, name, &info, AT_SYMLINK_NOFOLLOW) != 0) return failed(errno, "look at '%s'", name);
  if (info.st_dev != device) return std::nullopt;
  if (S_ISLNK(info.st_mode)) return copy_link(from, to, name, info);
  if (!S_ISDIR(info.st_mode) && !S_ISREG(info.st_mode)) {
    if (::mknodat(to, name, info.st_mode, info.st_rdev) != 0) return failed(errno, "make the node '%s'", name);
    (void)::fchownat(to, name, info.st_uid, info.st_gid, AT_SYMLINK_NOFOLLOW);
    return std::nullopt;
  }
  const bool directory = S_ISDIR(info.st_mode);
  const Fd source(
      ::openat(from, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | (directory ? O_DIRECTORY : 0)));
  if (!source) return failed(errno, "open '%s'", name);
  if (directory && ::mkdirat(to, name, 0700) != 0 && errno != EEXIST) return failed(errno, "make '%s'", name);
  const Fd copy(directory ? ::openat(to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
                          : ::openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!copy) return failed(errno, "make '%s'", name);
  if (Failure e = directory ? copy_directory(source.get(), copy.get(), device, depth + 1)
                            : copy_contents(source.get(), copy.get()))
    return e;
  copy_attributes(source.get(), copy.get(), info);
  return std::nullopt;
}

Failure copy_directory(int from, int to, dev_t device, int depth) {
  if (depth > kDeepest) return Error{exit_status::kVeneer, "directories are nested too deep to be copied"};
  const int again = ::openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (again < 0) return failed(errno, "open a directory");
  const std::unique_ptr<DIR, int (*)(DIR*)> dir(::fdopendir(again), ::closedir);
  if (!dir) return failed(errno, "list a directory");
  while (const dirent* entry = ::readdir(dir.get())) {
    const std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    if (Failure e = copy_entry(again, to, entry->d_name, device, depth)) return e;
  }
  return std::nullopt;
}

}  // namespace

Failure copy_tree(int from, int to) {
  struct stat info{};
  const Fd source(::openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const Fd copy(::openat(to, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!source || !copy || ::fstat(source.get(), &info) != 0) return failed(errno, "copy a directory");
  if (Failure e = copy_directory(source.get(), copy.get(), info.st_dev, 0)) return e;
  copy_attributes(source.get(), copy.get(), info);
  return std::nullopt;
}

}  // namespace veneer
