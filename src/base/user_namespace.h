// Which user namespace this process is in: user_namespaces(7).
#pragma once

namespace veneer {

// The host's first one? Guessed from /proc/self/uid_map, which maps everything there.
bool in_initial_user_namespace();

}  // namespace veneer
