// /proc/self/maps and smaps with the guest's mappings only, and the guest's protections.
#pragma once

#include <string>

#include "program/process.h"

namespace veneer {

// `host_file`: the host's file of the same kind, which supplies devices, inodes and names.
std::string guest_maps_text(const Process& process, const char* host_file);

}  // namespace veneer
