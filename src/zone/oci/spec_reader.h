// config.json to Spec. The text is hostile: any shape of it is either a Spec or an error that names the field.
#pragma once

#include <string_view>

#include "base/errors.h"
#include "zone/spec.h"

namespace veneer::zone::oci {

// A whole configuration.
Result<Spec> read_spec(std::string_view json);
// A process alone, as `exec --process` takes it.
Result<Process> read_process(std::string_view json);
// linux.resources alone, as `update --resources` takes it.
Result<Resources> read_resources(std::string_view json);

}  // namespace veneer::zone::oci
