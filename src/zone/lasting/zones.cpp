#include "zone/lasting/zones.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <memory>
#include <nlohmann/json.hpp>

#include "image/architecture.h"
#include "zone/lasting/visible.h"
#include "zone/oci/json_fields.h"

namespace veneer::zone {
namespace {

using Json = nlohmann::ordered_json;

std::string runtime_root() {
  std::string root = oci::StateStore::default_root();
  return root.substr(0, root.rfind('/')) + "/zones";
}

void read_installed(const std::string& path, Zone& zone) {
  std::optional<std::string> text = read_file(path.c_str());
  if (!text) return;
  const nlohmann::json document = nlohmann::json::parse(*text, nullptr, false);
  std::optional<Error> error;
  oci::JsonFields f(document, "", error);
  f.require("layers", zone.layers);
  f.read("images", zone.images);
  f.read("architecture", zone.architecture);
  f.read("command", zone.command);
  f.read("environment", zone.environment);
  f.read("workingDirectory", zone.working_directory);
  zone.state = error ? ZoneState::Incomplete : ZoneState::Installed;
}

}  // namespace

const char* name_of(ZoneState state) {
  switch (state) {
    case ZoneState::Configured: return "configured";
    case ZoneState::Incomplete: return "incomplete";
    case ZoneState::Installed: return "installed";
    case ZoneState::Ready: return "ready";
    case ZoneState::Running: return "running";
    case ZoneState::Down: return "down";
  }
  return "configured";
}

Failure check_zone_name(const std::string& name) {
  const bool fine = !name.empty() && name.size() <= 63 && std::isalnum(static_cast<unsigned char>(name[0])) &&
                    std::all_of(name.begin(), name.end(),
                                [](unsigned char c) { return std::isalnum(c) || std::strchr("_-.", c); });
  if (fine) return std::nullopt;
  return Error{exit_status::kVeneer, "'" + name +
                                         "' is no name for a zone: letters, digits and _ - . are, up to 63 of "
                                         "them, the first a letter or digit"};
}

Zones::Zones(const std::string& root)
    : root_(root), images_(root), runtime_{oci::StateStore(runtime_root()), false, false} {}

Result<Zone> Zones::find(const std::string& name) const {
  if (Failure e = check_zone_name(name)) return std::move(*e);
  std::optional<std::string> text = read_file((directory(name) + "/zone.toml").c_str());
  if (!text)
    return Error{exit_status::kNotFound,
                 "there is no zone '" + name + "'; `veneer zone list` shows those that there are"};
  Result<ZoneConfig> config = read_zone_config(*text);
  if (!config) return Error{exit_status::kVeneer, "zone '" + name + "': " + config.error().message};
  Zone zone;
  zone.name = name;
  zone.config = std::move(*config);
  read_installed(directory(name) + "/installed.json", zone);
  if (zone.state == ZoneState::Configured && ::access((directory(name) + "/installing").c_str(), F_OK) == 0)
    zone.state = ZoneState::Incomplete;
  if (Result<oci::ContainerState> s = runtime_.store.read(name)) {
    switch (runtime_.store.status(*s)) {
      case oci::Status::Created: zone.state = ZoneState::Ready; break;
      case oci::Status::Running:
      case oci::Status::Paused: zone.state = ZoneState::Running; break;
      default: zone.state = ZoneState::Down; break;
    }
  }
  return zone;
}

std::vector<Zone> Zones::list() const {
  std::vector<Zone> out;
  const std::unique_ptr<DIR, int (*)(DIR*)> dir(::opendir((root_ + "/zones").c_str()), ::closedir);
  if (!dir) return out;
  while (const dirent* entry = ::readdir(dir.get())) {
    if (entry->d_name[0] == '.') continue;
    if (Result<Zone> zone = find(entry->d_name))
      out.push_back(std::move(*zone));
    else
      report(zone.error().message);
  }
  std::sort(out.begin(), out.end(), [](const Zone& a, const Zone& b) { return a.name < b.name; });
  return out;
}

Result<Fd> Zones::lock(const std::string& name) const {
  Fd fd(::open(directory(name).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd)
    return Error{exit_status::kNotFound,
                 "there is no zone '" + name + "'; `veneer zone list` shows those that there are"};
  while (::flock(fd.get(), LOCK_EX) != 0) {
    if (errno != EINTR) return failed(errno, "lock '%s'", directory(name).c_str());
  }
  return fd;
}

Result<Zone> Zones::in_state(const std::string& name, const char* verb,
                             std::initializer_list<ZoneState> states) const {
  Result<Zone> zone = find(name);
  if (!zone) return zone;
  if (std::find(states.begin(), states.end(), zone->state) != states.end()) return zone;
  std::string wanted;
  for (ZoneState s : states) wanted += (wanted.empty() ? "" : " or ") + std::string(name_of(s));
  return Error{exit_status::kVeneer, format("cannot %s zone '%s': it is %s, not %s", verb, name.c_str(),
                                            name_of(zone->state), wanted.c_str())};
}

void Zones::note(const std::string& name, const std::string& text) const {
  const Fd fd(::open((directory(name) + "/log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  const std::time_t t = std::time(nullptr);
  tm parts{};
  ::gmtime_r(&t, &parts);
  char when[32];
  std::strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", &parts);
  if (fd) (void)write_all(fd.get(), format("%s %s\n", when, text.c_str()));
}

Failure Zones::write_config(const Zone& zone) const {
  const std::string path = directory(zone.name) + "/zone.toml";
  const std::optional<std::string> old = read_file(path.c_str());
  const std::string text = old ? edit_zone_config(*old, zone.config) : write_zone_config(zone.config);
  if (!replace_file(path, text, 0644)) return failed(errno, "write '%s'", path.c_str());
  return std::nullopt;
}

Failure Zones::write_installed(const Zone& z) const {
  const Json j = {
      {"layers", z.layers},   {"images", z.images},           {"architecture", z.architecture},
      {"command", z.command}, {"environment", z.environment}, {"workingDirectory", z.working_directory}};
  const std::string path = directory(z.name) + "/installed.json";
  if (!replace_file(path, j.dump(1), 0644)) return failed(errno, "write '%s'", path.c_str());
  return std::nullopt;
}

Failure Zones::create(const std::string& name, const ZoneConfig& config) const {
  if (Failure e = check_zone_name(name)) return e;
  if (Failure e = image::make_directories(root_ + "/zones")) return e;
  // Only we: it holds what the zone's own root may write.
  if (::mkdir(directory(name).c_str(), 0711) != 0) {
    if (errno == EEXIST) return Error{exit_status::kVeneer, "zone '" + name + "' exists already"};
    return failed(errno, "make '%s'", directory(name).c_str());
  }
  Zone zone;
  zone.name = name;
  zone.config = config;
  if (Failure e = write_config(zone)) return e;
  note(name, "created");
  return std::nullopt;
}

Result<std::string> Zones::set(const std::string& name, const std::vector<std::string>& assignments) const {
  Result<Fd> held = lock(name);
  if (!held) return held.error();
  Result<Zone> zone = find(name);
  if (!zone) return zone.error();
  std::string now, later;
  for (const std::string& assignment : assignments) {
    const usize equals = assignment.find('=');
    if (equals == assignment.npos || equals == 0)
      return Error{exit_status::kVeneer, "'" + assignment + "' must be KEY=VALUE"};
    const std::string key = assignment.substr(0, equals);
    if (Failure e = set_zone_key(zone->config, key, assignment.substr(equals + 1))) return std::move(*e);
    const bool live = (key.starts_with("cpu.") && key != "cpu.model") || key.starts_with("memory.") ||
                      key.starts_with("processes.") || key.starts_with("io.") || key == "autoboot" ||
                      key == "depends";
    (live ? now : later) += " " + key;
  }
  const bool up = zone->state == ZoneState::Running || zone->state == ZoneState::Ready;
  if (up) {
    if (Failure e = write_visible(zone->config, directory(name),
                                  architecture_of(zone->architecture) == Architecture::Native))
      return std::move(*e);
    if (Failure e = oci::update(runtime_, name, zone_resources(zone->config))) return std::move(*e);
  }
  if (Failure e = write_config(*zone)) return std::move(*e);
  note(name, "set" + now + later);
  std::string out;
  if (up && !now.empty()) out += "applied now:" + now + "\n";
  if (up && !later.empty()) out += "applied at the next boot:" + later + "\n";
  return out;
}

Failure Zones::install(const std::string& name) const {
  Result<Fd> held = lock(name);
  if (!held) return held.error();
  Result<Zone> zone = in_state(name, "install", {ZoneState::Configured, ZoneState::Incomplete});
  if (!zone) return zone.error();
  const std::string path = directory(name), marker = path + "/installing";
  const Fd mark(::open(marker.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  if (!zone->config.image.empty()) {
    Result<image::Image> image = images_.find(zone->config.image);
    if (!image) return image.error();
    for (const std::string& id : image->layers) zone->layers.push_back(images_.layer_path(id));
    zone->images = image->layers;
    zone->architecture = image->architecture;
    Result<ImageConfig> config = read_image_config(image->config);
    if (!config) return config.error();
    zone->command = std::move(config->entrypoint);
    zone->command.insert(zone->command.end(), config->command.begin(), config->command.end());
    zone->environment = std::move(config->environment);
    zone->working_directory = std::move(config->working_directory);
  } else if (!zone->config.root.empty()) {
    const Fd root(::open(zone->config.root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!root) return failed(errno, "open the root '%s'", zone->config.root.c_str());
    zone->layers = {zone->config.root};
    zone->architecture = oci_name(architecture_of_root(root.get()).value_or(Architecture::Native));
  } else {
    return Error{
        exit_status::kVeneer,
        "zone '" + name + "' has neither an image nor a root: `veneer zone set " + name + " image=NAME`"};
  }
  // Fails now and not at boot, where the instruction set is not known.
  if (Result<Brand> brand = make_brand(architecture_of(zone->architecture)); !brand) return brand.error();
  for (const char* sub : {"/upper", "/work", "/root"}) {
    if (::mkdir((path + sub).c_str(), 0755) != 0 && errno != EEXIST)
      return failed(errno, "make '%s%s'", path.c_str(), sub);
  }
  if (Failure e = write_installed(*zone)) return e;
  ::unlink(marker.c_str());
  note(name, "installed");
  return std::nullopt;
}

Failure Zones::uninstall(const std::string& name) const {
  Result<Fd> held = lock(name);
  if (!held) return held.error();
  Result<Zone> zone =
      in_state(name, "uninstall", {ZoneState::Installed, ZoneState::Incomplete, ZoneState::Down});
  if (!zone) return zone.error();
  (void)oci::remove(runtime_, name, true);
  ::unlink((directory(name) + "/installed.json").c_str());
  for (const char* sub : {"/upper", "/work", "/root"}) image::remove_tree(directory(name) + sub);
  ::unlink((directory(name) + "/installing").c_str());
  note(name, "uninstalled");
  return std::nullopt;
}

Failure Zones::remove(const std::string& name) const {
  Result<Fd> held = lock(name);
  if (!held) return held.error();
  Result<Zone> zone = in_state(name, "delete", {ZoneState::Configured, ZoneState::Incomplete});
  if (!zone)
    return Error{
        zone.error().status,
        zone.error().message + (zone.error().status == exit_status::kNotFound ? "" : " (uninstall it first)")};
  image::remove_tree(directory(name));
  return std::nullopt;
}

Failure Zones::clone(const std::string& from, const std::string& to) const {
  Result<Fd> held = lock(from);
  if (!held) return held.error();
  Result<Zone> source = in_state(from, "clone", {ZoneState::Installed, ZoneState::Down});
  if (!source) return source.error();
  (void)oci::remove(runtime_, from, true);
  if (Failure e = create(to, source->config)) return e;
  // What the source has written becomes a layer of both; each goes on above it. Nothing is copied.
  const std::string upper = directory(from) + "/upper";
  const std::unique_ptr<DIR, int (*)(DIR*)> dir(::opendir(upper.c_str()), ::closedir);
  bool written = false;
  while (const dirent* entry = dir ? ::readdir(dir.get()) : nullptr)
    written = written || entry->d_name[0] != '.' || (entry->d_name[1] != '.' && entry->d_name[1] != '\0');
  if (written) {
    if (Failure e = image::make_directories(root_ + "/snapshots")) return e;
    std::string snapshot = root_ + "/snapshots/XXXXXX";
    if (!::mkdtemp(snapshot.data()) || ::rename(upper.c_str(), snapshot.c_str()) != 0)
      return failed(errno, "keep what zone '%s' has written", from.c_str());
    if (::mkdir(upper.c_str(), 0755) != 0) return failed(errno, "make '%s'", upper.c_str());
    source->layers.push_back(snapshot);
    if (Failure e = write_installed(*source)) return e;
  }
  Zone copy = *source;
  copy.name = to;
  for (const char* sub : {"/upper", "/work", "/root"}) {
    if (::mkdir((directory(to) + sub).c_str(), 0755) != 0)
      return failed(errno, "make '%s%s'", directory(to).c_str(), sub);
  }
  copy.config.hostname.clear();
  if (Failure e = write_config(copy)) return e;
  if (Failure e = write_installed(copy)) return e;
  note(to, "cloned from " + from);
  return std::nullopt;
}

Failure Zones::detach(const std::string& name) const {
  Result<Fd> held = lock(name);
  if (!held) return held.error();
  Result<Zone> zone = in_state(name, "detach", {ZoneState::Installed, ZoneState::Down});
  if (!zone) return zone.error();
  (void)oci::remove(runtime_, name, true);
  if (::rename((directory(name) + "/installed.json").c_str(), (directory(name) + "/detached.json").c_str()) !=
      0)
    return failed(errno, "detach zone '%s'", name.c_str());
  note(name, "detached");
  return std::nullopt;
}

Failure Zones::attach(const std::string& name) const {
  Result<Fd> held = lock(name);
  if (!held) return held.error();
  Result<Zone> zone = in_state(name, "attach", {ZoneState::Configured});
  if (!zone) return zone.error();
  Zone detached = *zone;
  read_installed(directory(name) + "/detached.json", detached);
  if (detached.state != ZoneState::Installed)
    return Error{exit_status::kVeneer,
                 "zone '" + name + "' was not detached here: `veneer zone install` installs it"};
  for (const std::string& layer : detached.layers) {
    if (::access(layer.c_str(), F_OK) != 0)
      return Error{exit_status::kVeneer, "zone '" + name + "' needs '" + layer + "', which is gone"};
  }
  if (::rename((directory(name) + "/detached.json").c_str(), (directory(name) + "/installed.json").c_str()) !=
      0)
    return failed(errno, "attach zone '%s'", name.c_str());
  note(name, "attached");
  return std::nullopt;
}

Failure Zones::rename(const std::string& name, const std::string& to) const {
  if (Failure e = check_zone_name(to)) return e;
  Result<Fd> held = lock(name);
  if (!held) return held.error();
  Result<Zone> zone = in_state(
      name, "move", {ZoneState::Configured, ZoneState::Incomplete, ZoneState::Installed, ZoneState::Down});
  if (!zone) return zone.error();
  (void)oci::remove(runtime_, name, true);
  if (::access(directory(to).c_str(), F_OK) == 0)
    return Error{exit_status::kVeneer, "zone '" + to + "' exists already"};
  if (::rename(directory(name).c_str(), directory(to).c_str()) != 0)
    return failed(errno, "move zone '%s' to '%s'", name.c_str(), to.c_str());
  note(to, "moved from " + name);
  return std::nullopt;
}

Result<std::string> Zones::info(const std::string& name, bool json) const {
  Result<Zone> zone = find(name);
  if (!zone) return zone.error();
  if (!json)
    return format("# %s: %s, %s\n", name.c_str(), name_of(zone->state),
                  zone->architecture.empty() ? "not installed" : zone->architecture.c_str()) +
           write_zone_config(zone->config);
  return Json{{"name", name},
              {"state", name_of(zone->state)},
              {"architecture", zone->architecture},
              {"layers", zone->layers},
              {"config", write_zone_config(zone->config)}}
             .dump(2) +
         "\n";
}

Result<std::string> Zones::log(const std::string& name) const {
  Result<Zone> zone = find(name);
  if (!zone) return zone.error();
  return read_file((directory(name) + "/log").c_str()).value_or("");
}

std::vector<std::string> Zones::used_layers() const {
  std::vector<std::string> out;
  for (const Zone& zone : list()) out.insert(out.end(), zone.images.begin(), zone.images.end());
  return out;
}

}  // namespace veneer::zone
