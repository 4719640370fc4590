// linux.resources as what is written to which file of which controller.
#pragma once

#include <string>
#include <vector>

#include "base/errors.h"
#include "zone/cgroups/layout.h"
#include "zone/spec.h"

namespace veneer::zone {

struct Knob {
  std::string controller;
  std::string file;
  std::string value;
  bool optional = false;  // a file that is not there is no error
};

// Version 1's cpu.shares and blkio.weight as cpu.weight and io.weight of version 2.
u64 cpu_weight(u64 shares);
u64 io_weight(u64 blkio_weight);

std::vector<Knob> v1_knobs(const Resources& resources);
std::vector<Knob> v2_knobs(const Resources& resources);

// `devices.allow` and `devices.deny` of version 1, in order: file, line.
std::vector<std::pair<std::string, std::string>> v1_device_lines(const std::vector<DeviceRule>& rules);

// The rules, and those that every container has: its default devices, terminals, and making nodes.
std::vector<DeviceRule> with_default_rules(std::vector<DeviceRule> rules);

// Version 2: an eBPF program of type BPF_PROG_TYPE_CGROUP_DEVICE at a cgroup, in place of those that are there.
Failure attach_device_program(int cgroup, const std::vector<DeviceRule>& rules);

}  // namespace veneer::zone
