// Images as veneer keeps them: each layer unpacked once, under its digest; an image is its configuration and
// the list of its layers.
//
//   images/HEX.json    Image, HEX of its name's digest
//   layers/HEX/        a layer's tree, with whiteouts as overlayfs has them; HEX of its diff id
//   layers/.new-*      being unpacked; swept by gc
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/errors.h"
#include "base/files.h"
#include "base/types.h"

namespace veneer::image {

struct Image {
  std::string name;
  std::string architecture;         // as OCI has it: amd64, arm64
  std::string created;              // when it was imported
  std::vector<std::string> layers;  // diff ids, the lowest first
  std::string config;               // the OCI image configuration, JSON
  u64 left_out = 0;                 // device nodes that could not be made
};

class ImageStore {
 public:
  explicit ImageStore(std::string root) : root_(std::move(root)) {}
  // /var/lib/veneer; without root ~/.local/share/veneer.
  static std::string default_root();

  const std::string& root() const { return root_; }
  std::string layer_path(const std::string& diff_id) const;

  Result<Image> find(const std::string& name) const;
  std::vector<Image> list() const;
  Failure put(const Image& image) const;
  Failure remove(const std::string& name) const;
  // Removes the layers that no image has and `kept` does not name; how many.
  Result<usize> collect(const std::vector<std::string>& kept) const;

  bool has_layer(const std::string& diff_id) const;
  // A new directory for a layer to come, and its path.
  Result<Fd> new_layer(std::string& path) const;
  // Makes it the layer of this diff id; when that is there already, the new one is removed.
  Failure commit_layer(const std::string& path, const std::string& diff_id) const;

 private:
  std::string image_path(const std::string& name) const;
  std::string root_;
};

// Removes a tree; other file systems in it are left.
void remove_tree(const std::string& path);
Failure make_directories(const std::string& path);

struct ImportOptions {
  std::string source;        // OCI layout or archive, docker-archive, root tree, tarball
  std::string name;          // empty: the source's own
  std::string architecture;  // of an index; empty: the host's, else one that can be translated
};
// The image is in the store when this returns, and whole.
Result<Image> import_image(const ImageStore& store, const ImportOptions& options);
// An OCI archive (NAME.tar), or a directory.
Failure export_image(const ImageStore& store, const Image& image, const std::string& destination);

}  // namespace veneer::image
