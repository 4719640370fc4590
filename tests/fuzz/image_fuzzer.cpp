// Images of any shape: the JSON documents of an OCI layout or a docker-archive, taken or refused. The input is
// texts that are separated by NUL; the first is the index, the others are blobs. "@N" in a text stands for the
// digest of the N-th one after it, so that what refers to what can be found by chance.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "image/sha256.h"
#include "image/store.h"
#include "scratch.h"
#include "zone/lasting/image_config.h"

namespace {

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> out(1);
  for (const char c : text) {
    if (c == 0 && out.size() < 8) {
      out.emplace_back();
    } else {
      out.back() += c;
    }
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Scratch scratch;
  if (!scratch) return 0;
  const std::string layout = scratch.top() + "/layout";
  (void)veneer::image::make_directories(layout + "/blobs/sha256");
  std::vector<std::string> parts = split({reinterpret_cast<const char*>(data), size});
  std::vector<std::string> digests(parts.size());
  for (std::size_t i = parts.size(); i-- > 0;) {
    std::string text;
    for (std::size_t at = 0; at < parts[i].size(); at++) {
      const std::size_t to =
          at + 1 < parts[i].size() ? i + static_cast<std::size_t>(parts[i][at + 1] - '0') : 0;
      if (parts[i][at] == '@' && to > i && to < parts.size()) {
        text += digests[to];
        at++;
      } else {
        text += parts[i][at];
      }
    }
    digests[i] = veneer::image::digest_of(text);
    put(layout + "/blobs/sha256/" + veneer::image::hex_of(digests[i]), text);
    if (i == 0) put(layout + "/index.json", text);
    if (i == 0) put(layout + "/manifest.json", text);
  }
  if (size % 2 == 0) put(layout + "/oci-layout", R"({"imageLayoutVersion":"1.0.0"})");
  const veneer::image::ImageStore store(scratch.top() + "/store");
  veneer::image::ImportOptions options;
  options.source = layout;
  options.name = "fuzzed";
  if (const auto image = veneer::image::import_image(store, options)) {
    (void)veneer::zone::read_image_config(image->config);
    if (!store.find("fuzzed")) std::abort();
  }
  return 0;
}
