#include "program/script.h"

namespace veneer {

std::optional<ScriptLine> parse_script_line(std::string_view head) {
  if (!head.starts_with("#!")) return std::nullopt;
  bool whole_file = head.size() < kScriptHead;
  head = head.substr(2, kScriptHead - 3);  // the kernel's buffer ends in a terminator
  constexpr std::string_view kBlanks = " \t";
  std::size_t start = head.find_first_not_of(kBlanks);
  if (start == head.npos) return std::nullopt;
  std::size_t newline = head.find('\n');
  if (newline == head.npos && !whole_file) {
    // A line that was cut off is good only when at least its interpreter's name is whole.
    if (head.find_first_of(" \t\0", start, 3) == head.npos) return std::nullopt;
  }
  std::string_view line = head.substr(0, newline);
  line = line.substr(0, line.find('\0'));
  if (start >= line.size()) return std::nullopt;
  line = line.substr(start, line.find_last_not_of(kBlanks) + 1 - start);
  std::size_t end = line.find_first_of(kBlanks);
  ScriptLine out{std::string(line.substr(0, end)), std::nullopt};
  if (out.interpreter.empty()) return std::nullopt;
  if (end != line.npos) {
    std::string_view rest = line.substr(line.find_first_not_of(kBlanks, end));
    out.argument = std::string(rest);
  }
  return out;
}

}  // namespace veneer
