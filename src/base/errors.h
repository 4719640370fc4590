// How veneer reports what it could not do: one line that says what, to what, and why; and an exit status.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace veneer {

// Exit statuses, as env(1), timeout(1) and container runtimes use them.
namespace exit_status {
constexpr int kVeneer = 125;     // veneer itself failed, or was called wrongly
constexpr int kCannotRun = 126;  // the program was found but cannot be run
constexpr int kNotFound = 127;   // the program, or its interpreter, was not found
}  // namespace exit_status

struct Error {
  int status = exit_status::kVeneer;
  std::string message;  // without "veneer: " and without a newline
};

// Of what gives no value: the error, or nothing when it was done.
using Failure = std::optional<Error>;

// A value or the error that stands in its place.
template <typename T>
class Result {
 public:
  // Implicit, so that a function returns either as it is.
  Result(T value) : v_(std::in_place_index<0>, std::move(value)) {}      // NOLINT(google-explicit-constructor)
  Result(Error error) : v_(std::in_place_index<1>, std::move(error)) {}  // NOLINT(google-explicit-constructor)

  explicit operator bool() const { return v_.index() == 0; }
  T& operator*() { return std::get<0>(v_); }
  const T& operator*() const { return std::get<0>(v_); }
  T* operator->() { return &std::get<0>(v_); }
  const T* operator->() const { return &std::get<0>(v_); }
  Error& error() { return std::get<1>(v_); }
  const Error& error() const { return std::get<1>(v_); }

 private:
  std::variant<T, Error> v_;
};

// printf into a string.
[[gnu::format(printf, 1, 2)]] std::string format(const char* text, ...);

// "cannot TEXT: what errno `error` means", TEXT as printf makes it.
[[gnu::format(printf, 2, 3)]] Error failed(int error, const char* text, ...);

// "No such file or directory" in the C locale, without the locale machinery.
const char* errno_text(int error);

// Writes "veneer: MESSAGE\n" to standard error in one write; control characters are shown escaped.
void report(const std::string& message);

}  // namespace veneer
