// Which file `veneer run PROGRAM` means.
#pragma once

#include <string>
#include <vector>

#include "base/errors.h"
#include "base/files.h"
#include "program/sysroot.h"

namespace veneer {

struct FoundProgram {
  std::string path;  // on the host
  Fd fd;             // open for reading; -1 when it may be executed but not read
};

// A name with a slash is a guest path; any other is searched for in PATH, under ROOT first and then on the
// host. Errors are complete messages ("cannot run 'x': ...").
Result<FoundProgram> find_program(const Sysroot& sysroot, const std::string& name,
                                  const std::vector<std::string>& environment);

// The same for a path that is not searched for (a script's interpreter).
Result<FoundProgram> open_program(const Sysroot& sysroot, const std::string& path, const std::string& called);

}  // namespace veneer
