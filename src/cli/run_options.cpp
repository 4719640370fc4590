// By hand, in one pass: a program that starts others thousands of times pays for this each time.
#include "cli/run_options.h"

#include <charconv>
#include <string_view>

namespace veneer::cli {
namespace {

Error usage(std::string message) {
  return Error{exit_status::kVeneer, std::move(message) + "; see `veneer run --help`"};
}

// Walks the arguments: an option's value is what follows `=`, or the letter, or the next argument.
class Arguments {
 public:
  Arguments(int argc, const char* const* argv) : argc_(argc), argv_(argv) {}

  bool done() const { return at_ >= argc_; }
  std::string_view peek() const { return argv_[at_]; }
  std::string_view next() { return argv_[at_++]; }

  // Is the current argument this option? Then its value is taken; `missing` when there is none.
  bool take(std::string_view letter, std::string_view name, std::string_view& value, bool& missing) {
    std::string_view a = peek();
    if (!letter.empty() && a.starts_with(letter)) {
      if (a.size() > letter.size()) {
        value = a.substr(letter.size());
        at_++;
        return true;
      }
    } else if (a.starts_with(name) && a.size() > name.size() && a[name.size()] == '=') {
      value = a.substr(name.size() + 1);
      at_++;
      return true;
    } else if (a != name) {
      return false;
    }
    at_++;
    missing = done();
    if (!missing) value = next();
    return true;
  }

 private:
  int argc_;
  const char* const* argv_;
  int at_ = 0;
};

template <typename T>
bool parse_number(std::string_view text, T& out) {
  int base = 10;
  if (text.starts_with("0x")) {
    text.remove_prefix(2);
    base = 16;
  }
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out, base);
  return error == std::errc{} && end == text.data() + text.size();
}

// "ir,host:0x400123"
bool parse_dump(std::string_view value, TranslatorOptions& options) {
  if (usize colon = value.find(':'); colon != value.npos) {
    GuestAddr address = 0;
    if (!parse_number(value.substr(colon + 1), address)) return false;
    options.dump_addr = address;
    value = value.substr(0, colon);
  }
  for (;;) {
    usize comma = value.find(',');
    std::string_view what = value.substr(0, comma);
    if (what == "ir") {
      options.dump_ir = true;
    } else if (what == "guest") {
      options.dump_guest = true;
    } else if (what == "host") {
      options.dump_host = true;
    } else {
      return false;
    }
    if (comma == value.npos) return true;
    value.remove_prefix(comma + 1);
  }
}

// What an option takes that one veneer gives another; null: the option is not such.
int* take_descriptor(Arguments& args, RunOptions& o, std::string_view& value, bool& missing) {
  if (args.take("", "--seccomp-fd", value, missing)) return &o.seccomp_fd;
  if (args.take("", "--self-fd", value, missing)) return &o.self_fd;
  if (args.take("", "--set-id-fd", value, missing)) return &o.set_id_fd;
  if (args.take("", "--cache-fd", value, missing)) return &o.cache_fd;
  if (args.take("", "--program-fd", value, missing)) return &o.program_fd;
  return nullptr;
}

}  // namespace

Result<std::optional<RunOptions>> parse_run_options(int argc, const char* const* argv) {
  RunOptions o;
  Arguments args(argc, argv);
  while (!args.done()) {
    std::string option(args.peek());
    if (!option.starts_with('-') || option == "-") break;
    if (option == "--") {
      args.next();
      break;
    }
    if (option == "-h" || option == "--help") return std::optional<RunOptions>();
    std::string_view value;
    bool missing = false;
    auto bad_value = [&](const char* expected) {
      return usage("bad value '" + std::string(value) + "' of " + option.substr(0, option.find('=')) + ": " +
                   expected);
    };
    if (option == "--trace") {
      o.translator.trace = true;
      args.next();
    } else if (option == "--zone") {
      o.zone = true;
      args.next();
    } else if (option == "--no-cache") {
      o.no_cache = true;
      args.next();
    } else if (option == "--perf") {
      o.perf = true;
      args.next();
    } else if (option == "--strace") {
      o.strace = true;
      args.next();
    } else if (args.take("-L", "--root", value, missing)) {
      if (value.empty() && !missing) return bad_value("a directory is wanted");
      o.root = value;
    } else if (args.take("-E", "--env", value, missing)) {
      usize equals = value.find('=');
      if (!missing && (equals == value.npos || equals == 0)) return bad_value("VAR=VALUE is wanted");
      if (!missing) o.set_env.emplace_back(value.substr(0, equals), value.substr(equals + 1));
    } else if (args.take("-U", "--unset-env", value, missing)) {
      if (!missing && (value.empty() || value.find('=') != value.npos))
        return bad_value("a variable's name is wanted");
      o.unset_env.emplace_back(value);
    } else if (args.take("", "--argv0", value, missing)) {
      o.argv0 = value;
    } else if (args.take("", "--tier", value, missing)) {
      if (value == "interp") {
        o.translator.tier = TranslatorOptions::Tier::Interp;
      } else if (value == "1") {
        o.translator.tier = TranslatorOptions::Tier::One;
      } else if (value == "adaptive") {
        o.translator.tier = TranslatorOptions::Tier::Adaptive;
      } else if (!missing) {
        return bad_value("`interp`, `1` or `adaptive` is wanted");
      }
    } else if (args.take("", "--dump", value, missing)) {
      if (!missing && !parse_dump(value, o.translator))
        return bad_value("`ir`, `guest` or `host`, and :ADDR, are wanted");
    } else if (option == "--json") {
      o.json = true;
      args.next();
    } else if (args.take("", "--cpu", value, missing)) {
      if (!missing && value.empty()) return bad_value("a CPU is wanted, or `help`");
      o.list_cpus |= value == "help";
      if (value != "help") o.cpus.emplace_back(value);
    } else if (args.take("", "--disable", value, missing)) {
      o.translator.disable_features = value;
    } else if (args.take("", "--exec-name", value, missing)) {
      o.exec_name = value;
    } else if (args.take("", "--network", value, missing)) {
      if (!missing && value != "none" && value != "shared") return bad_value("none or shared is wanted");
      o.network = value;
    } else if (args.take("", "--gdb", value, missing)) {
      if (!missing && value.empty()) return bad_value("a port or a socket's path is wanted");
      o.gdb = value;
    } else if (args.take("", "--traced", value, missing)) {
      o.traced = value;
    } else if (args.take("", "--vector-control", value, missing)) {
      int control = 0;
      if (!missing && (!parse_number(value, control) || control < 0)) return bad_value("a number is wanted");
      o.vector_control = static_cast<u32>(control);
    } else if (int* fd = take_descriptor(args, o, value, missing)) {
      if (!missing && (!parse_number(value, *fd) || *fd < 0)) return bad_value("a descriptor is wanted");
    } else {
      return usage("unknown option '" + option + "' of `veneer run`");
    }
    if (missing) return usage("option " + option + " of `veneer run` wants a value");
  }
  if (o.json && !o.list_cpus) return usage("--json is for --cpu=help");
  if (o.list_cpus) return std::optional<RunOptions>(std::move(o));
  if (args.done()) return usage("no program given");
  if (o.translator.dump_host && o.translator.tier == TranslatorOptions::Tier::Interp)
    return usage("--dump=host with --tier=interp: only tier 1 makes host code");
  // What is to be printed is all that would be translated.
  if ((o.translator.dump_host || o.translator.dump_guest || o.translator.dump_ir) &&
      o.translator.tier == TranslatorOptions::Tier::Adaptive)
    o.translator.tier = TranslatorOptions::Tier::One;
  o.program = args.next();
  while (!args.done()) o.args.emplace_back(args.next());
  return std::optional<RunOptions>(std::move(o));
}

}  // namespace veneer::cli
