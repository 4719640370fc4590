#include "debug/host_io.h"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "debug/packets.h"

namespace veneer::debug {
namespace {

// errno as the protocol numbers it ("Errno Values"): the small ones are the same, the others unknown.
std::string failed(int error) {
  constexpr int kUnknown = 9999, kNameTooLong = 91;
  int number = kUnknown;
  for (int same : {EPERM, ENOENT, EINTR, EIO, EBADF, EACCES, EFAULT, EBUSY, EEXIST, ENODEV, ENOTDIR, EISDIR,
                   EINVAL, ENFILE, EMFILE, EFBIG, ENOSPC, ESPIPE, EROFS})
    if (error == same) number = same;
  if (error == ENAMETOOLONG) number = kNameTooLong;
  return fmt::format("F-1,{:x}", number);
}

std::string with_data(std::string_view bytes) {
  return fmt::format("F{:x};", bytes.size()) + escaped(bytes);
}

void put(std::string& out, u64 value, unsigned bytes) {
  while (bytes-- > 0) out += static_cast<char>(value >> 8 * bytes);
}

}  // namespace

std::optional<std::string> HostIo::shown(std::string_view path, std::string_view name, Tracer::Shown what) {
  const std::string process = fmt::format("/proc/{}/", inferior_.process());
  if (!path.starts_with(process)) return std::nullopt;
  path.remove_prefix(process.size());
  if (path.starts_with("task/")) path = path.substr(std::min(path.size(), path.find('/', 5)));
  if (path.starts_with('/')) path.remove_prefix(1);
  if (path != name) return std::nullopt;
  return inferior_.shown(what);
}

std::string HostIo::open(const std::string& path, u64 flags) {
  if ((flags & 3) != 0) return failed(EROFS);
  Fd fd;
  for (const auto& [name, what] : {std::pair{"maps", Tracer::Shown::Maps}, {"auxv", Tracer::Shown::Auxv}}) {
    const std::optional<std::string> text = shown(path, name, what);
    if (!text) continue;
    fd.reset(::memfd_create("proc", MFD_CLOEXEC));
    if (!fd || !write_all(fd.get(), *text)) return failed(errno);
  }
  if (!fd) {
    PathBuffer buffer;
    fd.reset(::open(sysroot_.resolve(AT_FDCWD, path.c_str(), PathUse::Follow, buffer), O_RDONLY | O_CLOEXEC));
  }
  if (!fd) return failed(errno);
  files_[next_] = std::move(fd);
  return fmt::format("F{:x}", next_++);
}

std::string HostIo::pread(u64 fd, u64 count, u64 offset) {
  const auto found = files_.find(fd);
  if (found == files_.end()) return failed(EBADF);
  // Escapes may double it.
  std::string bytes(std::min<u64>(count, Packets::kMost / 2 - 64), '\0');
  const ssize_t n = ::pread(found->second.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
  if (n < 0) return failed(errno);
  bytes.resize(static_cast<usize>(n));
  return with_data(bytes);
}

// struct stat as the protocol has it: big-endian, with times of four bytes.
std::string HostIo::fstat(u64 fd) {
  const auto found = files_.find(fd);
  struct stat st{};
  if (found == files_.end()) return failed(EBADF);
  if (::fstat(found->second.get(), &st) != 0) return failed(errno);
  std::string out;
  put(out, st.st_dev, 4);
  put(out, st.st_ino, 4);
  put(out, st.st_mode, 4);
  put(out, st.st_nlink, 4);
  put(out, st.st_uid, 4);
  put(out, st.st_gid, 4);
  put(out, st.st_rdev, 4);
  put(out, static_cast<u64>(st.st_size), 8);
  put(out, static_cast<u64>(st.st_blksize), 8);
  put(out, static_cast<u64>(st.st_blocks), 8);
  put(out, static_cast<u64>(st.st_atime), 4);
  put(out, static_cast<u64>(st.st_mtime), 4);
  put(out, static_cast<u64>(st.st_ctime), 4);
  return with_data(out);
}

std::string HostIo::readlink(const std::string& path) {
  if (const std::optional<std::string> exe = shown(path, "exe", Tracer::Shown::Exe)) return with_data(*exe);
  PathBuffer buffer;
  const std::optional<std::string> target =
      read_link(sysroot_.resolve(AT_FDCWD, path.c_str(), PathUse::NoFollow, buffer));
  return target ? with_data(*target) : failed(errno);
}

std::string HostIo::serve(std::string_view request) {
  const auto path_of = [](std::string_view& text) {
    const usize comma = text.find(',');
    const std::optional<std::string> path = from_hex(text.substr(0, comma));
    text = comma == text.npos ? std::string_view() : text.substr(comma + 1);
    return path.value_or("");
  };
  const auto number = [](std::string_view& text) {
    const u64 value = take_hex(text).value_or(0);
    take(text, ",");
    return value;
  };
  if (take(request, "setfs:")) return "F0";
  if (take(request, "open:")) {
    const std::string path = path_of(request);
    return open(path, number(request));
  }
  if (take(request, "pread:")) {
    const u64 fd = number(request), count = number(request), offset = number(request);
    return pread(fd, count, offset);
  }
  if (take(request, "close:")) return files_.erase(number(request)) ? "F0" : failed(EBADF);
  if (take(request, "fstat:")) return fstat(number(request));
  if (take(request, "readlink:")) return readlink(path_of(request));
  if (take(request, "pwrite:") || take(request, "unlink:")) return failed(EROFS);
  return "";
}

}  // namespace veneer::debug
