#include "program/environment.h"

#include <algorithm>

namespace veneer {
namespace {

constexpr std::string_view kPrefix = "VENEER_GUEST_ENV_";

bool is_variable(std::string_view entry, std::string_view name) {
  return entry.size() > name.size() && entry[name.size()] == '=' && entry.starts_with(name);
}

}  // namespace

bool needs_hiding(std::string_view variable) {
  return variable.starts_with("LD_") || variable.starts_with("GLIBC_TUNABLES=") ||
         variable.starts_with("MALLOC_") || variable.starts_with(kPrefix);
}

std::string hidden(std::string_view variable) {
  return std::string(kPrefix).append(variable);
}

std::vector<std::string> guest_environment(const char* const* host,
                                           const std::vector<std::pair<std::string, std::string>>& set,
                                           const std::vector<std::string>& unset) {
  std::vector<std::string> out;
  for (; *host; host++) {
    std::string_view entry = *host;
    if (entry.starts_with(kPrefix)) entry.remove_prefix(kPrefix.size());
    out.emplace_back(entry);
  }
  for (const std::string& name : unset) std::erase_if(out, [&](const auto& e) { return is_variable(e, name); });
  for (const auto& [name, value] : set) {
    std::string entry = name;
    entry += "=";
    entry += value;
    auto it = std::ranges::find_if(out, [&n = name](const auto& e) { return is_variable(e, n); });
    if (it != out.end()) {
      *it = std::move(entry);
    } else {
      out.push_back(std::move(entry));
    }
  }
  return out;
}

const char* find_variable(const std::vector<std::string>& environment, std::string_view name) {
  for (const std::string& entry : environment) {
    if (is_variable(entry, name)) return entry.c_str() + name.size() + 1;
  }
  return nullptr;
}

}  // namespace veneer
