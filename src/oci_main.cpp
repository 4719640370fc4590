// veneer-oci: `veneer oci` alone, for those who start it for every container: without the translator it is
// small, and needs no relocation.
#include "cli/commands.h"

int main(int argc, char** argv) {
  return veneer::cli::oci_command(argc - 1, argv + 1);
}
