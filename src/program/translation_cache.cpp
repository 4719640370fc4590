#include "program/translation_cache.h"

#include <elf.h>
#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <span>

#include "base/mix.h"
#include "base/translations.h"
#include "translate/image.h"

// The ELF header of the program where it is mapped: of the linker's.
// NOLINTNEXTLINE(bugprone-reserved-identifier): the linker's name for it
extern "C" const Elf64_Ehdr __ehdr_start __attribute__((visibility("hidden")));

namespace veneer {
namespace {

// Below the host's mappings, and where no program that chooses its own addresses is known to be.
constexpr GuestAddr kPlaces = 0x3000'0000'0000;
constexpr u64 kPlaceBits = 24;  // of kAlign
constexpr usize kMostBlocks = usize{1} << 18;

// The build ID of this very program, as text; empty when the linker was told to make none.
std::string own_build_id() {
  const auto base = reinterpret_cast<u64>(&__ehdr_start);  // NOLINT: addresses of this program
  const std::span segments(reinterpret_cast<const Elf64_Phdr*>(base + __ehdr_start.e_phoff),  // NOLINT
                           __ehdr_start.e_phnum);
  u64 bias = base;
  for (const Elf64_Phdr& s : segments)
    if (s.p_type == PT_LOAD) {
      bias = base - s.p_vaddr;
      break;
    }
  for (const Elf64_Phdr& s : segments) {
    if (s.p_type != PT_NOTE) continue;
    for (u64 at = bias + s.p_vaddr, end = at + s.p_memsz; at + sizeof(Elf64_Nhdr) < end;) {
      const auto& note = *reinterpret_cast<const Elf64_Nhdr*>(at);  // NOLINT
      const u64 data = at + sizeof note + ((note.n_namesz + 3) & ~u32{3});
      if (note.n_type == NT_GNU_BUILD_ID) {
        std::string text;
        for (u32 i = 0; i < note.n_descsz && i < 10; ++i)
          text += format("%02x", reinterpret_cast<const u8*>(data)[i]);  // NOLINT
        return text;
      }
      at = data + ((note.n_descsz + 3) & ~u32{3});
    }
  }
  return {};
}

// The number of the mount that a file was opened on; 0 where the kernel does not say (Linux 5.8).
u64 mount_of(int fd) {
  struct statx info{};
  if (::statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &info) != 0 || !(info.stx_mask & STATX_MNT_ID)) return 0;
  return info.stx_mnt_id;
}

// Is it where code is in all processes?
bool is_place(GuestAddr start) {
  constexpr GuestAddr kFixed = u64{1} << 32;  // below, programs choose themselves
  return start < kFixed || start - kPlaces < (u64{1} << kPlaceBits) * TranslationCache::kAlign + (u64{1} << 31);
}

}  // namespace

Failure TranslationCache::make(const std::string& directory) {
  for (usize slash = directory.find('/', 1);; slash = directory.find('/', slash + 1)) {
    const std::string path = directory.substr(0, slash);
    if (::mkdir(path.c_str(), 0755) != 0 && errno != EEXIST) return failed(errno, "make '%s'", path.c_str());
    if (slash == std::string::npos) break;
  }
  const std::string file = directory + "/secret";
  if (::access(file.c_str(), F_OK) == 0) return std::nullopt;
  char secret[16];
  if (::getrandom(secret, sizeof secret, 0) != sizeof secret) return failed(errno, "draw a secret");
  // Of two who make it at once, one wins; what was placed by the other's is made anew.
  if (!replace_file(file, {secret, sizeof secret}, 0644)) return failed(errno, "write '%s'", file.c_str());
  return std::nullopt;
}

TranslationCache::TranslationCache(int inherited, const TranslatorOptions& options, std::string_view variant)
    : variant_(variant) {
  const std::string build = own_build_id();
  if (build.empty()) return;
  version_ = build + "-" + image_variant(options);
  if (inherited >= 0) {
    directory_ = SelfExe(inherited);
    mount_ = mount_of(directory_.fd());
    enabled_ = read_secret();
  } else {
    enabled_ = open_user() && read_secret();
    writable_ = enabled_;
    if (writable_) offered_ = std::make_unique<PushList<Offered>>();
  }
}

bool TranslationCache::hides(int fd) const {
  return mount_ != 0 && mount_of(fd) == mount_;
}

bool TranslationCache::open_user() {
  const std::string path = translations_directory();
  if (path.empty()) return false;
  Fd directory(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!directory) {
    if (errno != ENOENT || make(path)) return false;
    directory.reset(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  }
  if (!directory || !is_safe_directory(directory.get())) return false;
  directory_ = SelfExe(directory.release());
  return true;
}

bool TranslationCache::read_secret() {
  const Fd file(::openat(directory_.fd(), "secret", O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  return file && ::read(file.get(), secret_.data(), sizeof secret_) == sizeof secret_;
}

u64 TranslationCache::place_bits(u64 what) const {
  return mix(mix(mix(secret_[0], what), secret_[1]), what);
}

GuestAddr TranslationCache::place(u64 size) const {
  return kPlaces + (place_bits(size) & ((u64{1} << kPlaceBits) - 1)) * kAlign;
}

std::string TranslationCache::image_name(u64 digest, u64 offset, GuestAddr start,
                                         std::string_view variant) const {
  const auto* text = static_cast<const u8*>(static_cast<const void*>(variant.data()));
  return format("%s/%016llx-%llx-%llx-%llx", version_.c_str(), static_cast<unsigned long long>(digest),
                static_cast<unsigned long long>(offset), static_cast<unsigned long long>(start),
                static_cast<unsigned long long>(mix(0, std::span(text, variant.size()))));
}

std::optional<ImageContents> TranslationCache::image_contents(const std::string& name) const {
  const Fd image(::openat(directory_.fd(), (name + ".image").c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  return image ? read_image_contents(image.get()) : std::nullopt;
}

std::vector<u32> TranslationCache::wanted_blocks(const std::string& name) const {
  const Fd file(::openat(directory_.fd(), (name + ".wanted").c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  struct stat info{};
  if (!file || ::fstat(file.get(), &info) != 0) return {};
  std::vector<u32> blocks(std::min(static_cast<usize>(info.st_size) / sizeof(u32), kMostBlocks));
  const usize bytes = blocks.size() * sizeof(u32);
  if (::pread(file.get(), blocks.data(), bytes, 0) != static_cast<ssize_t>(bytes)) blocks.clear();
  return blocks;
}

void TranslationCache::offer(Translator& translator, int fd, u64 offset, GuestAddr start, u64 bytes) {
  if (!enabled_ || !is_place(start)) return;
  const std::optional<u64> digest = file_digest(fd);
  if (!digest) return;
  const std::string name = image_name(*digest, offset, start, variant_);
  const Fd image(::openat(directory_.fd(), (name + ".image").c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!image && errno != ENOENT) return;
  ino_t used = 0;
  if (image) {
    struct stat info{};
    if (::fstat(image.get(), &info) == 0 && translator.use_image(image.get(), start)) used = info.st_ino;
    // Of a machine that stopped while it was being written.
    if (used == 0 && writable_ && !is_image(image.get()))
      ::unlinkat(directory_.fd(), (name + ".image").c_str(), 0);
  }
  if (!writable_) return;
  char path[4096];
  const ssize_t n = ::readlink(format("/proc/self/fd/%d", fd).c_str(), path, sizeof path);
  if (n <= 0 || path[0] != '/') return;
  translator.watch_code(start, bytes);
  offered_->push({.code = {.path = std::string(path, static_cast<usize>(n)), .offset = offset, .start = start},
                  .image = name,
                  .used = used});
}

bool TranslationCache::undertake(const Offered& code, std::span<const u32> blocks) const {
  constexpr time_t kPatience = 24 * 60 * 60;  // seconds until what could not be made is tried again
  const std::string wanted = code.image + ".wanted";
  struct stat info{};
  // Another one may have made it meanwhile, from what it lacked.
  const bool there = ::fstatat(directory_.fd(), (code.image + ".image").c_str(), &info, 0) == 0;
  if ((there ? info.st_ino : 0) != code.used) return false;
  if (::fstatat(directory_.fd(), wanted.c_str(), &info, 0) == 0) {
    if (std::time(nullptr) - info.st_mtime < kPatience) return false;
    ::unlinkat(directory_.fd(), wanted.c_str(), 0);
  }
  ::mkdirat(directory_.fd(), version_.c_str(), 0755);
  const Fd mark(::openat(directory_.fd(), wanted.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0644));
  const std::string_view bytes(static_cast<const char*>(static_cast<const void*>(blocks.data())),
                               blocks.size_bytes());
  return mark && write_all(mark.get(), bytes);
}

std::vector<MappedCode> TranslationCache::take_missing(Translator& translator) {
  // Making an image anew is to be worth it, for one that has grown, too.
  constexpr usize kLeastMissing = 64, kLeastPart = 16;
  if (!offered_) return {};
  std::vector<MappedCode> out;
  for (const Offered& code : offered_->take()) {
    const Translator::CodeWatched watched = translator.watched_code(code.code.start);
    const usize missing = std::min(watched.missing.size(), kMostBlocks);
    if (missing == 0 ||
        (code.used != 0 && (missing < kLeastMissing || missing * kLeastPart < watched.in_image)))
      continue;
    if (undertake(code, std::span(watched.missing).first(missing))) out.push_back(code.code);
  }
  return out;
}

Result<Fd> TranslationCache::new_image() const {
  ::mkdirat(directory_.fd(), version_.c_str(), 0755);
  Fd file(::openat(directory_.fd(), version_.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0644));
  if (!file) return failed(errno, "make a file in the cache of translations");
  return file;
}

Failure TranslationCache::keep_image(const Fd& file, const std::string& name) const {
  ::fdatasync(file.get());
  const std::string target = name + ".image", from = format("/proc/self/fd/%d", file.get());
  // A file without a name cannot replace another one: it gets one that is its own first.
  const std::string made = format("%s.%d.new", name.c_str(), ::getpid());
  if (::linkat(AT_FDCWD, from.c_str(), directory_.fd(), made.c_str(), AT_SYMLINK_FOLLOW) != 0 ||
      ::renameat(directory_.fd(), made.c_str(), directory_.fd(), target.c_str()) != 0)
    return failed(errno, "keep a translation as '%s'", target.c_str());
  settle(name);
  return std::nullopt;
}

void TranslationCache::settle(const std::string& name) const {
  ::unlinkat(directory_.fd(), (name + ".wanted").c_str(), 0);
}

}  // namespace veneer
