// The first line of a script: `#!INTERPRETER [ARGUMENT]`.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace veneer {

struct ScriptLine {
  std::string interpreter;
  std::optional<std::string> argument;  // all of the rest, as one argument
};

// How much of a file the kernel looks at (BINPRM_BUF_SIZE), and how many scripts may run scripts.
constexpr std::size_t kScriptHead = 256;
constexpr int kScriptNesting = 5;

// Reads the line from the first (at most kScriptHead) bytes of a file, as Linux does (fs/binfmt_script.c).
// Nothing when the kernel would answer ENOEXEC.
std::optional<ScriptLine> parse_script_line(std::string_view head);

}  // namespace veneer
