// Descriptors that close themselves, and whole-file input and output.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace veneer {

class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(other.release()) {}
  Fd& operator=(Fd&& other) noexcept {
    if (this != &other) reset(other.release());
    return *this;
  }
  ~Fd() { reset(); }

  explicit operator bool() const { return fd_ >= 0; }
  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }
  void reset(int fd = -1);  // errno is kept

 private:
  int fd_ = -1;
};

// Writes it all, whatever the interruptions; false when that fails.
bool write_all(int fd, std::string_view data);

// Makes the file hold this, at once and whole (by a new file that takes its name); false: errno says why, and
// the file is as it was.
bool replace_file(const std::string& path, std::string_view text, unsigned mode);

// The contents of a file, /proc files included; nothing when it cannot be read (errno says why).
std::optional<std::string> read_file(const char* path);

// The target of a symbolic link; nothing when it is not one.
std::optional<std::string> read_link(const char* path);

}  // namespace veneer
