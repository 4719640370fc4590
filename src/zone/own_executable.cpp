#include "zone/own_executable.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>
#include <cerrno>
#include <cstdlib>

#include "image/rooted_path.h"
#include "zone/exchange_executable.h"
#include "zone/mount_api.h"

namespace veneer::zone {
namespace {

// What tells the protected copy where the program was installed: a copy has no path.
constexpr const char* kDirectoryVariable = "VENEER_DIRECTORY";

bool protected_already() {
  const Fd exe(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
  if (!exe) return false;
  const int seals = ::fcntl(exe.get(), F_GET_SEALS);
  if (seals >= 0 && (seals & F_SEAL_WRITE)) return true;
  struct statfs info{};
  return ::fstatfs(exe.get(), &info) == 0 && (info.f_flags & ST_RDONLY);
}

}  // namespace

Failure copy_program(int from, int to, off_t size) {
  for (off_t at = 0; at < size;) {
    const ssize_t n = ::sendfile(to, from, &at, static_cast<usize>(size - at));
    if (n <= 0) return failed(n < 0 ? errno : EIO, "copy veneer's program");
  }
  return std::nullopt;
}

// By a detached mount of its own where that is permitted, else by a sealed copy in memory.
Result<Fd> unwritable_copy(const std::string& path) {
  Result<Fd> tree = clone_tree(AT_FDCWD, path, false);
  if (tree && !set_attributes(tree->get(), MOUNT_ATTR_RDONLY | MOUNT_ATTR_NODEV, 0, 0, false)) return tree;
  const Fd own(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!own) return failed(errno, "open '%s'", path.c_str());
  Fd copy(::memfd_create("veneer", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  struct stat info{};
  if (!own || !copy || ::fstat(own.get(), &info) != 0) return failed(errno, "copy veneer's program");
  if (Failure e = copy_program(own.get(), copy.get(), info.st_size)) return std::move(*e);
  ::fchmod(copy.get(), 0555);
  if (::fcntl(copy.get(), F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) != 0)
    return failed(errno, "seal the copy of veneer's program");
  // Executing wants no descriptor that is open for writing.
  Fd again(::open(descriptor_path(copy.get()).c_str(), O_RDONLY | O_CLOEXEC));
  if (!again) return failed(errno, "open the copy of veneer's program");
  return again;
}

std::string own_directory() {
  if (const char* told = std::getenv(kDirectoryVariable)) return told;
  const std::string path = read_link("/proc/self/exe").value_or("/usr/bin/veneer");
  return path.substr(0, path.rfind('/'));
}

Failure protect_own_executable(char** argv) {
  if (protected_already()) return std::nullopt;
  Result<Fd> copy = unwritable_copy("/proc/self/exe");
  if (!copy) return copy.error();
  ::setenv(kDirectoryVariable, own_directory().c_str(), 1);
  if (exchange_executable(copy->get())) return std::nullopt;
  ::syscall(SYS_execveat, copy->get(), "", argv, environ, AT_EMPTY_PATH);
  return failed(errno, "execute the protected copy of veneer's program");
}

}  // namespace veneer::zone
