#include "debug/packets.h"

#include <cerrno>
#include <charconv>

#include <sys/socket.h>
#include <unistd.h>

namespace veneer::debug {
namespace {

constexpr char kEscape = '}';
constexpr char kFlip = 0x20;
constexpr char kHex[] = "0123456789abcdef";

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

u8 sum(std::string_view data) {
  u8 s = 0;
  for (const char c : data) s = static_cast<u8>(s + static_cast<u8>(c));
  return s;
}

std::string unescaped(std::string_view data) {
  std::string out;
  for (usize i = 0; i < data.size(); i++)
    out += data[i] == kEscape && i + 1 < data.size() ? static_cast<char>(data[++i] ^ kFlip) : data[i];
  return out;
}

}  // namespace

std::string to_hex(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    out += kHex[static_cast<u8>(c) >> 4];
    out += kHex[static_cast<u8>(c) & 15];
  }
  return out;
}

std::optional<std::string> from_hex(std::string_view digits) {
  if (digits.size() % 2 != 0) return std::nullopt;
  std::string out;
  for (usize i = 0; i < digits.size(); i += 2) {
    const int high = digit(digits[i]), low = digit(digits[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(high << 4 | low);
  }
  return out;
}

std::optional<u64> take_hex(std::string_view& text) {
  u64 value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (error != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<usize>(end - text.data()));
  return value;
}

bool take(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

std::optional<s64> take_thread(std::string_view& text) {
  if (take(text, "p")) {
    take(text, "-");
    if (!take_hex(text)) return std::nullopt;
    if (!take(text, ".")) return -1;
  }
  if (take(text, "-1")) return -1;
  const std::optional<u64> id = take_hex(text);
  return id ? std::optional(static_cast<s64>(*id)) : std::nullopt;
}

std::string escaped(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) {
    const bool special = c == '#' || c == '$' || c == kEscape || c == '*';
    if (special) out += kEscape;
    out += special ? static_cast<char>(c ^ kFlip) : c;
  }
  return out;
}

bool Packets::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::send(connection_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<usize>(n));
  }
  return true;
}

bool Packets::receive() {
  char buffer[65536];
  ssize_t n;
  do {
    n = ::read(connection_.get(), buffer, sizeof buffer);
  } while (n < 0 && errno == EINTR);
  if (n <= 0) return false;
  input_.append(buffer, static_cast<usize>(n));
  return input_.size() <= 4 * kMost;
}

std::optional<std::string> Packets::next() {
  while (!input_.empty()) {
    const char first = input_[0];
    if (first == '$') {
      const usize end = input_.find('#');
      if (end == std::string::npos || input_.size() < end + 3) return std::nullopt;
      const std::string data = input_.substr(1, end - 1);
      const int high = digit(input_[end + 1]), low = digit(input_[end + 2]);
      input_.erase(0, end + 3);
      const bool whole = high >= 0 && low >= 0 && sum(data) == (high << 4 | low);
      if (acknowledges_) write(whole ? "+" : "-");
      if (whole) return unescaped(data);
      continue;
    }
    input_.erase(0, 1);
    if (first == kInterrupt[0]) return std::string(kInterrupt);
    if (first == '-' && !last_.empty()) write(last_);
  }
  return std::nullopt;
}

bool Packets::send(std::string_view data) {
  const u8 check = sum(data);
  last_ = '$';
  last_ += data;
  last_ += '#';
  last_ += kHex[check >> 4];
  last_ += kHex[check & 15];
  return write(last_);
}

}  // namespace veneer::debug
