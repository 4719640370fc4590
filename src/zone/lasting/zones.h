// Zones as lasting objects, with the states and verbs of zoneadm(8): configured, installed, ready, running.
//
//   zones/NAME/zone.toml       ZoneConfig
//   zones/NAME/installed.json  what its root is made of, once it is installed
//   zones/NAME/upper, work     what it has written
//   zones/NAME/log             what was done to it, and what its first process printed
//   snapshots/ID               what a zone had written when it was cloned; shared, never written to again
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/errors.h"
#include "image/store.h"
#include "zone/lasting/image_config.h"
#include "zone/lasting/zone_config.h"
#include "zone/oci/runtime.h"

namespace veneer::zone {

enum class ZoneState { Configured, Incomplete, Installed, Ready, Running, Down };
const char* name_of(ZoneState state);

struct Zone {
  std::string name;
  ZoneConfig config;
  ZoneState state = ZoneState::Configured;
  // installed.json
  std::vector<std::string> layers;  // directories, the lowest first
  std::vector<std::string> images;  // diff ids of those that are an image's
  std::string architecture;
  std::vector<std::string> command, environment;  // the image's own
  std::string working_directory;
};

class Zones {
 public:
  // `root`: of images and zones.
  explicit Zones(const std::string& root);

  Result<Zone> find(const std::string& name) const;
  std::vector<Zone> list() const;
  std::string directory(const std::string& name) const { return root_ + "/zones/" + name; }

  Failure create(const std::string& name, const ZoneConfig& config) const;
  // Changes keys; the result says what took effect at once and what does at the next boot.
  Result<std::string> set(const std::string& name, const std::vector<std::string>& assignments) const;
  Failure install(const std::string& name) const;
  Failure ready(const std::string& name) const;
  Failure boot(const std::string& name) const;  // those it depends on first
  Failure halt(const std::string& name) const;
  Failure shutdown(const std::string& name, unsigned seconds) const;
  Result<int> exec(const std::string& name, const std::vector<std::string>& args, bool terminal,
                   const std::string& user) const;
  Failure clone(const std::string& from, const std::string& to) const;
  Failure detach(const std::string& name) const;
  Failure attach(const std::string& name) const;
  Failure rename(const std::string& name, const std::string& to) const;
  Failure uninstall(const std::string& name) const;
  Failure remove(const std::string& name) const;  // delete
  Failure autoboot() const;                       // all that want it
  Result<std::string> top(bool json) const;
  Result<std::string> info(const std::string& name, bool json) const;
  Result<std::string> log(const std::string& name) const;
  // Diff ids that zones need.
  std::vector<std::string> used_layers() const;

  const image::ImageStore& images() const { return images_; }
  const oci::Runtime& runtime() const { return runtime_; }

 private:
  Result<Fd> lock(const std::string& name) const;
  Result<Zone> in_state(const std::string& name, const char* verb,
                        std::initializer_list<ZoneState> states) const;
  Failure write_installed(const Zone& zone) const;
  Failure write_config(const Zone& zone) const;
  void note(const std::string& name, const std::string& text) const;
  Failure make_ready(const Zone& zone) const;
  Failure boot_with(const std::string& name, std::vector<std::string>& path) const;

  std::string root_;
  image::ImageStore images_;
  oci::Runtime runtime_;
};

Failure check_zone_name(const std::string& name);

// The config.json of a zone. `user`: of its first process.
std::string zone_bundle(const Zone& zone, const std::string& directory, const UserIds& user = {},
                        bool terminal = false);
Resources zone_resources(const ZoneConfig& config);

}  // namespace veneer::zone
