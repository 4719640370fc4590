#include <cerrno>

#include "base/errors.h"
#include "base/files.h"
#include "cli/commands.h"

namespace veneer::cli {

int print(std::string_view text) {
  if (write_all(1, text)) return 0;
  report(format("cannot write to standard output: %s", errno_text(errno)));
  return exit_status::kVeneer;
}

}  // namespace veneer::cli
