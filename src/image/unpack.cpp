#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <cerrno>
#include <memory>
#include <optional>
#include <vector>

#include "image/archive.h"
#include "image/rooted_path.h"
#include "image/sha256.h"

namespace veneer::image {
namespace {

using Archive = std::unique_ptr<archive, int (*)(archive*)>;

Archive new_reader() {
  Archive a(::archive_read_new(), ::archive_read_free);
  return a;
}

void support_compressions(archive* a) {
  ::archive_read_support_filter_gzip(a);
  ::archive_read_support_filter_bzip2(a);
  ::archive_read_support_filter_xz(a);
  ::archive_read_support_filter_lzma(a);
  ::archive_read_support_filter_lzip(a);
  ::archive_read_support_filter_zstd(a);
  ::archive_read_support_filter_lz4(a);
  ::archive_read_support_filter_compress(a);
}

// One pass: the archive's bytes are hashed and decompressed, what comes out is hashed and read as tar.
class Source {
 public:
  explicit Source(int fd) : fd_(fd), outer_(new_reader()), buffer_(1 << 16), plain_(1 << 16) {}

  Failure open() {
    support_compressions(outer_.get());
    ::archive_read_support_format_raw(outer_.get());
    ::archive_read_support_format_empty(outer_.get());
    if (::archive_read_open(outer_.get(), this, nullptr, read_compressed, nullptr) != ARCHIVE_OK)
      return error("read the archive");
    archive_entry* entry = nullptr;
    const int r = ::archive_read_next_header(outer_.get(), &entry);
    // Not compressed, the archive is the tar archive, and is hashed once.
    plain_archive_ = ::archive_filter_code(outer_.get(), 0) == ARCHIVE_FILTER_NONE;
    if (r == ARCHIVE_EOF)
      ended_ = true;
    else if (r != ARCHIVE_OK)
      return error("read the archive");
    return std::nullopt;
  }
  static la_ssize_t read_plain(archive* inner, void* self, const void** out) {
    auto* s = static_cast<Source*>(self);
    if (s->ended_) return 0;
    const la_ssize_t n = ::archive_read_data(s->outer_.get(), s->plain_.data(), s->plain_.size());
    if (n < 0) {
      ::archive_set_error(inner, EIO, "%s", ::archive_error_string(s->outer_.get()));
      return -1;
    }
    if (n == 0) s->ended_ = true;
    s->diff_id_.update({s->plain_.data(), static_cast<usize>(n)});
    *out = s->plain_.data();
    return n;
  }
  // What follows the end of the archive is part of what the digests are of.
  void drain() {
    const void* data = nullptr;
    while (read_plain(nullptr_archive_.get(), this, &data) > 0) {
    }
    while (read_compressed(nullptr, this, &data) > 0) {
    }
  }
  std::string diff_id() { return diff_id_.digest(); }
  // Of the archive, when its diff id is known.
  std::string digest(const std::string& diff_id) { return plain_archive_ ? diff_id : digest_.digest(); }
  u64 bytes() const { return bytes_; }

 private:
  static la_ssize_t read_compressed(archive*, void* self, const void** out) {
    auto* s = static_cast<Source*>(self);
    ssize_t n = 0;
    do {
      n = ::read(s->fd_, s->buffer_.data(), s->buffer_.size());
    } while (n < 0 && errno == EINTR);
    if (n > 0) {
      if (!s->plain_archive_) s->digest_.update({s->buffer_.data(), static_cast<usize>(n)});
      s->bytes_ += static_cast<u64>(n);
    }
    *out = s->buffer_.data();
    return n;
  }
  Error error(const char* what) {
    const char* why = ::archive_error_string(outer_.get());
    return Error{exit_status::kVeneer, format("cannot %s: %s", what, why ? why : "it is damaged")};
  }

  int fd_;
  Archive outer_;
  Archive nullptr_archive_ = new_reader();
  std::vector<char> buffer_, plain_;
  Sha256 digest_, diff_id_;
  u64 bytes_ = 0;
  bool ended_ = false, plain_archive_ = false;
};

struct DirectoryTime {
  std::string path;
  mode_t mode;
  timespec time;
};

class Unpacker {
 public:
  Unpacker(int root, const UnpackOptions& options, Unpacked& out) : root_(root), o_(options), out_(out) {}

  Failure entry(archive* a, archive_entry* e) {
    if (++out_.entries > o_.most_entries)
      return Error{exit_status::kVeneer, "the archive has too many entries"};
    const char* raw = ::archive_entry_pathname(e);
    if (!raw) return Error{exit_status::kVeneer, "an entry of the archive has no name"};
    Result<std::string> path = clean(raw);
    if (!path) return path.error();
    if (path->empty()) return top(e);
    const usize slash = path->rfind('/');
    const std::string parent = slash == path->npos ? "." : path->substr(0, slash);
    const std::string name = slash == path->npos ? *path : path->substr(slash + 1);
    Result<Fd> directory = make_directory_in_root(root_, parent);
    if (!directory) return directory.error();
    if (o_.whiteouts != Whiteouts::Keep && name.starts_with(".wh."))
      return whiteout(directory->get(), name.substr(4), parent);
    return make(a, e, directory->get(), name, *path);
  }

  // Directories' times and modes come last: what is made in them changes the former, and the latter may forbid
  // it.
  void finish() {
    for (auto d = directories_.rbegin(); d != directories_.rend(); ++d) {
      const int fd = openat2_in_root(root_, d->path.c_str(), O_DIRECTORY | O_NOFOLLOW);
      if (fd < 0) continue;
      const Fd at(fd);
      const std::string path = descriptor_path(fd);
      (void)::chmod(path.c_str(), d->mode);
      const timespec times[2] = {d->time, d->time};
      (void)::utimensat(AT_FDCWD, path.c_str(), times, 0);
    }
  }

 private:
  static Result<std::string> clean(std::string_view raw) {
    std::string out;
    while (!raw.empty()) {
      const std::string_view part = raw.substr(0, raw.find('/'));
      raw.remove_prefix(std::min(raw.size(), part.size() + 1));
      if (part.empty() || part == ".") continue;
      if (part == "..") return Error{exit_status::kVeneer, "an entry of the archive leads out of it (..)"};
      if (!out.empty()) out += '/';
      out += part;
    }
    return out;
  }

  Failure top(archive_entry* e) {
    if (::archive_entry_filetype(e) == AE_IFDIR) remember(".", e);
    return std::nullopt;
  }
  void remember(const std::string& path, archive_entry* e) {
    directories_.push_back({path,
                            static_cast<mode_t>(::archive_entry_perm(e)),
                            {::archive_entry_mtime(e), ::archive_entry_mtime_nsec(e)}});
  }

  Failure whiteout(int directory, const std::string& name, const std::string& parent) {
    if (name == ".wh..opq") {
      const char* attribute =
          o_.whiteouts == Whiteouts::Trusted ? "trusted.overlay.opaque" : "user.overlay.opaque";
      if (::setxattr(descriptor_path(directory).c_str(), attribute, "y", 1, 0) != 0)
        return failed(errno, "hide what is below '%s'", parent.c_str());
      return std::nullopt;
    }
    if (name.empty() || name == "." || name == ".." || name.starts_with(".wh."))
      return std::nullopt;  // of aufs's own
    (void)remove_existing(directory, name);
    if (::mknodat(directory, name.c_str(), S_IFCHR, ::makedev(0, 0)) != 0)
      return failed(errno, "hide '%s'", name.c_str());
    return std::nullopt;
  }

  // A later entry replaces an earlier one; a directory stays where another comes.
  Failure remove_existing(int directory, const std::string& name) {
    if (::unlinkat(directory, name.c_str(), 0) == 0 || errno == ENOENT) return std::nullopt;
    if (errno == EISDIR || errno == EPERM) {
      if (::unlinkat(directory, name.c_str(), AT_REMOVEDIR) == 0) return std::nullopt;
    }
    return failed(errno, "replace '%s'", name.c_str());
  }

  Failure make(archive* a, archive_entry* e, int directory, const std::string& name, const std::string& path) {
    if (const char* target = ::archive_entry_hardlink(e)) return hard_link(directory, name, target);
    const auto type = ::archive_entry_filetype(e);
    if (type == AE_IFDIR) {
      struct stat info{};
      if (::fstatat(directory, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISDIR(info.st_mode)) {
        if (Failure f = remove_existing(directory, name)) return f;
      }
      if (::mkdirat(directory, name.c_str(), 0700) != 0 && errno != EEXIST)
        return failed(errno, "make '%s'", path.c_str());
      remember(path, e);
      return attributes(e, directory, name);
    }
    if (Failure f = remove_existing(directory, name)) return f;
    if (type == AE_IFREG) return regular(a, e, directory, name, path);
    if (type == AE_IFLNK) {
      const char* target = ::archive_entry_symlink(e);
      if (!target || ::symlinkat(target, directory, name.c_str()) != 0)
        return failed(target ? errno : EINVAL, "make the link '%s'", path.c_str());
      return attributes(e, directory, name);
    }
    if (type != AE_IFCHR && type != AE_IFBLK && type != AE_IFIFO) return out_.left_out++, std::nullopt;
    const dev_t device = ::makedev(static_cast<unsigned>(::archive_entry_rdevmajor(e)),
                                   static_cast<unsigned>(::archive_entry_rdevminor(e)));
    // 0:0 would be a whiteout of overlayfs, and hide what the image below has.
    if (type == AE_IFCHR && device == 0) return out_.left_out++, std::nullopt;
    if (::mknodat(directory, name.c_str(), static_cast<mode_t>(type) | ::archive_entry_perm(e), device) != 0) {
      if (errno == EPERM || errno == EACCES) return out_.left_out++, std::nullopt;
      return failed(errno, "make the node '%s'", path.c_str());
    }
    return attributes(e, directory, name);
  }

  Failure hard_link(int directory, const std::string& name, const char* target) {
    Result<std::string> to = clean(target);
    if (!to) return to.error();
    const int fd = openat2_in_root(root_, to->c_str(), O_NOFOLLOW);
    if (fd < 0) return failed(-fd, "link '%s' to '%s' in the archive", name.c_str(), to->c_str());
    const Fd file(fd);
    struct stat info{}, here{};
    if (::fstat(fd, &info) != 0 || S_ISDIR(info.st_mode))
      return Error{exit_status::kVeneer, "a hard link in the archive is to a directory"};
    if (::fstatat(directory, name.c_str(), &here, AT_SYMLINK_NOFOLLOW) == 0 && here.st_ino == info.st_ino &&
        here.st_dev == info.st_dev)
      return std::nullopt;  // to itself
    if (Failure f = remove_existing(directory, name)) return f;
    if (::linkat(AT_FDCWD, descriptor_path(fd).c_str(), directory, name.c_str(), AT_SYMLINK_FOLLOW) != 0)
      return failed(errno, "make the hard link '%s'", name.c_str());
    return std::nullopt;
  }

  Failure regular(archive* a, archive_entry* e, int directory, const std::string& name,
                  const std::string& path) {
    const Fd file(
        ::openat(directory, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file) return failed(errno, "make '%s'", path.c_str());
    const void* data = nullptr;
    size_t size = 0;
    la_int64_t offset = 0;
    int r = 0;
    while ((r = ::archive_read_data_block(a, &data, &size, &offset)) == ARCHIVE_OK) {
      out_.bytes += size;
      if (out_.bytes > o_.most_bytes)
        return Error{exit_status::kVeneer, "the archive unpacks to more than may be used for it"};
      // Where the archive has nothing the file has a hole.
      for (usize done = 0; done < size;) {
        const ssize_t n = ::pwrite(file.get(), static_cast<const char*>(data) + done, size - done,
                                   offset + static_cast<off_t>(done));
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return failed(errno, "write '%s'", path.c_str());
        done += static_cast<usize>(n);
      }
    }
    if (r != ARCHIVE_EOF)
      return Error{exit_status::kVeneer,
                   format("'%s' in the archive is damaged: %s", path.c_str(), ::archive_error_string(a))};
    if (::archive_entry_size_is_set(e) && ::ftruncate(file.get(), ::archive_entry_size(e)) != 0)
      return failed(errno, "write '%s'", path.c_str());
    return attributes(e, directory, name);
  }

  Failure attributes(archive_entry* e, int directory, const std::string& name) {
    const bool link = ::archive_entry_filetype(e) == AE_IFLNK;
    const int found = openat2_in_root(directory, name.c_str(), O_NOFOLLOW);
    if (found < 0) return failed(-found, "open '%s'", name.c_str());
    const Fd at(found);
    const std::string path = descriptor_path(found);
    // Without privilege all belongs to the one who unpacks.
    if (::fchownat(found, "", static_cast<uid_t>(::archive_entry_uid(e)),
                   static_cast<gid_t>(::archive_entry_gid(e)), AT_EMPTY_PATH) != 0 &&
        errno != EPERM && errno != EINVAL)
      return failed(errno, "give '%s' its owner", name.c_str());
    xattrs(e, path, link);
    if (link) return std::nullopt;
    if (::chmod(path.c_str(), ::archive_entry_filetype(e) == AE_IFDIR ? 0700 : ::archive_entry_perm(e)) != 0)
      return failed(errno, "give '%s' its mode", name.c_str());
    const timespec t{::archive_entry_mtime(e), ::archive_entry_mtime_nsec(e)};
    const timespec times[2] = {t, t};
    (void)::utimensat(AT_FDCWD, path.c_str(), times, 0);
    return std::nullopt;
  }

  void xattrs(archive_entry* e, const std::string& path, bool link) {
    if (link) return;
    ::archive_entry_xattr_reset(e);
    const char* name = nullptr;
    const void* value = nullptr;
    size_t size = 0;
    while (::archive_entry_xattr_next(e, &name, &value, &size) == ARCHIVE_OK) {
      const std::string_view n = name;
      // Overlayfs's own would let an image speak for us; the rest as privilege allows.
      if (n.starts_with("trusted.") || n.starts_with("user.overlay.")) continue;
      (void)::setxattr(path.c_str(), name, value, size, 0);
    }
  }

  int root_;
  const UnpackOptions& o_;
  Unpacked& out_;
  std::vector<DirectoryTime> directories_;
};

}  // namespace

Result<Unpacked> unpack(int fd, int into, const UnpackOptions& options) {
  Unpacked out;
  Source source(fd);
  if (Failure e = source.open()) return std::move(*e);
  const Archive tar = new_reader();
  ::archive_read_support_format_tar(tar.get());
  ::archive_read_support_format_empty(tar.get());
  // Names are bytes, as they are to the kernel.
  ::archive_read_set_options(tar.get(), "hdrcharset=BINARY");
  if (::archive_read_open(tar.get(), &source, nullptr, Source::read_plain, nullptr) != ARCHIVE_OK)
    return Error{exit_status::kVeneer, format("it is no tar archive: %s", ::archive_error_string(tar.get()))};
  Unpacker unpacker(into, options, out);
  archive_entry* entry = nullptr;
  int r = 0;
  while ((r = ::archive_read_next_header(tar.get(), &entry)) == ARCHIVE_OK || r == ARCHIVE_WARN) {
    if (Failure e = unpacker.entry(tar.get(), entry)) return std::move(*e);
  }
  if (r != ARCHIVE_EOF)
    return Error{exit_status::kVeneer, format("the archive is damaged: %s", ::archive_error_string(tar.get()))};
  unpacker.finish();
  source.drain();
  out.diff_id = source.diff_id();
  out.digest = source.digest(out.diff_id);
  out.archive_bytes = source.bytes();
  return out;
}

bool archive_holds(int fd, const std::string& name) {
  const off_t position = ::lseek(fd, 0, SEEK_CUR);
  bool found = false;
  {
    Source source(fd);
    const Archive tar = new_reader();
    ::archive_read_support_format_tar(tar.get());
    if (!source.open() &&
        ::archive_read_open(tar.get(), &source, nullptr, Source::read_plain, nullptr) == ARCHIVE_OK) {
      archive_entry* entry = nullptr;
      while (!found && ::archive_read_next_header(tar.get(), &entry) == ARCHIVE_OK) {
        std::string_view path = ::archive_entry_pathname(entry) ? ::archive_entry_pathname(entry) : "";
        if (path.starts_with("./")) path.remove_prefix(2);
        found = path == name;
      }
    }
  }
  ::lseek(fd, position, SEEK_SET);
  return found;
}

}  // namespace veneer::image
