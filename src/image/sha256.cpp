#include "image/sha256.h"

namespace veneer::image {

std::string Sha256::digest() {
  unsigned char bytes[SHA256_DIGEST_SIZE];
  nettle_sha256_digest(&context_, sizeof bytes, bytes);
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out = "sha256:";
  for (unsigned char b : bytes) {
    out += kDigits[b >> 4];
    out += kDigits[b & 15];
  }
  return out;
}

std::string digest_of(std::string_view data) {
  Sha256 hash;
  hash.update(data);
  return hash.digest();
}

bool is_digest(std::string_view text) {
  return text.size() == 71 && text.starts_with("sha256:") &&
         text.find_first_not_of("0123456789abcdef", 7) == std::string_view::npos;
}

std::string hex_of(std::string_view digest) {
  return std::string(digest.substr(7));
}

}  // namespace veneer::image
