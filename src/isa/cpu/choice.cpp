#include "isa/cpu/choice.h"

#include <algorithm>

namespace veneer::isa {

namespace {

constexpr std::string_view kMax = "max", kSeeHelp = "; see `veneer run --cpu help`";

Error wrong(std::string message) {
  return Error{exit_status::kVeneer, std::move(message) + std::string(kSeeHelp)};
}

// f(word) of each, as long as it says true.
template <class Fn>
bool all_words(std::string_view list, char separator, Fn f) {
  while (!list.empty()) {
    const usize end = list.find(separator);
    const std::string_view word = list.substr(0, end);
    if (!word.empty() && !f(word)) return false;
    list.remove_prefix(end == list.npos ? list.size() : end + 1);
  }
  return true;
}

class Chooser {
 public:
  explicit Chooser(const Catalogue& catalogue) : c_(catalogue) {}

  // The lines of a name or alias, or those of a group.
  FeatureSet lines_of(std::string_view name) const {
    FeatureSet out;
    for (const FeatureGroup& g : c_.groups)
      if (g.name == name) return lines_of_list(g.members);
    for (usize i = 0; i < c_.features.size(); ++i)
      if (c_.features[i].name == name || (!name.empty() && c_.features[i].alias == name)) out.add(i);
    return out;
  }
  FeatureSet lines_of_list(std::string_view list) const {
    FeatureSet out;
    all_words(list, ' ', [&](std::string_view word) {
      out.add_all(lines_of(word));
      return true;
    });
    return out;
  }

  bool knows(std::string_view name) const { return lines_of(name) != FeatureSet{}; }

  void complete(FeatureSet& set) const {
    for (FeatureSet before; before != set;) {
      before = set;
      for (usize i = 0; i < c_.features.size(); ++i) {
        if (!set.has(i)) continue;
        set.add_all(lines_of_list(c_.features[i].needs));
        const FeatureSet parts = lines_of_list(c_.features[i].parts);
        for (usize p = 0; p < c_.features.size(); ++p)
          if (parts.has(p) && can_be_in(set, p)) set.add(p);
      }
    }
  }
  // `gone` grows by what goes along.
  void remove(FeatureSet& set, FeatureSet& gone) const {
    for (usize i = 0; i < c_.features.size(); ++i)
      if (gone.has(i)) gone.add_all(lines_of_list(c_.features[i].parts));
    for (FeatureSet before; before != gone;) {
      before = gone;
      for (usize i = 0; i < c_.features.size(); ++i)
        if (gone.has(i)) set.remove(i);
      for (usize i = 0; i < c_.features.size(); ++i) {
        if (!set.has(i)) continue;
        if (!can_be_in(set, i) || lacks_a_part(set, i)) gone.add(i);
      }
    }
  }

 private:
  bool can_be_in(const FeatureSet& set, usize line) const {
    return set.has_all(lines_of_list(c_.features[line].needs));
  }
  bool lacks_a_part(const FeatureSet& set, usize line) const {
    const FeatureSet parts = lines_of_list(c_.features[line].parts);
    for (usize p = 0; p < c_.features.size(); ++p)
      if (parts.has(p) && !set.has(p) && can_be_in(set, p)) return true;
    return false;
  }

  const Catalogue& c_;
};

std::optional<std::string> members_of_model(const Catalogue& c, std::string_view name) {
  for (const FeatureGroup& m : c.models)
    if (m.name == name) return std::string(m.members);
  return c.written_model ? c.written_model(name) : std::nullopt;
}

// In the order of the text.
struct Items {
  std::vector<std::string_view> added, removed;
  std::vector<std::pair<std::string, std::string>> settings;
};

// What follows the model.
Result<Items> items_of(const Catalogue& c, std::string_view text) {
  const Chooser chooser(c);
  const std::string isa(c.isa);
  Items out;
  Failure error;
  all_words(text, ',', [&](std::string_view item) {
    if (const usize equals = item.find('='); equals != item.npos) {
      const std::string_view key = item.substr(0, equals), value = item.substr(equals + 1);
      const auto* known = std::find_if(c.settings.data(), c.settings.data() + c.settings.size(),
                                       [&](const FeatureGroup& s) { return s.name == key; });
      if (known == c.settings.data() + c.settings.size())
        error = wrong("'" + std::string(key) + "' is no setting of a CPU of " + isa);
      else if (all_words(known->members, ' ', [&](std::string_view v) { return v != value; }))
        error = wrong("'" + std::string(value) + "' is no value of " + std::string(key) + ", but one of " +
                      std::string(known->members));
      out.settings.emplace_back(key, value);
    } else if (chooser.knows(item)) {
      out.added.push_back(item);
    } else if (item.starts_with("no") && chooser.knows(item.substr(2))) {
      out.removed.push_back(item.substr(2));
    } else {
      error = wrong("'" + std::string(item) + "' is nothing that veneer implements of " + isa);
    }
    return !error;
  });
  if (error) return *error;
  return out;
}

// The model, which is taken off the text.
std::string_view take_model(std::string_view& text) {
  const std::string_view model = text.substr(0, text.find(','));
  text.remove_prefix(std::min(text.size(), model.size() + 1));
  return model;
}

}  // namespace

bool is_of(const Catalogue& catalogue, std::string_view text) {
  const std::string_view model = take_model(text);
  if (model == kMax) return static_cast<bool>(items_of(catalogue, text));
  return members_of_model(catalogue, model).has_value();
}

std::string names(const Catalogue& catalogue, const FeatureSet& set, std::string_view separator) {
  std::string out;
  for (usize i = 0; i < catalogue.features.size(); ++i) {
    if (!set.has(i)) continue;
    if (!out.empty()) out += separator;
    out += catalogue.features[i].name;
  }
  return out;
}

std::string missing(const Catalogue& catalogue, const FeatureGroup& model) {
  const Chooser chooser(catalogue);
  std::string out;
  all_words(model.members, ' ', [&](std::string_view name) {
    if (!chooser.knows(name)) out += (out.empty() ? "" : " ") + std::string(name);
    return true;
  });
  return out;
}

Result<Choice> choose(const Catalogue& catalogue, std::string_view text) {
  const Chooser chooser(catalogue);
  const std::string isa(catalogue.isa);
  const std::string_view model = take_model(text);
  Choice out;
  if (model == kMax) {
    out.features = FeatureSet::first(catalogue.features.size());
  } else {
    const std::optional<std::string> members = members_of_model(catalogue, model);
    if (!members) return wrong("'" + std::string(model) + "' is no CPU of " + isa);
    if (const std::string lacking = missing(catalogue, {model, *members}); !lacking.empty())
      return wrong("veneer does not implement all of " + std::string(model) + ": " + lacking +
                   (lacking.find(' ') == lacking.npos ? " is" : " are") + " missing");
    out.features = chooser.lines_of_list(*members);
  }
  Result<Items> items = items_of(catalogue, text);
  if (!items) return items.error();
  out.settings = std::move(items->settings);

  const FeatureSet base = chooser.lines_of_list(catalogue.base);
  FeatureSet asked;
  for (std::string_view name : items->added) asked.add_all(chooser.lines_of(name));
  out.features.add_all(base);
  out.features.add_all(asked);
  chooser.complete(out.features);
  for (std::string_view name : items->removed) {
    FeatureSet gone = chooser.lines_of(name);
    chooser.remove(out.features, gone);
    for (usize i = 0; i < catalogue.features.size(); ++i) {
      if (!gone.has(i)) continue;
      const std::string what(catalogue.features[i].name);
      if (base.has(i)) return wrong("'no" + std::string(name) + "': every CPU of " + isa + " has " + what);
      if (asked.has(i))
        return wrong(what == name ? "'" + what + "' and 'no" + what + "' exclude each other"
                                  : "'" + what + "' was asked for, and is not without " + std::string(name));
    }
  }
  return out;
}

}  // namespace veneer::isa
