// The command line: `veneer COMMAND ...`.
#pragma once

namespace veneer::cli {

// Runs a command; the result is the exit status of the process.
int main(int argc, char** argv);

}  // namespace veneer::cli
