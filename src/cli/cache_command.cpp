// veneer cache
#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <functional>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

#include "base/translations.h"
#include "cli/image_maker.h"
#include "cli/platform.h"
#include "cli/verb_options.h"
#include "image/rooted_path.h"
#include "program/guest_maps.h"

namespace veneer::cli {
namespace {

using Args = std::vector<std::string>;

constexpr std::string_view kHelp = R"help(Translations on disk: programs that have run before start sooner.

Usage: veneer cache VERB ...

Verbs:
  build FILE...    translate programs, their interpreters and libraries now; --root ROOT: of a root tree
  list             show what has been translated; --json
  clear            remove it all
  path             show where it is

`veneer run` has translated in the background what it could not find here when a program ends, as does
`veneer oci` for the programs that containers are made for. A container's processes can read translations but not
change them. All is made anew for another version of veneer or another processor. What is used least goes when there
is more than a gigabyte of it. VENEER_TRANSLATIONS names another directory. `veneer run --no-cache` neither uses nor makes any; programs and libraries are then at
addresses that are random each time, which here are random for each file and user.

Examples:
  veneer cache build --root /srv/arm64-root /bin/bash /usr/bin/python3
  veneer cache list
)help";

constexpr u64 kMostBytes = u64{1} << 30;

struct Cached {
  std::string name;  // beneath the directory
  u64 bytes;
  time_t used;  // last
};

using Directory = std::unique_ptr<DIR, int (*)(DIR*)>;

Directory open_directory(int at, const char* name) {
  const int fd = ::openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
  DIR* opened = fd >= 0 ? ::fdopendir(fd) : nullptr;
  if (fd >= 0 && !opened) ::close(fd);
  return {opened, ::closedir};
}

// f(directory's descriptor, name) for each entry that is not hidden.
void each_entry(int at, const char* name, const std::function<void(int, const std::string&)>& f) {
  const Directory directory = open_directory(at, name);
  while (const dirent* e = directory ? ::readdir(directory.get()) : nullptr)
    if (e->d_name[0] != '.') f(::dirfd(directory.get()), e->d_name);
}

std::vector<Cached> all_cached(const std::string& path) {
  std::vector<Cached> out;
  each_entry(AT_FDCWD, path.c_str(), [&](int top, const std::string& version) {
    each_entry(top, version.c_str(), [&](int directory, const std::string& name) {
      struct stat info{};
      if (::fstatat(directory, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(info.st_mode))
        out.push_back({version + "/" + name, static_cast<u64>(info.st_blocks) * 512,
                       std::max(info.st_atime, info.st_mtime)});
    });
  });
  return out;
}

// The least recently used go, until the rest is small enough.
void collect_garbage(const std::string& path) {
  std::vector<Cached> all = all_cached(path);
  u64 total = 0;
  for (const Cached& c : all) total += c.bytes;
  const u64 all_bytes = total;
  std::sort(all.begin(), all.end(), [](const Cached& a, const Cached& b) { return a.used < b.used; });
  for (const Cached& c : all) {
    if (total <= kMostBytes) break;
    // What veneer-oci believes to be there.
    if (total == all_bytes)
      each_entry(AT_FDCWD, (path + "/programs").c_str(),
                 [](int directory, const std::string& name) { ::unlinkat(directory, name.c_str(), 0); });
    if (::unlink((path + "/" + c.name).c_str()) == 0) total -= c.bytes;
    ::rmdir((path + "/" + c.name.substr(0, c.name.find('/'))).c_str());
  }
}

// Of one at a time, what is started by programs that end: they may be many.
Fd take_turn(const std::string& path) {
  Fd lock(::open((path + "/lock").c_str(), O_RDONLY | O_CREAT | O_CLOEXEC, 0644));
  if (lock && ::flock(lock.get(), LOCK_EX) != 0) lock.reset();
  return lock;
}

struct Work {
  CodeFile file;
  Blocks which;
};

struct BuildOptions {
  std::vector<std::string> files, mapped, cpus;
  std::vector<GuestPlatform> platforms;
  std::vector<std::string> roots;
  std::string record;
  bool background = false, quiet = false;
  TranslatorOptions translator;
};

// "OFFSET:START:PATH", numbers in hexadecimal.
std::optional<MappedCode> parse_mapped(std::string_view text) {
  MappedCode code;
  for (u64* number : {&code.offset, &code.start}) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *number, 16);
    const usize used = static_cast<usize>(end - text.data());
    if (error != std::errc{} || used >= text.size() || text[used] != ':') return std::nullopt;
    text.remove_prefix(used + 1);
  }
  code.path = text;
  return code;
}

Result<CodeFile> read_mapped(const MappedCode& code) {
  const Fd fd(::open(code.path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd) return Error{exit_status::kNotFound, errno_text(errno)};
  Result<CodeFile> file = read_code_file(fd.get(), code.path);
  if (file) {
    file->offset = code.offset;
    file->start = code.start;
  }
  return file;
}

// What veneer-oci looks at, so as not to ask for the same again (zone/translations.cpp): by which veneer, of
// which files.
void write_record(const std::string& directory, const std::string& record, const std::vector<Work>& all) {
  const Fd own(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
  const std::optional<u64> digest = file_digest(own.get());
  if (!digest) return;
  std::string text = format("%llx veneer\n", static_cast<unsigned long long>(*digest));
  for (const auto& [file, which] : all)
    if (file.path.find('\n') == std::string::npos)
      text += format("%llx %s\n", static_cast<unsigned long long>(file.digest), file.path.c_str());
  ::mkdir((directory + "/programs").c_str(), 0755);
  (void)replace_file(directory + "/" + record, text, 0644);
}

std::string size_text(u64 bytes) {
  constexpr u64 kMiB = u64{1} << 20;
  return bytes < kMiB ? format("%llu KiB", static_cast<unsigned long long>((bytes + 1023) >> 10))
                      : format("%.1f MiB", static_cast<double>(bytes) / kMiB);
}

int tell(const BuildOptions& o, const std::string& path, const Result<MadeImage>& made) {
  if (!made) {
    if (!o.background) report("cannot translate '" + path + "': " + Result(made).error().message);
    return exit_status::kCannotRun;
  }
  if (o.background || o.quiet) return 0;
  if (made->was_there) return print(path + ": there already\n");
  return print(format("%s: %zu blocks, %s%s\n", path.c_str(), made->summary.units,
                      size_text(made->summary.bytes).c_str(),
                      made->summary.whole ? "" : "; the rest is translated as it runs"));
}

// All that is to be translated. It is read before anything is made: the files may be a container's, which is
// not to be kept from going.
int read_all(const BuildOptions& o, const TranslationCache& cache, std::span<const Fd> roots,
             std::vector<Work>& out) {
  int status = 0;
  for (const std::string& text : o.mapped) {
    const std::optional<MappedCode> code = parse_mapped(text);
    Result<CodeFile> file =
        code ? read_mapped(*code) : Result<CodeFile>(Error{exit_status::kVeneer, "bad --mapped"});
    if (file) {
      out.push_back({std::move(*file), Blocks::Wanted});
    } else {
      status = tell(o, text, file.error());
    }
  }
  for (const std::string& path : o.files) {
    Result<std::vector<CodeFile>> all = code_of_program(cache, roots, path);
    if (all) {
      for (CodeFile& file : *all) out.push_back({std::move(file), Blocks::Found});
    } else {
      status = tell(o, path, all.error());
    }
  }
  return status;
}

Result<int> build(const BuildOptions& o) {
  const std::string path = translations_directory();
  if (path.empty())
    return Error{exit_status::kVeneer, "cannot tell where translations are to be: HOME is not set"};
  const TranslationCache cache(-1, o.translator);
  if (!cache.enabled())
    return Error{exit_status::kVeneer,
                 "cannot use '" + path + "': it must be a directory that nobody else can write to"};
  ::umask(022);
  std::vector<Work> files;
  int status = 0;
  {
    std::vector<Fd> roots;
    for (const std::string& root : o.roots) {
      roots.emplace_back(::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
      if (!roots.back()) return failed(errno, "use root directory '%s'", root.c_str());
    }
    status = read_all(o, cache, roots, files);
  }
  if (o.background) ::setpriority(PRIO_PROCESS, 0, 19);
  const Fd turn = o.background ? take_turn(path) : Fd();
  for (const auto& [file, which] : files)
    if (const int s = tell(o, file.path, make_image(cache, o.translator, o.platforms, file, which)); s != 0)
      status = s;
  if (!o.record.empty() && !files.empty()) write_record(path, o.record, files);
  collect_garbage(path);
  return status;
}

Result<int> build_verb(Args args) {
  Verb verb("veneer cache build", "Translates programs, their interpreters and libraries.");
  BuildOptions o;
  verb->add_option("--root", o.roots,
                   "the root tree that the files are in; of several, the last that has a file")
      ->allow_extra_args(false);
  verb->add_option("--cpu", o.cpus, "as of `veneer run`: the processor that is translated for")
      ->allow_extra_args(false);
  verb->add_option("--disable", o.translator.disable_features, "host CPU features to leave unused");
  verb->add_flag("-q,--quiet", o.quiet, "say nothing of what was done");
  verb->add_flag("--background", o.background)->group("");
  verb->add_option("--record", o.record)->group("");
  verb->add_option("--mapped", o.mapped)->allow_extra_args(false)->group("");
  verb->add_option("file", o.files, "programs, by absolute paths");
  if (auto end = verb.parse(std::move(args))) return *end;
  if (o.files.empty() && o.mapped.empty())
    return Error{exit_status::kVeneer, "no program given; see `veneer cache build --help`"};
  Result<std::vector<GuestPlatform>> platforms = guest_platforms(o.cpus);
  if (!platforms) return platforms.error();
  o.platforms = std::move(*platforms);
  for (std::string& file : o.files) {
    if (!o.roots.empty() || file.starts_with('/')) continue;
    const std::unique_ptr<char, void (*)(void*)> real(::realpath(file.c_str(), nullptr), std::free);
    if (!real) return failed(errno, "open '%s'", file.c_str());
    file = real.get();
  }
  if (o.roots.empty()) o.roots.emplace_back("/");
  return build(o);
}

Result<int> list_verb(Args args) {
  Verb verb("veneer cache list", "Shows what has been translated.");
  bool json = false;
  verb->add_flag("--json", json, "as JSON");
  if (auto end = verb.parse(std::move(args))) return *end;
  nlohmann::json out = nlohmann::json::array();
  std::string text;
  u64 total = 0;
  for (const Cached& c : all_cached(translations_directory())) {
    if (!c.name.ends_with(".image")) continue;
    total += c.bytes;
    out.push_back({{"name", c.name}, {"bytes", c.bytes}, {"used", c.used}});
    text += format("%8s  %s\n", size_text(c.bytes).c_str(), c.name.c_str());
  }
  text += format("%8s in %zu files\n", size_text(total).c_str(), out.size());
  return print(json ? out.dump(2) + "\n" : text);
}

Result<int> clear_verb(Args args) {
  Verb verb("veneer cache clear", "Removes all translations.");
  if (auto end = verb.parse(std::move(args))) return *end;
  const std::string path = translations_directory();
  for (const Cached& c : all_cached(path)) ::unlink((path + "/" + c.name).c_str());
  each_entry(AT_FDCWD, path.c_str(),
             [](int top, const std::string& name) { ::unlinkat(top, name.c_str(), AT_REMOVEDIR); });
  return 0;
}

Result<int> path_verb(Args args) {
  Verb verb("veneer cache path", "Shows where translations are.");
  if (auto end = verb.parse(std::move(args))) return *end;
  return print(translations_directory() + "\n");
}

}  // namespace

int cache_command(int argc, char** argv) {
  const std::string_view name = argc > 0 ? argv[0] : "--help";
  if (name == "--help" || name == "-h" || name == "help") return print(kHelp);
  Args args;
  for (int i = 1; i < argc; ++i) args.emplace_back(argv[i]);
  constexpr std::pair<std::string_view, Result<int> (*)(Args)> kVerbs[] = {
      {"build", build_verb}, {"list", list_verb}, {"clear", clear_verb}, {"path", path_verb}};
  for (const auto& [verb, run] : kVerbs) {
    if (verb != name) continue;
    Result<int> status = run(std::move(args));
    if (status) return *status;
    report(status.error().message);
    return status.error().status;
  }
  report("unknown verb '" + std::string(name) + "' of `veneer cache`; see `veneer cache --help`");
  return exit_status::kVeneer;
}

}  // namespace veneer::cli
