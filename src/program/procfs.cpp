#include "program/procfs.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <string>
#include <string_view>

#include <elf.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/errors.h"
#include "base/files.h"
#include "program/proc_maps.h"

namespace veneer::procfs {
namespace {

enum class File : u8 { None, Exe, Maps, Smaps, Auxv, Cmdline, Environ, CpuInfo, Link };

bool take(std::string_view& path, std::string_view prefix) {
  if (!path.starts_with(prefix)) return false;
  path.remove_prefix(prefix.size());
  return true;
}

bool take_number(std::string_view& path, int& out) {
  auto [end, error] = std::from_chars(path.data(), path.data() + path.size(), out);
  if (error != std::errc{}) return false;
  path.remove_prefix(static_cast<usize>(end - path.data()));
  return true;
}

// Takes "self", "thread-self", or veneer's own pid, and "/task/TID" after it.
bool take_self(std::string_view& path) {
  int id = 0;
  if (!take(path, "self/") && !take(path, "thread-self/")) {
    if (!take_number(path, id) || id != ::getpid() || !take(path, "/")) return false;
  }
  if (take(path, "task/")) {
    // A task of another process is not found here by the host either.
    if (!take_number(path, id) || !take(path, "/")) return false;
  }
  return true;
}

File classify_absolute(std::string_view path) {
  if (!take(path, "/proc/")) return File::None;
  if (path == "cpuinfo") return File::CpuInfo;
  if (!take_self(path)) return File::None;
  if (path == "exe") return File::Exe;
  if (path == "maps") return File::Maps;
  if (path == "smaps") return File::Smaps;
  if (path == "auxv") return File::Auxv;
  if (path == "cmdline") return File::Cmdline;
  if (path == "environ") return File::Environ;
  if (path == "cwd" || path == "root" || path.starts_with("fd/")) return File::Link;
  return File::None;
}

// Relative names are looked into only when their last part could be one of ours: it costs a system call.
bool could_be_ours(std::string_view path) {
  std::string_view name = path.substr(path.rfind('/') + 1);
  for (std::string_view one :
       {"exe", "maps", "smaps", "auxv", "cmdline", "environ", "cpuinfo", "cwd", "root"}) {
    if (name == one) return true;
  }
  return false;
}

File classify(int dirfd, const char* path) {
  if (path[0] == '/') {
    if (std::strncmp(path, "/proc/", 6) != 0) return File::None;
    return classify_absolute(path);
  }
  if (!could_be_ours(path)) return File::None;
  std::optional<std::string> directory =
      dirfd == AT_FDCWD ? read_link("/proc/self/cwd") : read_link(format("/proc/self/fd/%d", dirfd).c_str());
  if (!directory || !(*directory == "/proc" || directory->starts_with("/proc/"))) return File::None;
  return classify_absolute(*directory + "/" + path);
}

// What a process that this one traces shows, of "/proc/PID/NAME" and "/proc/PID/task/TID/NAME".
std::optional<std::string> of_tracee(Process& process, std::string_view path, std::string_view name) {
  using Shown = Tracer::Shown;
  int pid = 0, task = 0;
  if (!process.tracer.active() || !take(path, "/proc/") || !take_number(path, pid) || !take(path, "/"))
    return std::nullopt;
  if (take(path, "task/") && !(take_number(path, task) && take(path, "/"))) return std::nullopt;
  if (path != name) return std::nullopt;
  return process.tracer.shown(pid, name == "exe" ? Shown::Exe : name == "auxv" ? Shown::Auxv : Shown::Maps);
}

// "/proc/PID/exe" of another process, "/proc/PID/task/TID/exe" too: its number.
std::optional<int> other_exe(int dirfd, const char* path) {
  std::string_view text = path;
  if (!text.ends_with("exe")) return std::nullopt;
  std::string whole;
  if (!text.starts_with('/')) {
    std::optional<std::string> directory =
        dirfd == AT_FDCWD ? read_link("/proc/self/cwd") : read_link(format("/proc/self/fd/%d", dirfd).c_str());
    if (!directory) return std::nullopt;
    whole = *directory + "/" + path;
    text = whole;
  }
  int pid = 0, task = 0;
  if (!take(text, "/proc/") || !take_number(text, pid) || pid == ::getpid() || !take(text, "/"))
    return std::nullopt;
  if (take(text, "task/") && !(take_number(text, task) && take(text, "/"))) return std::nullopt;
  if (text != "exe") return std::nullopt;
  return pid;
}

bool is_own_program(const struct stat& file) {
  struct stat own{};
  return ::stat("/proc/self/exe", &own) == 0 && own.st_dev == file.st_dev && own.st_ino == file.st_ino;
}

// The program of another guest process: what is mapped where its auxiliary vector has the program headers.
std::optional<std::string> guest_exe_of(const Process& process, int pid) {
  struct stat exe{};
  if (::stat(format("/proc/%d/exe", pid).c_str(), &exe) != 0 || !is_own_program(exe)) return std::nullopt;
  std::optional<std::string> auxv = read_file(format("/proc/%d/auxv", pid).c_str());
  std::optional<std::string> maps = read_file(format("/proc/%d/maps", pid).c_str());
  if (!auxv || !maps) return std::nullopt;
  u64 headers = 0;
  for (usize at = 0; at + 16 <= auxv->size(); at += 16) {
    u64 entry[2];
    std::memcpy(entry, auxv->data() + at, sizeof entry);
    if (entry[0] == AT_PHDR) headers = entry[1];
  }
  std::string_view rest = *maps;
  while (!rest.empty()) {
    const std::string line(rest.substr(0, rest.find('\n')));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    unsigned long long start = 0, end = 0;
    const usize slash = line.find('/');
    if (std::sscanf(line.c_str(), "%llx-%llx", &start, &end) == 2 && headers >= start && headers < end &&
        slash != line.npos)
      return std::string(process.sysroot.to_guest(std::string_view(line).substr(slash)));
  }
  return std::nullopt;
}

s64 memory_file(std::string_view text, int flags) {
  int fd = ::memfd_create("proc", flags & O_CLOEXEC ? MFD_CLOEXEC : 0);
  if (fd < 0) return -errno;
  if (!write_all(fd, text) || ::lseek(fd, 0, SEEK_SET) != 0) {
    int error = errno;
    ::close(fd);
    return -error;
  }
  return fd;
}

// Guest memory that may have gone away since.
std::string guest_text(GuestAddr start, GuestAddr end) {
  std::string out(end - start, '\0');
  iovec local{out.data(), out.size()};
  iovec remote{reinterpret_cast<void*>(start), out.size()};
  ssize_t n = ::process_vm_readv(::getpid(), &local, 1, &remote, 1, 0);
  out.resize(n > 0 ? static_cast<usize>(n) : 0);
  return out;
}

std::string cpu_info(const GuestPlatform& platform) {
  // One paragraph a processor that is online.
  std::string online = read_file("/sys/devices/system/cpu/online").value_or("0");
  std::string out;
  std::string_view list = online;
  int first = 0, last = 0;
  while (take_number(list, first)) {
    last = first;
    if (take(list, "-") && !take_number(list, last)) break;
    for (int cpu = first; cpu <= last; cpu++) {
      out += platform.abi->cpu_info(platform, cpu);
    }
    if (!take(list, ",")) break;
  }
  return out;
}

std::string content(const Process& process, File file) {
  switch (file) {
    case File::Maps: return guest_maps_text(process, "/proc/self/maps");
    case File::Smaps: return guest_maps_text(process, "/proc/self/smaps");
    case File::Auxv: return {process.auxv.data(), process.auxv.size()};
    case File::Cmdline: return guest_text(process.arg_start, process.arg_end);
    case File::Environ: return guest_text(process.env_start, process.env_end);
    case File::CpuInfo: return cpu_info(process.platform);
    case File::Exe:
    case File::Link:
    case File::None: break;
  }
  return {};
}

}  // namespace

std::optional<s64> open(Process& process, int dirfd, const char* path, int flags) {
  for (const char* name : {"maps", "auxv"})
    if (std::optional<std::string> text = of_tracee(process, path, name)) return memory_file(*text, flags);
  if (std::optional<int> pid = other_exe(dirfd, path); pid && !(flags & O_NOFOLLOW)) {
    if (std::optional<std::string> exe = guest_exe_of(process, *pid)) {
      PathBuffer buffer;
      const char* host = process.sysroot.resolve(AT_FDCWD, exe->c_str(), PathUse::Follow, buffer);
      const int fd = ::open(host, flags & ~O_CREAT);
      return fd < 0 ? -errno : fd;
    }
  }
  File file = classify(dirfd, path);
  if (file == File::None || file == File::Link) return std::nullopt;
  if (file == File::Exe) {
    if (flags & O_NOFOLLOW) return std::nullopt;
    int fd = ::open(process.exe_host_path.c_str(), flags & ~O_CREAT);
    return fd < 0 ? -errno : fd;
  }
  bool arguments = file == File::Cmdline || file == File::Environ || file == File::Auxv;
  if (arguments && process.host_proc_shows_guest) return std::nullopt;
  if ((flags & O_PATH) || (flags & O_ACCMODE) != O_RDONLY || (flags & O_DIRECTORY)) return std::nullopt;
  return memory_file(content(process, file), flags);
}

std::optional<s64> readlink(Process& process, int dirfd, const char* path, char* out, usize size) {
  File file = classify(dirfd, path);
  std::string target;
  if (std::optional<std::string> exe = of_tracee(process, path, "exe")) {
    target = std::move(*exe);
  } else if (file == File::Exe) {
    target = process.exe_guest_path;
  } else if (std::optional<int> pid = other_exe(dirfd, path)) {
    std::optional<std::string> other = guest_exe_of(process, *pid);
    if (!other) return std::nullopt;
    target = std::move(*other);
  } else if (file == File::Link && !process.sysroot.empty()) {
    char link[PATH_MAX];
    ssize_t n = ::readlinkat(dirfd, path, link, sizeof link);
    if (n < 0) return -errno;
    target = process.sysroot.to_guest({link, static_cast<usize>(n)});
  } else {
    return std::nullopt;
  }
  if (size == 0) return -EINVAL;
  usize n = std::min(size, target.size());
  std::memcpy(out, target.data(), n);  // NOLINT(bugprone-not-null-terminated-result): readlink(2) adds none
  return static_cast<s64>(n);
}

bool is_translator(const Process& process, const char* path, int fd) {
  // By its own links only: it is in no directory of the guest's.
  const std::string_view name = std::string_view(path).substr(std::string_view(path).rfind('/') + 1);
  if (name != "exe" && (name.empty() || name.find_first_not_of("0123456789abcdef-") != name.npos)) return false;
  struct stat info{};
  if (::fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) return false;
  struct stat other{};
  for (int own : process.own_descriptors()) {
    if (own >= 0 && ::fstat(own, &other) == 0 && other.st_dev == info.st_dev && other.st_ino == info.st_ino)
      return true;
  }
  return is_own_program(info);
}

const char* follow(const Process& process, int dirfd, const char* path) {
  return classify(dirfd, path) == File::Exe ? process.exe_host_path.c_str() : nullptr;
}

}  // namespace veneer::procfs
