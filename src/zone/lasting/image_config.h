// What an image says of the program that it is for: OCI image-spec, config.md.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/errors.h"
#include "base/types.h"

namespace veneer::zone {

struct ImageConfig {
  std::vector<std::string> entrypoint, command, environment;
  std::string working_directory;
  std::string user;  // "NAME", "UID", "NAME:GROUP", "UID:GID"; empty: root
};
// The error names the field that is wrong.
Result<ImageConfig> read_image_config(std::string_view json);

struct UserIds {
  u32 uid = 0, gid = 0;
};
// Of a user as an image names it, by passwd(5) and group(5) of the image. Nothing in them: numbers stand for
// themselves.
Result<UserIds> user_ids(const std::string& user, const std::string& passwd, const std::string& group);
// The same, by the files of a root that consists of these layers, the lowest first.
Result<UserIds> user_ids_in(const std::string& user, const std::vector<std::string>& layers);

}  // namespace veneer::zone
