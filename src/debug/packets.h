// The framing of GDB's remote serial protocol ("Debugging with GDB", appendix E): `$data#sum`, acknowledged by
// `+` until the debugger asks for no acknowledgements, and the lone byte 0x03, which asks for a stop.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "base/files.h"
#include "base/types.h"

namespace veneer::debug {

class Packets {
 public:
  explicit Packets(Fd connection) : connection_(std::move(connection)) {}

  // Reads what has come (it blocks when nothing has). False: the debugger is gone.
  bool receive();
  // The next whole packet, its escapes undone; a lone 0x03 is kInterrupt. Nothing: receive more.
  std::optional<std::string> next();
  // False: the debugger is gone.
  bool send(std::string_view data);

  void stop_acknowledging() { acknowledges_ = false; }
  int fd() const { return connection_.get(); }

  static constexpr std::string_view kInterrupt = "\x03";
  static constexpr usize kMost = 0x20000;  // bytes of a packet

 private:
  bool write(std::string_view bytes);

  Fd connection_;
  std::string input_;
  std::string last_;  // for when it did not arrive whole
  bool acknowledges_ = true;
};

// Two digits a byte.
std::string to_hex(std::string_view bytes);
// Nothing when it is not such.
std::optional<std::string> from_hex(std::string_view digits);
// A big-endian number in hex digits, taken from the front of the text; nothing when there is none.
std::optional<u64> take_hex(std::string_view& text);
// Takes the prefix off, if it is there.
bool take(std::string_view& text, std::string_view prefix);
// A thread's number: "pPID.TID", "TID", "-1" (all), "0" (any).
std::optional<s64> take_thread(std::string_view& text);
// Bytes as a packet carries them: `}` before what has a meaning of its own.
std::string escaped(std::string_view bytes);

}  // namespace veneer::debug
