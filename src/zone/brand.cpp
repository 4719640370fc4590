#include "zone/brand.h"

#include <dirent.h>
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
#include <cstring>
#include <memory>

#include "image/rooted_path.h"
#include "image/store.h"
#include "zone/mount_api.h"

namespace veneer::zone {
namespace {

Failure copy_contents(int from, int to, off_t size) {
  for (off_t at = 0; at < size;) {
    const ssize_t n = ::sendfile(to, from, &at, static_cast<usize>(size - at));
    if (n <= 0) return failed(n < 0 ? errno : EIO, "copy veneer's program");
  }
  return std::nullopt;
}

// A read-only view of the file: by a detached mount of its own where that is permitted, else by a sealed copy
// in memory.
Result<Fd> unwritable_copy(const std::string& path) {
  Result<Fd> tree = clone_tree(AT_FDCWD, path, false);
  if (tree && !set_attributes(tree->get(), MOUNT_ATTR_RDONLY | MOUNT_ATTR_NODEV, 0, 0, false)) return tree;
  const Fd own(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!own) return failed(errno, "open '%s'", path.c_str());
  Fd copy(::memfd_create("veneer", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  struct stat info{};
  if (!own || !copy || ::fstat(own.get(), &info) != 0) return failed(errno, "copy veneer's program");
  if (Failure e = copy_contents(own.get(), copy.get(), info.st_size)) return std::move(*e);
  ::fchmod(copy.get(), 0555);
  if (::fcntl(copy.get(), F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) != 0)
    return failed(errno, "seal the copy of veneer's program");
  // Executing wants no descriptor that is open for writing.
  Fd again(::open(descriptor_path(copy.get()).c_str(), O_RDONLY | O_CLOEXEC));
  if (!again) return failed(errno, "open the copy of veneer's program");
  return again;
}

// What tells the protected copy where the program was installed: a copy has no path.
constexpr const char* kDirectoryVariable = "VENEER_DIRECTORY";

std::string own_directory() {
  if (const char* told = std::getenv(kDirectoryVariable)) return told;
  const std::string path = read_link("/proc/self/exe").value_or("/usr/bin/veneer");
  return path.substr(0, path.rfind('/'));
}

// Copies of translators that are no longer installed; who runs by one keeps it.
void remove_others(const std::string& directory, const std::string& kept) {
  const std::unique_ptr<DIR, int (*)(DIR*)> dir(::opendir(directory.c_str()), ::closedir);
  while (const dirent* entry = dir ? ::readdir(dir.get()) : nullptr) {
    if (entry->d_name[0] == '.') continue;
    const std::string path = directory + "/" + entry->d_name;
    if (!path.starts_with(kept)) ::unlink(path.c_str());
  }
}

// A set-user-ID copy of the translator, in a directory that only its owner can enter, made anew when the
// translator is another. Without it set-user-ID programs give nobody anything, as on a file system that is
// mounted nosuid.
std::string set_id_copy(const std::string& translator) {
  const bool root = ::geteuid() == 0;
  const char* home = std::getenv("HOME");
  if (!root && !home) return {};
  const std::string directory =
      root ? "/var/lib/veneer/translator" : std::string(home) + "/.local/share/veneer/translator";
  struct stat info{};
  if (::stat(translator.c_str(), &info) != 0 || image::make_directories(directory) ||
      ::chmod(directory.c_str(), 0700) != 0)
    return {};
  std::string path = directory + format("/%llx-%llx-%llx", static_cast<unsigned long long>(info.st_ino),
                                        static_cast<unsigned long long>(info.st_size),
                                        static_cast<unsigned long long>(info.st_mtim.tv_sec) << 30 |
                                            static_cast<unsigned long long>(info.st_mtim.tv_nsec));
  if (::access(path.c_str(), F_OK) != 0) {
    const std::string temporary = path + "." + std::to_string(::getpid());
    const Fd from(::open(translator.c_str(), O_RDONLY | O_CLOEXEC));
    const Fd to(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!from || !to) return {};
    remove_others(directory, path);
    if (copy_contents(from.get(), to.get(), info.st_size) || ::fchmod(to.get(), 04511) != 0 ||
        ::rename(temporary.c_str(), path.c_str()) != 0) {
      ::unlink(temporary.c_str());
      return {};
    }
  }
  return path;
}

bool own_executable_protected() {
  const Fd exe(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
  if (!exe) return false;
  const int seals = ::fcntl(exe.get(), F_GET_SEALS);
  if (seals >= 0 && (seals & F_SEAL_WRITE)) return true;
  struct statfs info{};
  return ::fstatfs(exe.get(), &info) == 0 && (info.f_flags & ST_RDONLY);
}

}  // namespace

Result<Brand> make_brand(Architecture architecture) {
  Brand brand;
  brand.architecture = architecture;
  if (architecture == Architecture::Native) return brand;
  if (architecture == Architecture::Other)
    return Error{exit_status::kCannotRun,
                 "the programs are of an instruction set that veneer does not translate (it translates arm64)"};
  const std::string translator = own_directory() + "/veneer";
  Result<Fd> copy = unwritable_copy(translator);
  if (!copy) {
    copy.error().message +=
        format("; the translator that arm64 programs need must be there, as '%s'", translator.c_str());
    return copy.error();
  }
  brand.translator = std::move(*copy);
  brand.set_id_path = set_id_copy(translator);
  return brand;
}

std::vector<std::string> translator_arguments(const Brand& brand, int set_id_translator,
                                              const std::string& program,
                                              const std::vector<std::string>& args) {
  std::vector<std::string> out = {"veneer", "run", "--zone", "--self-fd",
                                  std::to_string(brand.translator.get())};
  if (set_id_translator >= 0) out.insert(out.end(), {"--set-id-fd", std::to_string(set_id_translator)});
  if (!args.empty()) out.insert(out.end(), {"--argv0", args[0]});
  out.emplace_back("--");
  out.push_back(program);
  if (!args.empty()) out.insert(out.end(), args.begin() + 1, args.end());
  return out;
}

Failure protect_own_executable(char** argv) {
  if (own_executable_protected()) return std::nullopt;
  Result<Fd> copy = unwritable_copy("/proc/self/exe");
  if (!copy) return copy.error();
  ::setenv(kDirectoryVariable, own_directory().c_str(), 1);
  ::syscall(SYS_execveat, copy->get(), "", argv, environ, AT_EMPTY_PATH);
  return failed(errno, "execute the protected copy of veneer's program");
}

}  // namespace veneer::zone
