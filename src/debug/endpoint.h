// Where a debugger connects: a TCP port, or a socket in the file system.
#pragma once

#include <string>

#include "base/errors.h"
#include "base/files.h"
#include "base/types.h"

namespace veneer::debug {

// Listens at "PORT", "HOST:PORT" (numeric), or, for what holds a `/`, at that path. A port is of the loopback
// address unless HOST says otherwise: whoever connects has the program in hand.
class Endpoint {
 public:
  static Result<Endpoint> listen(const std::string& where);
  Endpoint(Endpoint&& other) noexcept = default;
  Endpoint& operator=(Endpoint&&) = delete;
  ~Endpoint();

  // Waits for a debugger. Empty when that fails.
  Fd accept() const;
  // As it can be told to a debugger: with the port that the kernel chose, where it was given as 0.
  const std::string& name() const { return name_; }

 private:
  Endpoint(Fd listener, std::string name, std::string path)
      : listener_(std::move(listener)), name_(std::move(name)), path_(std::move(path)) {}

  Fd listener_;
  std::string name_;
  std::string path_;  // to be removed
};

}  // namespace veneer::debug
