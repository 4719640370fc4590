#include "debug/endpoint.h"

#include <cerrno>
#include <charconv>
#include <cstring>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace veneer::debug {
namespace {

Error cannot(const std::string& where, const char* reason) {
  return Error{exit_status::kVeneer, "cannot wait for a debugger at '" + where + "': " + reason};
}

// The C library's calls take every family's address as a sockaddr.
template <typename Address>
sockaddr* generic(Address& address) {
  return reinterpret_cast<sockaddr*>(&address);  // NOLINT: as above
}

}  // namespace

Endpoint::~Endpoint() {
  if (!path_.empty()) ::unlink(path_.c_str());
}

Result<Endpoint> Endpoint::listen(const std::string& where) {
  if (where.find('/') != std::string::npos) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (where.size() >= sizeof address.sun_path) return cannot(where, "the path is too long for a socket");
    std::memcpy(address.sun_path, where.c_str(), where.size() + 1);
    Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!fd || ::bind(fd.get(), generic(address), sizeof address) != 0 || ::listen(fd.get(), 1) != 0)
      return cannot(where, errno_text(errno));
    return Endpoint(std::move(fd), where, where);
  }
  const usize colon = where.rfind(':');
  const std::string host = colon == std::string::npos || colon == 0 ? "127.0.0.1" : where.substr(0, colon);
  const std::string port = colon == std::string::npos ? where : where.substr(colon + 1);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  u16 number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (error != std::errc{} || end != port.data() + port.size() || port.empty())
    return cannot(where, "a port's number is wanted, or a path with a `/`");
  address.sin_port = htons(number);
  if (::inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1)
    return cannot(where, "the host's address is wanted in numbers, as 127.0.0.1");
  Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int on = 1;
  if (fd) ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (!fd || ::bind(fd.get(), generic(address), sizeof address) != 0 || ::listen(fd.get(), 1) != 0)
    return cannot(where, errno_text(errno));
  socklen_t size = sizeof address;
  ::getsockname(fd.get(), generic(address), &size);
  return Endpoint(std::move(fd), host + ":" + std::to_string(ntohs(address.sin_port)), "");
}

Fd Endpoint::accept() const {
  int fd;
  do {
    fd = ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC);
  } while (fd < 0 && errno == EINTR);
  const int on = 1;
  if (fd >= 0) ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return Fd(fd);
}

}  // namespace veneer::debug
