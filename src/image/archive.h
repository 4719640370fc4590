// Tar archives of any compression, unpacked into a directory that they cannot leave, and made from one
// (libarchive).
#pragma once

#include <string>

#include "base/errors.h"
#include "base/files.h"
#include "base/types.h"

namespace veneer::image {

enum class Whiteouts {
  Keep,     // ".wh." names are files as others are
  Trusted,  // as overlayfs has them: devices 0:0, and trusted.overlay.opaque
  User,     // the same with user.overlay.opaque, for mounts without privilege (userxattr)
};

struct UnpackOptions {
  Whiteouts whiteouts = Whiteouts::Keep;
  u64 most_bytes = u64{1} << 40;  // of contents; more is an error
  u64 most_entries = 20'000'000;
};

struct Unpacked {
  std::string digest;   // of the archive as it is
  std::string diff_id;  // of the tar archive in it
  u64 archive_bytes = 0, bytes = 0, entries = 0;
  u64 left_out = 0;  // device nodes that may not be made here
};

// `source` is read from where it is; `into` is a directory.
Result<Unpacked> unpack(int source, int into, const UnpackOptions& options);

// A deterministic tar archive of what is in the directory, written to `to` (-1: nowhere; the digest is all that
// is wanted). Whiteouts of overlayfs become ".wh." names.
Result<Unpacked> pack(int directory, int to);

// Does it look like an archive with a file of this name at its top? Its position is kept.
bool archive_holds(int source, const std::string& name);

}  // namespace veneer::image
