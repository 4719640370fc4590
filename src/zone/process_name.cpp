#include "zone/process_name.h"

#include <sys/prctl.h>
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <sstream>
#include <string>

#include "base/files.h"
#include "base/types.h"

namespace veneer::zone {
namespace {

// The command line's memory is given the name: proc(5), arg_start.
void overwrite_command_line(std::string_view name) {
  std::optional<std::string> stat = read_file("/proc/self/stat");
  if (!stat) return;
  std::istringstream fields(stat->substr(stat->rfind(')') + 1));
  std::string field;
  constexpr int kArgStart = 46;  // after the name: fields 48 and 49
  unsigned long start = 0, end = 0;
  for (int i = 1; fields >> field && i <= kArgStart; i++) start = std::strtoul(field.c_str(), nullptr, 10);
  end = std::strtoul(field.c_str(), nullptr, 10);
  if (start == 0 || end <= start || end - start > 1 << 20) return;
  char* text =
      reinterpret_cast<char*>(start);  // NOLINT(performance-no-int-to-ptr): our own memory, by its number
  std::memset(text, 0, end - start);
  std::memcpy(text, name.data(), std::min<usize>(name.size(), end - start - 1));
}

}  // namespace

void set_process_name(std::string_view name) {
  const std::string text(name);
  ::prctl(PR_SET_NAME, text.c_str(), 0, 0, 0);
  overwrite_command_line(text);
}

}  // namespace veneer::zone
