// Changing a zone.toml that a person has written: the lines that are to be different, and no others.
#include <algorithm>
#include <optional>
#include <sstream>
#include <vector>

#include "zone/lasting/zone_config.h"

namespace veneer::zone {
namespace {

struct Line {
  std::string text;
  std::string key;           // "memory.capped", of a key with its value; else empty
  std::string table;         // in which it is, or that it begins
  bool header = false;       // [table] or [[table]]
  usize value = 0, end = 0;  // where the value is; 0: it goes on in the next line

  explicit Line(std::string t) : text(std::move(t)) {}
};

std::string trimmed(const std::string& s) {
  const usize begin = s.find_first_not_of(" \t\r"), end = s.find_last_not_of(" \t\r");
  return begin == s.npos ? "" : s.substr(begin, end - begin + 1);
}

// The end of the value that begins there, without what follows it; 0 when it is not in this line.
usize end_of_value(const std::string& text, usize begin) {
  char quote = 0;
  int depth = 0;
  usize end = begin;
  for (usize i = begin; i < text.size(); i++) {
    const char c = text[i];
    if (quote) {
      if (c == '\\' && quote == '"')
        i++;
      else if (c == quote)
        quote = 0;
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '#') {
      i = std::min(text.find('\n', i), text.size()) - 1;
      continue;
    } else if (c == '[' || c == '{') {
      depth++;
    } else if (c == ']' || c == '}') {
      depth--;
    }
    if (c != ' ' && c != '\t' && c != '\r') end = i + 1;
  }
  return quote == 0 && depth == 0 ? end : 0;
}

std::vector<Line> lines_of(const std::string& text) {
  std::vector<Line> out;
  std::istringstream in(text);
  std::string table, open;  // the value that is not at its end yet
  for (std::string each; std::getline(in, each);) {
    Line line(each);
    const std::string t = trimmed(each);
    if (!open.empty()) {
      open += "\n" + each;
      line.key = out.back().key;
      if (end_of_value(open, 0) != 0) open.clear();
    } else if (t.starts_with('[')) {
      line.header = true;
      // What is in an array of tables has no name that could be set.
      table = t.starts_with("[[") ? "[[" : trimmed(t.substr(1, t.find(']') - 1));
    } else if (const usize equals = each.find('='); equals != each.npos && !t.starts_with('#')) {
      const std::string name = trimmed(each.substr(0, equals));
      line.key = table.empty() ? name : table + "." + name;
      line.value = each.find_first_not_of(" \t", equals + 1);
      line.end = line.value == each.npos ? 0 : end_of_value(each, line.value);
      if (line.end == 0 && line.value != each.npos) open = each.substr(line.value);
    }
    line.table = table;
    out.push_back(std::move(line));
  }
  return out;
}

std::string joined(const std::vector<Line>& lines) {
  std::string out;
  for (const Line& line : lines) out += line.text + "\n";
  return out;
}

// Where a new key of the table belongs: behind its last one. Nothing: there is no such table.
std::optional<usize> place_in(const std::vector<Line>& lines, const std::string& table) {
  std::optional<usize> at;
  for (usize i = 0; i < lines.size(); i++) {
    if (lines[i].table == table && (lines[i].header || !lines[i].key.empty())) at = i + 1;
  }
  return at || !table.empty() ? at : 0;
}

// False: it is not a matter of one line.
bool set_line(std::vector<Line>& lines, const std::string& key, const std::string& value) {
  const auto line = std::find_if(lines.begin(), lines.end(), [&](const Line& l) { return l.key == key; });
  if (line != lines.end()) {
    if (line->end == 0) return false;
    if (value.empty())
      lines.erase(line);
    else
      line->text.replace(line->value, line->end - line->value, value);
    return true;
  }
  if (value.empty()) return false;
  const usize dot = key.rfind('.');
  const std::string table = dot == key.npos ? "" : key.substr(0, dot), name = key.substr(dot + 1);
  if (const std::optional<usize> at = place_in(lines, table)) {
    lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(*at), Line(name + " = " + value));
  } else {
    lines.emplace_back("");
    lines.emplace_back("[" + table + "]");
    lines.emplace_back(name + " = " + value);
  }
  return true;
}

}  // namespace

std::string edit_zone_config(const std::string& text, const ZoneConfig& config) {
  std::string anew = write_zone_config(config);
  Result<ZoneConfig> before = read_zone_config(text);
  if (!before || text.find("\"\"\"") != text.npos || text.find("'''") != text.npos) return anew;
  const auto old_keys = zone_config_keys(*before), new_keys = zone_config_keys(config);
  std::string edited = text;
  if (!edited.empty() && !edited.ends_with('\n')) edited += '\n';
  auto apply = [&](const std::string& key, const std::string& value) {
    std::vector<Line> lines = lines_of(edited);
    if (!set_line(lines, key, value)) return false;
    edited = joined(lines);
    return true;
  };
  for (const auto& [key, value] : new_keys) {
    const auto old = old_keys.find(key);
    if ((old == old_keys.end() || old->second != value) && !apply(key, value)) return anew;
  }
  for (const auto& [key, value] : old_keys) {
    if (!new_keys.contains(key) && !apply(key, "")) return anew;
  }
  // Whatever it was that was edited: it says what it is to say, or it is written anew.
  Result<ZoneConfig> after = read_zone_config(edited);
  return after && write_zone_config(*after) == anew ? edited : anew;
}

}  // namespace veneer::zone
