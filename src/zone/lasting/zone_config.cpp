#include "zone/lasting/zone_config.h"

#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 1
#include <toml++/toml.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <sstream>

#include "zone/capabilities.h"
#include "zone/process_attributes.h"

namespace veneer::zone {
namespace {

Error bad(const std::string& key, const char* expected) {
  return Error{exit_status::kVeneer, "zone.toml: " + key + " must be " + expected};
}

// Keys that are known, by their table; what else there is is a mistake that must not pass silently.
class Reader {
 public:
  Reader(const toml::table& table, std::string prefix, Failure& error)
      : table_(table), prefix_(std::move(prefix)), error_(error) {}
  ~Reader() {
    for (const auto& [key, value] : table_) {
      if (!error_ && std::find(seen_.begin(), seen_.end(), std::string(key.str())) == seen_.end())
        error_ = Error{exit_status::kVeneer,
                       "zone.toml: '" + prefix_ + std::string(key.str()) + "' is no key of a zone"};
    }
  }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  template <typename T>
  void read(const char* key, T& out, const char* expected) {
    if (const toml::node* n = get(key)) {
      if (auto v = n->value_exact<T>())
        out = *v;
      else
        fail(key, expected);
    }
  }
  void read(const char* key, std::string& out) { read<std::string>(key, out, "a string"); }
  void read(const char* key, bool& out) { read<bool>(key, out, "true or false"); }
  template <typename T>
  void integer(const char* key, std::optional<T>& out, s64 low, s64 high) {
    const toml::node* n = get(key);
    if (!n) return;
    auto v = n->value_exact<int64_t>();
    if (!v || *v < low || *v > high)
      return fail(
          key, format("an integer of %lld to %lld", static_cast<long long>(low), static_cast<long long>(high))
                   .c_str());
    out = static_cast<T>(*v);
  }
  void number(const char* key, double& out) {
    if (const toml::node* n = get(key)) {
      auto v = n->value<double>();
      if (!v || !std::isfinite(*v) || *v < 0 || *v > 8192) return fail(key, "a number of CPUs");
      out = *v;
    }
  }
  void list(const char* key, std::vector<std::string>& out) {
    const toml::node* n = get(key);
    if (!n) return;
    const toml::array* array = n->as_array();
    if (!array) return fail(key, "a list of strings");
    for (const toml::node& item : *array) {
      auto v = item.value_exact<std::string>();
      if (!v) return fail(key, "a list of strings");
      out.push_back(*v);
    }
  }
  template <typename F>
  void table(const char* key, F f) {
    const toml::node* n = get(key);
    if (!n) return;
    if (!n->is_table()) return fail(key, "a table");
    Reader inner(*n->as_table(), prefix_ + key + ".", error_);
    f(inner);
  }
  template <typename F>
  void tables(const char* key, F f) {
    const toml::node* n = get(key);
    if (!n) return;
    if (!n->is_array()) return fail(key, "a list of tables");
    for (const toml::node& item : *n->as_array()) {
      if (!item.is_table()) return fail(key, "a list of tables");
      Reader inner(*item.as_table(), prefix_ + key + ".", error_);
      f(inner);
    }
  }
  void fail(const char* key, const char* expected) {
    if (!error_) error_ = bad(prefix_ + key, expected);
  }

 private:
  const toml::node* get(const char* key) {
    seen_.emplace_back(key);
    return table_.get(key);
  }
  const toml::table& table_;
  std::string prefix_;
  Failure& error_;
  std::vector<std::string> seen_;
};

void read_environment(Reader& r, ZoneConfig& c) {
  r.list("environment", c.environment);
  for (const std::string& e : c.environment) {
    if (e.find('=') == e.npos || e.starts_with('=')) r.fail("environment", "a list of VAR=VALUE");
  }
}

void read_network(Reader& n, ZoneConfig& c) {
  std::string type = "none";
  n.read("type", type);
  if (type == "none")
    c.network = ZoneNetwork::None;
  else if (type == "shared")
    c.network = ZoneNetwork::Shared;
  else if (type == "private")
    c.network = ZoneNetwork::Private;
  else
    n.fail("type", "none, shared or private");
  n.read("bridge", c.bridge);
  n.read("address", c.address);
  n.read("gateway", c.gateway);
  if (c.bridge.size() > 15 || c.bridge.find_first_of("/ \t") != c.bridge.npos)
    n.fail("bridge", "the name of an interface");
}

void size_of(Reader& r, const char* key, std::string& out) {
  r.read(key, out);
  if (!out.empty() && !parse_size(out)) r.fail(key, "a size such as 512M");
}

void read_all(Reader& r, ZoneConfig& c) {
  r.read("image", c.image);
  r.read("root", c.root);
  r.read("hostname", c.hostname);
  r.integer("hostid", c.hostid, 0, 0xffffffff);
  r.read("autoboot", c.autoboot);
  r.read("ephemeral", c.ephemeral);
  r.list("depends", c.depends);
  r.list("command", c.command);
  read_environment(r, c);
  std::optional<s64> offset;
  r.integer("time_offset", offset, -(s64{1} << 40), s64{1} << 40);
  c.time_offset = offset.value_or(0);
  r.table("cpu", [&](Reader& t) {
    t.number("capped", c.cpu_capped);
    t.read("dedicated", c.cpu_dedicated);
    if (!c.cpu_dedicated.empty() && !parse_cpu_list(c.cpu_dedicated))
      t.fail("dedicated", "a list of CPUs such as 0-3,7");
    t.integer("shares", c.cpu_shares, 2, 262144);
    t.read("model", c.cpu_model);
  });
  r.table("memory", [&](Reader& t) {
    size_of(t, "capped", c.memory_capped);
    size_of(t, "swap", c.swap_capped);
  });
  r.table("processes", [&](Reader& t) { t.integer("max", c.max_processes, 1, 1 << 22); });
  r.table("io", [&](Reader& t) { t.integer("weight", c.io_weight, 10, 1000); });
  r.tables("filesystem", [&](Reader& t) {
    ZoneFilesystem f;
    t.read("type", f.type);
    t.read("source", f.source);
    t.read("target", f.target);
    t.read("read_only", f.read_only);
    size_of(t, "size", f.size);
    if (f.type != "bind" && f.type != "tmpfs" && f.type != "overlay") t.fail("type", "bind, tmpfs or overlay");
    if (!f.target.starts_with('/')) t.fail("target", "an absolute path");
    if (f.type != "tmpfs" && !f.source.starts_with('/')) t.fail("source", "an absolute path");
    c.filesystems.push_back(std::move(f));
  });
  r.list("devices", c.devices);
  r.table("network", [&](Reader& t) { read_network(t, c); });
  r.list("privileges", c.privileges);
  for (const std::string& name : c.privileges) {
    if (!capability_number(name)) r.fail("privileges", "a list of capabilities");
  }
}

toml::array array_of(const std::vector<std::string>& list) {
  toml::array out;
  for (const std::string& s : list) out.push_back(s);
  return out;
}

toml::table to_table(const ZoneConfig& c) {
  toml::table t;
  auto text = [](toml::table& to, const char* key, const std::string& value) {
    if (!value.empty()) to.insert_or_assign(key, value);
  };
  auto list = [](toml::table& to, const char* key, const std::vector<std::string>& value) {
    if (!value.empty()) to.insert_or_assign(key, array_of(value));
  };
  auto part = [&](const char* key, toml::table inner) {
    if (!inner.empty()) t.insert_or_assign(key, std::move(inner));
  };
  text(t, "image", c.image);
  text(t, "root", c.root);
  text(t, "hostname", c.hostname);
  if (c.hostid) t.insert_or_assign("hostid", static_cast<int64_t>(*c.hostid));
  t.insert_or_assign("autoboot", c.autoboot);
  if (c.ephemeral) t.insert_or_assign("ephemeral", true);
  list(t, "depends", c.depends);
  list(t, "command", c.command);
  list(t, "environment", c.environment);
  list(t, "devices", c.devices);
  list(t, "privileges", c.privileges);
  if (c.time_offset != 0) t.insert_or_assign("time_offset", static_cast<int64_t>(c.time_offset));
  toml::table cpu, memory, processes, io, network;
  if (c.cpu_capped > 0) cpu.insert_or_assign("capped", c.cpu_capped);
  text(cpu, "dedicated", c.cpu_dedicated);
  if (c.cpu_shares) cpu.insert_or_assign("shares", static_cast<int64_t>(*c.cpu_shares));
  text(cpu, "model", c.cpu_model);
  text(memory, "capped", c.memory_capped);
  text(memory, "swap", c.swap_capped);
  if (c.max_processes) processes.insert_or_assign("max", static_cast<int64_t>(*c.max_processes));
  if (c.io_weight) io.insert_or_assign("weight", static_cast<int64_t>(*c.io_weight));
  if (c.network != ZoneNetwork::None)
    network.insert_or_assign("type", c.network == ZoneNetwork::Shared ? "shared" : "private");
  text(network, "bridge", c.bridge);
  text(network, "address", c.address);
  text(network, "gateway", c.gateway);
  part("cpu", std::move(cpu));
  part("memory", std::move(memory));
  part("processes", std::move(processes));
  part("io", std::move(io));
  part("network", std::move(network));
  toml::array filesystems;
  for (const ZoneFilesystem& f : c.filesystems) {
    toml::table one;
    text(one, "type", f.type);
    text(one, "source", f.source);
    text(one, "target", f.target);
    if (f.read_only) one.insert_or_assign("read_only", true);
    text(one, "size", f.size);
    filesystems.push_back(std::move(one));
  }
  if (!filesystems.empty()) t.insert_or_assign("filesystem", std::move(filesystems));
  return t;
}

}  // namespace

std::optional<u64> parse_size(std::string_view text) {
  u64 n = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (error != std::errc{}) return std::nullopt;
  const std::string_view unit(end, static_cast<usize>(text.data() + text.size() - end));
  static constexpr std::string_view kUnits = "KMGT";
  unsigned shift = 0;
  if (!unit.empty() && unit != "B") {
    const usize at = kUnits.find(static_cast<char>(std::toupper(static_cast<unsigned char>(unit[0]))));
    if (at == kUnits.npos || unit.size() > 3 ||
        (unit.size() > 1 && unit.substr(1) != "B" && unit.substr(1) != "iB"))
      return std::nullopt;
    shift = 10 * static_cast<unsigned>(at + 1);
  }
  if (n > (UINT64_MAX >> 1) >> shift) return std::nullopt;
  return n << shift;
}

namespace {

// The line of a byte beyond ASCII that is neither in quotes nor in a comment; 0: there is none. toml++ 3.3 does
// not expect all of them there (found by config_fuzzer). The text is TOML, but for those.
unsigned line_of_stray_letter(std::string_view text) {
  unsigned line = 1;
  char quote = 0;  // in what
  for (usize i = 0; i < text.size(); i++) {
    const char c = text[i];
    if (c == '\n') line++;
    if (quote == '#') {
      if (c == '\n') quote = 0;
    } else if (quote != 0) {
      if (c == '\\' && quote == '"')
        i++;
      else if (c == quote || c == '\n')
        quote = 0;
    } else if (c == '#' || c == '"' || c == '\'') {
      quote = c;
    } else if (static_cast<unsigned char>(c) >= 0x80) {
      return line;
    }
  }
  return 0;
}

}  // namespace

Result<ZoneConfig> read_zone_config(std::string_view text) {
  const auto wrong = [](const toml::parse_result& result) {
    return Error{exit_status::kVeneer,
                 format("zone.toml, line %u: %s", static_cast<unsigned>(result.error().source().begin.line),
                        std::string(result.error().description()).c_str())};
  };
  // Is it TOML with other letters in place of those beyond ASCII? Then it is known which are in quotes.
  std::string plain(text);
  for (char& c : plain) {
    if (static_cast<unsigned char>(c) >= 0x80) c = 'x';
  }
  toml::parse_result parsed = toml::parse(plain);
  if (!parsed) return wrong(parsed);
  if (const unsigned line = line_of_stray_letter(text))
    return Error{exit_status::kVeneer,
                 format("zone.toml, line %u: letters beyond ASCII belong into quotes", line)};
  if (plain != text) parsed = toml::parse(text);
  if (!parsed) return wrong(parsed);
  ZoneConfig config;
  Failure error;
  {
    Reader reader(parsed.table(), "", error);
    read_all(reader, config);
  }
  if (error) return std::move(*error);
  if (!config.image.empty() && !config.root.empty())
    return Error{exit_status::kVeneer, "zone.toml: image and root exclude each other"};
  return config;
}

std::string write_zone_config(const ZoneConfig& config) {
  std::ostringstream out;
  out << "# A zone of veneer; docs/zones.md describes the keys, `veneer zone set` changes them too.\n"
      << to_table(config) << "\n";
  return out.str();
}

std::map<std::string, std::string> zone_config_keys(const ZoneConfig& config) {
  std::map<std::string, std::string> out;
  const auto put = [&](const std::string& key, const toml::node& node) {
    std::ostringstream text;
    node.visit([&](const auto& n) { text << n; });
    std::string value = text.str();
    std::replace(value.begin(), value.end(), '\n', ' ');
    out.emplace(key, std::move(value));
  };
  for (const auto& [key, node] : to_table(config)) {
    const std::string name(key.str());
    if (const toml::table* table = node.as_table()) {
      for (const auto& [inner, value] : *table) put(name + "." + std::string(inner.str()), value);
    } else if (name != "filesystem") {
      put(name, node);
    }
  }
  return out;
}

namespace {

// The table of `dotted`, made if need be; its last part is left in `name`. Null: a part of it is no table.
toml::table* table_of(toml::table& top, const std::string& dotted, std::string& name) {
  toml::table* at = &top;
  name = dotted;
  for (usize dot = name.find('.'); dot != name.npos; dot = name.find('.')) {
    const std::string part = name.substr(0, dot);
    name.erase(0, dot + 1);
    if (!at->contains(part)) at->insert(part, toml::table{});
    at = at->get(part)->as_table();
    if (!at) return nullptr;
  }
  return at;
}

// `plain`: the value is a string, not what TOML makes of it.
Result<ZoneConfig> with_key(const ZoneConfig& config, const std::string& key, const std::string& value,
                            bool plain) {
  toml::table table = to_table(config);
  std::string name;
  toml::table* at = table_of(table, key, name);
  if (!at) return bad(key, "a key of a table");
  toml::parse_result as_toml = toml::parse("v = " + value);
  if (value.empty()) {
    at->erase(name);
  } else if (!plain && as_toml && as_toml.table().contains("v")) {
    as_toml.table().get("v")->visit([&](const auto& node) { at->insert_or_assign(name, node); });
  } else {
    at->insert_or_assign(name, value);
  }
  std::ostringstream text;
  text << table;
  return read_zone_config(text.str());
}

}  // namespace

Failure set_zone_key(ZoneConfig& config, const std::string& key, const std::string& value) {
  Result<ZoneConfig> read = with_key(config, key, value, false);
  if (!read) {
    // "0" may be meant as text, as a list of CPUs is.
    if (Result<ZoneConfig> text = with_key(config, key, value, true)) {
      config = std::move(*text);
      return std::nullopt;
    }
    return read.error();
  }
  config = std::move(*read);
  return std::nullopt;
}

}  // namespace veneer::zone
