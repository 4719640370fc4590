#include "cli/cli.h"

int main(int argc, char** argv) {
  return veneer::cli::main(argc, argv);
}
