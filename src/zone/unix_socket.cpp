#include "zone/unix_socket.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>

#include "base/types.h"

namespace veneer::zone {
namespace {

// sun_path has 108 bytes; a longer path is reached through a descriptor of its directory.
struct Address {
  Fd directory;
  sockaddr_un value{};

  bool set(const std::string& path) {
    std::string text = path;
    if (path.size() >= sizeof value.sun_path) {
      const usize slash = path.rfind('/');
      if (slash == path.npos) return errno = ENAMETOOLONG, false;
      directory = Fd(::open(path.substr(0, slash + 1).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
      if (!directory) return false;
      text = "/proc/self/fd/" + std::to_string(directory.get()) + path.substr(slash);
      if (text.size() >= sizeof value.sun_path) return errno = ENAMETOOLONG, false;
    }
    value.sun_family = AF_UNIX;
    std::memcpy(value.sun_path, text.c_str(), text.size() + 1);
    return true;
  }
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&value); }
};

}  // namespace

Result<Fd> connect_unix(const std::string& path, bool sequenced) {
  Address address;
  Fd fd(::socket(AF_UNIX, (sequenced ? SOCK_SEQPACKET : SOCK_STREAM) | SOCK_CLOEXEC, 0));
  if (!fd || !address.set(path) || ::connect(fd.get(), address.get(), sizeof address.value) != 0)
    return failed(errno, "connect to the socket '%s'", path.c_str());
  return fd;
}

Result<Fd> listen_unix(const std::string& path, bool sequenced) {
  Address address;
  Fd fd(::socket(AF_UNIX, (sequenced ? SOCK_SEQPACKET : SOCK_STREAM) | SOCK_CLOEXEC, 0));
  if (!fd || !address.set(path) || ::bind(fd.get(), address.get(), sizeof address.value) != 0 ||
      ::listen(fd.get(), 1) != 0)
    return failed(errno, "make the socket '%s'", path.c_str());
  return fd;
}

bool send_with_fd(int socket, std::string_view text, int fd) {
  iovec data{const_cast<char*>(text.data()), text.size()};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof fd)] = {};
  if (fd >= 0) {
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof fd);
    std::memcpy(CMSG_DATA(header), &fd, sizeof fd);
  }
  for (;;) {
    if (::sendmsg(socket, &message, MSG_NOSIGNAL) >= 0) return true;
    if (errno != EINTR) return false;
  }
}

long receive_with_fd(int socket, char* text, unsigned long size, Fd& fd) {
  iovec data{text, size};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))];
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  ssize_t n = 0;
  do {
    n = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  } while (n < 0 && errno == EINTR);
  if (n <= 0) return -1;
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS) {
      int received = -1;
      std::memcpy(&received, CMSG_DATA(header), sizeof received);
      fd.reset(received);
    }
  }
  return n;
}

}  // namespace veneer::zone
