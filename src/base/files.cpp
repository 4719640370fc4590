#include "base/files.h"

#include <cerrno>
#include <climits>
#include <cstdio>

#include <fcntl.h>
#include <unistd.h>

namespace veneer {

void Fd::reset(int fd) {
  if (fd_ >= 0) {
    int saved = errno;
    ::close(fd_);
    errno = saved;
  }
  fd_ = fd;
}

bool write_all(int fd, std::string_view data) {
  while (!data.empty()) {
    ssize_t n = ::write(fd, data.data(), data.size());
    if (n < 0) {
      if (errno == EINTR) continue;
      return false;
    }
    data.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

bool replace_file(const std::string& path, std::string_view text, unsigned mode) {
  const std::string temporary = path + "." + std::to_string(::getpid());
  const Fd fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode));
  if (fd && write_all(fd.get(), text) && ::rename(temporary.c_str(), path.c_str()) == 0) return true;
  const int error = errno;
  if (fd) ::unlink(temporary.c_str());
  errno = error;
  return false;
}

std::optional<std::string> read_file(const char* path) {
  Fd fd(::open(path, O_RDONLY | O_CLOEXEC));
  if (!fd) return std::nullopt;
  std::string out;
  std::size_t used = 0;
  for (;;) {
    out.resize(used + (used < 4096 ? 4096 : used));
    ssize_t n = ::read(fd.get(), out.data() + used, out.size() - used);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return std::nullopt;
    if (n == 0) break;
    used += static_cast<std::size_t>(n);
  }
  out.resize(used);
  return out;
}

std::optional<std::string> read_link(const char* path) {
  char text[PATH_MAX];
  ssize_t n = ::readlink(path, text, sizeof text);
  if (n < 0) return std::nullopt;
  return std::string(text, static_cast<std::size_t>(n));
}

}  // namespace veneer
