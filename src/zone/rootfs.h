// A container's root file system: attached, entered, and what is changed in it besides the mounts.
#pragma once

#include <string>

#include "base/errors.h"
#include "base/files.h"
#include "zone/spec.h"

namespace veneer::zone {

// Cuts the calling thread's new mount namespace off from the host's, as rootfsPropagation asks.
Failure detach_from_host(const std::string& propagation);

// Attaches the tree over "/" of the calling thread's mount namespace, and gives a descriptor of it. `tree`:
// detached.
Failure attach_root(int tree);
// Makes the attached tree the root directory; by chroot(2) only, when `no_pivot`.
Failure enter_root(int tree, bool no_pivot);
// What comes last: the root's own propagation and whether it is read-only.
Failure finish_root(const Spec& spec);

// The devices that every container has, and linux.devices; `bind`: where nodes cannot be made, the host's are
// bound.
Failure make_devices(int root, const Spec& spec, bool bind);

// maskedPaths and readonlyPaths.
Failure protect_paths(int root, const Spec& spec);

}  // namespace veneer::zone
