#include <archive.h>
#include <archive_entry.h>
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <map>
#include <memory>
#include <vector>

#include "image/archive.h"
#include "image/rooted_path.h"
#include "image/sha256.h"

namespace veneer::image {
namespace {

using Entry = std::unique_ptr<archive_entry, void (*)(archive_entry*)>;

class Packer {
 public:
  explicit Packer(int to) : to_(to), archive_(::archive_write_new(), ::archive_write_free) {}

  Result<Unpacked> run(int directory) {
    archive* a = archive_.get();
    ::archive_write_set_format_pax_restricted(a);
    // Names are bytes, as they are to the kernel.
    ::archive_write_set_options(a, "hdrcharset=BINARY");
    ::archive_write_set_bytes_in_last_block(a, 1);
    if (::archive_write_open(a, this, nullptr, write, nullptr) != ARCHIVE_OK) return error();
    if (Failure e = pack_directory(directory, "", 0)) return std::move(*e);
    if (::archive_write_close(a) != ARCHIVE_OK) return error();
    out_.digest = out_.diff_id = hash_.digest();
    return out_;
  }

 private:
  static la_ssize_t write(archive* a, void* self, const void* data, size_t size) {
    auto* p = static_cast<Packer*>(self);
    const std::string_view text(static_cast<const char*>(data), size);
    p->hash_.update(text);
    p->out_.archive_bytes += size;
    if (p->to_ >= 0 && !write_all(p->to_, text)) {
      ::archive_set_error(a, errno, "%s", errno_text(errno));
      return -1;
    }
    return static_cast<la_ssize_t>(size);
  }
  Error error() {
    const char* why = ::archive_error_string(archive_.get());
    return Error{exit_status::kVeneer, format("cannot write the archive: %s", why ? why : "unknown error")};
  }

  Failure pack_directory(int directory, const std::string& path, int depth) {
    if (depth > 512) return Error{exit_status::kVeneer, "directories are nested too deep for an archive"};
    const int again = ::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (again < 0) return failed(errno, "open '%s'", path.c_str());
    const std::unique_ptr<DIR, int (*)(DIR*)> dir(::fdopendir(again), ::closedir);
    std::vector<std::string> names;
    while (const dirent* entry = ::readdir(dir.get())) names.emplace_back(entry->d_name);
    std::sort(names.begin(), names.end());
    char opaque = 0;
    if (::fgetxattr(again, "trusted.overlay.opaque", &opaque, 1) == 1 ||
        ::fgetxattr(again, "user.overlay.opaque", &opaque, 1) == 1) {
      if (Failure e = marker(path + ".wh..wh..opq")) return e;
    }
    for (const std::string& name : names) {
      if (name == "." || name == "..") continue;
      if (Failure e = pack_entry(again, name, path, depth)) return e;
    }
    return std::nullopt;
  }

  Failure marker(const std::string& path) {
    const Entry e(::archive_entry_new(), ::archive_entry_free);
    ::archive_entry_set_pathname(e.get(), path.c_str());
    ::archive_entry_set_filetype(e.get(), AE_IFREG);
    ::archive_entry_set_perm(e.get(), 0600);
    ::archive_entry_set_size(e.get(), 0);
    out_.entries++;
    if (::archive_write_header(archive_.get(), e.get()) != ARCHIVE_OK) return error();
    return std::nullopt;
  }

  Failure pack_entry(int directory, const std::string& name, const std::string& parent, int depth) {
    struct stat info{};
    const std::string path = parent + name;
    if (::fstatat(directory, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0)
      return failed(errno, "look at '%s'", path.c_str());
    if (S_ISSOCK(info.st_mode)) return std::nullopt;
    if (S_ISCHR(info.st_mode) && info.st_rdev == 0) return marker(parent + ".wh." + name);
    const Entry e(::archive_entry_new(), ::archive_entry_free);
    ::archive_entry_set_pathname(e.get(), path.c_str());
    ::archive_entry_copy_stat(e.get(), &info);
    // What differs from one copy of the same tree to another is left out.
    ::archive_entry_unset_atime(e.get());
    ::archive_entry_unset_ctime(e.get());
    ::archive_entry_set_nlink(e.get(), 1);
    ::archive_entry_set_ino(e.get(), 0);
    ::archive_entry_set_dev(e.get(), 0);
    if (!S_ISREG(info.st_mode)) ::archive_entry_set_size(e.get(), 0);
    if (S_ISREG(info.st_mode) && info.st_nlink > 1) {
      auto [at, first] = links_.try_emplace({info.st_dev, info.st_ino}, path);
      if (!first) {
        ::archive_entry_set_hardlink(e.get(), at->second.c_str());
        ::archive_entry_unset_size(e.get());
        out_.entries++;
        if (::archive_write_header(archive_.get(), e.get()) != ARCHIVE_OK) return error();
        return std::nullopt;
      }
    }
    if (S_ISLNK(info.st_mode)) {
      char target[PATH_MAX];
      const ssize_t n = ::readlinkat(directory, name.c_str(), target, sizeof target - 1);
      if (n < 0) return failed(errno, "read the link '%s'", path.c_str());
      target[n] = '\0';
      ::archive_entry_set_symlink(e.get(), target);
    }
    Fd file;
    if (S_ISREG(info.st_mode) || S_ISDIR(info.st_mode)) {
      file = Fd(::openat(directory, name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
      if (!file) return failed(errno, "open '%s'", path.c_str());
      add_xattrs(e.get(), file.get());
    }
    out_.entries++;
    if (::archive_write_header(archive_.get(), e.get()) != ARCHIVE_OK) return error();
    if (S_ISREG(info.st_mode)) return pack_contents(file.get(), static_cast<u64>(info.st_size), path);
    if (S_ISDIR(info.st_mode)) return pack_directory(file.get(), path + "/", depth + 1);
    return std::nullopt;
  }

  void add_xattrs(archive_entry* e, int file) {
    std::vector<char> names(65536);
    const ssize_t size = ::flistxattr(file, names.data(), names.size());
    for (ssize_t at = 0; at < size;) {
      const char* name = names.data() + at;
      at += static_cast<ssize_t>(std::strlen(name)) + 1;
      const std::string_view n = name;
      if (n.starts_with("trusted.overlay.") || n.starts_with("user.overlay.")) continue;
      std::vector<char> value(65536);
      const ssize_t length = ::fgetxattr(file, name, value.data(), value.size());
      if (length >= 0) ::archive_entry_xattr_add_entry(e, name, value.data(), static_cast<size_t>(length));
    }
  }

  Failure pack_contents(int file, u64 size, const std::string& path) {
    std::vector<char> buffer(1 << 16);
    while (size > 0) {
      const ssize_t n = ::read(file, buffer.data(), std::min<u64>(buffer.size(), size));
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) return Error{exit_status::kVeneer, "'" + path + "' changed while it was read"};
      if (::archive_write_data(archive_.get(), buffer.data(), static_cast<size_t>(n)) != n) return error();
      size -= static_cast<u64>(n);
      out_.bytes += static_cast<u64>(n);
    }
    return std::nullopt;
  }

  int to_;
  std::unique_ptr<archive, int (*)(archive*)> archive_;
  Sha256 hash_;
  Unpacked out_;
  std::map<std::pair<dev_t, ino_t>, std::string> links_;
};

}  // namespace

Result<Unpacked> pack(int directory, int to) {
  return Packer(to).run(directory);
}

}  // namespace veneer::image
