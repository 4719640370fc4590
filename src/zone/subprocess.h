// Other programs, run to their end: helpers such as newuidmap, and hooks.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/errors.h"

namespace veneer::zone {

// For execve(2): null at the end; they point into `strings`.
std::vector<char*> pointers(const std::vector<std::string>& strings);

struct Finished {
  int status = 0;      // exit status, or 128 + the signal
  std::string output;  // standard output and error, its first 64 KiB
};

struct SubprocessOptions {
  std::string path;                                  // what to execute; empty: args[0], searched for in PATH
  std::optional<std::vector<std::string>> env;       // nothing: ours
  std::string input;                                 // for its standard input
  std::optional<std::chrono::milliseconds> timeout;  // then it is killed
};

// The error: it could not be executed, or took too long.
Result<Finished> run_to_end(const std::vector<std::string>& args, const SubprocessOptions& options);

}  // namespace veneer::zone
