#include "base/errors.h"

#include <cstdarg>
#include <cstdio>
#include <cstring>

#include "base/files.h"

namespace veneer {

namespace {

[[gnu::format(printf, 1, 0)]] std::string format_list(const char* text, va_list args) {
  va_list again;
  va_copy(again, args);
  int size = std::vsnprintf(nullptr, 0, text, args);
  std::string out(size > 0 ? static_cast<std::size_t>(size) : 0, '\0');
  if (size > 0) std::vsnprintf(out.data(), out.size() + 1, text, again);
  va_end(again);
  return out;
}

}  // namespace

std::string format(const char* text, ...) {
  va_list args;
  va_start(args, text);
  std::string out = format_list(text, args);
  va_end(args);
  return out;
}

Error failed(int error, const char* text, ...) {
  va_list args;
  va_start(args, text);
  std::string what = format_list(text, args);
  va_end(args);
  return Error{exit_status::kVeneer, "cannot " + what + ": " + errno_text(error)};
}

const char* errno_text(int error) {
  const char* text = strerrordesc_np(error);
  return text ? text : "unknown error";
}

void report(const std::string& message) {
  // File names come from anywhere: a message stays one line whatever they hold.
  std::string line = "veneer: ";
  for (char c : message) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      char escaped[8];
      std::snprintf(escaped, sizeof escaped, "\\x%02x", static_cast<unsigned char>(c));
      line += escaped;
    } else {
      line += c;
    }
  }
  line += '\n';
  write_all(2, line);
}

}  // namespace veneer
