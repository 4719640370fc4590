// Choosing what a guest's processor has, by text: `rva22u64,zfh,nozba,vlen=256` is a model, what it has more,
// what it has not, and settings.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/errors.h"
#include "isa/cpu/feature_set.h"

namespace veneer::isa {

// Lists are names with a space between them.
struct FeatureLine {
  std::string_view name;
  std::string_view alias;  // another name, which several lines may share; empty: none
  std::string_view needs;  // what it cannot be without
  // What it consists of, as far as that can be without more: C is Zca, and Zcd where there is D.
  std::string_view parts;
};
struct FeatureGroup {
  std::string_view name, members;
};

struct Catalogue {
  std::string_view isa;
  std::span<const FeatureLine> features;  // what is implemented; not more than FeatureSet::kMost
  std::string_view base;                  // of them, what every processor has
  std::span<const FeatureGroup>
      models;  // what a text can start with, besides `max`; may name what is not implemented
  std::span<const FeatureGroup> groups;    // several features by one name
  std::span<const FeatureGroup> settings;  // keys, and the values that each can have
  // The members of a model that is written and not listed, such as rv64imac; nothing: it is none.
  std::optional<std::string> (*written_model)(std::string_view name);
};

struct Choice {
  FeatureSet features;
  std::vector<std::pair<std::string, std::string>> settings;
};

// Does the text start with a model of this instruction set, or with `max` and go on with what it knows?
bool is_of(const Catalogue& catalogue, std::string_view text);

// What is added brings what it needs; what is removed takes along what needs it. The error says which name
// there is not, which feature of a model is not implemented, or which was asked for and cannot be.
Result<Choice> choose(const Catalogue& catalogue, std::string_view text);

// The names, in the table's order, with `separator` between them.
std::string names(const Catalogue& catalogue, const FeatureSet& set, std::string_view separator);

// What of a model is not implemented, in the same form; empty: all is.
std::string missing(const Catalogue& catalogue, const FeatureGroup& model);

}  // namespace veneer::isa
