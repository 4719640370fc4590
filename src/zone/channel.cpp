#include "zone/channel.h"

#include <poll.h>
#include <sys/socket.h>
#include <cerrno>
#include <vector>

#include "base/types.h"
#include "zone/unix_socket.h"

namespace veneer::zone {

bool Channel::send(Word word, std::string_view text, int fd) const {
  std::string message(1, static_cast<char>(word));
  message.append(text.substr(0, 32000));
  return send_with_fd(socket_.get(), message, fd);
}

bool Channel::send(const Error& error) const {
  return send(Word::Failed, std::string(1, static_cast<char>(error.status)) + error.message);
}

Error Channel::Message::error() const {
  if (text.empty()) return Error{};
  return Error{static_cast<unsigned char>(text[0]), text.substr(1)};
}

Channel::Message Channel::receive() const {
  Message out;
  std::vector<char> text(32768);
  const long n = receive_with_fd(socket_.get(), text.data(), text.size(), out.fd);
  if (n <= 0) return out;
  out.ended = false;
  out.word = static_cast<Word>(text[0]);
  out.text.assign(text.data() + 1, static_cast<usize>(n - 1));
  return out;
}

Channel::Message Channel::receive_from(int pidfd) const {
  pollfd fds[] = {{socket_.get(), POLLIN, 0}, {pidfd, POLLIN, 0}};
  for (;;) {
    if (::poll(fds, std::size(fds), -1) < 0 && errno != EINTR) return {};
    if (fds[0].revents) return receive();
    if (fds[1].revents) {
      // What it said last may have come in between.
      if (::poll(fds, 1, 0) > 0) return receive();
      return {};
    }
  }
}

Result<ChannelPair> make_channel() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
    return failed(errno, "make a socket pair");
  return ChannelPair{Channel(Fd(ends[0])), Channel(Fd(ends[1]))};
}

}  // namespace veneer::zone
