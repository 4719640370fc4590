// Files for a debugger that has the guest's root as its own (vFile of the remote protocol): to be read only.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/files.h"
#include "debug/inferior.h"
#include "program/sysroot.h"

namespace veneer::debug {

class HostIo {
 public:
  HostIo(Inferior& inferior, const Sysroot& sysroot) : inferior_(inferior), sysroot_(sysroot) {}

  // What follows "vFile:", and the reply.
  std::string serve(std::string_view request);

 private:
  std::string open(const std::string& path, u64 flags);
  std::string pread(u64 fd, u64 count, u64 offset);
  std::string fstat(u64 fd);
  std::string readlink(const std::string& path);
  // A file of /proc/PID that shows the guest; nothing: it is the host's.
  std::optional<std::string> shown(std::string_view path, std::string_view name, Tracer::Shown what);

  Inferior& inferior_;
  const Sysroot& sysroot_;
  std::map<u64, Fd> files_;
  u64 next_ = 3;
};

}  // namespace veneer::debug
