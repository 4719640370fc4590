// What a zone sees of the machine in /proc and /sys, made to match its limits: files that are bound over the
// host's. Those that change all the time are served by visible_server.h; where that cannot be, they say what
// was so at boot.
#pragma once

#include <string>

#include "base/errors.h"
#include "zone/lasting/visible_text.h"
#include "zone/lasting/zone_config.h"

namespace veneer::zone {

// Of a file such as /sys/devices/system/cpu/online; {0} when it is none.
CpuList read_cpu_list(const std::string& path);

// Writes proc-cpuinfo, proc-meminfo, proc-stat, proc-loadavg, cpu-online and hostid to the zone's directory, in
// place where they are already: a running zone sees the change.
Failure write_visible(const ZoneConfig& config, const std::string& directory, bool native);

}  // namespace veneer::zone
