// Paths inside a container's root, which its image controls: every component is resolved by the kernel beneath
// the root (openat2(2), RESOLVE_IN_ROOT), absolute symbolic links too, and nothing follows the links of /proc.
#pragma once

#include <sys/types.h>
#include <span>
#include <string>
#include <string_view>

#include "base/errors.h"
#include "base/files.h"

namespace veneer {

// An O_PATH descriptor, with `flags` besides. errno's value is in the error's place: see `open_in_root`.
int openat2_in_root(int root, const char* path, int flags);  // a descriptor or -errno

Result<Fd> open_in_root(int root, const std::string& path, int flags = 0);
// The regular file at the path, to be read, in the last of the roots that has one; none: no descriptor.
Fd open_file_in_roots(std::span<const Fd> roots, const std::string& path);
// The directory at the path; what is missing of it is made (mode 0755).
Result<Fd> make_directory_in_root(int root, const std::string& path);
// What is at the path; when nothing is, an empty file and the directories above it are made.
Result<Fd> make_file_in_root(int root, const std::string& path);

// A place for a new entry: the directory that holds it, made if need be, and its name there.
struct Place {
  Fd directory;
  std::string name;
};
Result<Place> place_in_root(int root, const std::string& path);

// "/proc/self/fd/N", for calls that take no descriptor.
std::string descriptor_path(int fd);
// Writes to a file by openat beneath `dir`, never through a link. `fs_magic`: the file system that it must be
// on (statfs(2)), or 0.
Failure write_beneath(int dir, const std::string& path, std::string_view text, long fs_magic = 0);

}  // namespace veneer
