// The kernel's mount API as it is: file system contexts, detached trees, attributes (fsopen(2), open_tree(2),
// move_mount(2), mount_setattr(2)). Trees are held by descriptors, so that no path is resolved twice.
#pragma once

#include <string>
#include <vector>

#include "base/errors.h"
#include "base/files.h"
#include "base/types.h"

namespace veneer::zone {

// A new file system of a type, detached. `data`: "key=value" or "flag" each. Errors carry what the kernel
// logged.
Result<Fd> new_filesystem(const std::string& type, const std::string& source,
                          const std::vector<std::string>& data);
// A detached copy of what is mounted at a path beneath `dir`, with all that is mounted under it if `recursive`.
Result<Fd> clone_tree(int dir, const std::string& path, bool recursive);
// Attaches a detached tree at an O_PATH descriptor.
Failure attach_tree(int tree, int at, const std::string& path_for_messages);
// MOUNT_ATTR_* and MS_* propagation of a tree. `userns`: for MOUNT_ATTR_IDMAP, or -1.
Failure set_attributes(int tree, u64 set, u64 clear, u64 propagation, bool recursive, int userns = -1);

}  // namespace veneer::zone
