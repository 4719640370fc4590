// The options of a mount, as mount(8) and the OCI runtime specification name them ("Linux mount options").
#pragma once

#include <string>
#include <vector>

#include "base/errors.h"
#include "base/types.h"

namespace veneer::zone {

enum class IdMap { None, Mount, Tree };

struct MountOptions {
  u64 set = 0, clear = 0;            // MOUNT_ATTR_*, of this mount
  u64 tree_set = 0, tree_clear = 0;  // of all beneath it too: rro, rnosuid, ...
  u64 propagation = 0;               // MS_PRIVATE and the like; 0: as it comes
  bool propagate_tree = false;       // rprivate and the like
  bool bind = false, recursive = false;
  bool remount = false;
  bool copy_up = false;  // tmpcopyup: what the image has there is copied to the new tmpfs
  IdMap id_map = IdMap::None;
  std::vector<std::string> data;  // the file system's own, and flags of the superblock
};

Result<MountOptions> parse_mount_options(const std::vector<std::string>& options);

// MS_* of a propagation's name, MS_REC included for "rprivate" and the like; 0 for what is none.
u64 propagation_flags(const std::string& name);

// Names of all options that are not data, for `features`.
std::vector<std::string> mount_option_names();

}  // namespace veneer::zone
