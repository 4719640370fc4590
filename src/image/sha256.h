// SHA-256 (FIPS 180-4), as OCI digests have it.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace veneer::image {

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;
  void update(std::string_view data);
  // "sha256:HEX"; the object starts anew.
  std::string digest();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

std::string digest_of(std::string_view data);
// Is it "sha256:" and 64 lower-case hexadecimal digits? Nothing else is ever made part of a path.
bool is_digest(std::string_view text);
// The digits.
std::string hex_of(std::string_view digest);

}  // namespace veneer::image
