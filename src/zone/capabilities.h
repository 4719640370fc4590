// Capabilities of a process: capabilities(7).
#pragma once

#include <optional>
#include <string_view>

#include "base/errors.h"
#include "zone/spec.h"

namespace veneer::zone {

// "CAP_NET_ADMIN", in any case, with or without CAP_; nothing when the name is not one.
std::optional<unsigned> capability_number(std::string_view name);
// The name, lower case, without CAP_... as libcap has it; for `features` and messages.
std::string capability_name(unsigned number);
unsigned last_capability();  // that this kernel knows

// Narrows the calling thread's bounding set. Needs CAP_SETPCAP.
Failure drop_bounding_set(u64 keep);
// Makes the ambient set `set`; each must be permitted and inheritable already.
Failure raise_ambient(u64 set);
// capset(2), and nothing else: the last call before exec under a seccomp filter.
Failure set_capabilities(u64 effective, u64 permitted, u64 inheritable);
u64 permitted_capabilities();

}  // namespace veneer::zone
