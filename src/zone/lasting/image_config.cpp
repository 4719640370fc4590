#include "zone/lasting/image_config.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>

#include "base/files.h"
#include "image/rooted_path.h"
#include "zone/oci/json_fields.h"

namespace veneer::zone {
namespace {

// A line of passwd(5) or group(5).
std::vector<std::string> fields_of(const std::string& line) {
  std::vector<std::string> out;
  std::istringstream in(line);
  for (std::string field; std::getline(in, field, ':');) out.push_back(field);
  return out;
}

std::optional<u32> number(const std::string& text) {
  u32 n = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return n;
}

// The first line whose first field is the name, or whose third is the number, if the name is one.
std::vector<std::string> line_of(const std::string& name, const std::string& table) {
  const std::optional<u32> id = number(name);
  std::istringstream lines(table);
  for (std::string line; std::getline(lines, line);) {
    const std::vector<std::string> fields = fields_of(line);
    if (fields.size() > 2 && (fields[0] == name || (id && number(fields[2]) == id))) return fields;
  }
  return {};
}

std::string text_in(const std::vector<std::string>& layers, const char* path) {
  for (auto layer = layers.rbegin(); layer != layers.rend(); ++layer) {
    const Fd root(::open(layer->c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!root) continue;
    const Fd file(openat2_in_root(root.get(), path, 0));
    struct stat info{};
    if (!file || ::fstat(file.get(), &info) != 0) continue;
    constexpr off_t kMost = 1 << 20;
    if (!S_ISREG(info.st_mode) || info.st_size > kMost) return "";
    return read_file(descriptor_path(file.get()).c_str()).value_or("");
  }
  return "";
}

}  // namespace

Result<ImageConfig> read_image_config(std::string_view json) {
  const nlohmann::json config =
      json.empty() ? nlohmann::json::object() : nlohmann::json::parse(json, nullptr, false);
  if (config.is_discarded())
    return Error{exit_status::kVeneer, "the image is damaged: its configuration is no JSON"};
  ImageConfig out;
  std::optional<Error> error;
  oci::JsonFields fields(config, "", error);
  fields.object("config", [&](oci::JsonFields& c) {
    c.read("Entrypoint", out.entrypoint);
    c.read("Cmd", out.command);
    c.read("Env", out.environment);
    c.read("WorkingDir", out.working_directory);
    c.read("User", out.user);
  });
  if (error) return Error{exit_status::kVeneer, "the image is damaged: " + error->message};
  return out;
}

Result<UserIds> user_ids(const std::string& user, const std::string& passwd, const std::string& group) {
  const usize colon = user.find(':');
  const std::string name = user.substr(0, colon);
  UserIds ids;
  if (!name.empty()) {
    const std::vector<std::string> line = line_of(name, passwd);
    const std::optional<u32> uid = line.size() > 2 ? number(line[2]) : number(name);
    if (!uid) return Error{exit_status::kVeneer, "the image's /etc/passwd has no user '" + name + "'"};
    ids.uid = *uid;
    if (line.size() > 3) ids.gid = number(line[3]).value_or(0);
  }
  if (colon == user.npos) return ids;
  const std::string group_name = user.substr(colon + 1);
  const std::vector<std::string> line = line_of(group_name, group);
  const std::optional<u32> gid = line.size() > 2 ? number(line[2]) : number(group_name);
  if (!gid) return Error{exit_status::kVeneer, "the image's /etc/group has no group '" + group_name + "'"};
  ids.gid = *gid;
  return ids;
}

Result<UserIds> user_ids_in(const std::string& user, const std::vector<std::string>& layers) {
  if (user.empty()) return UserIds{};
  return user_ids(user, text_in(layers, "/etc/passwd"), text_in(layers, "/etc/group"));
}

}  // namespace veneer::zone
