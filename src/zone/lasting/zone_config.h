// A zone's configuration: zone.toml, which a person may edit. docs/zones.md describes every key.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/errors.h"
#include "base/types.h"

namespace veneer::zone {

struct ZoneFilesystem {
  std::string type;  // bind, tmpfs, overlay
  std::string source, target;
  bool read_only = false;
  std::string size;  // of tmpfs: "64M"
};

enum class ZoneNetwork { None, Shared, Private };

struct ZoneConfig {
  std::string image;     // by name, or
  std::string root;      // a root tree, used as it is and never written to
  std::string hostname;  // empty: the zone's name
  std::optional<u32> hostid;
  bool autoboot = false, ephemeral = false;
  std::vector<std::string> depends;
  std::vector<std::string> command;  // of the first process; empty: an init of veneer's own
  std::vector<std::string> environment;
  s64 time_offset = 0;  // seconds, of the clocks that count from boot

  double cpu_capped = 0;      // CPUs; 0: all
  std::string cpu_dedicated;  // "0-3"
  std::optional<u64> cpu_shares;
  std::string cpu_model;  // of a translated zone's processor: texts of `veneer run --cpu`, spaces between them
  std::string memory_capped;  // "512M"
  std::string swap_capped;    // beyond memory
  std::optional<u64> max_processes;
  std::optional<u64> io_weight;  // 10 to 1000

  std::vector<ZoneFilesystem> filesystems;
  std::vector<std::string> devices;
  ZoneNetwork network = ZoneNetwork::None;
  std::string bridge, address, gateway;  // private: "veneer0", "10.87.0.2/24", "10.87.0.1"
  std::vector<std::string> privileges;   // limit: names of capabilities; empty: the usual ones
};

// The error names the line or the key.
Result<ZoneConfig> read_zone_config(std::string_view toml);
std::string write_zone_config(const ZoneConfig& config);
// Its keys and their values as TOML has them: "memory.capped", "\"64M\"". File systems, which have no names,
// are left out.
std::map<std::string, std::string> zone_config_keys(const ZoneConfig& config);
// The text with what is to be different, so that it says what `config` does; comments and order stay as a
// person has written them. What cannot be edited so is written anew.
std::string edit_zone_config(const std::string& text, const ZoneConfig& config);
// `cpu.capped`, as zone set has it: the text as TOML has values, or a plain word.
Failure set_zone_key(ZoneConfig& config, const std::string& key, const std::string& value);

// "512M", "1G", "1048576"; nothing when it is no size.
std::optional<u64> parse_size(std::string_view text);

}  // namespace veneer::zone
