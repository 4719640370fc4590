// veneer run --cpu help
#include <map>

#include <nlohmann/json.hpp>

#include "cli/platform.h"
#include "isa/aarch64/features.h"
#include "isa/riscv64/features.h"

namespace veneer::cli {

namespace {

const isa::Catalogue* const kCatalogues[] = {&a64::catalogue(), &rv64::catalogue()};

// With line ends, so that it is not wider than a terminal.
std::string wrapped(const std::string& head, std::string_view words) {
  constexpr usize kWidth = 100;
  const std::string indent(head.size(), ' ');
  std::string out, line = head;
  while (!words.empty()) {
    const std::string_view word = words.substr(0, words.find(' '));
    words.remove_prefix(std::min(words.size(), word.size() + 1));
    if (line.size() + 1 + word.size() > kWidth) {
      out += line + "\n";
      line = indent;
    }
    line += " " + std::string(word);
  }
  return out + line + "\n";
}

std::string padded(std::string name) {
  constexpr usize kColumn = 14;
  name.resize(std::max(kColumn, name.size()), ' ');
  return "  " + name;
}

std::string all_names(const isa::Catalogue& c) {
  return isa::names(c, isa::FeatureSet::first(c.features.size()), " ");
}

// Those that are written, and names that are shared.
std::map<std::string, std::string> groups_of(const isa::Catalogue& c) {
  std::map<std::string, std::string> out;
  for (const isa::FeatureGroup& g : c.groups) out[std::string(g.name)] = g.members;
  for (const isa::FeatureLine& f : c.features) {
    if (f.alias.empty()) continue;
    std::string& members = out[std::string(f.alias)];
    members += (members.empty() ? "" : " ") + std::string(f.name);
  }
  return out;
}

std::string text_of(const isa::Catalogue& c) {
  std::string out = std::string(c.isa) + "\n" + wrapped(padded("max"), "(the default) all that follows");
  for (const isa::FeatureGroup& m : c.models) {
    const std::string lacking = isa::missing(c, m);
    out += wrapped(padded(std::string(m.name)), m.members);
    if (!lacking.empty()) out += wrapped(padded("") + " cannot be chosen yet:", lacking + " not implemented");
  }
  out += wrapped(padded("features"), all_names(c));
  for (const auto& [name, members] : groups_of(c)) out += wrapped(padded(name) + " =", members);
  for (const isa::FeatureGroup& s : c.settings) out += wrapped(padded(std::string(s.name) + "="), s.members);
  return out + "\n";
}

std::vector<std::string> list(std::string_view words) {
  std::vector<std::string> out;
  while (!words.empty()) {
    const std::string_view word = words.substr(0, words.find(' '));
    words.remove_prefix(std::min(words.size(), word.size() + 1));
    out.emplace_back(word);
  }
  return out;
}

nlohmann::ordered_json json_of(const isa::Catalogue& c) {
  nlohmann::ordered_json j;
  j["cpus"]["max"] = {{"features", list(all_names(c))}, {"missing", nlohmann::json::array()}};
  for (const isa::FeatureGroup& m : c.models)
    j["cpus"][std::string(m.name)] = {{"features", list(m.members)}, {"missing", list(isa::missing(c, m))}};
  j["features"] = list(all_names(c));
  j["groups"] = nlohmann::ordered_json::object();
  for (const auto& [name, members] : groups_of(c)) j["groups"][name] = list(members);
  j["settings"] = nlohmann::ordered_json::object();
  for (const isa::FeatureGroup& s : c.settings) j["settings"][std::string(s.name)] = list(s.members);
  return j;
}

}  // namespace

std::string list_cpus(bool json) {
  if (json) {
    nlohmann::ordered_json j;
    for (const isa::Catalogue* c : kCatalogues) j[std::string(c->isa)] = json_of(*c);
    return j.dump(2) + "\n";
  }
  std::string out =
      "CPUs that --cpu can name, with features added (`zba`) or taken away (`nozba`) after it:\n\n";
  for (const isa::Catalogue* c : kCatalogues) out += text_of(*c);
  return out + "Examples: --cpu rva22u64  --cpu rv64gc,zba,zbb  --cpu max,nozfh  --cpu armv8.1-a,aes\n";
}

}  // namespace veneer::cli
