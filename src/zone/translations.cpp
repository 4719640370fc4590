#include "zone/translations.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>
#include <charconv>
#include <optional>
#include <span>
#include <string_view>

#include "base/background.h"
#include "base/translations.h"
#include "image/rooted_path.h"
#include "zone/mount_api.h"
#include "zone/own_executable.h"

namespace veneer::zone {
namespace {

// The program that will be executed: the path in the root, and its digest. A script's is its interpreter.
struct Program {
  std::string path;
  u64 digest;
};
std::optional<Program> find_program(std::span<const Fd> roots, const Process& process) {
  constexpr int kScripts = 2;
  if (process.args.empty()) return std::nullopt;
  std::vector<std::string> paths = {process.args[0]};
  if (process.args[0].find('/') == std::string::npos) {
    paths.clear();
    std::string_view path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    for (const std::string& variable : process.env)
      if (variable.starts_with("PATH=")) path = std::string_view(variable).substr(5);
    while (!path.empty()) {
      const usize colon = std::min(path.find(':'), path.size());
      paths.push_back(std::string(path.substr(0, colon)) + "/" + process.args[0]);
      path.remove_prefix(std::min(colon + 1, path.size()));
    }
  } else if (paths[0][0] != '/') {
    paths[0] = process.cwd + "/" + paths[0];
  }
  for (int depth = 0; depth < kScripts; ++depth) {
    for (const std::string& path : paths) {
      const Fd file = open_file_in_roots(roots, path);
      char head[256];
      const ssize_t n = file ? ::pread(file.get(), head, sizeof head, 0) : -1;
      if (n < 2) continue;
      if (!std::string_view(head, 2).starts_with("#!")) {
        const std::optional<u64> digest = file_digest(file.get());
        return digest ? std::optional<Program>({path, *digest}) : std::nullopt;
      }
      std::string_view line(head + 2, static_cast<usize>(n) - 2);
      line = line.substr(0, line.find('\n'));
      line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
      paths = {std::string(line.substr(0, line.find_first_of(" \t")))};
      break;
    }
  }
  return std::nullopt;
}

// Is all there that was recorded of the program when it was translated, by this veneer? A line for each file:
// its digest and its path.
bool is_translated(int directory, const std::string& record, const std::string& veneer,
                   std::span<const Fd> roots) {
  const std::optional<std::string> text = read_file((descriptor_path(directory) + "/" + record).c_str());
  if (!text) return false;
  std::string_view rest = *text;
  for (bool own = true; !rest.empty(); own = false) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    u64 digest = 0;
    const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), digest, 16);
    if (error != std::errc{} || end == line.data() + line.size()) return false;
    const std::string path(end + 1, line.data() + line.size());
    const Fd file = own ? Fd(::open(veneer.c_str(), O_RDONLY | O_CLOEXEC)) : open_file_in_roots(roots, path);
    if (!file || file_digest(file.get()) != digest) return false;
  }
  return true;
}

}  // namespace

Fd translations_view() {
  const std::string path = translations_directory();
  const Fd directory(path.empty() ? -1 : ::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!directory || !is_safe_directory(directory.get())) return Fd();
  Result<Fd> tree = clone_tree(directory.get(), "", false);
  if (!tree || set_attributes(tree->get(), MOUNT_ATTR_RDONLY | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOSUID, 0,
                              MS_PRIVATE, false))
    return Fd();
  return std::move(*tree);
}

void request_translations(const std::vector<std::string>& roots, const Process& process) {
  const std::string path = translations_directory(), veneer = own_directory() + "/veneer";
  if (path.empty()) return;
  std::vector<Fd> opened;
  for (const std::string& root : roots) {
    Fd fd(::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (fd) opened.push_back(std::move(fd));
  }
  const std::optional<Program> program = find_program(opened, process);
  if (!program) return;
  const std::string record = format("programs/%016llx", static_cast<unsigned long long>(program->digest));
  const Fd directory(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (directory && is_translated(directory.get(), record, veneer, opened)) return;
  std::vector<std::string> line = {"veneer", "cache", "build", "--background", "--record=" + record};
  for (const std::string& root : roots) line.push_back("--root=" + root);
  line.push_back(program->path);
  start_in_background(veneer, std::move(line));
}

}  // namespace veneer::zone
