#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <nlohmann/json.hpp>

#include "image/archive.h"
#include "image/sha256.h"
#include "image/store.h"

namespace veneer::image {
namespace {

using Json = nlohmann::ordered_json;

Failure write_blob(const std::string& layout, const std::string& text, Json& descriptor, const char* type) {
  const std::string digest = digest_of(text);
  descriptor = {{"mediaType", type}, {"digest", digest}, {"size", text.size()}};
  const std::string path = layout + "/blobs/sha256/" + hex_of(digest);
  const Fd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!fd || !write_all(fd.get(), text)) return failed(errno, "write '%s'", path.c_str());
  return std::nullopt;
}

// An image layout; layers are written as plain tar archives, whose digests are their diff ids.
Failure write_layout(const ImageStore& store, const Image& image, const std::string& layout) {
  if (Failure e = make_directories(layout + "/blobs/sha256")) return e;
  Json layers = Json::array(), diff_ids = Json::array();
  for (const std::string& id : image.layers) {
    const Fd directory(::open(store.layer_path(id).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory) return failed(errno, "open the layer %s", id.c_str());
    const std::string temporary = layout + "/blobs/sha256/.new";
    const Fd blob(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    if (!blob) return failed(errno, "write '%s'", temporary.c_str());
    Result<Unpacked> packed = pack(directory.get(), blob.get());
    if (!packed) return packed.error();
    if (::rename(temporary.c_str(), (layout + "/blobs/sha256/" + hex_of(packed->digest)).c_str()) != 0)
      return failed(errno, "write a layer");
    layers.push_back({{"mediaType", "application/vnd.oci.image.layer.v1.tar"},
                      {"digest", packed->digest},
                      {"size", packed->archive_bytes}});
    diff_ids.push_back(packed->diff_id);
  }
  Json config = Json::parse(image.config, nullptr, false);
  if (!config.is_object()) config = Json::object();
  config["architecture"] = image.architecture;
  config["os"] = "linux";
  config["rootfs"] = {{"type", "layers"}, {"diff_ids", diff_ids}};
  config.erase("history");
  Json config_descriptor, manifest_descriptor;
  if (Failure e =
          write_blob(layout, config.dump(), config_descriptor, "application/vnd.oci.image.config.v1+json"))
    return e;
  const Json manifest = {{"schemaVersion", 2},
                         {"mediaType", "application/vnd.oci.image.manifest.v1+json"},
                         {"config", config_descriptor},
                         {"layers", layers}};
  if (Failure e = write_blob(layout, manifest.dump(), manifest_descriptor,
                             "application/vnd.oci.image.manifest.v1+json"))
    return e;
  manifest_descriptor["platform"] = {{"architecture", image.architecture}, {"os", "linux"}};
  manifest_descriptor["annotations"] = {{"org.opencontainers.image.ref.name", image.name}};
  const std::string index = Json{{"schemaVersion", 2}, {"manifests", {manifest_descriptor}}}.dump();
  for (const auto& [name, text] : {std::pair{"oci-layout", std::string("{\"imageLayoutVersion\": \"1.0.0\"}")},
                                   std::pair{"index.json", index}}) {
    const Fd fd(::open((layout + "/" + name).c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    if (!fd || !write_all(fd.get(), text)) return failed(errno, "write '%s/%s'", layout.c_str(), name);
  }
  return std::nullopt;
}

}  // namespace

Failure export_image(const ImageStore& store, const Image& image, const std::string& destination) {
  if (!destination.ends_with(".tar")) return write_layout(store, image, destination);
  std::string scratch = destination + ".XXXXXX";
  if (!::mkdtemp(scratch.data())) return failed(errno, "write beside '%s'", destination.c_str());
  Failure error = write_layout(store, image, scratch);
  if (!error) {
    const Fd directory(::open(scratch.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    const Fd file(::open(destination.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    if (!directory || !file) {
      error = failed(errno, "write '%s'", destination.c_str());
    } else if (Result<Unpacked> packed = pack(directory.get(), file.get()); !packed) {
      error = packed.error();
    }
  }
  remove_tree(scratch);
  return error;
}

}  // namespace veneer::image
