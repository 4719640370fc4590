// SHA-256 (FIPS 180-4), as OCI digests have it.
#pragma once

#include <nettle/sha2.h>
#include <string>
#include <string_view>

namespace veneer::image {

class Sha256 {
 public:
  Sha256() { nettle_sha256_init(&context_); }
  void update(std::string_view data) {
    nettle_sha256_update(&context_, data.size(), reinterpret_cast<const unsigned char*>(data.data()));
  }
  // "sha256:HEX"; the object starts anew.
  std::string digest();

 private:
  sha256_ctx context_;
};

std::string digest_of(std::string_view data);
// Is it "sha256:" and 64 lower-case hexadecimal digits? Nothing else is ever made part of a path.
bool is_digest(std::string_view text);
// The digits.
std::string hex_of(std::string_view digest);

}  // namespace veneer::image
