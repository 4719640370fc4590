// What this host offers.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace veneer::plan {

struct Host {
  std::string cpu;      // model name
  unsigned cpus = 0;    // that veneer may run on
  std::string kernel;   // "Linux 6.1.0"
  std::string machine;  // "x86_64"
  // CPU features that translated code uses when they are there.
  std::vector<std::pair<std::string_view, bool>> features;
};

Host inspect_host();

std::string to_text(const Host& host);
std::string to_json(const Host& host);

}  // namespace veneer::plan
