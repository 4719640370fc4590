// Programs that go on by themselves.
#pragma once

#include <string>
#include <vector>

namespace veneer {

// Executes a file in a session of its own, with no descriptor of this process's, so that nobody waits for it at
// the end of a pipe. What becomes of it, and whether it could be executed, is not told; it stays this process's
// child.
void start_in_background(const std::string& file, std::vector<std::string> arguments);

}  // namespace veneer
