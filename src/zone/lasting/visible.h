// What a zone sees of the machine in /proc and /sys, made to match its limits: files that are bound over the
// host's.
#pragma once

#include <string>

#include "base/errors.h"
#include "zone/lasting/zone_config.h"

namespace veneer::zone {

// Writes proc-cpuinfo, proc-meminfo, proc-stat, cpu-online and hostid to the zone's directory, in place where
// they are already: a running zone sees the change.
Failure write_visible(const ZoneConfig& config, const std::string& directory, bool native);

}  // namespace veneer::zone
