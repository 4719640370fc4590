// The verbs of `veneer oci`: each takes its arguments apart and calls the one function of zone/oci/runtime.h.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/errors.h"
#include "zone/oci/runtime.h"

namespace veneer::cli {

struct OciVerb {
  std::string_view name;
  Result<int> (*run)(const zone::oci::Runtime& runtime, std::vector<std::string> args);
  bool enters = false;  // its processes enter a container, where our program can be reached by /proc/PID/exe
};

const OciVerb* find_oci_verb(std::string_view name);

}  // namespace veneer::cli
