// Unix sockets, and descriptors over them: unix(7).
#pragma once

#include <string>
#include <string_view>

#include "base/errors.h"
#include "base/files.h"

namespace veneer::zone {

// Connects to, or listens at, a path of any length. `sequenced`: SOCK_SEQPACKET in place of SOCK_STREAM.
Result<Fd> connect_unix(const std::string& path, bool sequenced);
Result<Fd> listen_unix(const std::string& path, bool sequenced);

// One message with at most one descriptor (-1: none).
bool send_with_fd(int socket, std::string_view text, int fd);
// -1 when the connection failed or ended; else the length.
long receive_with_fd(int socket, char* text, unsigned long size, Fd& fd);

}  // namespace veneer::zone
