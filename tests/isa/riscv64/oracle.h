// The qemu-riscv64 that random programs are compared with: the one that VENEER_QEMU_RISCV64 names, one that a
// script has laid into the cache, or Debian 12's, which is older and has no vectors.
#pragma once

#include <unistd.h>
#include <cstdlib>
#include <string>

namespace veneer::rv64 {

struct Oracle {
  std::string program;  // empty: there is none
  bool newer = false;
};

inline const Oracle& oracle() {
  static const Oracle found = [] {
    const auto is_program = [](const std::string& path) { return ::access(path.c_str(), X_OK) == 0; };
    if (const char* named = std::getenv("VENEER_QEMU_RISCV64")) return Oracle{named, true};
    const char *cache = std::getenv("XDG_CACHE_HOME"), *home = std::getenv("HOME");
    const std::string base = cache ? cache : std::string(home ? home : "") + "/.cache";
    if (const std::string laid = base + "/veneer/qemu/qemu-riscv64"; is_program(laid))
      return Oracle{laid, true};
    if (is_program("/usr/bin/qemu-riscv64")) return Oracle{"/usr/bin/qemu-riscv64", false};
    return Oracle{};
  }();
  return found;
}

}  // namespace veneer::rv64
