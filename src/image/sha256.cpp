#include "image/sha256.h"

// The functions by which a static program gets the digest and nothing else of libcrypto; EVP would bring all of
// it.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

namespace veneer::image {

struct Sha256::State {
  SHA256_CTX context;
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
  ::SHA256_Init(&state_->context);
}
Sha256::~Sha256() = default;

void Sha256::update(std::string_view data) {
  ::SHA256_Update(&state_->context, data.data(), data.size());
}

std::string Sha256::digest() {
  unsigned char bytes[SHA256_DIGEST_LENGTH];
  ::SHA256_Final(bytes, &state_->context);
  ::SHA256_Init(&state_->context);
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
