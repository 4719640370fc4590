// linux.resources as properties of a systemd unit: systemd.resource-control(5), org.freedesktop.systemd1(5).
// What systemd is not told it takes back the next time that it applies a unit's settings (`systemctl
// daemon-reload`).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "zone/spec.h"

namespace veneer::zone {

struct UnitProperty {
  std::string name, signature;      // of D-Bus
  std::vector<std::string> values;  // as busctl(1) wants them
};

// `v2`: the properties of the unified hierarchy. `devices`: the rules that hold in the end, none: they stay as
// they are. `proc_devices`: the text of /proc/devices.
std::vector<UnitProperty> limit_properties(const Resources& resources, bool v2);
std::vector<UnitProperty> device_properties(const std::vector<DeviceRule>& rules,
                                            std::string_view proc_devices);

}  // namespace veneer::zone
