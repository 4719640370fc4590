#include "base/user_namespace.h"

#include <sstream>

#include "base/files.h"
#include "base/types.h"

namespace veneer {

bool in_initial_user_namespace() {
  std::optional<std::string> map = read_file("/proc/self/uid_map");
  if (!map) return true;
  std::istringstream in(*map);
  u64 inside = 0, outside = 0, size = 0;
  return in >> inside >> outside >> size && inside == 0 && outside == 0 && size == 4294967295;
}

}  // namespace veneer
