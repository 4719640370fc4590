#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <cerrno>
#include <ctime>
#include <nlohmann/json.hpp>

#include "base/user_namespace.h"
#include "image/architecture.h"
#include "image/archive.h"
#include "image/copy_tree.h"
#include "image/rooted_path.h"
#include "image/sha256.h"
#include "image/store.h"

namespace veneer::image {
namespace {

using Json = nlohmann::json;

std::string now() {
  const std::time_t t = std::time(nullptr);
  tm parts{};
  ::gmtime_r(&t, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

Whiteouts whiteouts() {
  return ::geteuid() == 0 && in_initial_user_namespace() ? Whiteouts::Trusted : Whiteouts::User;
}

// A directory that goes away with the object.
class Scratch {
 public:
  Scratch() = default;
  explicit Scratch(std::string path) : path_(std::move(path)) {}
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() {
    if (!path_.empty()) remove_tree(path_);
  }
  void take(std::string path) { path_ = std::move(path); }
  void release() { path_.clear(); }

 private:
  std::string path_;
};

struct Blob {
  std::string digest;
  std::string media_type;
  std::optional<u64> size;
};

Blob blob_of(const Json& j) {
  Blob b;
  if (!j.is_object()) return b;
  auto text = [&](const char* key) {
    return j.contains(key) && j[key].is_string() ? j[key].get<std::string>() : std::string();
  };
  b.digest = text("digest");
  b.media_type = text("mediaType");
  if (j.contains("size") && j["size"].is_number_unsigned()) b.size = j["size"].get<u64>();
  return b;
}

Error bad(const std::string& what) {
  return Error{exit_status::kVeneer, "the image is damaged: " + what};
}

class Importer {
 public:
  Importer(const ImageStore& store, const ImportOptions& options) : store_(store), o_(options) {}

  Result<Image> run() {
    struct stat info{};
    if (::stat(o_.source.c_str(), &info) != 0) return failed(errno, "find '%s'", o_.source.c_str());
    limit();
    if (S_ISDIR(info.st_mode)) {
      source_ = Fd(::open(o_.source.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
      if (!source_) return failed(errno, "open '%s'", o_.source.c_str());
      return has("oci-layout") && has("index.json")               ? layout()
             : has("manifest.json") && !has("bin") && !has("usr") ? docker()
                                                                  : tree();
    }
    const Fd file(::open(o_.source.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) return failed(errno, "open '%s'", o_.source.c_str());
    const bool oci = archive_holds(file.get(), "oci-layout");
    if (!oci && !archive_holds(file.get(), "manifest.json")) return tarball(file.get());
    std::string path;
    Result<Fd> directory = store_.new_layer(path);
    if (!directory) return directory.error();
    scratch_.take(path);
    UnpackOptions unpack_options;
    unpack_options.most_bytes = most_bytes_;
    Result<Unpacked> done = unpack(file.get(), directory->get(), unpack_options);
    if (!done) return done.error();
    source_ = std::move(*directory);
    return oci ? layout() : docker();
  }

 private:
  // What an archive may unpack to: no more than leaves a twentieth of the file system free.
  void limit() {
    if (make_directories(store_.root())) return;
    struct statvfs space{};
    if (::statvfs(store_.root().c_str(), &space) != 0) return;
    const u64 free = static_cast<u64>(space.f_bavail) * space.f_frsize,
              reserve = static_cast<u64>(space.f_blocks) * space.f_frsize / 20;
    most_bytes_ = free > reserve ? free - reserve : 0;
  }
  bool has(const char* name) { return ::faccessat(source_.get(), name, F_OK, AT_SYMLINK_NOFOLLOW) == 0; }

  Result<Fd> open_file(const std::string& path) {
    Result<Fd> at = open_in_root(source_.get(), path);
    if (!at) return Error{exit_status::kVeneer, "the image has no '" + path + "'"};
    struct stat info{};
    if (::fstat(at->get(), &info) != 0 || !S_ISREG(info.st_mode)) return bad("'" + path + "' is no file");
    Fd file(::open(descriptor_path(at->get()).c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) return failed(errno, "open '%s' of the image", path.c_str());
    return file;
  }
  Result<std::string> read_small(const std::string& path) {
    Result<Fd> file = open_file(path);
    if (!file) return file.error();
    struct stat info{};
    if (::fstat(file->get(), &info) != 0 || info.st_size > 16 << 20)
      return bad("'" + path + "' is too large for what it is");
    std::optional<std::string> text = read_file(descriptor_path(file->get()).c_str());
    if (!text) return failed(errno, "read '%s' of the image", path.c_str());
    return *text;
  }
  Result<Json> read_json(const std::string& path) {
    Result<std::string> text = read_small(path);
    if (!text) return text.error();
    Json j = Json::parse(*text, nullptr, false);
    if (j.is_discarded()) return bad("'" + path + "' is not JSON");
    return j;
  }
  Result<std::string> read_blob(const Blob& blob) {
    if (!is_digest(blob.digest)) return bad("'" + blob.digest + "' is no sha256 digest");
    Result<std::string> text = read_small("blobs/sha256/" + hex_of(blob.digest));
    if (!text) return text.error();
    if (digest_of(*text) != blob.digest) return bad("the contents of " + blob.digest + " are other ones");
    return text;
  }

  // OCI image layout: image-layout.md, image-index.md, manifest.md of the image specification.
  Result<Image> layout() {
    Result<Json> index = read_json("index.json");
    if (!index) return index.error();
    Result<Json> manifest = choose(*index, 0);
    if (!manifest) return manifest.error();
    if (!manifest->contains("config") || !manifest->contains("layers") || !(*manifest)["layers"].is_array())
      return bad("its manifest has no config or layers");
    Result<std::string> config = read_blob(blob_of((*manifest)["config"]));
    if (!config) return config.error();
    Result<std::vector<std::string>> diff_ids = read_config(*config);
    if (!diff_ids) return diff_ids.error();
    const Json& layers = (*manifest)["layers"];
    if (layers.size() != diff_ids->size())
      return bad("its configuration and its manifest differ in the number of layers");
    for (usize i = 0; i < layers.size(); i++) {
      const Blob blob = blob_of(layers[i]);
      if (!is_digest(blob.digest)) return bad("a layer has no sha256 digest");
      if (Failure e = layer("blobs/sha256/" + hex_of(blob.digest), blob, (*diff_ids)[i])) return std::move(*e);
    }
    return finish();
  }
  Result<Json> choose(const Json& index, int depth) {
    if (depth > 8) return bad("its indexes are nested too deep");
    if (!index.is_object() || !index.contains("manifests") || !index["manifests"].is_array() ||
        index["manifests"].empty())
      return bad("an index lists no manifests");
    const Json* chosen = nullptr;
    std::string offered;
    for (const std::string& wanted : architectures()) {
      for (const Json& m : index["manifests"]) {
        if (!m.is_object()) continue;
        std::string arch;
        if (m.contains("platform") && m["platform"].is_object()) arch = m["platform"].value("architecture", "");
        if (!chosen && (arch.empty() || arch == wanted)) chosen = &m;
      }
      if (chosen) break;
    }
    if (!chosen) {
      for (const Json& m : index["manifests"]) {
        if (m.is_object() && m.contains("platform") && m["platform"].is_object())
          offered += " " + m["platform"].value("architecture", "");
      }
      return Error{exit_status::kCannotRun,
                   "the image is of none of the wanted architectures; it has:" + offered};
    }
    if (o_.name.empty() && name_.empty() && chosen->contains("annotations") &&
        (*chosen)["annotations"].is_object()) {
      const Json& a = (*chosen)["annotations"];
      name_ = a.value("io.containerd.image.name", a.value("org.opencontainers.image.ref.name", ""));
    }
    Result<std::string> text = read_blob(blob_of(*chosen));
    if (!text) return text.error();
    Json j = Json::parse(*text, nullptr, false);
    if (!j.is_object()) return bad("a manifest is not JSON");
    if (j.contains("manifests")) return choose(j, depth + 1);
    return j;
  }
  std::vector<std::string> architectures() const {
    if (!o_.architecture.empty()) return {o_.architecture};
    return {native_oci_name(), "arm64", "riscv64", ""};
  }

  // `docker save` (moby's image/spec): manifest.json names the files.
  Result<Image> docker() {
    Result<Json> list = read_json("manifest.json");
    if (!list) return list.error();
    if (!list->is_array() || list->empty() || !(*list)[0].is_object())
      return bad("manifest.json lists no images");
    const Json& m = (*list)[0];
    if (!m.contains("Config") || !m["Config"].is_string() || !m.contains("Layers") || !m["Layers"].is_array())
      return bad("manifest.json has no Config or Layers");
    if (m.contains("RepoTags") && m["RepoTags"].is_array() && !m["RepoTags"].empty() &&
        m["RepoTags"][0].is_string())
      name_ = m["RepoTags"][0].get<std::string>();
    Result<std::string> config = read_small(m["Config"].get<std::string>());
    if (!config) return config.error();
    Result<std::vector<std::string>> diff_ids = read_config(*config);
    if (!diff_ids) return diff_ids.error();
    if (m["Layers"].size() != diff_ids->size())
      return bad("its configuration and manifest.json differ in the number of layers");
    for (usize i = 0; i < diff_ids->size(); i++) {
      if (!m["Layers"][i].is_string()) return bad("manifest.json names a layer that is no string");
      if (Failure e = layer(m["Layers"][i].get<std::string>(), {}, (*diff_ids)[i])) return std::move(*e);
    }
    return finish();
  }

  Result<std::vector<std::string>> read_config(const std::string& text) {
    const Json j = Json::parse(text, nullptr, false);
    if (!j.is_object() || !j.contains("rootfs") || !j["rootfs"].is_object() ||
        !j["rootfs"].contains("diff_ids") || !j["rootfs"]["diff_ids"].is_array())
      return bad("its configuration has no rootfs.diff_ids");
    std::vector<std::string> out;
    for (const Json& id : j["rootfs"]["diff_ids"]) {
      if (!id.is_string() || !is_digest(id.get<std::string>())) return bad("a diff id is no sha256 digest");
      out.push_back(id.get<std::string>());
    }
    image_.config = text;
    image_.architecture = j.contains("architecture") && j["architecture"].is_string()
                              ? j["architecture"].get<std::string>()
                              : native_oci_name();
    return out;
  }

  // Layers that are there already are not read again: they are what their digest says.
  Failure layer(const std::string& file, const Blob& blob, const std::string& diff_id) {
    image_.layers.push_back(diff_id);
    if (store_.has_layer(diff_id)) return std::nullopt;
    Result<Fd> source = open_file(file);
    if (!source) return source.error();
    std::string path;
    Result<Fd> into = store_.new_layer(path);
    if (!into) return into.error();
    Scratch scratch(path);
    UnpackOptions options{whiteouts(), most_bytes_};
    Result<Unpacked> done = unpack(source->get(), into->get(), options);
    if (!done) return Error{exit_status::kVeneer, "layer " + diff_id + ": " + done.error().message};
    if (!blob.digest.empty() &&
        (done->digest != blob.digest || (blob.size && *blob.size != done->archive_bytes)))
      return bad("the contents of " + blob.digest + " are other ones");
    if (done->diff_id != diff_id) return bad("a layer unpacks to other contents than " + diff_id);
    image_.left_out += done->left_out;
    most_bytes_ -= std::min(most_bytes_, done->bytes);
    scratch.release();
    return store_.commit_layer(path, diff_id);
  }

  Result<Image> tarball(int file) {
    std::string path;
    Result<Fd> into = store_.new_layer(path);
    if (!into) return into.error();
    Scratch scratch(path);
    UnpackOptions options{whiteouts(), most_bytes_};
    Result<Unpacked> done = unpack(file, into->get(), options);
    if (!done) return done.error();
    if (done->entries == 0)
      return Error{exit_status::kVeneer, "'" + o_.source + "' holds nothing: it is no image and no root"};
    image_.left_out = done->left_out;
    scratch.release();
    return single(path, into->get(), done->diff_id);
  }
  Result<Image> tree() {
    std::string path;
    Result<Fd> into = store_.new_layer(path);
    if (!into) return into.error();
    Scratch scratch(path);
    if (Failure e = copy_tree(source_.get(), into->get())) return std::move(*e);
    Result<Unpacked> packed = pack(into->get(), -1);
    if (!packed) return packed.error();
    scratch.release();
    return single(path, into->get(), packed->diff_id);
  }
  // A root without a configuration: one of its own is written.
  Result<Image> single(const std::string& path, int root, const std::string& diff_id) {
    image_.architecture = o_.architecture;
    if (image_.architecture.empty())
      image_.architecture = oci_name(architecture_of_root(root).value_or(Architecture::Native));
    if (Failure e = store_.commit_layer(path, diff_id)) return std::move(*e);
    image_.layers = {diff_id};
    image_.config =
        Json{{"architecture", image_.architecture},
             {"os", "linux"},
             {"config", {{"Env", {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}}}},
             {"rootfs", {{"type", "layers"}, {"diff_ids", {diff_id}}}}}
            .dump();
    return finish();
  }

  Result<Image> finish() {
    image_.name = !o_.name.empty() ? o_.name : name_;
    if (image_.name.empty()) {
      std::string base = o_.source;
      while (base.size() > 1 && base.ends_with('/')) base.pop_back();
      base = base.substr(base.rfind('/') + 1);
      image_.name = base.substr(0, base.find('.') == 0 ? base.npos : base.find('.'));
    }
    if (image_.name.empty() || image_.name.size() > 512)
      return Error{exit_status::kVeneer, "the image has no name: give one with --name"};
    for (unsigned char c : image_.name) {
      if (c <= ' ' || c == 0x7f)
        return Error{exit_status::kVeneer,
                     "the image's name holds a space or a control character: give another with --name"};
    }
    image_.created = now();
    if (Failure e = store_.put(image_)) return std::move(*e);
    return image_;
  }

  const ImageStore& store_;
  const ImportOptions& o_;
  Fd source_;
  Scratch scratch_;
  Image image_;
  std::string name_;
  u64 most_bytes_ = u64{1} << 40;
};

}  // namespace

Result<Image> import_image(const ImageStore& store, const ImportOptions& options) {
  return Importer(store, options).run();
}

}  // namespace veneer::image
