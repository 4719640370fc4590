// The commands, one file each (NAME_command.cpp). Each gets the arguments after its name.
#pragma once

#include <string_view>

namespace veneer::cli {

struct Command {
  std::string_view name;
  std::string_view summary;
  int (*run)(int argc, char** argv);
};

int run_command(int argc, char** argv);
int host_command(int argc, char** argv);
int oci_command(int argc, char** argv);
int zone_command(int argc, char** argv);
int cache_command(int argc, char** argv);
int image_command(int argc, char** argv);

// Writes to standard output; the exit status of a command that did nothing else.
int print(std::string_view text);

}  // namespace veneer::cli
