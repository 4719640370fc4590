#include "base/translations.h"

#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "base/mix.h"
#include "base/user_namespace.h"

namespace veneer {

std::string translations_directory() {
  const char* told = std::getenv("VENEER_TRANSLATIONS");
  if (told && *told == '/') return told;
  if (::geteuid() == 0 && in_initial_user_namespace()) return "/var/cache/veneer/translations";
  const char* cache = std::getenv("XDG_CACHE_HOME");
  if (cache && *cache == '/') return std::string(cache) + "/veneer/translations";
  const char* home = std::getenv("HOME");
  return home && *home == '/' ? std::string(home) + "/.cache/veneer/translations" : std::string();
}

bool is_safe_directory(int fd) {
  struct stat info{};
  return ::fstat(fd, &info) == 0 && S_ISDIR(info.st_mode) && (info.st_uid == ::geteuid() || info.st_uid == 0) &&
         !(info.st_mode & 022);
}

std::optional<u64> file_digest(int fd) {
  struct stat info{};
  u8 page[4096];
  if (::fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) return std::nullopt;
  const ssize_t n = ::pread(fd, page, sizeof page, 0);
  if (n < 0) return std::nullopt;
  return mix(mix(static_cast<u64>(info.st_size), u64{1}), std::span<const u8>(page, static_cast<usize>(n)));
}

}  // namespace veneer
