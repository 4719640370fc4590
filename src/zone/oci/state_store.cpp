#include "zone/oci/state_store.h"

#include <dirent.h>
#include <fcntl.h>
#include <pwd.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>

#include "zone/id_map.h"
#include "zone/oci/json_fields.h"

namespace veneer::zone::oci {
namespace {

using Json = nlohmann::ordered_json;

// Hostile names are shown, not refused, where they are not UTF-8.
std::string dump(const Json& json, int indent) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

Failure make_directories(const std::string& path) {
  for (usize slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
    const std::string part = path.substr(0, slash);
    if (::mkdir(part.c_str(), 0700) != 0 && errno != EEXIST)
      return failed(errno, "make the directory '%s'", part.c_str());
    if (slash == path.npos) return std::nullopt;
  }
}

Error absent(const std::string& id) {
  return Error{exit_status::kVeneer, "container '" + id + "' does not exist"};
}

}  // namespace

const char* name_of(Status status) {
  switch (status) {
    case Status::Creating: return "creating";
    case Status::Created: return "created";
    case Status::Running: return "running";
    case Status::Paused: return "paused";
    case Status::Stopped: return "stopped";
  }
  return "stopped";
}

std::string StateStore::default_root() {
  if (::geteuid() == 0 && in_initial_user_namespace()) return "/run/veneer/oci";
  const char* runtime = std::getenv("XDG_RUNTIME_DIR");
  if (runtime && *runtime == '/') return std::string(runtime) + "/veneer/oci";
  return "/tmp/veneer-" + std::to_string(::geteuid()) + "/oci";
}

Failure check_id(const std::string& id) {
  const bool fine = !id.empty() && id.size() <= 255 && id[0] != '.' &&
                    std::all_of(id.begin(), id.end(),
                                [](unsigned char c) { return std::isalnum(c) || std::strchr("_+-.", c); });
  if (fine) return std::nullopt;
  return Error{
      exit_status::kVeneer,
      "'" + id + "' is no container id: letters, digits and _ + - . are, up to 255 of them, the first no dot"};
}

u64 start_time_of(pid_t pid) {
  std::optional<std::string> stat = read_file(format("/proc/%d/stat", pid).c_str());
  if (!stat) return 0;
  // The name, in parentheses, may hold anything; the start time is the 20th field after it (proc(5)).
  const usize end = stat->rfind(')');
  if (end == stat->npos || end + 2 >= stat->size()) return 0;
  std::istringstream fields(stat->substr(end + 2));
  std::string field;
  for (int i = 0; i < 20 && fields >> field; i++) {
    if (i == 0 && (field == "Z" || field == "X")) return 0;
    // PF_EXITING (linux/sched.h): the first process of a pid namespace waits, dying, until others have reaped
    // theirs.
    if (i == 6 && (std::strtoul(field.c_str(), nullptr, 10) & 0x4)) return 0;
  }
  return std::strtoull(field.c_str(), nullptr, 10);
}

Result<Fd> StateStore::create(const std::string& id) const {
  if (Failure e = check_id(id)) return std::move(*e);
  const std::string path = directory(id);
  int made = ::mkdir(path.c_str(), 0700);
  if (made != 0 && errno == ENOENT) {
    if (Failure e = make_directories(root_)) return std::move(*e);
    made = ::mkdir(path.c_str(), 0700);
  }
  if (made == 0) return lock(id);
  if (errno == EEXIST) return Error{exit_status::kVeneer, "container '" + id + "' exists already"};
  return failed(errno, "make the directory '%s'", path.c_str());
}

Result<Fd> StateStore::lock(const std::string& id) const {
  if (Failure e = check_id(id)) return std::move(*e);
  Fd fd(::open(directory(id).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) {
    if (errno == ENOENT) return absent(id);
    return failed(errno, "open '%s'", directory(id).c_str());
  }
  while (::flock(fd.get(), LOCK_EX) != 0) {
    if (errno != EINTR) return failed(errno, "lock '%s'", directory(id).c_str());
  }
  return fd;
}

Failure StateStore::write(const ContainerState& s, std::string_view config) const {
  Json j;
  j["id"] = s.id;
  j["bundle"] = s.bundle;
  j["rootfs"] = s.rootfs;
  j["created"] = s.created;
  j["ociVersion"] = s.version;
  j["owner"] = s.owner;
  j["cgroups"] = Json::array();
  for (const Cgroup::Directory& d : s.cgroups) j["cgroups"].push_back({{"key", d.key}, {"path", d.path}});
  j["systemdUnit"] = s.systemd_unit;
  j["rootless"] = s.rootless;
  j["ownPidNamespace"] = s.own_pid_namespace;
  j["architecture"] = oci_name(s.architecture);
  j["annotations"] = Json::object();
  for (const auto& [key, value] : s.annotations) j["annotations"][key] = value;
  const std::string path = directory(s.id) + "/container", temporary = path + ".new";
  const Fd fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!fd || !write_all(fd.get(), dump(j, -1) + "\n") || !write_all(fd.get(), config) ||
      ::rename(temporary.c_str(), path.c_str()) != 0)
    return failed(errno, "write '%s'", path.c_str());
  return std::nullopt;
}

Failure StateStore::write_pid(const ContainerState& s) const {
  const std::string text = format("%d %llu", s.pid, static_cast<unsigned long long>(s.start_time));
  if (::symlink(text.c_str(), (directory(s.id) + "/pid").c_str()) != 0)
    return failed(errno, "write '%s/pid'", directory(s.id).c_str());
  return std::nullopt;
}

Result<ContainerState> StateStore::read(const std::string& id) const {
  if (Failure e = check_id(id)) return std::move(*e);
  const std::string path = directory(id) + "/container";
  std::optional<std::string> text = read_file(path.c_str());
  if (!text) {
    if (errno == ENOENT) return absent(id);
    return failed(errno, "read '%s'", path.c_str());
  }
  const nlohmann::json document = nlohmann::json::parse(text->substr(0, text->find('\n')), nullptr, false);
  std::optional<Error> error;
  JsonFields f(document, "", error);
  ContainerState s;
  f.require("id", s.id);
  f.read("bundle", s.bundle);
  f.read("rootfs", s.rootfs);
  f.read("created", s.created);
  f.read("ociVersion", s.version);
  f.read("owner", s.owner);
  f.objects("cgroups", [&](JsonFields& d) {
    Cgroup::Directory directory;
    d.read("key", directory.key);
    d.require("path", directory.path);
    s.cgroups.push_back(std::move(directory));
  });
  f.read("systemdUnit", s.systemd_unit);
  f.read("rootless", s.rootless);
  f.read("ownPidNamespace", s.own_pid_namespace);
  std::string architecture;
  f.read("architecture", architecture);
  s.architecture = architecture_of(architecture);
  f.members("annotations", [&](const std::string& key, const nlohmann::json& value) {
    if (value.is_string()) s.annotations.emplace_back(key, value.get<std::string>());
  });
  if (error)
    return Error{exit_status::kVeneer,
                 "'" + path + "' is damaged (" + error->message + "); `delete --force` removes the container"};
  if (std::optional<std::string> pid = read_link((directory(id) + "/pid").c_str())) {
    unsigned long long start = 0;
    if (std::sscanf(pid->c_str(), "%d %llu", &s.pid, &start) == 2) s.start_time = start;
  }
  return s;
}

Result<std::string> StateStore::read_config(const std::string& id) const {
  const std::string path = directory(id) + "/container";
  std::optional<std::string> text = read_file(path.c_str());
  if (!text) return failed(errno, "read '%s'", path.c_str());
  const usize line = text->find('\n');
  return line == text->npos ? std::string() : text->substr(line + 1);
}

Status StateStore::status(const ContainerState& s) const {
  if (s.pid <= 0) return Status::Creating;
  if (const u64 start = start_time_of(s.pid); start == 0 || start != s.start_time) return Status::Stopped;
  if (::access(start_socket(s.id).c_str(), F_OK) == 0) return Status::Created;
  return Cgroup(s.cgroups).frozen() ? Status::Paused : Status::Running;
}

std::vector<std::string> StateStore::ids() const {
  std::vector<std::string> out;
  const std::unique_ptr<DIR, int (*)(DIR*)> dir(::opendir(root_.c_str()), ::closedir);
  if (!dir) return out;
  while (const dirent* entry = ::readdir(dir.get())) {
    if (entry->d_name[0] != '.') out.emplace_back(entry->d_name);
  }
  std::sort(out.begin(), out.end());
  return out;
}

void StateStore::remove(const std::string& id) const {
  for (const char* name : {"start", "pid", "container.new", "container"})
    ::unlink((directory(id) + "/" + name).c_str());
  ::rmdir(directory(id).c_str());
}

std::string state_json(const ContainerState& s, const char* status, bool full) {
  Json j;
  j["ociVersion"] = full ? "1.2.0" : s.version;
  j["id"] = s.id;
  j["status"] = status;
  // A stopped container has no process.
  j["pid"] = std::string_view(status) == "stopped" ? 0 : s.pid;
  j["bundle"] = s.bundle;
  if (full) {
    j["rootfs"] = s.rootfs;
    j["created"] = s.created;
    j["owner"] = s.owner;
    j["architecture"] = oci_name(s.architecture);
    if (!s.systemd_unit.empty()) j["systemd-scope"] = s.systemd_unit;
  }
  j["annotations"] = Json::object();
  for (const auto& [key, value] : s.annotations) j["annotations"][key] = value;
  return dump(j, full ? 2 : -1);
}

}  // namespace veneer::zone::oci
