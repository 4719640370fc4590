// What the runtime and a container's first process say to each other while it is made: one message, a letter
// and text, with at most one descriptor, over a sequenced socket. When the other side dies, the connection
// ends, and so does this one.
#pragma once

#include <string>
#include <string_view>

#include "base/errors.h"
#include "base/files.h"

namespace veneer::zone {

enum class Word : char {
  MapIds = 'U',       // to the runtime: write the id mappings of the process named
  Process = 'P',      // to the runtime: the process id of the first process
  EnterCgroup = 'G',  // to the runtime: the process is there: put it into its cgroup
  RunHooks = 'H',     // to the runtime: the namespaces are made, the root not yet entered
  Terminal = 'T',     // to the runtime: the terminal's master, as the descriptor
  Ready = 'R',        // to the runtime: nothing is left but to execute the program
  Listener = 'L',     // to the runtime: seccomp's listener, as the descriptor
  Failed = 'E',       // to the runtime: the text is an error
  GoOn = 'O',         // to the container
};

class Channel {
 public:
  Channel() = default;
  explicit Channel(Fd socket) : socket_(std::move(socket)) {}

  bool open() const { return static_cast<bool>(socket_); }
  int fd() const { return socket_.get(); }
  void close() { socket_.reset(); }

  bool send(Word word, std::string_view text = {}, int fd = -1) const;
  bool send(const Error& error) const;  // as Failed

  struct Message {
    bool ended = true;  // the other side is gone
    Word word = Word::GoOn;
    std::string text;
    Fd fd;
    Error error() const;  // of Failed
  };
  Message receive() const;
  // The same while there are others that hold the other side, and would hold it for ever: `pidfd` is of the
  // process that is to speak, and when it is dead and has said nothing, the connection has ended.
  Message receive_from(int pidfd) const;

 private:
  Fd socket_;
};

struct ChannelPair {
  Channel runtime, container;
};
Result<ChannelPair> make_channel();

}  // namespace veneer::zone
