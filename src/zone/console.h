// Pseudo-terminals: pty(7).
#pragma once

#include <string>

#include "base/errors.h"
#include "base/files.h"
#include "base/types.h"

namespace veneer::zone {

struct Pty {
  Fd master, slave;
};

// A new terminal of the devpts at /dev/pts beneath `root`.
Result<Pty> open_pty(int root, u16 rows, u16 columns);
// Makes the slave the calling session leader's terminal and its standard streams.
Failure take_terminal(int slave);
// Shows the slave as /dev/console beneath `root`.
Failure bind_console(int root, int slave);
// Sends the master to the unix socket at a path, as runc's --console-socket wants it.
Failure send_console(const std::string& socket_path, int master);

// Between our own terminal and a master: raw mode, sizes, both directions, until the other side hangs up or
// `done` (a pidfd) is readable and all was shown.
class TerminalRelay {
 public:
  explicit TerminalRelay(Fd master);
  ~TerminalRelay();
  TerminalRelay(const TerminalRelay&) = delete;
  TerminalRelay& operator=(const TerminalRelay&) = delete;

  void resize();         // as ours is now
  void from_keyboard();  // standard input is readable
  bool from_program();   // the master is; false: it is closed
  int master() const { return master_.get(); }
  bool keyboard_open() const { return keyboard_open_; }

 private:
  Fd master_;
  bool raw_ = false;
  bool keyboard_open_ = true;
  struct Saved;
  Saved* saved_;
};

}  // namespace veneer::zone
