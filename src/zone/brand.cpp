#include "zone/brand.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "image/rooted_path.h"
#include "image/store.h"
#include "zone/own_executable.h"
#include "zone/translations.h"

namespace veneer::zone {
namespace {

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
    if (copy_program(from.get(), to.get(), info.st_size) || ::fchmod(to.get(), 04511) != 0 ||
        ::rename(temporary.c_str(), path.c_str()) != 0) {
      ::unlink(temporary.c_str());
      return {};
    }
  }
  return path;
}

}  // namespace

Result<Brand> make_brand(Architecture architecture,
                         const std::vector<std::pair<std::string, std::string>>& annotations) {
  Brand brand;
  brand.architecture = architecture;
  for (const auto& [key, value] : annotations)
    if (key == kCpuAnnotation) brand.cpus = value;
  if (architecture == Architecture::Native) {
    if (brand.cpus.empty()) return brand;
    return Error{exit_status::kVeneer, "a processor is chosen, '" + brand.cpus +
                                           "', but the programs are of this machine's own instruction set"};
  }
  if (architecture == Architecture::Other)
    return Error{exit_status::kCannotRun,
                 "the programs are of an instruction set that veneer does not translate (it translates arm64 "
                 "and riscv64)"};
  const std::string translator = own_directory() + "/veneer";
  Result<Fd> copy = unwritable_copy(translator);
  if (!copy) {
    copy.error().message +=
        format("; the translator that its programs need must be there, as '%s'", translator.c_str());
    return copy.error();
  }
  brand.translator = std::move(*copy);
  brand.set_id_path = set_id_copy(translator);
  brand.translations = translations_view();
  return brand;
}

std::vector<std::string> translator_arguments(const Brand& brand, int set_id_translator,
                                              const std::string& program,
                                              const std::vector<std::string>& args) {
  std::vector<std::string> out = {"veneer", "run", "--zone", "--self-fd",
                                  std::to_string(brand.translator.get())};
  if (set_id_translator >= 0) out.insert(out.end(), {"--set-id-fd", std::to_string(set_id_translator)});
  if (brand.translations) out.insert(out.end(), {"--cache-fd", std::to_string(brand.translations.get())});
  for (std::string_view rest = brand.cpus; !rest.empty();) {
    const std::string_view text = rest.substr(0, rest.find(' '));
    rest.remove_prefix(std::min(rest.size(), text.size() + 1));
    if (!text.empty()) out.insert(out.end(), {"--cpu", std::string(text)});
  }
  if (!args.empty()) out.insert(out.end(), {"--argv0", args[0]});
  out.emplace_back("--");
  out.push_back(program);
  if (!args.empty()) out.insert(out.end(), args.begin() + 1, args.end());
  return out;
}

}  // namespace veneer::zone
