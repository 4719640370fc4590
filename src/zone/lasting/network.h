// Networks of zones: a veth pair on a bridge of the host's, by ip(8); without root, slirp4netns(1).
#pragma once

#include <sys/types.h>
#include <string>

#include "base/errors.h"
#include "zone/lasting/zone_config.h"

namespace veneer::zone {

Failure connect_network(const std::string& zone, const ZoneConfig& config, pid_t init);
void disconnect_network(const std::string& zone, const ZoneConfig& config);

}  // namespace veneer::zone
