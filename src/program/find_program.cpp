#include "program/find_program.h"

#include <cerrno>
#include <string_view>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "program/environment.h"

namespace veneer {
namespace {

constexpr const char* kDefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

Error cannot_run(const std::string& called, int status, const std::string& why) {
  return Error{status, "cannot run '" + called + "': " + why};
}

bool is_executable_file(const char* path) {
  struct stat st{};
  return ::stat(path, &st) == 0 && S_ISREG(st.st_mode) && ::faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) == 0;
}

Result<FoundProgram> open_host_path(const char* path, const std::string& called) {
  struct stat st{};
  if (::stat(path, &st) != 0) {
    bool missing = errno == ENOENT;  // anything else: 126, as env has it
    return cannot_run(called, missing ? exit_status::kNotFound : exit_status::kCannotRun, errno_text(errno));
  }
  if (S_ISDIR(st.st_mode)) return cannot_run(called, exit_status::kCannotRun, "it is a directory");
  if (!S_ISREG(st.st_mode)) return cannot_run(called, exit_status::kCannotRun, "it is not a regular file");
  if (::faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) != 0) {
    std::string why = errno_text(errno);
    if (errno == EACCES) why += "; is it marked executable (chmod +x)?";
    return cannot_run(called, exit_status::kCannotRun, why);
  }
  FoundProgram found{path, Fd(::open(path, O_RDONLY | O_CLOEXEC))};
  if (!found.fd && errno != EACCES) {
    return cannot_run(called, exit_status::kCannotRun, format("it cannot be opened (%s)", errno_text(errno)));
  }
  return found;
}

// Calls `visit` with each directory of PATH joined with the name until it returns true.
template <typename Visit>
bool for_each_candidate(std::string_view path, const std::string& name, Visit visit) {
  for (;;) {
    usize colon = path.find(':');
    std::string directory(path.substr(0, colon));
    if (directory.empty()) directory = ".";
    directory += "/";
    directory += name;
    if (visit(directory)) return true;
    if (colon == path.npos) return false;
    path.remove_prefix(colon + 1);
  }
}

}  // namespace

Result<FoundProgram> open_program(const Sysroot& sysroot, const std::string& path, const std::string& called) {
  PathBuffer buffer;
  if (path.size() >= PATH_MAX) return cannot_run(called, exit_status::kNotFound, errno_text(ENAMETOOLONG));
  return open_host_path(sysroot.resolve(AT_FDCWD, path.c_str(), PathUse::Follow, buffer), called);
}

Result<FoundProgram> find_program(const Sysroot& sysroot, const std::string& name,
                                  const std::vector<std::string>& environment) {
  if (name.empty()) return cannot_run(name, exit_status::kNotFound, "its name is empty");
  if (name.find('/') != name.npos) return open_program(sysroot, name, name);

  const char* variable = find_variable(environment, "PATH");
  std::string_view path = variable ? variable : kDefaultPath;
  std::string found, refused;
  PathBuffer buffer;
  auto accept = [&](const char* candidate) {
    if (is_executable_file(candidate)) {
      found = candidate;
      return true;
    }
    if (refused.empty() && ::access(candidate, F_OK) == 0) refused = candidate;
    return false;
  };
  bool ok = !sysroot.empty() && for_each_candidate(path, name, [&](const std::string& c) {
    return c[0] == '/' && sysroot.find_in_root(c, PathUse::Follow, buffer) && accept(buffer.text);
  });
  if (!ok) ok = for_each_candidate(path, name, [&](const std::string& c) { return accept(c.c_str()); });
  if (ok) return open_host_path(found.c_str(), name);
  if (!refused.empty()) return open_host_path(refused.c_str(), name);
  std::string where = sysroot.empty() ? "PATH" : "PATH, under " + sysroot.root() + " or on the host";
  return cannot_run(name, exit_status::kNotFound, "it was not found in " + where);
}

}  // namespace veneer
