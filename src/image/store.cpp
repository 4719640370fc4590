#include "image/store.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>

#include "image/archive.h"
#include "image/sha256.h"

namespace veneer::image {
namespace {

using Json = nlohmann::ordered_json;

std::optional<Image> read_image(const std::string& path) {
  std::optional<std::string> text = read_file(path.c_str());
  if (!text) return std::nullopt;
  const Json j = Json::parse(*text, nullptr, false);
  if (!j.is_object() || !j.contains("layers") || !j["layers"].is_array()) return std::nullopt;
  Image image;
  image.name = j.value("name", "");
  image.architecture = j.value("architecture", "");
  image.created = j.value("created", "");
  image.left_out = j.value("leftOut", u64{0});
  image.config = j.contains("config") ? j["config"].dump() : "{}";
  for (const Json& layer : j["layers"]) {
    if (!layer.is_string() || !is_digest(layer.get<std::string>())) return std::nullopt;
    image.layers.push_back(layer.get<std::string>());
  }
  return image;
}

void remove_beneath(int directory, const char* name, dev_t device) {
  const int fd = ::openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return;
  struct stat info{};
  const std::unique_ptr<DIR, int (*)(DIR*)> dir(::fdopendir(fd), ::closedir);
  if (!dir || ::fstat(fd, &info) != 0 || (device != 0 && info.st_dev != device)) return;
  ::fchmod(fd, 0700);
  while (const dirent* entry = ::readdir(dir.get())) {
    const std::string_view n = entry->d_name;
    if (n == "." || n == "..") continue;
    if (::unlinkat(fd, entry->d_name, 0) == 0) continue;
    remove_beneath(fd, entry->d_name, info.st_dev);
    ::unlinkat(fd, entry->d_name, AT_REMOVEDIR);
  }
}

}  // namespace

void remove_tree(const std::string& path) {
  remove_beneath(AT_FDCWD, path.c_str(), 0);
  if (::rmdir(path.c_str()) != 0 && errno == ENOTDIR) ::unlink(path.c_str());
}

Failure make_directories(const std::string& path) {
  for (usize slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
    const std::string part = path.substr(0, slash);
    if (::mkdir(part.c_str(), 0755) != 0 && errno != EEXIST)
      return failed(errno, "make the directory '%s'", part.c_str());
    if (slash == path.npos) return std::nullopt;
  }
}

std::string ImageStore::default_root() {
  if (::geteuid() == 0) return "/var/lib/veneer";
  if (const char* data = std::getenv("XDG_DATA_HOME"); data && *data == '/')
    return std::string(data) + "/veneer";
  const char* home = std::getenv("HOME");
  return std::string(home ? home : "/tmp") + "/.local/share/veneer";
}

std::string ImageStore::layer_path(const std::string& diff_id) const {
  return root_ + "/layers/" + hex_of(diff_id);
}
std::string ImageStore::image_path(const std::string& name) const {
  return root_ + "/images/" + hex_of(digest_of(name)) + ".json";
}
bool ImageStore::has_layer(const std::string& diff_id) const {
  return ::access(layer_path(diff_id).c_str(), F_OK) == 0;
}

Result<Image> ImageStore::find(const std::string& name) const {
  // "debian" is "debian:latest" where that is what there is.
  for (const std::string& candidate :
       {name, name + ":latest", "localhost/" + name, "localhost/" + name + ":latest"}) {
    if (std::optional<Image> image = read_image(image_path(candidate))) return *image;
  }
  return Error{exit_status::kNotFound,
               "there is no image '" + name + "'; `veneer image list` shows those that there are"};
}

std::vector<Image> ImageStore::list() const {
  std::vector<Image> out;
  const std::string path = root_ + "/images";
  const std::unique_ptr<DIR, int (*)(DIR*)> dir(::opendir(path.c_str()), ::closedir);
  if (!dir) return out;
  while (const dirent* entry = ::readdir(dir.get())) {
    if (!std::string_view(entry->d_name).ends_with(".json")) continue;
    if (std::optional<Image> image = read_image(path + "/" + entry->d_name)) out.push_back(std::move(*image));
  }
  std::sort(out.begin(), out.end(), [](const Image& a, const Image& b) { return a.name < b.name; });
  return out;
}

Failure ImageStore::put(const Image& image) const {
  if (Failure e = make_directories(root_ + "/images")) return e;
  Json j = {{"name", image.name},
            {"architecture", image.architecture},
            {"created", image.created},
            {"leftOut", image.left_out},
            {"layers", image.layers}};
  j["config"] = Json::parse(image.config, nullptr, false);
  const std::string path = image_path(image.name);
  if (!replace_file(path, j.dump(1, ' ', false, Json::error_handler_t::replace), 0644))
    return failed(errno, "write '%s'", path.c_str());
  return std::nullopt;
}

Failure ImageStore::remove(const std::string& name) const {
  Result<Image> image = find(name);
  if (!image) return image.error();
  if (::unlink(image_path(image->name).c_str()) != 0)
    return failed(errno, "remove the image '%s'", image->name.c_str());
  return std::nullopt;
}

Result<usize> ImageStore::collect(const std::vector<std::string>& kept) const {
  std::vector<std::string> used;
  used.reserve(kept.size());
  for (const std::string& digest : kept) used.push_back(hex_of(digest));
  for (const Image& image : list()) {
    for (const std::string& layer : image.layers) used.push_back(hex_of(layer));
  }
  usize removed = 0;
  const std::string path = root_ + "/layers";
  const std::unique_ptr<DIR, int (*)(DIR*)> dir(::opendir(path.c_str()), ::closedir);
  if (!dir) return removed;
  while (const dirent* entry = ::readdir(dir.get())) {
    const std::string name = entry->d_name;
    if (name == "." || name == ".." || std::find(used.begin(), used.end(), name) != used.end()) continue;
    // One that is being unpacked by another veneer is younger than an hour, or its maker was killed.
    struct stat info{};
    if (name.starts_with(".new-") && ::stat((path + "/" + name).c_str(), &info) == 0 &&
        ::time(nullptr) - info.st_ctime < 3600)
      continue;
    remove_tree(path + "/" + name);
    removed++;
  }
  return removed;
}

Result<Fd> ImageStore::new_layer(std::string& path) const {
  if (Failure e = make_directories(root_ + "/layers")) return std::move(*e);
  path = root_ + "/layers/.new-XXXXXX";
  if (!::mkdtemp(path.data())) return failed(errno, "make a directory in '%s/layers'", root_.c_str());
  ::chmod(path.c_str(), 0755);
  Fd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return failed(errno, "open '%s'", path.c_str());
  return fd;
}

Failure ImageStore::commit_layer(const std::string& path, const std::string& diff_id) const {
  if (::rename(path.c_str(), layer_path(diff_id).c_str()) == 0) return std::nullopt;
  const int error = errno;
  remove_tree(path);
  if (error == EEXIST || error == ENOTEMPTY) return std::nullopt;
  return failed(error, "keep the layer %s", diff_id.c_str());
}

}  // namespace veneer::image
